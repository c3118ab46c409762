-- SPDX-License-Identifier: GPL-3.0-or-later
-- Cisco CIMC of a blade. Data only: see ../personality.lua.
return {
  alias = "cimc",
  traits = {
    serial = "FCH########",
    ids = { system = "FCH25417AAA", chassis = "1", manager = "CIMC" },
    sessions = { limit = 4, timeout = 1800 },
    boot = { modes = false, order = false },
    manager_reset_types = { "ForceRestart" },
    -- V14: the first slots are the console's own, and nothing is listed as CD.
    media = {
      slots = {
        { id = "0", types = { "DVD" }, refuses = 400 },
        { id = "1", types = { "Floppy", "USBStick" }, refuses = 400 },
        { id = "2", types = { "DVD" }, actions = false, refuses = 400 },
        { id = "3", types = { "DVD" } },
      },
    },
    led = { form = "LocationIndicatorActive" },
    ipmi = { manufacturer = 5771, product = 0x0106 },
    bodies = {
      ServiceRoot = { Vendor = "Cisco Systems Inc.", Product = "UCSX-210C-M6" },
      ComputerSystem = { Manufacturer = "Cisco Systems Inc" },
      Chassis = { Manufacturer = "Cisco Systems Inc" },
    },
  },
  models = {
    {
      model = "cimc-5",
      redfish = "1.9.0",
      bodies = {
        ComputerSystem = { Model = "UCSX-210C-M6", BiosVersion = "X210M6.5.0.1f" },
        Chassis = { Model = "UCSX-210C-M6" },
        Manager = { Model = "UCSX-210C-M6", FirmwareVersion = "5.0(1f)" },
      },
    },
  },
}
