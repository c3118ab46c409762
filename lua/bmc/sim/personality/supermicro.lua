-- SPDX-License-Identifier: GPL-3.0-or-later
-- Supermicro X12 and X13. Data only: see ../personality.lua.
return {
  alias = "smc",
  traits = {
    serial = "S4########??",
    action_info = true,
    restart = { away = "refuse" },
    boot = {
      targets = { "None", "Pxe", "Hdd", "Cd", "UsbCd", "BiosSetup", "UefiHttp", "UefiShell" },
      falls_back = true, order = false,
    },
    media = {
      late_eject = true, keeps_image = true, image_only = true,
      slots = {
        { id = "VirtualMedia1", types = { "CD", "DVD", "Floppy", "USBStick" } },
        { id = "VirtualMedia2", types = { "CD", "DVD", "Floppy", "USBStick" } },
      },
    },
    logs = {
      system = { { id = "Log1", count = 14, hex = true } },
      manager = { { id = "Log1", count = 20 } },
    },
    processors = { id = "%d", model = "Intel(R) Xeon(R) Platinum 8358", maker = "Intel" },
    memory = { id = "%d", maker = "Micron", part = "36ASF4G72PZ-3G2R1" },
    storage = {
      {
        id = "NVMeSSD", name = "NVMe", model = "NVMe",
        drives = {
          count = 2, model = "MZQL23T8HCLS", maker = "Samsung", gb = 3840, protocol = "NVMe",
        },
      },
    },
    adapters = {
      { id = "1", model = "AOC-S25G-M2S", maker = "Supermicro", version = "14.32.20.4" },
    },
    extras = {
      ["{manager}/LicenseManager"] = {
        kind = "LicenseManager",
        body = { Name = "License Manager", QueryLicense = {
          ["@odata.id"] = "{manager}/LicenseManager/QueryLicense",
        } },
      },
      ["{manager}/LicenseManager/QueryLicense"] = {
        kind = "QueryLicense",
        body = { Licenses = {
          '{"ProductKey":{"Node":{"LicenseID":"2","LicenseName":"SFT-DCMS-SINGLE",'
            .. '"CreateDate":"20230720"},"Signature":""}}',
        } },
      },
      ["{system}/Oem/Supermicro/FixedBootOrder"] = {
        kind = "FixedBootOrder",
        body = { BootModeSelected = "UEFI", FixedBootOrder = {
          "UEFI Hard Disk:Disk 0", "UEFI Network:NIC 1", "UEFI CD/DVD", "UEFI USB Key",
        } },
      },
    },
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
    ipmi = { manufacturer = 10876, product = 0x1B11 },
    bodies = {
      ServiceRoot = { Oem = { Supermicro = { ProductFamily = "SuperServer" } } },
      ComputerSystem = {
        Manufacturer = "Supermicro", Oem = { Supermicro = {
          NodeManager = "Ready",
          FixedBootOrder = {
            ["@odata.id"] = "{system}/Oem/Supermicro/FixedBootOrder",
          },
        } },
      },
      Chassis = { Manufacturer = "Supermicro" },
      Manager = { Model = "ASPEED", Oem = { Supermicro = {
        FanMode = "Optimal",
        LicenseManager = { ["@odata.id"] = "{manager}/LicenseManager" },
      } } },
    },
  },
  models = {
    {
      model = "x12",
      redfish = "1.9.0",
      bodies = {
        ComputerSystem = {
          Model = "SYS-620P-TRT", BiosVersion = "1.4b",
          PartNumber = "SYS-620P-TRT",
        },
        Chassis = { Model = "CSE-825BTQC" },
        Manager = { FirmwareVersion = "01.02.30" },
      },
    },
    {
      model = "x13",
      redfish = "1.11.0",
      model_new = true, etags = { in_body = true },
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
