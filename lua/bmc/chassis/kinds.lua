-- SPDX-License-Identifier: GPL-3.0-or-later
-- chassis.kinds: owns where a chassis keeps each kind of thermal and power data: in Thermal and
-- Power (`old`), or in ThermalSubsystem, PowerSubsystem, EnvironmentMetrics and Sensors (`new`).
-- What a resource means is bmc.records; which chassis are asked is bmc.chassis.

local http = require "bmc.http"
local reading = require "bmc.reading"
local records = require "bmc.records"

local list, object = reading.list, reading.object

---@class bmc.chassis.Kind
---@field resource string  the old model's resource below the chassis
---@field old fun(body: table, walk: bmc.chassis.Walk): table[]  its records
---@field new fun(walk: bmc.chassis.Walk, chassis: table, bare: boolean): table[]?, bmc.err.Value?
--- records; `bare` when the chassis has no resource of the old model
---@field reads? bmc.redfish.Options  of the request for it
---@field spread? function  as new, of each further chassis, of what may be spread over several of
--- one system (R30): what that chassis lists, and not what it may show of another's

local M = {}

-- Records of a list, up to one that is `enough`. A member that says nothing at all (EX425) is
-- left out.
local function each_record(items, record, enough)
  local out = {}
  for i, item in ipairs(list(items)) do
    local r = record(object(item), i)
    if next(r) then
      out[#out + 1] = r
    end
    if enough and enough(r) then
      break
    end
  end
  return out
end

-- The Sensor behind an excerpt; nil, err only when the BMC does not answer any more.
local function sensor_of(walk, excerpt)
  local uri = reading.link(excerpt.DataSourceUri)
  if not uri then
    return nil
  end
  local sensor, e = walk.rf:get(uri)
  return sensor, not sensor and not e.status and e or nil
end

-- Excerpts give the reading; limits and health stand in the Sensor behind each.
local function with_sensors(walk, excerpts, record)
  local unread = 0
  local out, failure = walk:each(excerpts, function(excerpt)
    excerpt = object(excerpt)
    local sensor, e = sensor_of(walk, excerpt)
    if e then
      return nil, e
    end
    unread = unread + (sensor and 0 or 1)
    local r = record(excerpt, sensor)
    return next(r) and r or nil
  end)
  if failure then
    return nil, failure
  elseif unread > 0 then
    walk.note(("%d of %d sensors cannot be read: no limits, no health"):format(unread, #excerpts))
  end
  return out
end

-- The sensors of one kind. Only each sensor itself tells its kind, so this may take a hundred
-- requests; it is for a bare chassis that has no other list of them. One whose other lists are
-- empty may well have no fans, but it has temperatures.
local function sensors(walk, chassis, bare, kind, unit, record)
  if not bare then
    return {}
  end
  local all, e = walk:members(chassis.Sensors)
  if not all then
    return nil, e
  end
  local chosen = {}
  for _, sensor in ipairs(all) do
    if sensor.ReadingType == kind or sensor.ReadingUnits == unit then
      chosen[#chosen + 1] = sensor
    end
  end
  return each_record(chosen, record)
end

-- ---- temperatures ----

local function old_temperatures(thermal)
  return each_record(thermal.Temperatures, records.temperature)
end

-- The readings of ThermalMetrics; {} when there are none.
local function excerpts_of(walk, chassis)
  local subsystem, e = walk:fetch(chassis.ThermalSubsystem)
  if not subsystem then
    return e == nil and {} or nil, e
  end
  local metrics
  metrics, e = walk:fetch(subsystem.ThermalMetrics)
  if e then
    return nil, e
  end
  return list(object(metrics).TemperatureReadingsCelsius)
end

local function new_temperatures(walk, chassis, bare)
  local excerpts, e = excerpts_of(walk, chassis)
  if not excerpts then
    return nil, e
  elseif #excerpts > 0 then
    return with_sensors(walk, excerpts, records.sensor_temperature)
  end
  return sensors(walk, chassis, bare, "Temperature", "Cel", function(sensor)
    return records.sensor_temperature({}, sensor)
  end)
end

-- Those of a chassis that is asked for all it has.
local function all_temperatures(walk, chassis)
  return new_temperatures(walk, chassis, true)
end

---@type bmc.chassis.Kind
M.temperatures = {
  resource = "Thermal", old = old_temperatures, new = all_temperatures, spread = new_temperatures,
}

-- Of a Thermal: what tells how hot it is.
local HEAT = http.names {
  "Temperatures", "Name", "PhysicalContext", "ReadingCelsius", "CurrentReading", "Reading",
  "Status", "State", "Health",
}

-- Most items need no closer look.
local function is_decisive(item)
  local place = object(item).PhysicalContext
  return type(place) == "string" and place:lower() == "cpu"
    and records.is_decisive(records.temperature(item))
end

--- Temperatures for a heartbeat: up to the one of a processor, and no sensor is read for its
--- limits and its health.
---@type bmc.chassis.Kind
M.glance = {
  resource = "Thermal", reads = { only = HEAT, enough = is_decisive },
  old = function(thermal)
    return each_record(thermal.Temperatures, records.temperature, records.is_decisive)
  end,
  new = function(walk, chassis)
    local excerpts, e = excerpts_of(walk, chassis)
    return excerpts and each_record(excerpts, function(excerpt)
      return records.sensor_temperature(excerpt)
    end, records.is_decisive), e
  end,
}

-- ---- fans ----

-- Speeds of EnvironmentMetrics, for a chassis without a collection of fans.
local function fan_speeds(walk, chassis, bare)
  local metrics, e = walk:fetch(chassis.EnvironmentMetrics)
  if e then
    return nil, e
  end
  local excerpts = list(object(metrics).FanSpeedsPercent)
  if #excerpts > 0 then
    return with_sensors(walk, excerpts, records.fan_unit)
  end
  return sensors(walk, chassis, bare, "Rotational", "RPM", function(sensor)
    return records.fan_unit({ SpeedRPM = sensor.Reading }, sensor)
  end)
end

-- The fans of a ThermalSubsystem.
local function listed_fans(walk, chassis)
  local subsystem, e = walk:fetch(chassis.ThermalSubsystem)
  if e then
    return nil, e
  end
  local fans
  fans, e = walk:members(object(subsystem).Fans)
  return fans and each_record(fans, function(fan)
    return records.fan_unit(object(fan.SpeedPercent), fan)
  end), e
end

local function new_fans(walk, chassis, bare)
  local fans, e = listed_fans(walk, chassis)
  if fans and #fans == 0 then
    return fan_speeds(walk, chassis, bare)
  end
  return fans, e
end

local function old_fans(thermal)
  return each_record(thermal.Fans, records.fan)
end

---@type bmc.chassis.Kind
M.fans = { resource = "Thermal", old = old_fans, new = new_fans, spread = listed_fans }

local function joined(a, b)
  return a and b and table.move(b, 1, #b, #a + 1, a)
end

-- What the one finds and then what the other does.
local function both(find_temperatures, find_fans)
  return function(walk, chassis, bare)
    local temperatures, e = find_temperatures(walk, chassis, bare)
    if not temperatures then
      return nil, e
    end
    local fans
    fans, e = find_fans(walk, chassis, bare)
    return joined(temperatures, fans), e
  end
end

--- Temperatures and then fans, for who wants only their health: one Thermal tells of both.
---@type bmc.chassis.Kind
M.thermal = {
  resource = "Thermal",
  old = function(thermal)
    return joined(old_temperatures(thermal), old_fans(thermal))
  end,
  new = both(all_temperatures, new_fans), spread = both(new_temperatures, listed_fans),
}

-- ---- power ----

-- The metrics of a supply. That they cannot be read is no reason to hide the supply.
local function metrics_of(walk, unit)
  local metrics, e = walk:fetch(unit.Metrics)
  if e and e.status then
    walk.note(("not read: %s (%s)"):format(reading.link(unit.Metrics), e.status))
    e = nil
  end
  return metrics, e
end

local function new_supplies(walk, chassis)
  local subsystem, e = walk:fetch(chassis.PowerSubsystem)
  if not subsystem then
    return e == nil and {} or nil, e
  end
  local units
  units, e = walk:members(subsystem.PowerSupplies)
  if not units then
    return nil, e
  end
  local out, failure = walk:each(units, function(unit)
    local metrics, why = metrics_of(walk, unit)
    if why then
      return nil, why
    end
    return records.supply_unit(unit, metrics, subsystem)
  end)
  return not failure and out or nil, failure
end

---@type bmc.chassis.Kind
M.supplies = {
  resource = "Power",
  old = function(power, walk)
    local oem = object(walk.rf.target.profile.readings).supply
    return each_record(power.PowerSupplies, function(item, i)
      return records.fill(records.supply(item, power, i), item, oem)
    end)
  end,
  new = new_supplies, spread = new_supplies,
}

--- One record, or none.
---@type bmc.chassis.Kind
M.power = {
  resource = "Power",
  old = function(power, walk)
    local oem = object(walk.rf.target.profile.readings).power
    return each_record({ power }, function(item)
      return records.fill(records.power(item), item, oem)
    end)
  end,
  new = function(walk, chassis)
    local metrics, e = walk:fetch(chassis.EnvironmentMetrics)
    if e then
      return nil, e
    end
    return each_record({ metrics }, records.environment_power)
  end,
}

return M
