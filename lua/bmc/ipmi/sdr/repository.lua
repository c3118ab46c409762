-- SPDX-License-Identifier: GPL-3.0-or-later
--- Sensor data records that are at hand: what is in them, by owner, LUN and number.
--
-- Owns the expansion of records that stand for several sensors, and their names. The bytes are
-- C's (src/ipmi_sdr.h); where they come from is bmc.ipmi.sdr's.
--
-- Sections are those of the IPMI specification, version 2.0, revision 1.1.

local core = require "_bmcsh.sdr"
local tbl = require "bmc.tbl"

local LETTERS = 26

local M = {}

---@class bmc.ipmi.sdr.Record
---@field id integer
---@field type integer           43: 01h full sensor, 02h compact, …
---@field kind string            "full", "compact", "event_only", "fru_locator", "mc_locator", …
---@field whole boolean          it has all the bytes that it announces
---@field name? string
---@field entity_id? integer     43.14
---@field entity_instance? integer
---@field entity? string         "Processor"
---@field owner? integer         sensors: slave address (20h is the BMC), odd for software
---@field lun? integer
---@field channel? integer
---@field number? integer
---@field sensor_type? integer   42.2
---@field event_type? integer    42.1
---@field class? "threshold"|"generic"|"specific"|"oem"|"unknown"
---@field numeric? boolean       readings are numbers
---@field nonlinear? boolean     by factors that the BMC has to be asked for
---@field units? string          "RPM", "°C"
---@field limits_access? "readable"|"settable"|"fixed"
---@field limits? string         in the form of Get Sensor Thresholds
---@field sensor? bmc.ipmi.sdr.Sensor

---@class bmc.ipmi.sdr.Sensor: userdata  what readings of a sensor mean; no I/O
---@field value fun(self, raw: integer, factors?: string): number?  factors: the answer to Get
--- Sensor Reading Factors without its first byte, for a sensor that is nonlinear
---@field states fun(self, mask: integer, manufacturer?: integer, product?: integer): string[]
---@field health fun(self, mask: integer, manufacturer?: integer, product?: integer): string?
---@field type fun(self, manufacturer?: integer, product?: integer): string?

---@class bmc.ipmi.Repository
---@field records bmc.ipmi.sdr.Record[]  as they stand there
---@field notes string[]                 what could not be read
local repository = {}
local repository_mt = { __index = repository, __name = "bmc.ipmi.repository" }

function repository_mt:__tostring()
  return ("SDR repository (%d records, %d sensors)"):format(#self.records, #self:sensors())
end

-- ---- what is in it ----

-- "Fan", offset 1, second of them: "Fan 2"; with letters "Fan B" (43.2, byte 24).
local function shared_name(record, i)
  local n = record.share_offset + i
  if not record.share_letters then
    return ("%s %d"):format(record.name or "", n)
  end
  local name = string.char(("A"):byte() + n % LETTERS)
  if n >= LETTERS then
    name = string.char(("A"):byte() + n // LETTERS - 1) .. name
  end
  return ("%s %s"):format(record.name or "", name)
end

-- One record may stand for several sensors.
local function expand(record, out)
  if not record.share_count then
    out[#out + 1] = record
    return
  end
  for i = 0, record.share_count - 1 do
    local one = tbl.with(record, {
      number = record.number + i & 0xFF, name = shared_name(record, i),
    })
    if record.share_entities and record.entity_instance then
      one.entity_instance = record.entity_instance + i
    end
    out[#out + 1] = one
  end
end

local function key_of(owner, lun, number)
  return owner << 16 | lun << 8 | number
end

local function index(self)
  local all = {}
  for _, record in ipairs(self.records) do
    if record.sensor then
      expand(record, all)
    end
  end
  self.readable, self.by_key = {}, {}
  for _, sensor in ipairs(all) do
    local key = key_of(sensor.owner, sensor.lun, sensor.number)
    self.by_key[key] = self.by_key[key] or sensor
    if sensor.kind ~= "event_only" then
      self.readable[#self.readable + 1] = sensor
    end
  end
end

--- The sensors that can be read, shared records expanded, in the order of the repository.
---@return bmc.ipmi.sdr.Record[]
function repository:sensors()
  return self.readable
end

--- The sensor with that key, those that only send events among them.
---@param owner integer  as in a record, or as generator id in an event
---@param lun integer
---@param number integer
---@return bmc.ipmi.sdr.Record?
function repository:find(owner, lun, number)
  return self.by_key[key_of(owner, lun, number)]
end

--- The name of a sensor.
---@param owner integer
---@param lun integer
---@param number integer
---@return string?
function repository:name(owner, lun, number)
  local sensor = self:find(owner, lun, number)
  return sensor and sensor.name
end

---@class bmc.ipmi.sdr.Fru
---@field device_id integer  of a logical FRU; else the slave address of the memory
---@field name? string
---@field lun integer
---@field logical boolean    read by FRU commands, not as a memory on a bus
---@field access integer     slave address of the controller that it is behind
---@field channel integer
---@field entity? string
---@field entity_id? integer
---@field entity_instance? integer

--- The FRU devices that the repository tells of.
---@return bmc.ipmi.sdr.Fru[]
function repository:frus()
  local out = {}
  for _, r in ipairs(self.records) do
    if r.kind == "fru_locator" then
      out[#out + 1] = {
        device_id = r.address, name = r.name, lun = r.lun, logical = r.logical, access = r.access,
        channel = r.channel, entity = r.entity, entity_id = r.entity_id,
        entity_instance = r.entity_instance,
      }
    end
  end
  return out
end

-- ---- from bytes ----

-- Machines of one model have the same records: they share what is made of them.
local parsed = setmetatable({}, { __mode = "v" })

local function parse(bytes)
  local record, e = parsed[bytes], nil
  if not record then
    record, e = core.parse(bytes)
    parsed[bytes] = record
  end
  return record, e
end

--- A repository of records that are at hand.
---@param list string[]   their bytes
---@param notes? string[] what is missing in the list
---@return bmc.ipmi.Repository
function M.new(list, notes)
  local self = setmetatable({ records = {}, notes = notes or {} }, repository_mt)
  for _, bytes in ipairs(list) do
    local record, e = parse(bytes)
    self.records[#self.records + 1] = record
    if not record then
      self.notes[#self.notes + 1] = e.text
    end
  end
  index(self)
  return self
end

return M
