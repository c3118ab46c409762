-- SPDX-License-Identifier: GPL-3.0-or-later
-- Huawei iBMC 3. Data only: see ../personality.lua.
return {
  alias = "ibmc",
  traits = {
    serial = "2102312B############",
    action_info = true,
    sessions = { limit = 20, timeout = 300 },
    -- E04: nothing is written without the current tag, actions included, and the refusal is 412.
    etags = { need = 412, actions = "needed", show = "weak" },
    restart = { away = "refuse" },
    reset_types = {
      "On", "ForceOff", "GracefulShutdown", "ForceRestart", "Nmi", "ForcePowerCycle",
    },
    manager_reset_types = { "ForceRestart" },
    ipmi = { manufacturer = 2011, product = 0x0702 },
    bodies = {
      ServiceRoot = { Vendor = "Huawei", Oem = { Huawei = { SmsName = "iBMC" } } },
      ComputerSystem = { Manufacturer = "Huawei", Oem = { Huawei = { NodeType = "Server" } } },
      Chassis = { Manufacturer = "Huawei" },
      Manager = { Model = "iBMC", Oem = { Huawei = { BMCUpTime = "1 days" } } },
    },
  },
  models = {
    {
      model = "ibmc-3",
      redfish = "1.0.2",
      bodies = {
        ComputerSystem = { Model = "2288H V5", BiosVersion = "0.81" },
        Chassis = { Model = "2288H V5" },
        Manager = { FirmwareVersion = "3.12" },
      },
    },
  },
}
