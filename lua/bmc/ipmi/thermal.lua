-- SPDX-License-Identifier: GPL-3.0-or-later
--- Temperatures and fans among the sensors of a BMC, as the records that Redfish gives too.
--
-- A discrete sensor of a temperature or a fan ("PROCHOT", "Fan present") has no reading and is no
-- temperature and no fan; bmcsh sensors lists it, and its state counts in chassis_health.

local sensors = require "bmc.ipmi.sensors"

local TEMPERATURE, FAN = 0x01, 0x04 -- 42.2
local THRESHOLD = 0x01

-- 43.14 in the words of Redfish's PhysicalContext.
local PLACES = {
  [0x03] = "CPU", [0x04] = "StorageDevice", [0x07] = "SystemBoard", [0x08] = "Memory",
  [0x0A] = "PowerSupply", [0x0F] = "Backplane", [0x14] = "VoltageRegulator", [0x1A] = "StorageBay",
  [0x1D] = "Fan", [0x20] = "Memory", [0x27] = "Intake", [0x37] = "Intake", [0x40] = "Intake",
  [0x41] = "CPU", [0x42] = "SystemBoard",
}

local function tenths(v)
  return math.floor(v * 10 + 0.5) / 10
end

local CELSIUS = {
  ["°C"] = function(v) return v end,
  ["°F"] = function(v) return tenths((v - 32) * 5 / 9) end,
  ["K"] = function(v) return tenths(v - 273.15) end,
}

local M = {}

local function readings_of(target, call, kind, units)
  return sensors.read(target, {
    limits = true, note = call.note,
    wanted = function(sensor)
      return sensor.sensor_type == kind and sensor.event_type == THRESHOLD and sensor.numeric
        and units[sensor.units] ~= nil
    end,
  })
end

local function each(readings, record)
  local out = {}
  for i, reading in ipairs(readings) do
    out[i] = record(reading, reading.thresholds or {})
  end
  return out
end

-- In the unit asked for; nil stays nil.
local function in_celsius(reading, value)
  return value and CELSIUS[reading.units](value)
end

--- The way of temperatures.
---@param target bmc.target.Target
---@param call bmc.plan.Call
---@return table[]? records
---@return bmc.err.Value? err
function M.temperatures(target, _, call)
  local readings, e = readings_of(target, call, TEMPERATURE, CELSIUS)
  return readings and each(readings, function(reading, limits)
    return {
      name = reading.name, reading_c = in_celsius(reading, reading.value),
      upper_non_critical_c = in_celsius(reading, limits.upper_non_critical),
      upper_critical_c = in_celsius(reading, limits.upper_critical),
      status = reading.health, physical_context = PLACES[reading.sensor.entity_id],
    }
  end), e
end

--- The way of fans. A fan that is told in percent has no limits in RPM.
---@param target bmc.target.Target
---@param call bmc.plan.Call
---@return table[]? records
---@return bmc.err.Value? err
function M.fans(target, _, call)
  local readings, e = readings_of(target, call, FAN, { RPM = true, ["%"] = true })
  return readings and each(readings, function(reading, limits)
    local rpm = reading.units == "RPM"
    return {
      name = reading.name, reading_rpm = rpm and reading.value or nil,
      reading_percent = not rpm and reading.value or nil, status = reading.health,
      upper_non_critical_rpm = rpm and limits.upper_non_critical or nil,
      lower_non_critical_rpm = rpm and limits.lower_non_critical or nil,
    }
  end), e
end

return M
