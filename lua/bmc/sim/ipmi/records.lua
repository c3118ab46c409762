-- SPDX-License-Identifier: GPL-3.0-or-later
-- Sensor data records (43) of a model, made from its sensors, its FRUs and the sources of its
-- events. One repository serves all machines of the model.

local measured = require "bmc.sim.ipmi.measured"

local M = {}

local BMC = 0x20
local FULL, COMPACT, EVENT_ONLY, FRU_LOCATOR, MC_LOCATOR = 0x01, 0x02, 0x03, 0x11, 0x12
local THRESHOLD, SPECIFIC = 0x01, 0x6F -- event and reading types (42.1)
local ASCII = 0xC0                     -- 8-bit, of type and length of a string
local SYSTEM_BOARD = 0x07

-- Bits of a threshold in the masks (43.1) and in what Get Sensor Thresholds says.
local BITS = { lnc = 0x01, unc = 0x08, uc = 0x10 }

-- What the event log tells of that has no reading: name, sensor type (table 42-3).
local SOURCES = {
  { "ACPI Pwr State", 0x22 }, { "Memory", 0x0C }, { "Session Audit", 0x2A }, { "Event Log", 0x10 },
  { "System Event", 0x12 }, { "Watchdog", 0x23 },
}

local function string_of(name)
  return string.char(ASCII | #name) .. name
end

-- A number of ten bits: its low byte, and its high two bits where they belong.
local function ten_bits(value)
  return value & 0xFF, (value >> 8 & 3) << 6
end

--- The thresholds that a sensor has.
---@param sensor bmc.sim.Sensor
---@return integer mask (35.9)
---@return string values lower non-critical, critical, non-recoverable, then the upper ones
function M.thresholds(sensor)
  local l, mask = sensor.limits, 0
  for name, bit in pairs(BITS) do
    if l[name] then mask = mask | bit end
  end
  return mask, string.char(l.lnc or 0, 0, 0, l.unc or 0, l.uc or 0, 0)
end

-- 43.1, from the owner on.
local function full(sensor, number)
  local mask = M.thresholds(sensor)
  local m, m_high = ten_bits(sensor.step)
  local exponent = math.abs(sensor.offset) > 511 and 1 or 0
  local b, b_high = ten_bits(exponent == 1 and sensor.offset // 10 or sensor.offset)
  local l = sensor.limits
  return ("<BBBBBBBBBI2I2BBBBBBBBBBBBBBBBBBBBBBBBBBI2B"):pack(
    BMC, 0, number, sensor.entity, sensor.instance,
    0x7F, 0x54,                      -- initialization; rearms, hysteresis and limits readable
    sensor.type, THRESHOLD, 0, 0, mask, 0,
    sensor.percent and 1 or 0, sensor.unit, 0, 0, -- units; linear
    m, m_high, b, b_high, 0, exponent, 0,
    0, 0, 0,                         -- no nominal values
    255, 0, 0, l.uc or 0, l.unc or 0, 0, 0, l.lnc or 0, 1, 1, 0, 0
  ) .. string_of(sensor.name)
end

-- 43.2, from the owner on.
local function compact(sensor, number)
  local states = 0x000F
  return ("<BBBBBBBBBI2I2I2BBBI2BBI2BB"):pack(
    BMC, 0, number, sensor.entity, sensor.instance, 0x67, 0x40, sensor.type, SPECIFIC,
    states, states, states, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0
  ) .. string_of(sensor.name)
end

-- 43.3
local function event_only(name, type, number)
  return string.char(BMC, 0, number, SYSTEM_BOARD, 1, type, SPECIFIC, 0, 0, 0, 0)
    .. string_of(name)
end

-- 43.8: a FRU of the BMC's own.
local function fru_locator(id, name, entity, instance)
  return string.char(BMC, id, 0x80, 0, 0, 0x10, 0, entity, instance, 0) .. string_of(name)
end

-- 43.9
local function mc_locator()
  return string.char(BMC, 0, 0, 0xBF, 0, 0, 0, SYSTEM_BOARD, 1, 0) .. string_of "BMC"
end

local function add(repository, type, body)
  local id = #repository.records + 1
  repository.records[id] = ("<I2BBB"):pack(id, 0x51, type, #body) .. body
end

-- Whether events of its type are of this sensor: logs tell of the inlet, and of the second supply.
local function tells(sensor, events)
  return not events[sensor.type] or sensor.type == 0x08 and not sensor.unit
    or sensor.type == 0x01 and (sensor.name:find("Inlet") or sensor.name:find("Ambient")) ~= nil
end

local function build(traits)
  local repository = { records = {}, sensors = measured.list(traits), events = {} }
  for number, sensor in ipairs(repository.sensors) do
    if sensor.unit then
      add(repository, FULL, full(sensor, number))
    else
      add(repository, COMPACT, compact(sensor, number))
    end
    if tells(sensor, repository.events) then repository.events[sensor.type] = number end
  end
  for i, source in ipairs(SOURCES) do
    local number = #repository.sensors + i
    add(repository, EVENT_ONLY, event_only(source[1], source[2], number))
    repository.events[source[2]] = number
  end
  add(repository, FRU_LOCATOR, fru_locator(0, "System", SYSTEM_BOARD, 1))
  for i = 1, traits.supplies.count do
    add(repository, FRU_LOCATOR, fru_locator(i, ("PSU%d"):format(i), 0x0A, i))
  end
  add(repository, MC_LOCATOR, mc_locator())
  return repository
end

local made = setmetatable({}, { __mode = "k" })
local EMPTY = { records = {}, sensors = {}, events = {} }

--- The repository of a BMC. That of a recorded tree is empty: nobody has recorded its sensors.
---@param bmc table
---@return { records: string[], sensors: bmc.sim.Sensor[], events: table } events: sensor type ->
--- number of the sensor
function M.of(bmc)
  if not bmc.source.traits then return EMPTY end
  made[bmc.traits] = made[bmc.traits] or build(bmc.traits)
  return made[bmc.traits]
end

return M
