-- SPDX-License-Identifier: GPL-3.0-or-later
-- chassis.sensors: owns the list of all readings of a machine over Redfish, put together from
-- the temperatures, fans and power supplies that bmc.chassis finds, in the form in which IPMI
-- gives its sensors.

local chassis = require "bmc.chassis"
local kinds = require "bmc.chassis.kinds"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"
local task = require "bmc.task"

local STATE = { OK = "ok", Warning = "warning", Critical = "critical" }

local M = {}

local function limits_of(limits)
  return next(limits) and limits or nil
end

local function reading_of(name, kind, value, units, health, limits)
  return {
    name = name, type = kind, value = value, units = units, health = health,
    thresholds = limits_of(limits or {}),
    state = value == nil and not health and "unavailable" or STATE[health],
  }
end

local function of_temperature(t)
  return reading_of(t.name, "Temperature", t.reading_c, "°C", t.status,
    { upper_non_critical = t.upper_non_critical_c, upper_critical = t.upper_critical_c })
end

local function of_fan(f)
  local percent = f.reading_rpm == nil and f.reading_percent ~= nil
  return reading_of(f.name, "Fan", f.reading_rpm or f.reading_percent, percent and "%" or "RPM",
    f.status, { upper_non_critical = f.upper_non_critical_rpm,
      lower_non_critical = f.lower_non_critical_rpm })
end

local function mapped(list, f, out)
  for _, record in ipairs(list) do
    out[#out + 1] = f(record)
  end
  return out
end

-- Those of the new model; how: "new" or "spread".
local function of_lists(how)
  return function(walk, body, bare)
    local temperatures, e = kinds.temperatures[how](walk, body, bare)
    local fans
    if temperatures then
      fans, e = kinds.fans[how](walk, body, bare)
    end
    return fans and mapped(fans, of_fan, mapped(temperatures, of_temperature, {})), e
  end
end

-- Temperatures and fans: one Thermal tells of both.
---@type bmc.chassis.Kind
local THERMAL = {
  resource = "Thermal",
  old = function(thermal, walk)
    local out = mapped(kinds.temperatures.old(thermal, walk), of_temperature, {})
    return mapped(kinds.fans.old(thermal, walk), of_fan, out)
  end,
  new = of_lists "new", spread = of_lists "spread",
}

-- A supply has one state and several readings.
local MEASURED = {
  { "power_output_w", "output", "W" }, { "input_power_w", "input", "W" },
  { "input_voltage_v", "input voltage", "V" },
}

local function of_supplies(supplies)
  local out = {}
  for _, s in ipairs(supplies) do
    out[#out + 1] = reading_of(s.name, "Power Supply", nil, nil, s.status)
    for _, field in ipairs(MEASURED) do
      local value = s[field[1]]
      out[#out + 1] = value and reading_of(("%s %s"):format(s.name or "PSU", field[2]),
        "Power Supply", value, field[3], s.status) or nil
    end
  end
  return out
end

--- The Redfish way of sensors.
---@param target bmc.target.Target
---@param args table
---@param call bmc.plan.Call
---@return table[]? records
---@return bmc.err.Value? err
function M.list(target, args, call)
  local rf = redfish.of(target)
  local system, e = subject.system_if_any(rf, args, call)
  if e then
    return nil, e
  end
  local both = task.map({ THERMAL, kinds.supplies }, 2, function(kind)
    return table.pack(chassis.gather(rf, system, kind, call.note))
  end)
  for i = 1, 2 do
    if not both[i][1] then
      return nil, both[i][2]
    end
  end
  local out, supplies = both[1][1], of_supplies(both[2][1])
  return table.move(supplies, 1, #supplies, #out + 1, out)
end

return M
