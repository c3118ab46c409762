-- SPDX-License-Identifier: GPL-3.0-or-later
--- Readings of the sensors of a BMC: value, limits, states.
--
-- Owns which commands are sent for a sensor, and to whom: its key is owner, LUN and number, and
-- the request goes to that LUN. Sensors of other controllers are not bridged to; they are listed
-- as unavailable. Which sensors there are is bmc.ipmi.sdr's; what their numbers mean is C's
-- (src/ipmi_sensor.h, FreeIPMI's tables).
--
-- Sections are those of the IPMI specification, version 2.0, revision 1.1.

local codes = require "bmc.ipmi.codes"
local hex = require "bmc.hex"
local ipmi = require "bmc.ipmi"
local sdr = require "bmc.ipmi.sdr"
local task = require "bmc.task"

local BMC = 0x20      -- slave address
local SOFTWARE = 0x01 -- bit of an owner that is no controller

-- Get Sensor Reading, second byte (35.14).
local SCANNED, NO_READING = 0x40, 0x20
-- Bits of the limits in masks and in the order of Get Sensor Thresholds (35.9).
local LIMITS = {
  [0] = "lower_non_critical", "lower_critical", "lower_non_recoverable",
  "upper_non_critical", "upper_critical", "upper_non_recoverable",
}
-- Seconds for a sensor that is busy: some BMCs say so of an empty slot for good
-- (facebook/OpenBIC#90), and a board may have dozens of those.
local BUSY = 2
local STATE = { OK = "ok", Warning = "warning", Critical = "critical" }
local THRESHOLD = 0x01

local M = {}

---@class bmc.ipmi.Reading
---@field name string
---@field type? string        "Temperature", "Fan", "Power Supply", … (42.2)
---@field value? number       absent for discrete sensors
---@field units? string       "°C", "RPM", "V", "W", "%"
---@field state? "ok"|"warning"|"critical"|"unavailable"  absent where nobody can judge it
---@field health? "OK"|"Warning"|"Critical"
---@field states? string[]    what is asserted, in words
---@field thresholds? table<string, number>
---@field why? string         it is unavailable
---@field entity? string      "Processor 1"
---@field owner integer
---@field lun integer
---@field number integer
---@field raw? string         the answer in hexadecimal
---@field mask? integer       states, one bit each
---@field sensor bmc.ipmi.sdr.Record

-- ---- one sensor ----

-- Why it is not asked; nil when it is.
local function not_ours(self, sensor)
  if sensor.owner & SOFTWARE ~= 0 then
    return "of system software"
  elseif sensor.owner ~= BMC and not self.profile.assume_bmc_owner then
    return ("of controller %02Xh"):format(sensor.owner)
  end
end

-- The answer, or why there is none. An error only when the BMC is gone: one sensor that it
-- cannot read is no reason to show none.
local function asked(self, name, sensor, data)
  local reply, e = self.c:ask(name, data, { lun = sensor.lun, busy = BUSY })
  if reply then
    return reply
  elseif e.completion then
    return nil, ("%s (%02Xh)"):format(codes.text(e.completion), e.completion)
  end
  return nil, nil, e
end

-- Factors of a nonlinear sensor hold for one reading (35.5).
local function factors(self, sensor, raw)
  local reply, why, e = asked(self, "Get Sensor Reading Factors", sensor,
    string.char(sensor.number, raw))
  if reply then
    return reply:sub(2)
  end
  return nil, why, e
end

-- The number that a raw reading or limit stands for; nil when there is none.
local function number_of(self, sensor, raw)
  if not sensor.nonlinear then
    return sensor.sensor:value(raw)
  end
  local given, _, e = factors(self, sensor, raw)
  if e then
    return nil, e
  end
  return given and sensor.sensor:value(raw, given)
end

-- The limits as the BMC compares with them now, else as the record has them.
local function limits_of(self, sensor)
  local access = sensor.limits_access
  if access == "readable" or access == "settable" then
    local reply, _, e = asked(self, "Get Sensor Thresholds", sensor, string.char(sensor.number))
    if e then
      return nil, e
    elseif reply and #reply > #LIMITS + 1 then
      return reply
    end
  end
  return sensor.limits
end

local function thresholds(self, sensor)
  local bytes, e = limits_of(self, sensor)
  if not bytes then
    return nil, e
  end
  local out, mask = {}, bytes:byte()
  for bit = 0, #LIMITS do
    if mask >> bit & 1 == 1 then
      out[LIMITS[bit]], e = number_of(self, sensor, bytes:byte(2 + bit))
      if e then
        return nil, e
      end
    end
  end
  return next(out) and out
end

-- HP's discrete sensors that have a number beside their states.
local function has_value(self, sensor)
  return sensor.numeric and (sensor.event_type == THRESHOLD
    or sensor.units ~= nil and self.profile.discrete_reading)
end

-- What makes a reading void, in words.
local function void(self, flags)
  if flags & NO_READING ~= 0 then
    return "no reading"
  elseif flags & SCANNED == 0 and not self.profile.ignore_scanning_disabled then
    return "not scanned"
  end
end

-- States of a threshold sensor are six; of others fifteen, in one byte or two.
local function mask_of(sensor, low, high)
  if sensor.event_type == THRESHOLD then
    return low & 0x3F
  end
  return low | ((high or 0) & 0x7F) << 8
end

-- A BMC that gives no states leaves it to whoever reads the value.
local function judge(self, out, sensor, low, high)
  out.state = nil
  if not low then
    return
  end
  local maker, codec = self.device, sensor.sensor
  out.mask = mask_of(sensor, low, high)
  out.states = codec:states(out.mask, maker.manufacturer_id, maker.product_id)
  out.health = codec:health(out.mask, maker.manufacturer_id, maker.product_id)
  out.state = STATE[out.health]
end

-- Puts into a reading what the BMC says of the sensor now.
local function measure(self, out, sensor)
  local reply, why, e = asked(self, "Get Sensor Reading", sensor, string.char(sensor.number))
  if e then
    return e
  elseif reply and #reply < 2 then
    why, reply = "the answer is too short", nil
  end
  out.raw = reply and hex.of(reply:sub(1, sensor.event_type == THRESHOLD and 3 or 4))
  out.why = why or void(self, reply:byte(2))
  if out.why then
    return
  end
  judge(self, out, sensor, reply:byte(3, 4))
  if has_value(self, sensor) then
    out.value, e = number_of(self, sensor, reply:byte())
  end
  return e
end

local function entity_of(sensor)
  if not sensor.entity then
    return nil
  end
  return ("%s %d"):format(sensor.entity, sensor.entity_instance)
end

local function one(self, sensor)
  local maker = self.device
  local out = {
    name = sensor.name or ("Sensor %02Xh"):format(sensor.number), sensor = sensor,
    type = sensor.sensor:type(maker.manufacturer_id, maker.product_id), entity = entity_of(sensor),
    owner = sensor.owner, lun = sensor.lun, number = sensor.number,
    units = has_value(self, sensor) and sensor.units or nil, state = "unavailable",
    why = not_ours(self, sensor),
  }
  if out.why then
    return out
  end
  local e = measure(self, out, sensor)
  if not e and self.limits then
    out.thresholds, e = thresholds(self, sensor)
  end
  if e then
    return nil, e
  end
  return out
end

-- ---- all of them ----

---@class bmc.ipmi.sensors.Options
---@field wanted? fun(sensor: bmc.ipmi.sdr.Record): boolean  which ones: all
---@field limits? boolean              their limits too, which is one more command for each
---@field note? fun(text: string)      is told what could not be read
---@field repository? bmc.ipmi.Repository  where the caller has it already

--- Reads sensors, in the order of the repository.
---@param target bmc.target.Target
---@param opts bmc.ipmi.sensors.Options
---@return bmc.ipmi.Reading[]? readings
---@return bmc.err.Value? err  unsupported: no sensor data records; or those of the transport
function M.read(target, opts)
  local c = ipmi.of(target)
  local repository, e = opts.repository, nil
  if not repository then
    repository, e = sdr.of(c)
  end
  if not repository then
    return nil, e
  end
  for _, text in ipairs(opts.note and repository.notes or {}) do
    opts.note(text)
  end
  local chosen = {}
  for _, sensor in ipairs(repository:sensors()) do
    if not opts.wanted or opts.wanted(sensor) then
      chosen[#chosen + 1] = sensor
    end
  end
  local self = { c = c, device = c:device(), profile = target.profile.ipmi, limits = opts.limits }
  local failure
  local out = task.map(chosen, self.profile.in_flight, function(sensor)
    if failure then
      return nil
    end
    local reading, why = one(self, sensor)
    failure = failure or why
    return reading
  end)
  if failure then
    return nil, failure
  end
  return out
end

local FIELDS = {
  "name", "type", "value", "units", "state", "health", "thresholds", "states", "why", "entity",
  "owner", "lun", "number", "raw",
}

--- The way of sensors: all of them, with their limits.
---@param target bmc.target.Target
---@param call bmc.plan.Call
---@return table[]? records
---@return bmc.err.Value? err
function M.list(target, _, call)
  local readings, e = M.read(target, { limits = true, note = call.note })
  if not readings then
    return nil, e
  end
  local out = {}
  for i, reading in ipairs(readings) do
    out[i] = {}
    for _, field in ipairs(FIELDS) do
      out[i][field] = reading[field]
    end
  end
  return out
end

return M
