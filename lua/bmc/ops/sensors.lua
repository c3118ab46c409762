-- SPDX-License-Identifier: GPL-3.0-or-later
-- sensors: every reading of a machine.

local ipmi = require "bmc.ipmi.sensors"
local redfish = require "bmc.chassis.sensors"

--- Readings in the BMC's order. `state` is "ok", "warning", "critical" or "unavailable", and
--- absent where nobody can judge what the sensor says; `why` tells why one is unavailable. value
--- is a number in `units`; discrete sensors have `states` instead, in words. `thresholds` has
--- lower_ and upper_ non_critical, critical and non_recoverable, as far as they are set.
--- Over IPMI a sensor is known by owner, lun and number; raw is the BMC's answer in hexadecimal.
--- Over Redfish these are the temperatures, the fans and the power supplies.
--- Errors: those of the transport, unsupported (a BMC without sensor data records).
---@type bmc.plan.Op
return {
  name = "sensors",
  list = true,
  seconds = 120,
  record = {
    "name", "type", "value", "units", "state", "health", "thresholds", "states", "why", "entity",
    "owner", "lun", "number", "raw",
  },
  ways = { redfish = redfish.list, ipmi = ipmi.list },
}
