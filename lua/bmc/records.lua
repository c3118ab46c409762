-- SPDX-License-Identifier: GPL-3.0-or-later
-- records: owns how thermal and power resources become records, from either data model:
-- Thermal and Power, or ThermalSubsystem, PowerSubsystem, Sensors and EnvironmentMetrics.
-- Pure: which resources are read, and where they lie, is bmc.chassis.
--
-- Units are in the names of the fields. Nothing is converted and nothing is guessed: a fan that
-- reports its percentage as "RPM" (XD665) stays one with that many RPM.

local reading = require "bmc.reading"
local tbl = require "bmc.tbl"

local number, object, text = reading.number, reading.object, reading.text

local M = {}

-- A limit of 0 on a sensor that is not there is no limit (X10).
local function limit(value, idle)
  value = number(value)
  if idle and value == 0 then
    return nil
  end
  return value
end

-- ---- temperatures ----

-- iLO 4 answers in its own form, with the upper limits under Lower* and 0 for "none".
local function upper_limits(item, idle)
  if item.CurrentReading ~= nil and item.UpperThresholdCritical == nil then
    return limit(item.LowerThresholdNonCritical, true), limit(item.LowerThresholdCritical, true)
  end
  return limit(item.UpperThresholdNonCritical, idle), limit(item.UpperThresholdCritical, idle)
end

--- A member of Thermal.Temperatures.
---@param item table
---@return table record name, reading_c, upper_non_critical_c, upper_critical_c, status,
--- physical_context
function M.temperature(item)
  local idle = reading.idle(item)
  local non_critical, critical = upper_limits(item, idle)
  local celsius = number(item.ReadingCelsius) or number(item.CurrentReading)
  return {
    name = text(item.Name),
    reading_c = not idle and celsius or nil,
    upper_non_critical_c = non_critical,
    upper_critical_c = critical,
    status = reading.health(item.Status),
    physical_context = text(item.PhysicalContext),
  }
end

--- A temperature of the new model: an excerpt (ThermalMetrics), the Sensor behind it, or both.
---@param excerpt table {} without one
---@param sensor table? the Sensor, nil when it could not be read
---@return table record as temperature()
function M.sensor_temperature(excerpt, sensor)
  sensor = sensor or {}
  local limits, idle = object(sensor.Thresholds), reading.idle(sensor)
  local celsius = number(excerpt.Reading) or number(sensor.Reading)
  return {
    name = text(sensor.Name) or text(excerpt.DeviceName) or reading.tail(excerpt.DataSourceUri),
    reading_c = not idle and celsius or nil,
    upper_non_critical_c = limit(limits.UpperCaution, idle),
    upper_critical_c = limit(limits.UpperCritical, idle),
    status = reading.health(sensor.Status),
    physical_context = text(excerpt.PhysicalContext) or text(sensor.PhysicalContext),
  }
end

-- Near a processor, but not its temperature: regulators, memory, and margins, which count
-- downwards from the limit. Some BMCs place them at the CPU all the same.
local BESIDE = { "vr", "dimm", "mem", "margin", "mgn", "mrgn", "thrm" }
-- Places that a name with "CPU" in it does not outweigh. "Intake" is not one: MegaRAC puts
-- every sensor there.
local ELSEWHERE = { voltageregulator = true, memory = true, powersupply = true }

local function is_beside(name)
  for _, word in ipairs(BESIDE) do
    if name:find(word, 1, true) then
      return true
    end
  end
  return false
end

-- "place", "name" or nil: how it is known that this is the temperature of a processor.
local function of_processor(t)
  local name, place = (t.name or ""):lower(), (t.physical_context or ""):lower()
  if is_beside(name) or t.reading_c < 0 then
    return nil
  elseif place == "cpu" then
    return "place"
  end
  local named = name:find("cpu") or name:find("processor") or name:find("^p%d+[ _]temp")
  return named and not ELSEWHERE[place] and "name" or nil
end

--- Whether a temperature outweighs all that may follow it in processor_temperature().
---@param t table record of temperature()
---@return boolean
function M.is_decisive(t)
  return t.reading_c ~= nil and of_processor(t) == "place"
end

--- The temperature that stands for the machine: the first of a processor that has a reading,
--- by PhysicalContext, else by name; else the first that has a reading, as the reference
--- library does.
---@param temperatures table[] records of temperature()
---@return table? record
---@return boolean processor whether it is one of a processor
function M.processor_temperature(temperatures)
  local named, first
  for _, t in ipairs(temperatures) do
    local how = t.reading_c and of_processor(t)
    if how == "place" then
      return t, true
    end
    named = named or how and t or nil
    first = first or t.reading_c and t or nil
  end
  return named or first, named ~= nil
end

-- ---- fans ----

--- A member of Thermal.Fans; iLO 4 says FanName, CurrentReading and Units.
---@param item table
---@return table record name, reading_rpm, reading_percent, status, upper_non_critical_rpm,
--- lower_non_critical_rpm
function M.fan(item)
  local idle = reading.idle(item)
  local unit = (text(item.ReadingUnits) or text(item.Units) or "RPM"):lower()
  local speed = number(item.Reading) or number(item.CurrentReading) or number(item.ReadingRPM)
  local percent = unit == "percent" or unit == "%"
  return {
    name = text(item.Name) or text(item.FanName),
    reading_rpm = not idle and not percent and speed or nil,
    reading_percent = not idle and percent and speed or nil,
    status = reading.health(item.Status),
    upper_non_critical_rpm = not percent and limit(item.UpperThresholdNonCritical, idle) or nil,
    lower_non_critical_rpm = not percent and limit(item.LowerThresholdNonCritical, idle) or nil,
  }
end

