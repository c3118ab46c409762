-- SPDX-License-Identifier: GPL-3.0-or-later
-- Thermal and power resources of a generated tree, in the old model (Thermal,
-- Power), the new one (ThermalSubsystem, PowerSubsystem, Sensors, …) or both.
-- Both say the same of a machine. What there is to measure stands in the
-- personality: temperatures, fans, supplies, watts.

local M = {}

local OK = { State = "Enabled", Health = "OK" }

local function id_of(name)
  return (name:gsub("[^%w]+", "_"))
end

local function each(count, f)
  local out = {}
  for i = 1, count do out[i] = f(i) end
  return out
end

--- Which resources the chassis of a model links to.
---@param traits table
---@return string[] names
function M.links(traits)
  local names = {}
  if traits.model_old then names = { "Thermal", "Power" } end
  if traits.model_new then
    local new = { "ThermalSubsystem", "PowerSubsystem", "Sensors", "EnvironmentMetrics" }
    table.move(new, 1, #new, #names + 1, names)
  end
  return names
end

local function reading(machine, t)
  return machine:near(t.name, t.reading, t.spread or 3)
end

local function fan_name(fans, i)
  return fans.name:format(i)
end

-- A fan is measured in percent or in RPM: value and unit.
local function fan_reading(machine, fans, i)
  local name = fan_name(fans, i)
  if fans.percent then return machine:near(name, fans.percent, 3), "Percent" end
  return machine:near(name, fans.rpm // 120, 3) * 120, "RPM"
end

local function consumed(machine, traits)
  return machine:near("watts", traits.watts, traits.watts // 8)
end

local function add_thermal(tree, path)
  local traits = tree.traits
  tree:add(path .. "/Thermal", "Thermal", function(machine)
    local at = path .. "/Thermal#/%s/%d"
    local fans = traits.fans
    local function temperature(i)
      local t = traits.temperatures[i]
      return {
        ["@odata.id"] = at:format("Temperatures", i - 1), MemberId = tostring(i - 1),
        Name = t.name, PhysicalContext = t.context, ReadingCelsius = reading(machine, t),
        UpperThresholdNonCritical = t.caution, UpperThresholdCritical = t.critical, Status = OK,
      }
    end
    local function fan(i)
      local value, unit = fan_reading(machine, fans, i)
      return {
        ["@odata.id"] = at:format("Fans", i - 1), MemberId = tostring(i - 1),
        Name = fan_name(fans, i), Reading = value, ReadingUnits = unit,
        LowerThresholdNonCritical = fans.low or nil, Status = OK,
      }
    end
    return { Temperatures = each(#traits.temperatures, temperature), Fans = each(fans.count, fan) }
  end)
end

local function supply(tree, machine, i)
  local s, watts = tree.traits.supplies, consumed(machine, tree.traits)
  return {
    Name = s.name:format(i), Model = s.model, Manufacturer = s.maker,
    SerialNumber = machine:part_serial("psu" .. i, s.serial),
    PowerCapacityWatts = s.capacity, Status = OK,
  }, {
    input = watts // s.count, output = watts * 92 // (100 * s.count),
    volts = machine:near("volts" .. i, 230, 4),
  }
end

local function control(tree, machine)
  local traits = tree.traits
  local watts = consumed(machine, traits)
  return {
    ["@odata.id"] = tree.chassis .. "/Power#/PowerControl/0",
    MemberId = "0", Name = "System Power Control", PowerConsumedWatts = watts,
    PowerCapacityWatts = traits.supplies.capacity * traits.supplies.count,
    PowerMetrics = {
      IntervalInMin = 1, AverageConsumedWatts = watts - 2,
      MinConsumedWatts = watts - watts // 10, MaxConsumedWatts = watts + watts // 5,
    },
    PowerLimit = traits.watts_limit and { LimitInWatts = traits.watts_limit } or nil,
  }
end

local function add_power(tree, path)
  local traits = tree.traits
  tree:add(path .. "/Power", "Power", function(machine)
    return {
      PowerControl = { control(tree, machine) },
      PowerSupplies = each(traits.supplies.count, function(i)
        local body, now = supply(tree, machine, i)
        body["@odata.id"] = ("%s/Power#/PowerSupplies/%d"):format(path, i - 1)
        body.MemberId = tostring(i - 1)
        body.LineInputVoltage, body.LineInputVoltageType = now.volts, "AC240V"
        body.PowerInputWatts, body.LastPowerOutputWatts = now.input, now.output
        return body
      end),
    }
  end)
end

local function add_sensor(tree, path, ids, sensor)
  local id = id_of(sensor.name)
  ids[#ids + 1] = id
  tree:add(path .. "/Sensors/" .. id, "Sensor", function(machine)
    return {
      Name = sensor.name, ReadingType = sensor.kind, ReadingUnits = sensor.units,
      Reading = sensor.read(machine), PhysicalContext = sensor.context, Status = OK,
      Thresholds = sensor.critical and {
        UpperCritical = { Reading = sensor.critical },
        UpperCaution = sensor.caution and { Reading = sensor.caution } or nil,
      } or nil,
    }
  end)
end

local function add_sensors(tree, path)
  local traits, ids = tree.traits, {}
  for _, t in ipairs(traits.temperatures) do
    add_sensor(tree, path, ids, {
      name = t.name, kind = "Temperature", units = "Cel", context = t.context,
      caution = t.caution, critical = t.critical,
      read = function(machine) return reading(machine, t) end,
    })
  end
  for i = 1, traits.fans.count do
    add_sensor(tree, path, ids, {
      name = fan_name(traits.fans, i), context = "Fan",
      kind = traits.fans.percent and "Percent" or "Rotational",
      units = traits.fans.percent and "%" or "RPM",
      read = function(machine) return (fan_reading(machine, traits.fans, i)) end,
    })
  end
  add_sensor(tree, path, ids, {
    name = "Total Power", kind = "Power", units = "W", context = "Chassis",
    read = function(machine) return consumed(machine, traits) end,
  })
  tree:add_collection(path .. "/Sensors", "SensorCollection", ids)
end

local function add_fan(tree, base, i)
  local fans = tree.traits.fans
  local name = fan_name(fans, i)
  local id = id_of(name)
  tree:add(base .. "/Fans/" .. id, "Fan", function(machine)
    local value, unit = fan_reading(machine, fans, i)
    return {
      Name = name, PhysicalContext = "Chassis", Status = OK,
      SpeedPercent = {
        Reading = unit == "Percent" and value or value * 100 // (fans.rpm * 2),
        SpeedRPM = unit == "RPM" and value or nil,
        DataSourceUri = tree.chassis .. "/Sensors/" .. id,
      },
    }
  end)
  return id
end

local function add_thermal_subsystem(tree, path)
  local traits, base = tree.traits, path .. "/ThermalSubsystem"
  tree:add(base, "ThermalSubsystem", function()
    return {
      Fans = tree:link(base .. "/Fans"), ThermalMetrics = tree:link(base .. "/ThermalMetrics"),
      Status = OK,
    }
  end)
  tree:add(base .. "/ThermalMetrics", "ThermalMetrics", function(machine)
    return { TemperatureReadingsCelsius = each(#traits.temperatures, function(i)
      local t = traits.temperatures[i]
      return {
        DeviceName = t.name, PhysicalContext = t.context, Reading = reading(machine, t),
        DataSourceUri = path .. "/Sensors/" .. id_of(t.name),
      }
    end) }
  end)
  local ids = each(traits.fans.count, function(i) return add_fan(tree, base, i) end)
  tree:add_collection(base .. "/Fans", "FanCollection", ids)
end

local function add_supply(tree, base, i)
  local id = ("Bay%d"):format(i)
  local path = base .. "/PowerSupplies/" .. id
  tree:add(path, "PowerSupply", function(machine)
    local body = supply(tree, machine, i)
    body.InputNominalVoltageType, body.Metrics = "AC240V", tree:link(path .. "/Metrics")
    return body
  end)
  tree:add(path .. "/Metrics", "PowerSupplyMetrics", function(machine)
    local _, now = supply(tree, machine, i)
    return {
      InputVoltage = { Reading = now.volts }, InputPowerWatts = { Reading = now.input },
      OutputPowerWatts = { Reading = now.output }, Status = OK,
    }
  end)
  return id
end

local function add_power_subsystem(tree, path)
  local traits, base = tree.traits, path .. "/PowerSubsystem"
  tree:add(base, "PowerSubsystem", function()
    return {
      CapacityWatts = traits.supplies.capacity * traits.supplies.count,
      PowerSupplies = tree:link(base .. "/PowerSupplies"), Status = OK,
    }
  end)
  local ids = each(traits.supplies.count, function(i) return add_supply(tree, base, i) end)
  tree:add_collection(base .. "/PowerSupplies", "PowerSupplyCollection", ids)
  tree:add(path .. "/EnvironmentMetrics", "EnvironmentMetrics", function(machine)
    local source = path .. "/Sensors/Total_Power"
    return {
      PowerWatts = { Reading = consumed(machine, traits), DataSourceUri = source },
      TemperatureCelsius = { Reading = reading(machine, traits.temperatures[1]) },
    }
  end)
end

--- What is measured, for who does not read resources: each is called with the machine first.
M.measures = { temperature = reading, fan = fan_reading, watts = consumed, supply = supply }

--- Adds the resources of the models that the traits name.
---@param tree table
function M.add(tree)
  local path = tree.chassis
  if tree.traits.model_old then
    add_thermal(tree, path)
    add_power(tree, path)
  end
  if tree.traits.model_new then
    add_sensors(tree, path)
    add_thermal_subsystem(tree, path)
    add_power_subsystem(tree, path)
  end
end

return M
