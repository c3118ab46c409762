-- SPDX-License-Identifier: GPL-3.0-or-later
--- AMI MegaRAC SP-X, the firmware below many makers' boards.
return {
  title = "AMI MegaRAC",
  status = "recorded",
  alias = { "ami" },
  match = {
    root_vendor = { "^AMI$", "^American Megatrends" },
    root_product = { "^AMI Redfish" },
    root_oem = { "^Ami$" },
    manager_oem = { "^Ami$" },
  },
}
