-- SPDX-License-Identifier: GPL-3.0-or-later
-- temperatures: every temperature sensor of a machine.

local chassis = require "bmc.chassis"
local thermal = require "bmc.ipmi.thermal"

--- Temperature sensors in the BMC's order, in °C. A sensor that is absent or disabled has a name
--- and no reading; status is its health, "OK", "Warning" or "Critical". The list is empty for
--- a machine whose BMC shows none, and the notes say what was looked for.
--- Errors: those of the transport, unsupported (over IPMI: no sensor data records).
---@type bmc.plan.Op
return {
  name = "temperatures",
  list = true,
  record = {
    "name", "reading_c", "upper_non_critical_c", "upper_critical_c", "status", "physical_context",
  },
  ways = { redfish = chassis.way(chassis.kinds.temperatures), ipmi = thermal.temperatures },
}
