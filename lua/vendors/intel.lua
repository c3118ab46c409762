-- SPDX-License-Identifier: GPL-3.0-or-later
--- Intel server boards.
return {
  title = "Intel BMC",
  status = "recorded",
  seen = { "S2600BPB, BMC 1.93" },
  match = {
    root_vendor = { "^Intel" },
    ipmi_manufacturer = { 343 },
    system_manufacturer = { "^Intel" },
  },
  redfish = {
    sensors_spread = true,
  },
  quirks = {
    {
      id = "R30", field = "redfish.sensors_spread", seen = "boards with OpenBMC",
      symptom = "the system links the first of its chassis; each has sensors of its own",
      source = "openbmc/bmcweb#225",
    },
  },
}
