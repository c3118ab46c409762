-- SPDX-License-Identifier: GPL-3.0-or-later
-- Dell iDRAC 9, before and after firmware 6. Data only: see ../personality.lua.
return {
  alias = "dell",
  traits = {
    serial = "???????",
    ids = {
      system = "System.Embedded.1", chassis = "System.Embedded.1", manager = "iDRAC.Embedded.1",
    },
    sessions = {
      limit = 8, refuses = "authorization",
      full = {
        status = 503, id = "IDRAC.2.8.RAC0218",
        text = "No session is free: the limit of user sessions is reached.",
      },
    },
    already = { 409, "IDRAC.2.8.PSU501" },
    manager_reset_types = { "GracefulRestart" },
    restart = { away = "refuse", linger = 0.3 },
    boot = {
      targets = {
        "None", "Pxe", "Floppy", "Cd", "Hdd", "BiosSetup", "Utilities", "UefiTarget", "SDCard",
        "UefiHttp",
      },
    },
    tasks = { vanish = true, jobs = "{manager}/Oem/Dell/Jobs" },
    logs = {
      system = false,
      manager = {
        { id = "Sel", count = 12, newest = true, hex = true, note = "Log cleared." },
        { id = "Lclog", count = 120, newest = true, page = 50, fixed = true },
        { id = "FaultList", count = 0, newest = true, fixed = true },
      },
    },
    page_size = 50, slots = 16,
    processors = {
      id = "CPU.Socket.%d", model = "Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz", maker = "Intel",
    },
    memory = { id = "DIMM.Socket.A%d", maker = "Samsung", part = "M393A4K40DB3-CWE" },
    storage = {
      {
        id = "RAID.Integrated.1-1", name = "PERC H755 Front", model = "PERC H755 Front",
        drives = {
          count = 6, model = "MZ7L3960HBLTAD3", maker = "Samsung", gb = 960, protocol = "SATA",
        },
        volumes = {
          { raid = "RAID1", drives = { 1, 2 } }, { raid = "RAID5", drives = { 3, 4, 5, 6 } },
        },
      },
      {
        id = "AHCI.Embedded.1-1", name = "AHCI Controller", model = "C620 SATA",
        drives = {
          count = 2, model = "ST2000NM003A", maker = "SEAGATE", gb = 2000, protocol = "SATA",
          media = "HDD", rpm = 7200,
        },
      },
    },
    nics = { count = 4, id = "NIC.Integrated.1-%d-1" },
    adapters = {
      {
        id = "NIC.Integrated.1", model = "BCM57414", maker = "Broadcom Inc.", ports = 2,
        version = "22.31.13.70", part = "024GFD",
      },
      {
        id = "NIC.Slot.3", model = "ConnectX-6 Dx", maker = "Mellanox Technologies", ports = 2,
        version = "22.36.10.10", part = "0F6FXM",
      },
    },
    firmware = {
      { id = "Installed-0-PERC", name = "PERC H755 Front", version = "52.26.0-5179" },
      { id = "Installed-0-CPLD", name = "System CPLD", version = "1.0.6" },
    },
    licences = { { id = "FD00000027623441", name = "iDRAC9 Enterprise License" } },
    temperatures = {
      { name = "CPU1 Temp", context = "CPU", reading = 47, spread = 7, critical = 97 },
      { name = "CPU2 Temp", context = "CPU", reading = 45, spread = 7, critical = 97 },
      {
        name = "System Board Inlet Temp", context = "SystemBoard", reading = 22,
        caution = 38, critical = 42,
      },
      {
        name = "System Board Exhaust Temp", context = "SystemBoard", reading = 34,
        caution = 70, critical = 75,
      },
    },
    fans = { count = 6, name = "System Board Fan%d", rpm = 7320, low = 840 },
    supplies = {
      count = 2, name = "PS%d Status", model = "PWR SPLY,1100W,RDNT", maker = "DELL",
      serial = "CN#########", capacity = 1100,
    },
    watts = 312,
    ipmi = { manufacturer = 674, product = 256 },
    bodies = {
      ServiceRoot = {
        Product = "Integrated Dell Remote Access Controller",
        Oem = { Dell = { ServiceTag = "{serial}", ManagerMACAddress = "{mac}", IsBranded = 0 } },
      },
      ComputerSystem = {
        Manufacturer = "Dell Inc.", SKU = "{serial}", SerialNumber = "{board}",
        Oem = { Dell = { DellSystem = { ChassisServiceTag = "{serial}", NodeID = "{serial}" } } },
      },
      Chassis = { Manufacturer = "Dell Inc.", SKU = "{serial}", SerialNumber = "{board}" },
      Manager = { Oem = { Dell = { DelliDRACCard = { IPMIVersion = "2.0" } } } },
    },
  },
  models = {
    {
      model = "idrac9-4",
      redfish = "1.9.0",
      sessions = {
        path = "/redfish/v1/Sessions", wrong = "/redfish/v1/SessionService/Sessions",
      },
      boot = { alone = "UefiTarget" },
      logs = { apart = true }, -- before firmware 4.40, and on iDRAC 8
      reset_types = {
        "On", "ForceOff", "ForceRestart", "GracefulShutdown", "PushPowerButton", "Nmi",
      },
      bodies = {
        ComputerSystem = { Model = "PowerEdge R640", BiosVersion = "2.10.2" },
        Chassis = { Model = "PowerEdge R640" },
        Manager = { Model = "14G Monolithic", FirmwareVersion = "4.22.00.53" },
      },
    },
    {
      model = "idrac9-7",
      redfish = "1.18.0",
      reset_types = {
        "On", "ForceOff", "ForceRestart", "GracefulRestart", "GracefulShutdown", "PushPowerButton",
        "Nmi", "PowerCycle",
      },
      model_new = true,
      media = {
        where = "system", image_only = false, settle = 0.2, empty = 500,
        slots = {
          { id = "1", types = { "CD", "DVD", "USBStick" } },
          { id = "2", types = { "CD", "DVD", "USBStick" } },
        },
      },
      led = { form = "both" }, expand = "honest",
      stream = { uri = "/redfish/v1/SSE", zone = { "-0600", -6 * 3600 } },
      bodies = {
        ServiceRoot = { Vendor = "Dell" },
        ComputerSystem = {
          Model = "PowerEdge R760", BiosVersion = "2.1.5",
          BootProgress = { LastState = "OSRunning" },
          LastResetTime = "2024-03-01T08:00:00+00:00",
        },
        Chassis = { Model = "PowerEdge R760" },
        Manager = { Model = "16G Monolithic", FirmwareVersion = "7.10.30.05" },
      },
    },
    {
      model = "idrac10",
      redfish = "1.20.1",
      reset_types = {
        "On", "ForceOff", "ForceRestart", "GracefulRestart", "GracefulShutdown", "PushPowerButton",
        "Nmi", "PowerCycle",
      },
      model_new = true,
      boot = { at = "settings" },
      etags = { actions = "refused" },
      media = { where = "system" },
      led = { form = "LocationIndicatorActive" }, expand = "honest",
      bodies = {
        ServiceRoot = { Vendor = "Dell" },
        ComputerSystem = {
          Model = "PowerEdge R470", BiosVersion = "1.2.6",
          BootProgress = { LastState = "OSRunning" }, LastResetTime = "2025-03-01T08:00:00+00:00",
        },
        Chassis = { Model = "PowerEdge R470" },
        Manager = { Model = "17G Monolithic", FirmwareVersion = "1.20.50.52" },
      },
    },
  },
}
