-- SPDX-License-Identifier: GPL-3.0-or-later
-- chassis_status: power, what is to happen after a power failure, and what is wrong with the case.

local chassis = require "bmc.ipmi.chassis"
local led = require "bmc.led"
local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"

local object, text = reading.object, reading.text

-- ComputerSystem.PowerRestorePolicy
local POLICIES = { AlwaysOn = "always_on", AlwaysOff = "always_off", LastState = "previous" }
-- PhysicalSecurity.IntrusionSensor; what else there is means that somebody was inside.
local SHUT = "Normal"

-- The first chassis of the system that has a sensor for it.
local function intrusion(rf, system)
  for _, uri in ipairs(reading.links(reading.field(object(system.Links), "Chassis"))) do
    local body, e = rf:get(uri)
    local sensor = body and text(object(body.PhysicalSecurity).IntrusionSensor)
    if sensor then
      return sensor ~= SHUT
    elseif not body and not e.status then
      return nil, e
    end
  end
end

local function identify(rf, system)
  local places, e = led.places(rf, system)
  local state = places and places[1] and led.state(places[1].body)
  if state then
    return state == "off" and "off" or "on"
  end
  return nil, e
end

local function over_redfish(target, args, call)
  local rf = redfish.of(target)
  local system, e = subject.system(rf, args, call)
  if not system then
    return nil, e
  end
  local state = reading.power_state(system)
  local record = {
    restore_policy = POLICIES[text(system.PowerRestorePolicy)],
  }
  if state ~= "unknown" then
    record.power_on = state ~= "off"
  end
  record.intrusion, e = intrusion(rf, system)
  if not e then
    record.identify, e = identify(rf, system)
  end
  if e then
    return nil, e
  end
  return record
end

--- The chassis of a machine: power_on, restore_policy ("always_on", "previous", "always_off",
--- "unknown": what happens when power comes back), last_power_event (a list: "ac_failed",
--- "overload", "interlock", "power_fault", "command"), faults (a list: "overload", "interlock",
--- "power_fault", "power_control_fault", "front_panel_lockout", "drive_fault", "cooling_fault"),
--- intrusion, identify ("off", "on", "temporary"), restart_cause, power_on_hours. Over Redfish
--- there are power_on, restore_policy, intrusion and identify.
--- Errors: those of the transport, missing (no such system).
---@type bmc.plan.Op
return {
  name = "chassis_status",
  record = {
    "power_on", "restore_policy", "last_power_event", "faults", "intrusion", "identify",
    "restart_cause", "power_on_hours",
  },
  ways = { redfish = over_redfish, ipmi = chassis.status },
}
