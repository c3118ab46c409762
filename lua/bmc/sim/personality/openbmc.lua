-- SPDX-License-Identifier: GPL-3.0-or-later
-- OpenBMC with bmcweb, before and after it left the Thermal and Power
-- resources behind. Data only: see ../personality.lua.
return {
  alias = "bmcweb",
  traits = {
    serial = "OB########",
    ids = { system = "system", chassis = "chassis", manager = "bmc" },
    transitional = true,
    restart = { away = "refuse", linger = 0.3 },
    boot = { targets = { "None", "Pxe", "Hdd", "Cd", "Diags", "BiosSetup", "Usb" } },
    tasks = { at = "monitor" },
    media = {
      slots = {
        { id = "Slot_0", types = { "CD", "USBStick" }, refuses = 405 },
        { id = "Slot_1", types = { "CD", "USBStick" } },
      },
    },
    processors = { id = "cpu%d", model = "EPYC 7763", maker = "Advanced Micro Devices, Inc." },
    memory = { id = "dimm%d", maker = "Micron Technology" },
    storage = {
      {
        id = "1", name = "Storage", model = "NVMe",
        drives = {
          count = 2, model = "KCD81RUG3T84", maker = "KIOXIA", gb = 3840, protocol = "NVMe",
        },
      },
    },
    logs = {
      system = { { id = "EventLog", count = 8 }, { id = "PostCodes", count = 5 } },
      manager = { { id = "Journal", count = 40, fixed = true } },
    },
    led = { form = "both" },
    sessions = { limit = 64, timeout = 1800 },
    reset_types = {
      "On", "ForceOff", "ForceOn", "ForceRestart", "GracefulRestart", "GracefulShutdown",
      "PowerCycle", "Nmi",
    },
    temperatures = {
      { name = "CPU0 Temp", context = "CPU", reading = 52, caution = 90, critical = 99 },
      { name = "CPU1 Temp", context = "CPU", reading = 51, caution = 90, critical = 99 },
      { name = "Inlet Temp", context = "Intake", reading = 24, caution = 40, critical = 45 },
    },
    fans = { count = 6, name = "Fan%d", rpm = 8400, low = 1200 },
    supplies = {
      count = 2, name = "powersupply%d", model = "PSU-1600-54", maker = "DELTA",
      serial = "DP########", capacity = 1600,
    },
    watts = 344,
    ipmi = { manufacturer = 42817, product = 0x4F42 },
    bodies = {
      ComputerSystem = {
        Manufacturer = "Example Compute", LastResetTime = "2024-03-01T08:00:00+00:00",
        BootProgress = { LastState = "OSRunning" },
      },
      Chassis = { Manufacturer = "Example Compute" },
      Manager = {
        Name = "OpenBmc Manager", Model = "OpenBmc",
        Oem = { OpenBmc = { Fan = { AcousticProfile = "Balanced" } } },
      },
    },
  },
  models = {
    {
      model = "openbmc-2.8",
      redfish = "1.9.0",
      bodies = {
        ComputerSystem = { Model = "EC-1000", BiosVersion = "0.41" },
        Chassis = { Model = "EC-1000" },
        Manager = { FirmwareVersion = "2.8.0-211-g51ee3d0" },
      },
    },
    {
      model = "openbmc-2.14",
      redfish = "1.17.0",
      led = { form = "LocationIndicatorActive" }, expand = "honest",
      stream = { uri = "/redfish/v1/EventService/SSE", lean = true, zone = { "+00:00", 0 } },
      action_info = true, model_old = false, model_new = true,
      bodies = {
        ComputerSystem = { Model = "EC-2000", BiosVersion = "1.07" },
        Chassis = { Model = "EC-2000" },
        Manager = { FirmwareVersion = "2.14.0-64-g0c61b2a" },
      },
    },
  },
}