--- A fan of the new model: a Fan with its SpeedPercent, or an excerpt of EnvironmentMetrics with
--- the Sensor behind it.
---@param speed table SpeedPercent of the Fan, or the excerpt
---@param about table? the Fan or the Sensor, nil when it could not be read
---@return table record as fan()
function M.fan_unit(speed, about)
  about = about or {}
  local idle, limits = reading.idle(about), {}
  if text(about.ReadingUnits) == "RPM" then
    limits = object(about.Thresholds)
  end
  return {
    name = text(about.Name) or text(speed.DeviceName) or reading.tail(speed.DataSourceUri),
    reading_rpm = not idle and number(speed.SpeedRPM) or nil,
    reading_percent = not idle and number(speed.Reading) or nil,
    status = reading.health(about.Status),
    upper_non_critical_rpm = limit(limits.UpperCaution, idle),
    lower_non_critical_rpm = limit(limits.LowerCaution, idle),
  }
end

-- ---- power supplies ----

-- "…/Power#/PowerSupplies/1" and iLO 5's "…/Power#PowerSupplies/1" name the second of the list.
local function same_member(link, uri, index)
  if reading.same(link) == reading.same(uri) and uri then
    return true
  end
  return tonumber(link:match("#/?PowerSupplies/(%d+)$")) == index - 1
end

-- The health of the redundancy group that a supply belongs to.
local function redundancy(groups, members, uri, index)
  for _, group in ipairs(reading.list(groups)) do
    for _, link in ipairs(reading.links(object(group)[members])) do
      if same_member(link, uri, index) then
        return reading.health(group.Status)
      end
    end
  end
end

-- What a supply can give; some say it only of each kind of input.
local function capacity_of(item)
  return number(item.PowerCapacityWatts) or reading.highest(item.InputRanges, function(range)
    return object(range).OutputWattage or object(range).CapacityWatts
  end)
end

-- iDRAC 8 puts the capacity where the last reading belongs.
local function output(item, capacity)
  local last = number(item.LastPowerOutputWatts)
  return number(item.PowerOutputWatts) or last ~= capacity and last or nil
end

--- A member of Power.PowerSupplies.
---@param item table
---@param power table the Power resource it is in
---@param index integer its place in the list, from 1
---@return table record name, model, serial_number, status, power_capacity_w, power_output_w,
--- input_voltage_v, input_power_w, line_input_voltage_type, redundancy_status
function M.supply(item, power, index)
  local capacity, idle = capacity_of(item), reading.idle(item)
  return {
    name = text(item.Name),
    model = text(item.Model),
    serial_number = text(item.SerialNumber),
    status = reading.health(item.Status),
    power_capacity_w = limit(capacity, idle),
    power_output_w = limit(output(item, capacity), idle),
    input_voltage_v = limit(item.LineInputVoltage, idle),
    input_power_w = limit(item.PowerInputWatts, idle),
    line_input_voltage_type = text(item.LineInputVoltageType),
    redundancy_status = redundancy(power.Redundancy, "RedundancySet",
      reading.link(item), index),
  }
end

--- A PowerSupply of the new model.
---@param item table
---@param metrics table? its PowerSupplyMetrics
---@param subsystem table the PowerSubsystem
---@return table record as supply()
function M.supply_unit(item, metrics, subsystem)
  metrics = metrics or {}
  return {
    name = text(item.Name),
    model = text(item.Model),
    serial_number = text(item.SerialNumber),
    status = reading.health(item.Status),
    power_capacity_w = capacity_of(item),
    power_output_w = number(metrics.OutputPowerWatts),
    input_voltage_v = number(metrics.InputVoltage),
    input_power_w = number(metrics.InputPowerWatts),
    line_input_voltage_type = text(item.InputNominalVoltageType),
    redundancy_status = redundancy(subsystem.PowerSupplyRedundancy, "RedundancyGroup",
      reading.link(item), 0),
  }
end

-- ---- power ----

local function control(item)
  local metrics = object(item.PowerMetrics)
  local record = {
    consumed_w = number(item.PowerConsumedWatts),
    average_w = number(metrics.AverageConsumedWatts),
    min_w = number(metrics.MinConsumedWatts),
    max_w = number(metrics.MaxConsumedWatts),
    limit_w = number(object(item.PowerLimit).LimitInWatts),
  }
  -- A machine that never drew a watt has no meter (X10).
  return record.max_w == 0 and { limit_w = record.limit_w } or record
end

--- The power of the machine: the first PowerControl that says anything. The further ones are
--- parts of it (XCC), and iLO 4 repeats the first at the top of the resource.
---@param power table the Power resource
---@return table record consumed_w, average_w, min_w, max_w, limit_w; all nil when it says nothing
function M.power(power)
  for _, item in ipairs(reading.list(power.PowerControl)) do
    local record = control(object(item))
    if next(record) then
      return record
    end
  end
  return control(power)
end

--- The power of the machine out of EnvironmentMetrics, which knows no average.
---@param metrics table
---@return table record as power()
function M.environment_power(metrics)
  return {
    consumed_w = number(metrics.PowerWatts),
    limit_w = number(object(metrics.PowerLimitWatts).SetPoint),
  }
end

--- Adds what only OEM places tell (R27), be it below the key of who sells the BMC now (xFusion).
---@param record table  changed
---@param item table    the resource, or the member of one, that it was made of
---@param paths? table<string, string>  field -> dotted path, as profile.readings has them
---@return table record
function M.fill(record, item, paths)
  for field, path in pairs(paths or {}) do
    local name, rest = path:match("^Oem%.[^.]+%.([^.]+)(.*)$")
    record[field] = record[field] or number(tbl.at(item, path))
      or name and number(tbl.at(reading.oem(item, name), rest))
  end
  return record
end

return M
