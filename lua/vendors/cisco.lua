-- SPDX-License-Identifier: GPL-3.0-or-later
--- Cisco CIMC in UCS C and X machines.
return {
  title = "Cisco CIMC",
  status = "recorded",
  alias = { "cimc" },
  seen = {
    "UCS C220 M4S, CIMC 4.1(2g)",
    "UCS C240 M5SN, CIMC 4.1(3d)",
    "UCS X210c M6, CIMC 5.0(1f)",
  },
  match = {
    root_vendor = { "^Cisco" },
    manager_id = { "^CIMC$" },
    manager_oem = { "^Cisco$" },
    ipmi_manufacturer = { 5771, 9 },
    system_manufacturer = { "^Cisco" },
  },
  logs = {
    event = { "SEL", "CIMC" },
  },
  quirks = {
    {
      id = "R17", field = "logs.event", seen = "CIMC",
      symptom = "the system has a SEL, the manager a log called CIMC; blades have only that",
      source = "bb-Ricardo/check_redfish: vendor.py; recorded",
    },
    {
      id = "R36", field = "match.manager_id", seen = "CIMC",
      symptom = "the root has no OEM key: the manager's Id tells",
      source = "bb-Ricardo/check_redfish: classes/redfish.py; recorded",
    },
  },
  credentials = { { user = "admin", password = "password" } },
}
