-- SPDX-License-Identifier: GPL-3.0-or-later
--- Fujitsu (Fsas) iRMC.
return {
  title = "Fujitsu iRMC",
  status = "documented",
  alias = { "irmc" },
  match = {
    root_vendor = { "^FUJITSU", "^Fujitsu" },
    root_oem = { "^ts_fujitsu$", "^Fujitsu$" },
    manager_id = { "^iRMC" },
    manager_oem = { "^ts_fujitsu$", "^Fujitsu$" },
    system_manufacturer = { "^FUJITSU", "^Fujitsu", "^Fsas" },
  },
  credentials = { { user = "admin", password = "admin" } },
}
