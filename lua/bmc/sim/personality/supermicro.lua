-- SPDX-License-Identifier: GPL-3.0-or-later
-- Supermicro X12 and X13. Data only: see ../personality.lua.
return {
  alias = "smc",
  traits = {
    serial = "S4########??",
    action_info = true,
    sessions = { limit = 16, timeout = 300 },
    reset_types = {
      "On", "ForceOff", "GracefulShutdown", "GracefulRestart", "ForceRestart", "Nmi", "ForceOn",
      "PowerCycle",
    },
    temperatures = {
      { name = "CPU1 Temp", context = "CPU", reading = 44, spread = 6, critical = 95 },
      { name = "CPU2 Temp", context = "CPU", reading = 43, spread = 6, critical = 95 },
      { name = "System Temp", context = "Intake", reading = 26, critical = 85 },
      { name = "Peripheral Temp", context = "SystemBoard", reading = 35, critical = 85 },
    },
    fans = { count = 4, name = "FAN%d", rpm = 5400, low = 540 },
    supplies = {
      count = 2, name = "Power Supply Bay %d", model = "PWS-1K23A-1R", maker = "SUPERMICRO",
      serial = "P1K23CL######", capacity = 1200,
    },
    watts = 268,
    bodies = {
      ServiceRoot = { Oem = { Supermicro = { ProductFamily = "SuperServer" } } },
      ComputerSystem = {
        Manufacturer = "Supermicro", Oem = { Supermicro = { NodeManager = "Ready" } },
      },
      Chassis = { Manufacturer = "Supermicro" },
      Manager = { Model = "ASPEED", Oem = { Supermicro = { FanMode = "Optimal" } } },
    },
  },
  models = {
    {
      model = "x12",
      redfish = "1.9.0",
      bodies = {
        ComputerSystem = {
          Model = "SYS-620P-TRT", BiosVersion = "1.4b", IndicatorLED = "Off",
          PartNumber = "SYS-620P-TRT",
        },
        Chassis = { Model = "CSE-825BTQC" },
        Manager = { FirmwareVersion = "01.02.30" },
      },
    },
    {
      model = "x13",
      redfish = "1.11.0",
      model_new = true, etag_in_body = true,
      bodies = {
        ComputerSystem = {
          Model = "SYS-621C-TN12R", BiosVersion = "2.1", PartNumber = "SYS-621C-TN12R",
          LastResetTime = "2024-03-01T08:00:00Z",
          BootProgress = { LastState = "OSRunning" },
        },
        Chassis = { Model = "CSE-HS213-R1K23P" },
        Manager = { FirmwareVersion = "01.03.19" },
      },
    },
  },
}
