-- SPDX-License-Identifier: GPL-3.0-or-later
-- HPE iLO 5 and iLO 6. Data only: see ../personality.lua.
return {
  alias = "hpe",
  traits = {
    serial = "CZ3#####??",
    any_case = true, root_redirect = true, needs_body = true, etag_in_body = true,
    sessions = { limit = 12, timeout = 1800 },
    already = { 400, "InvalidOperationForSystemState" },
    reset_types = {
      "On", "ForceOff", "GracefulShutdown", "ForceRestart", "Nmi", "PushPowerButton",
      "GracefulRestart",
    },
    temperatures = {
      { name = "01-Inlet Ambient", context = "Intake", reading = 21, critical = 42 },
      { name = "02-CPU 1", context = "CPU", reading = 40, spread = 0, critical = 70 },
      { name = "03-CPU 2", context = "CPU", reading = 40, spread = 0, critical = 70 },
      { name = "04-P1 DIMM 1-6", context = "SystemBoard", reading = 33, critical = 90 },
    },
    fans = { count = 7, name = "Fan %d", percent = 24 },
    supplies = {
      count = 2, name = "HpeServerPowerSupply %d", model = "865414-B21", maker = "CHCNY",
      serial = "5WBXT0####????", capacity = 800,
    },
    watts = 236,
    bodies = {
      ServiceRoot = {
        Vendor = "HPE",
        Oem = { Hpe = { Moniker = { VENDABR = "HPE", PRODFAM = "Integrated Lights-Out" } } },
      },
      ComputerSystem = { Manufacturer = "HPE", Oem = { Hpe = { PostState = "FinishedPost" } } },
      Chassis = { Manufacturer = "HPE" },
      Manager = { Oem = { Hpe = { Type = "HpeiLO" } } },
    },
  },
  models = {
    {
      model = "ilo5",
      slash = true,
      bodies = {
        ServiceRoot = {
          Product = "ProLiant DL360 Gen10",
          Oem = {
            Hpe = { Manager = { { ManagerType = "iLO 5", ManagerFirmwareVersion = "2.78" } } },
          },
        },
        ComputerSystem = {
          Model = "ProLiant DL360 Gen10", SKU = "867959-B21", IndicatorLED = "Off",
          BiosVersion = "U32 v2.76 (02/09/2023)",
        },
        Chassis = { Model = "ProLiant DL360 Gen10", IndicatorLED = "Off" },
        Manager = { Model = "iLO 5", FirmwareVersion = "iLO 5 v2.78" },
      },
    },
    {
      model = "ilo6",
      redfish = "1.20.0",
      model_new = true,
      bodies = {
        ServiceRoot = {
          Product = "ProLiant DL380 Gen11",
          Oem = {
            Hpe = { Manager = { { ManagerType = "iLO 6", ManagerFirmwareVersion = "1.58" } } },
          },
        },
        ComputerSystem = {
          Model = "ProLiant DL380 Gen11", SKU = "P52560-421", LocationIndicatorActive = false,
          BiosVersion = "U54 v2.16 (03/01/2024)", BootProgress = { LastState = "OSRunning" },
        },
        Chassis = { Model = "ProLiant DL380 Gen11", LocationIndicatorActive = false },
        Manager = { Model = "iLO 6", FirmwareVersion = "iLO 6 v1.58" },
      },
    },
  },
}
