-- SPDX-License-Identifier: GPL-3.0-or-later
-- Sensor and SDR repository commands (33, 35).

local records = require "bmc.sim.ipmi.records"
local repository = require "bmc.sim.ipmi.repository"

local SENSOR, STORAGE = 0x04, 0x0A
local ABSENT = 0xCB
local SET = 0x60000000 -- when the repository was filled; it never changes

-- ---- the repository ----

local function info(bmc)
  return 0, ("<BI2I2I4I4B"):pack(0x51, #records.of(bmc).records, 0, SET, SET, 0x22)
end

local function reserve(bmc)
  return repository.reserve(bmc.ipmi, "sdr_reservation")
end

local function get(bmc, data)
  local list = records.of(bmc).records
  return repository.get(data, bmc.ipmi.sdr_reservation, #list, function(id) return list[id] end,
    bmc.traits.ipmi.read_max)
end

-- ---- sensors ----

local function sensor_of(bmc, data)
  return records.of(bmc).sensors[data:byte()]
end

-- Which limits a raw reading is beyond: bits as in the mask of its thresholds.
local function beyond(sensor, raw)
  local l, out = sensor.limits, 0
  if l.lnc and raw <= l.lnc then out = out | 0x01 end
  if l.unc and raw >= l.unc then out = out | 0x08 end
  if l.uc and raw >= l.uc then out = out | 0x10 end
  return out
end

local function reading(bmc, data)
  local sensor = sensor_of(bmc, data)
  if not sensor then return ABSENT end
  local raw = sensor.raw(bmc.store.machine)
  if not sensor.unit then return 0, string.char(0, 0xC0, raw, 0x80) end
  return 0, string.char(raw, 0xC0, 0xC0 | beyond(sensor, raw))
end

-- Calls f with a sensor that has thresholds.
local function with_limits(f)
  return function(bmc, data)
    local sensor = sensor_of(bmc, data)
    if not sensor then return ABSENT end
    if not sensor.unit then return 0xCD end -- not of this kind of sensor
    return f(sensor)
  end
end

local thresholds = with_limits(function(sensor)
  local mask, values = records.thresholds(sensor)
  return 0, string.char(mask) .. values
end)

local hysteresis = with_limits(function() return 0, "\x01\x01" end)

local factors = with_limits(function(sensor)
  local record = ("<I2"):pack(sensor.step & 0xFF | (sensor.step & 0x300) << 6)
  local offset = ("<I2"):pack(sensor.offset & 0xFF | (sensor.offset & 0x300) << 6)
  return 0, "\x00" .. record .. offset .. "\x00\x00"
end)

local function type_of(bmc, data)
  local sensor = sensor_of(bmc, data)
  if not sensor then return ABSENT end
  return 0, string.char(sensor.type, sensor.unit and 0x01 or 0x6F)
end

local function enabled(bmc, data)
  if not sensor_of(bmc, data) then return ABSENT end
  return 0, "\xC0\x00\x00\x00\x00"
end

return {
  { "Get SDR Repository Info", STORAGE, 0x20, "user", 0, info },
  { "Get SDR Repository Allocation Info", STORAGE, 0x21, "user", 0, function()
    return 0, ("<I2I2I2I2B"):pack(0, 16, 0, 0, 4)
  end },
  { "Reserve SDR Repository", STORAGE, 0x22, "user", 0, reserve },
  { "Get SDR", STORAGE, 0x23, "user", 6, get },
  { "Get SDR Repository Time", STORAGE, 0x28, "user", 0, function()
    return 0, ("<I4"):pack(SET)
  end },
  { "Get Sensor Reading Factors", SENSOR, 0x23, "user", 2, factors },
  { "Get Sensor Hysteresis", SENSOR, 0x25, "user", 1, hysteresis },
  { "Get Sensor Thresholds", SENSOR, 0x27, "user", 1, thresholds },
  { "Get Sensor Event Enable", SENSOR, 0x29, "user", 1, enabled },
  { "Get Sensor Reading", SENSOR, 0x2D, "user", 1, reading },
  { "Get Sensor Type", SENSOR, 0x2F, "user", 1, type_of },
}
