-- SPDX-License-Identifier: GPL-3.0-or-later
--- IBM machines: OpenBMC, and the P9DSU built by Supermicro.
return {
  title = "IBM BMC",
  status = "recorded",
  seen = { "P9DSU 9006-22P, BMC 2.04 (parts)" },
  extends = "openbmc",
  match = {
    root_vendor = { "^IBM" },
    manager_model = { "^P9DSU" },
    ipmi_manufacturer = { 2, 20301 },
    system_manufacturer = { "^IBM" },
  },
  quirks = {
    {
      id = "P13", field = "power.cycle", seen = "POWER10, OpenBMC",
      symptom = "ForceRestart is not among the allowed values: off, then on",
      source = "ibm-openbmc/bmcweb#522",
    },
  },
}
