-- SPDX-License-Identifier: GPL-3.0-or-later
-- HPE iLO 5 and iLO 6. Data only: see ../personality.lua.
return {
  alias = "hpe",
  traits = {
    serial = "CZ3#####??",
    any_case = true, root_redirect = true, needs_body = true, etags = { in_body = true },
    sessions = { limit = 12, timeout = 1800 },
    already = { 400, "InvalidOperationForSystemState" },
    manager_reset_types = false, manager_reset_bare = true,
    restart = { away = "refuse" },
    boot = {
      targets = { "None", "Cd", "Hdd", "Usb", "SDCard", "Utilities", "Diags", "BiosSetup", "Pxe",
        "UefiShell", "UefiHttp", "UefiTarget" },
      mode_refused = true, keep_target = true, post_refused = true,
    },
    media = {
      slots = {
        { id = "1", types = { "Floppy", "USBStick" } }, { id = "2", types = { "CD", "DVD" } },
      },
    },
    logs = {
      system = {
        { id = "IML", count = 9, note = "IML Cleared" }, { id = "SL", count = 4 },
      },
      manager = { { id = "IEL", count = 30 } },
    },
    processors = {
      id = "%d", model = "Intel(R) Xeon(R) Gold 6338", maker = "Intel(R) Corporation",
    },
    memory = { id = "proc1dimm%d", maker = "HPE", part = "P06033-B21" },
    storage = {
      {
        id = "DE00A000", name = "HPE Smart Array P816i-a SR Gen10", model = "P816i-a SR Gen10",
        drives = { count = 4, model = "VK000960GWTTB", maker = "HPE", gb = 960, protocol = "SATA" },
        volumes = { { raid = "RAID10", drives = { 1, 2, 3, 4 } } },
      },
    },
    adapters = {
      {
        id = "DC07A000", model = "HPE Ethernet 10/25Gb 2-port 631SFP28", maker = "Broadcom",
        version = "22.31.7.0", part = "817709-B21",
      },
    },
    firmware = {
      { id = "3", name = "System Programmable Logic Device", version = "0x2A" },
      { id = "4", name = "Intelligent Platform Abstraction Data", version = "9.2.0 Build 30" },
    },
    extras = {
      ["{manager}/LicenseService"] = {
        kind = "HpeiLOLicenseCollection", members = { "1" },
      },
      ["{manager}/LicenseService/1"] = {
        kind = "HpeiLOLicense",
        body = { Name = "iLO License", License = "iLO Advanced", LicenseType = "Perpetual",
          LicenseTier = "ADV", LicenseExpire = "", LicenseKey = "" },
      },
    },
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
    fans = { count = 7, name = "Fan %d", percent = 24, low = false },
    supplies = {
      count = 2, name = "HpeServerPowerSupply %d", model = "865414-B21", maker = "CHCNY",
      serial = "5WBXT0####????", capacity = 800,
    },
    watts = 236,
    ipmi = { manufacturer = 47196, product = 0x2020, impossible = true },
    bodies = {
      ServiceRoot = {
        Vendor = "HPE",
        Oem = { Hpe = { Moniker = { VENDABR = "HPE", PRODFAM = "Integrated Lights-Out" } } },
      },
      ComputerSystem = { Manufacturer = "HPE", Oem = { Hpe = { PostState = "FinishedPost" } } },
      Chassis = { Manufacturer = "HPE" },
      Manager = { Oem = { Hpe = {
        Type = "HpeiLO",
        Links = { LicenseService = { ["@odata.id"] = "{manager}/LicenseService" } },
      } } },
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
          Model = "ProLiant DL360 Gen10", SKU = "867959-B21",
          BiosVersion = "U32 v2.76 (02/09/2023)",
        },
        Chassis = { Model = "ProLiant DL360 Gen10" },
        Manager = { Model = "iLO 5", FirmwareVersion = "iLO 5 v2.78" },
      },
    },
    {
      model = "ilo6",
      redfish = "1.20.0",
      model_new = true, led = { form = "LocationIndicatorActive" }, expand = "honest",
      stream = { uri = "/redfish/v1/EventService/SSE" },
      bodies = {
        ServiceRoot = {
          Product = "ProLiant DL380 Gen11",
          Oem = {
            Hpe = { Manager = { { ManagerType = "iLO 6", ManagerFirmwareVersion = "1.58" } } },
          },
        },
        ComputerSystem = {
          Model = "ProLiant DL380 Gen11", SKU = "P52560-421",
          BiosVersion = "U54 v2.16 (03/01/2024)", BootProgress = { LastState = "OSRunning" },
        },
        Chassis = { Model = "ProLiant DL380 Gen11" },
        Manager = { Model = "iLO 6", FirmwareVersion = "iLO 6 v1.58" },
      },
    },
  },
}
