-- SPDX-License-Identifier: GPL-3.0-or-later
-- The sensors of a model as IPMI sees them: what each measures, in which raw steps, with which
-- limits. The readings are those of the Redfish resources, from the same functions.

local measures = require("bmc.sim.sensors").measures

local M = {}

---@class bmc.sim.Sensor
---@field name string     at most 16 bytes
---@field type integer    sensor type (table 42-3)
---@field entity integer  (table 43-13); instance: which of these
---@field instance integer
---@field unit integer?   base unit (table 43-15) of one with a reading; nil: discrete
---@field percent boolean?
---@field step integer?   a raw step stands for so much (M)
---@field offset integer? what a raw zero stands for (B)
---@field limits table?   raw limits by name: lnc, unc, uc
---@field raw fun(machine: table): integer  the raw reading, or the states of a discrete one

local TEMPERATURE, VOLTAGE, FAN, SUPPLY, OTHER, DRIVE = 0x01, 0x02, 0x04, 0x08, 0x0B, 0x0D
local DEGREES, VOLTS, WATTS, RPM = 1, 4, 6, 18
-- By PhysicalContext: processor, air inlet, exhaust, system board.
local ENTITIES = { CPU = 0x03, Intake = 0x40, Exhaust = 0x07, SystemBoard = 0x07 }
local FAN_ENTITY, SUPPLY_ENTITY, DRIVE_ENTITY = 0x1D, 0x0A, 0x04
local LONGEST = 16 -- bytes of a name (43.15)

-- Vendors leave out what all of their names begin with.
local function short(name)
  return (name:gsub("^System Board ", ""):sub(1, LONGEST))
end

local function add(list, sensor)
  local n = 0
  for _, other in ipairs(list) do
    if other.entity == sensor.entity and other.type == sensor.type then n = n + 1 end
  end
  sensor.instance = n + 1
  list[#list + 1] = sensor
end

local function add_temperatures(list, traits)
  local zero = -128
  for _, t in ipairs(traits.temperatures) do
    add(list, {
      name = short(t.name), type = TEMPERATURE, unit = DEGREES, step = 1, offset = zero,
      entity = ENTITIES[t.context] or ENTITIES.SystemBoard,
      limits = { unc = t.caution and t.caution - zero, uc = t.critical and t.critical - zero },
      raw = function(machine) return measures.temperature(machine, t) - zero end,
    })
  end
end

local function add_fans(list, traits)
  local fans = traits.fans
  local step = fans.percent and 1 or 60
  for i = 1, fans.count do
    add(list, {
      name = short(fans.name:format(i)), type = FAN, entity = FAN_ENTITY, offset = 0, step = step,
      unit = fans.percent and 0 or RPM, percent = fans.percent and true,
      limits = { lnc = fans.low and fans.low // step },
      raw = function(machine) return (measures.fan(machine, fans, i)) // step end,
    })
  end
end

local function add_supplies(list, traits)
  local at = { traits = traits }
  for i = 1, traits.supplies.count do
    add(list, {
      name = ("PS%d Status"):format(i), type = SUPPLY, entity = SUPPLY_ENTITY,
      raw = function() return 0x01 end, -- it is there
    })
    add(list, {
      name = ("PS%d Voltage"):format(i), type = VOLTAGE, unit = VOLTS, step = 1, offset = 0,
      entity = SUPPLY_ENTITY, limits = {},
      raw = function(machine)
        local _, now = measures.supply(at, machine, i)
        return now.volts
      end,
    })
  end
  -- Raw 100 is what the model usually takes; B counts in tens.
  local zero = traits.watts // 10 * 10 - 100
  add(list, {
    name = "Pwr Consumption", type = OTHER, unit = WATTS, entity = 0x07, step = 1, offset = zero,
    limits = {}, raw = function(machine) return measures.watts(machine, traits) - zero end,
  })
end

local function add_drives(list, traits)
  local n = 0
  for _, unit in ipairs(traits.storage) do
    for _ = 1, unit.drives.count do
      add(list, {
        name = ("Drive %d"):format(n), type = DRIVE, entity = DRIVE_ENTITY,
        raw = function() return 0x01 end,
      })
      n = n + 1
    end
  end
end

--- The sensors of a model, in the order of their numbers, from 1.
---@param traits table
---@return bmc.sim.Sensor[]
function M.list(traits)
  local list = {}
  add_temperatures(list, traits)
  add_fans(list, traits)
  add_supplies(list, traits)
  add_drives(list, traits)
  return list
end

return M
