-- SPDX-License-Identifier: GPL-3.0-or-later
--- Quanta Cloud Technology boards on MegaRAC.
return {
  title = "Quanta BMC",
  status = "recorded",
  alias = { "qct" },
  seen = { "QuantaGrid D42A-2U, MegaRAC 3.14 (parts)" },
  extends = "ami-megarac",
  bmc_reset = { types = { "GracefulRestart", "ForceRestart", "IPMIColdReset" } },
  match = {
    manager_oem = { "^Quanta" },
    ipmi_manufacturer = { 7244 },
    system_manufacturer = { "^Quanta" },
  },
  quirks = {
    {
      id = "cold-reset", field = "bmc_reset.types", seen = "D42A-2U, 3.14.19",
      symptom = "Manager.Reset allows only IPMIColdReset", source = "recorded",
    },
  },
  credentials = { { user = "admin", password = "admin" } },
}
