-- SPDX-License-Identifier: GPL-3.0-or-later
--- Power supplies, as far as sensors tell of them: state, watts, input voltage, redundancy. What
--- they are (model, serial number, capacity) stands in their FRUs.
--
-- The sensors of one supply have its entity in common (43.14: 0Ah, and the instance).

local reading = require "bmc.reading"
local sensors = require "bmc.ipmi.sensors"

local SUPPLY, UNIT = 0x08, 0x09 -- 42.2: power supply, power unit
local ENTITY = 0x0A
local SPECIFIC, REDUNDANCY = 0x6F, 0x0B -- 42.1
local LINE = 80 -- V; no output of a supply has as many

local INPUT = {
  "input", "^in[%s_%d]", "[%s_%d]in$", "[%s_]in[%s_]", "vin", "pin", "^ac", "[%s_]ac",
}
local OUTPUT = { "out" }

local M = {}

local function says(name, words)
  name = name:lower()
  for _, word in ipairs(words) do
    if name:find(word) then
      return true
    end
  end
  return false
end

local function is_wanted(sensor)
  return sensor.entity_id == ENTITY or sensor.sensor_type == SUPPLY
    or sensor.sensor_type == UNIT and sensor.event_type == REDUNDANCY
end

-- "PS1 Status" tells of "PS1"; where a name has no number ("Status", Dell) the entity has.
local function name_of(r)
  local name = r.name:gsub("[%s_]*[Ss][Tt][Aa][Tt][Uu][Ss]$", "")
  return name:find("%d") and name or r.entity or r.name
end

-- Watts and volts go where the name says; one that says nothing stays out.
local function measure(supply, r)
  local into, out = says(r.name, INPUT), says(r.name, OUTPUT)
  if r.units == "W" and into ~= out then
    local field = into and "input_power_w" or "power_output_w"
    supply[field] = supply[field] or r.value
  elseif r.units == "V" and not out and (into or r.value > LINE) then
    supply.input_voltage_v = supply.input_voltage_v or r.value
  end
end

local function add(supply, r)
  local s = r.sensor
  if s.sensor_type == SUPPLY and s.event_type == SPECIFIC then
    supply.name, supply.named = supply.named and supply.name or name_of(r), true
    supply.absent = r.mask == 0 -- not even present
  end
  if s.event_type == REDUNDANCY then
    supply.redundancy_status = reading.worse(supply.redundancy_status, r.health)
    return
  elseif r.value then
    measure(supply, r)
  end
  supply.status = reading.worse(supply.status, r.health)
end

-- Supplies in the order of their first sensor, and the redundancy of the unit that they form.
local function group(readings)
  local supplies, by_key, redundancy = {}, {}, nil
  for _, r in ipairs(readings) do
    local s = r.sensor
    if s.sensor_type == UNIT then
      redundancy = reading.worse(redundancy, r.health)
    else
      local key = s.entity_id == ENTITY and s.entity_instance or r.name
      local supply = by_key[key]
      if not supply then
        supply = { name = r.entity or r.name }
        by_key[key], supplies[#supplies + 1] = supply, supply
      end
      add(supply, r)
    end
  end
  return supplies, redundancy
end

--- The way of power_supplies. A bay that is empty has a name and nothing else.
---@param target bmc.target.Target
---@param call bmc.plan.Call
---@return table[]? records
---@return bmc.err.Value? err
function M.list(target, _, call)
  local readings, e = sensors.read(target, { wanted = is_wanted, note = call.note })
  if not readings then
    return nil, e
  end
  local supplies, redundancy = group(readings)
  for i, s in ipairs(supplies) do
    supplies[i] = s.absent and { name = s.name } or {
      name = s.name, status = s.status, power_output_w = s.power_output_w,
      input_power_w = s.input_power_w, input_voltage_v = s.input_voltage_v,
      redundancy_status = s.redundancy_status or redundancy,
    }
  end
  return supplies
end

return M
