-- SPDX-License-Identifier: GPL-3.0-or-later
--- ASRock Rack boards on MegaRAC.
return {
  title = "ASRock Rack BMC",
  status = "documented",
  extends = "ami-megarac",
  match = {
    root_vendor = { "^ASRock" },
    ipmi_manufacturer = { 49622 },
    system_manufacturer = { "^ASRock" },
  },
}
