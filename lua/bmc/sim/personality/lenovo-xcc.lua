-- SPDX-License-Identifier: GPL-3.0-or-later
-- Lenovo XClarity Controller, early and current. Data only: see ../personality.lua.
return {
  alias = "lenovo",
  traits = {
    serial = "J30?????",
    patch_needs_etag = true, etag_in_body = true,
    sessions = { limit = 16, timeout = 300 },
    reset_types = {
      "On", "ForceOff", "GracefulShutdown", "GracefulRestart", "ForceRestart", "Nmi", "ForceOn",
    },
    temperatures = {
      { name = "Ambient Temp", context = "Intake", reading = 22, caution = 43, critical = 47 },
      { name = "CPU 1 Temp", context = "CPU", reading = 43, spread = 6, critical = 93 },
      { name = "CPU 2 Temp", context = "CPU", reading = 44, spread = 6, critical = 93 },
      { name = "Exhaust Temp", context = "Exhaust", reading = 31, critical = 70 },
    },
    fans = { count = 8, name = "Fan %d Tach", rpm = 6480, low = 480 },
    supplies = {
      count = 2, name = "PSU%d", model = "SP57A00100", maker = "ACBE", serial = "A4DB#######",
      capacity = 1100,
    },
    watts = 255, watts_limit = 1100,
    bodies = {
      ComputerSystem = {
        Manufacturer = "Lenovo", Oem = { Lenovo = { SystemStatus = "OSBooted" } },
      },
      Chassis = { Manufacturer = "Lenovo" },
      Manager = {
        Model = "Lenovo XClarity Controller", Oem = { Lenovo = { release_name = "sim" } },
      },
    },
  },
  models = {
    {
      model = "xcc-1",
      redfish = "1.0.2",
      slash = true,
      bodies = {
        ServiceRoot = { Oem = { Lenovo = { Description = "XClarity Controller" } } },
        ComputerSystem = {
          Model = "ThinkSystem SR630", SKU = "7X02CTO1WW", BiosVersion = "IVE148L",
          IndicatorLED = "Off",
        },
        Chassis = { Model = "7X02CTO1WW" },
        Manager = { FirmwareVersion = "CDI340M 2.61 2019-05-06" },
      },
    },
    {
      model = "xcc-2",
      redfish = "1.15.0",
      model_new = true,
      bodies = {
        ServiceRoot = { Vendor = "Lenovo", Product = "ThinkSystem SR650 V2" },
        ComputerSystem = {
          Model = "ThinkSystem SR650 V2", SKU = "7Z73CTO1WW", BiosVersion = "AFE136I",
        },
        Chassis = { Model = "7Z73CTO1WW" },
        Manager = { FirmwareVersion = "AFBT44P 4.31 2024-04-12" },
      },
    },
  },
}
