-- SPDX-License-Identifier: GPL-3.0-or-later
--- Reading the System Event Log record by record (IPMI 2.0, chapter 31).
--
-- Owns how a record is got from a BMC that refuses whole ones, or whose log changes meanwhile,
-- and the order in which records are read. What a record says is bmc.ipmi.sel.record's.
--
-- A record is read as a whole, which needs no reservation. A BMC that cannot is read in parts, of
-- the size that it was found to give; a reservation that is lost then means a new one and the
-- same record again (QUIRKS).

local err = require "bmc.err"
local reply = require "bmc.ipmi.reply"
local task = require "bmc.task"

local FIRST, LAST = 0x0000, 0xFFFF -- 31.5: the oldest and the newest; LAST also ends the log
local WHOLE, RECORD = 0xFF, 16
local LOST = 0xC5                  -- completion code: the reservation is gone
local TRIES = 5                    -- to read one record although others change the log
local MOST = 65535                 -- records that a log can have
local ENOUGH = 14                  -- bytes of an answer to Get SEL Info
local SMALLEST = 2                 -- bytes to ask for

local M = {}

---@class bmc.ipmi.sel.Log  what reading one log remembers
---@field client bmc.ipmi.Client
---@field size integer          bytes to ask for: WHOLE, or a part
---@field reservation? integer  as long as it is believed to hold

--- A log to read from.
---@param client bmc.ipmi.Client
---@return bmc.ipmi.sel.Log
function M.new(client)
  return { client = client, size = WHOLE }
end

---@class bmc.ipmi.sel.Info
---@field entries integer
---@field free_bytes? integer  absent where there are 65535 or more
---@field overflow boolean     events were lost because the log was full
---@field reserves boolean     it has reservations

--- What the BMC says of its log (31.2).
---@param client bmc.ipmi.Client
---@return bmc.ipmi.sel.Info? info
---@return bmc.err.Value? err
function M.info(client)
  local data, e = reply.ask(client, "Get SEL Info", "", ENOUGH)
  if not data then
    return nil, e
  end
  local _, entries, free, _, _, support = ("<BI2I2I4I4B"):unpack(data)
  return {
    entries = entries, free_bytes = free ~= 0xFFFF and free or nil,
    overflow = support & 0x80 ~= 0, reserves = support & 0x02 ~= 0,
  }
end

--- Reserves the log (31.4): what is asked with the reservation is refused once the log has
--- changed. Where the BMC knows no reservations the number is 0.
---@param log bmc.ipmi.sel.Log
---@return integer? reservation
---@return bmc.err.Value? err
function M.reserve(log)
  local data, e = reply.ask(log.client, "Reserve SEL", "", 2)
  if data then
    log.reservation = ("<I2"):unpack(data)
  elseif e.code == "unsupported" then
    log.reservation = 0
  else
    return nil, e
  end
  return log.reservation
end

-- ---- one record ----

local function ask(log, id, offset, size, reservation, least)
  return reply.ask(log.client, "Get SEL Entry", ("<I2I2BB"):pack(reservation, id, offset, size),
    least)
end

-- Id of the next record and the bytes of this one, put together from parts; nil, err.
local function in_parts(log, id)
  local parts, have, following = {}, 0, nil
  local reservation, e = log.reservation, nil
  if not reservation then
    reservation, e = M.reserve(log)
  end
  while reservation and have < RECORD do
    local size = math.min(log.size, RECORD - have)
    local data
    data, e = ask(log, id, have, size, reservation, 2)
    if not data then
      return nil, e
    elseif #data == 2 then
      return err.fail("protocol", ("Get SEL Entry: no data at byte %d of record %04Xh")
        :format(have, id))
    end
    following = ("<I2"):unpack(data)
    parts[#parts + 1] = data:sub(3, 2 + size)
    have = have + #parts[#parts]
  end
  if not reservation then
    return nil, e
  end
  return following, table.concat(parts)
end

local function as_a_whole(log, id)
  local data, e = ask(log, id, 0, WHOLE, 0, 2 + RECORD)
  if not data then
    return nil, e
  end
  return ("<I2"):unpack(data), data:sub(3, 2 + RECORD)
end

-- What to do after a failed try: true to try again.
local function adapt(log, e, try)
  if e.completion == LOST then
    log.reservation = nil
    return task.sleep(0.05 * try) -- who else reads the log should get through as well
  elseif not reply.LESS[e.completion] and e.code ~= "protocol" then
    return false
  end
  log.size = log.size == WHOLE and RECORD or log.size // 2
  return log.size >= SMALLEST
end

--- Reads one record.
---@param log bmc.ipmi.sel.Log
---@param id integer  0000h: the oldest, FFFFh: the newest
---@return integer? next  id of the record behind it; FFFFh: it is the last
---@return string|bmc.err.Value record or err  16 bytes; missing: there is no such record
function M.record(log, id)
  local lost = 0
  while true do
    local read = log.size == WHOLE and as_a_whole or in_parts
    local following, record = read(log, id)
    if following then
      return following, record
    end
    lost = lost + (record.completion == LOST and 1 or 0)
    if lost == TRIES or not adapt(log, record, lost) then
      return nil, record
    end
  end
end

-- ---- all of them ----

-- The BMC's own id of a record; that of some differs from the one that was asked for.
local function id_of(record)
  return (("<I2"):unpack(record))
end

--- Reads the log from its oldest record on, those included that are added meanwhile.
---@param log bmc.ipmi.sel.Log
---@return string[]? records  oldest first
---@return bmc.err.Value? err
---@return string? why  it ends before its end, in words
function M.all(log)
  local records, seen, id = {}, {}, FIRST
  repeat
    local following, record = M.record(log, id)
    if not following then
      if record.code == "missing" and id == FIRST then
        return records
      elseif record.completion and records[1] then
        return records, nil, ("record %d: %s"):format(id, record.text)
      end
      return nil, record
    end
    records[#records + 1] = record
    seen[id], seen[id_of(record)] = true, true
    id = following
  until id == LAST or id == FIRST or seen[id] or #records == MOST
  return records, nil, id ~= LAST and ("record %d is said to be followed by %d"):format(
    id_of(records[#records]), id) or nil
end

--- Reads the log from its newest record back, as long as the ids of the records run without a gap,
--- so that the one before a record can be asked for.
---@param log bmc.ipmi.sel.Log
---@param count integer  of the records in the log
---@param take fun(record: string): boolean?  true: that is enough
---@return boolean? done  false: there is a gap, or the BMC cannot do it; what was taken does not
--- count
---@return bmc.err.Value? err
function M.backwards(log, count, take)
  local following, record = M.record(log, LAST)
  local id = following and id_of(record)
  for n = 1, count do
    if not following then
      if record.completion then
        return false
      end
      return nil, record
    elseif id_of(record) ~= id then
      return false
    elseif take(record) or n == count then
      break
    end
    id = id - 1
    if id < 1 then
      return false
    end
    following, record = M.record(log, id)
  end
  return true
end

return M
