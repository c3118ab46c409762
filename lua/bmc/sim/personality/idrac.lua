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
      sessions = { path = "/redfish/v1/Sessions" },
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
      bodies = {
        ServiceRoot = { Vendor = "Dell" },
        ComputerSystem = {
          Model = "PowerEdge R760", BiosVersion = "2.1.5",
          BootProgress = { LastState = "OSRunning" },
        },
        Chassis = { Model = "PowerEdge R760" },
        Manager = { Model = "16G Monolithic", FirmwareVersion = "7.10.30.05" },
      },
    },
  },
}
