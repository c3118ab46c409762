-- SPDX-License-Identifier: GPL-3.0-or-later
--- Cisco CIMC in UCS C and X machines.
return {
  title = "Cisco CIMC",
  status = "recorded",
  alias = { "cimc" },
  match = {
    root_vendor = { "^Cisco" },
    manager_id = { "^CIMC$" },
    manager_oem = { "^Cisco$" },
    system_manufacturer = { "^Cisco" },
  },
  credentials = { { user = "admin", password = "password" } },
}
