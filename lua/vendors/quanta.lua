-- SPDX-License-Identifier: GPL-3.0-or-later
--- Quanta Cloud Technology boards on MegaRAC.
return {
  title = "Quanta BMC",
  status = "recorded",
  alias = { "qct" },
  extends = "ami-megarac",
  match = {
    manager_oem = { "^Quanta" },
    system_manufacturer = { "^Quanta" },
  },
  credentials = { { user = "admin", password = "admin" } },
}
