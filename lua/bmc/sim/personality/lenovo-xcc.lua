-- SPDX-License-Identifier: GPL-3.0-or-later
-- Lenovo XClarity Controller, early and current. Data only: see ../personality.lua.
return {
  alias = "lenovo",
  traits = {
    serial = "J30?????",
    etags = { in_body = true, need = 428 },
    sessions = { limit = 16, timeout = 300 },
    boot = {
      targets = { "None", "Pxe", "Cd", "Usb", "Hdd", "BiosSetup", "Diags", "UefiTarget" },
      enabled = { "Once", "Disabled" }, order = false,
    },
    media = {
      actions = false, patch = true,
      slots = {
        { id = "EXT1", types = { "CD", "DVD", "Floppy", "USBStick" } },
        { id = "EXT2", types = { "CD", "DVD", "Floppy", "USBStick" } },
        { id = "RDOC1", types = { "CD", "DVD", "Floppy", "USBStick" }, refuses = 400 },
        { id = "Remote1", types = { "CD", "DVD", "Floppy", "USBStick" }, refuses = 400 },
      },
    },
    logs = {
      system = {
        { id = "PlatformLog", count = 10 }, { id = "AuditLog", count = 15, links = true },
        { id = "SEL", mute = true },
      },
      manager = "system",
    },
    led = { chassis_refused = true },
    processors = {
      id = "%d", model = "Intel(R) Xeon(R) Gold 6330", maker = "Intel(R) Corporation",
    },
    memory = { id = "%d", maker = "SK Hynix", part = "HMA84GR7DJR4N-XN" },
    storage = {
      {
        id = "RAID_Slot1", name = "ThinkSystem RAID 940-8i", model = "940-8i",
        drives = {
          count = 4, model = "MZILT1T9HBJR0D3", maker = "Samsung", gb = 1920, protocol = "SAS",
        },
        volumes = { { raid = "RAID5", drives = { 1, 2, 3 } } },
      },
    },
    adapters = {
      {
        id = "slot-2", model = "ThinkSystem Mellanox ConnectX-6", maker = "Mellanox",
        version = "20.32.10.10", part = "SN37A48062",
      },
    },
    licences = { { id = "XCC_Advanced", name = "Lenovo XClarity Controller Advanced Upgrade" } },
    extras = {
      ["{system}/Oem/Lenovo/BootSettings"] = {
        kind = "LenovoBootSettingsCollection", members = { "BootOrder.BootOrder" },
      },
      ["{system}/Oem/Lenovo/BootSettings/BootOrder.BootOrder"] = {
        kind = "LenovoBootOrder",
        body = {
          BootOrderCurrent = { "CD/DVD Rom", "Hard Disk 0", "Network" },
          BootOrderNext = { "CD/DVD Rom", "Hard Disk 0", "Network" },
          BootOrderSupported = { "CD/DVD Rom", "Hard Disk 0", "Network", "USB Storage" },
        },
      },
    },
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
    ipmi = { manufacturer = 19046, product = 0x03F7 },
    bodies = {
      ComputerSystem = {
        Manufacturer = "Lenovo", Oem = { Lenovo = {
          SystemStatus = "OSBooted",
          BootSettings = { ["@odata.id"] = "{system}/Oem/Lenovo/BootSettings" },
        } },
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
        },
        Chassis = { Model = "7X02CTO1WW" },
        Manager = { FirmwareVersion = "CDI340M 2.61 2019-05-06" },
      },
    },
    {
      model = "xcc-2",
      redfish = "1.15.0",
      model_new = true, expand = "honest",
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
