-- SPDX-License-Identifier: GPL-3.0-or-later
-- AMI MegaRAC SP-X as board makers ship it. Data only: see ../personality.lua.
return {
  alias = "ami",
  traits = {
    serial = "GJG#######",
    ids = { system = "Self", chassis = "Self", manager = "Self" },
    action_info = true,
    sessions = { limit = 16, timeout = 1800 },
    etags = { show = "weak", in_body = true, need = 428, take = { "strong", "star" } },
    boot = { at = "SD", full = true },
    page_query = "$skip",
    reset_types = { "GracefulShutdown", "ForceRestart", "ForceOff", "On" },
    manager_reset_types = { "ForceRestart" },
    ipmi = { manufacturer = 15370, product = 0x0C54 },
    bodies = {
      ServiceRoot = { Vendor = "AMI", Product = "AMI Redfish Server" },
      ComputerSystem = { Manufacturer = "GIGABYTE" },
      Chassis = { Manufacturer = "GIGABYTE" },
      Manager = { Model = "410810600", Oem = { Ami = { VirtualMedia = {} } } },
    },
  },
  models = {
    {
      model = "megarac-12",
      redfish = "1.7.0",
      bodies = {
        ComputerSystem = { Model = "H262-Z63-00", BiosVersion = "C27" },
        Chassis = { Model = "H262-Z63-00" },
        Manager = { FirmwareVersion = "12.84.13" },
      },
    },
  },
}
