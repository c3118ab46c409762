-- SPDX-License-Identifier: GPL-3.0-or-later
-- fans: every fan of a machine.

local chassis = require "bmc.chassis"
local thermal = require "bmc.ipmi.thermal"

--- Fans in the BMC's order. A speed is in reading_rpm or in reading_percent, as the unit says;
--- limits are in RPM and absent for fans told in percent. The list is empty for a machine
--- without fans of its own (a blade).
--- Errors: those of the transport, unsupported (over IPMI: no sensor data records).
---@type bmc.plan.Op
return {
  name = "fans",
  list = true,
  record = {
    "name", "reading_rpm", "reading_percent", "status", "upper_non_critical_rpm",
    "lower_non_critical_rpm",
  },
  ways = { redfish = chassis.way(chassis.kinds.fans), ipmi = thermal.fans },
}
