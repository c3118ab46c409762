-- SPDX-License-Identifier: GPL-3.0-or-later
-- power_supplies: every power supply of a machine.

local chassis = require "bmc.chassis"
local supplies = require "bmc.ipmi.supplies"

--- Power supplies in the BMC's order. status and redundancy_status are health words;
--- power_output_w is absent where the BMC gives the capacity for the reading (iDRAC 8). The list
--- is empty for a blade, whose supplies are the enclosure's (R46). Over IPMI it has what sensors
--- tell: state, watts, input voltage, redundancy.
--- Errors: those of the transport, unsupported (over IPMI: no sensor data records).
---@type bmc.plan.Op
return {
  name = "power_supplies",
  list = true,
  record = {
    "name", "model", "serial_number", "status", "power_capacity_w", "power_output_w",
    "input_voltage_v", "input_power_w", "line_input_voltage_type", "redundancy_status",
  },
  ways = { redfish = chassis.way(chassis.kinds.supplies), ipmi = supplies.list },
}
