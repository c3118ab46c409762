-- SPDX-License-Identifier: GPL-3.0-or-later
--- ASRock Rack boards on MegaRAC.
return {
  title = "ASRock Rack BMC",
  status = "documented",
  extends = "ami-megarac",
  match = {
    root_vendor = { "^ASRock" },
    system_manufacturer = { "^ASRock" },
  },
}
