-- SPDX-License-Identifier: GPL-3.0-or-later
--- Reading the records of an SDR repository from a BMC, whatever it does wrong.
--
-- Owns reservations, the size of the parts in which a record is read, and what is done about
-- counts, ids and lengths that are not true (QUIRKS, "SDR, sensors, SEL, FRU"). A record that
-- cannot be read is left out and told; only a BMC that is gone ends the reading. What stands in a
-- record is bmc.ipmi.sdr's.
--
-- Sections are those of the IPMI specification, version 2.0, revision 1.1.

local err = require "bmc.err"
local reply = require "bmc.ipmi.reply"
local task = require "bmc.task"

local HEADER = 5
local TRIES = 2         -- of a record
local RESERVATIONS = 5  -- lost with one record
local PAUSE = 0.2       -- seconds, times a random number, times the reservations lost so far
local LAST = 0xFFFF

local LOST = 0xC5
local EMPTY = 0xCB -- to who asks for the first record

local M = {}

--- Where records come from: the repository (33), or the controller's own (35).
---@class bmc.ipmi.sdr.Source
M.REPOSITORY = {
  info = "Get SDR Repository Info", reserve = "Reserve SDR Repository", get = "Get SDR",
}
M.DEVICE = {
  info = "Get Device SDR Info", reserve = "Reserve Device SDR Repository", get = "Get Device SDR",
}

-- A BMC without reservations gives everything under number 0 (F-D6).
local function reserve(self)
  local data, e = self.c:ask(self.source.reserve, "", { accept = reply.UNSUPPORTED })
  if not data then
    return nil, e
  end
  self.reservation = e == 0 and #data >= 2 and (("<I2"):unpack(data)) or 0
  return true
end

-- Somebody else reads too: who waits at random is not always in his way.
local function reserve_again(self)
  self.lost = self.lost + 1
  if self.lost > RESERVATIONS then
    return err.fail("busy", ("the reservation was lost %d times with one record"):format(self.lost))
  end
  local ok, stopped = task.sleep(PAUSE * math.random() * self.lost)
  if not ok then
    return nil, stopped
  end
  return reserve(self)
end

-- One request: at most n bytes of a record, and the id of the next record.
local function ask(self, id, offset, n)
  local data, e = reply.ask(self.c, self.source.get,
    ("<I2I2BB"):pack(self.reservation, id, offset, n), 2)
  if not data then
    return nil, e
  end
  return data:sub(3, 2 + n), (("<I2"):unpack(data))
end

-- The same, with a reservation that lasts and no more bytes than the BMC gives.
local function part(self, id, offset, n)
  while true do
    local bytes, e = ask(self, id, offset, math.min(n, self.part))
    if bytes then
      return bytes, e
    elseif e.completion == LOST then
      local ok, why = reserve_again(self)
      if not ok then
        return nil, why
      end
    elseif reply.LESS[e.completion] and math.min(n, self.part) > 1 then
      self.part = math.min(n, self.part) // 2
    else
      return nil, e
    end
  end
end

-- n bytes from an offset on: bytes, the next id. Fewer, and an error, when the BMC stops before.
local function bytes_of(self, id, offset, n)
  local got, next_id, e = "", nil, nil
  while #got < n do
    local bytes, more = part(self, id, offset + #got, n - #got)
    if not bytes or bytes == "" then
      e = bytes and err.new("protocol", "it ends early") or more
      break
    end
    got, next_id = got .. bytes, more
  end
  return got, next_id, e
end

-- An offset is a byte: what a record says to have beyond it cannot be asked for.
local REACH = 256

-- A record that is shorter than it says is kept as far as it goes (F-D3).
local function record(self, id)
  local head, next_id, e = bytes_of(self, id, 0, HEADER)
  if e then
    return nil, next_id, e
  end
  local rest, _, why = bytes_of(self, id, HEADER, math.min(head:byte(HEADER), REACH - HEADER))
  if why and (rest == "" or not (why.completion or why.code == "protocol")) then
    return nil, next_id, why
  end
  return head .. rest, next_id, nil
end

-- Whether an error is about this record only.
local function local_failure(e)
  return e.completion ~= nil or e.code == "protocol" or e.code == "busy"
end

local function is_whole(bytes)
  return bytes ~= nil and #bytes >= HEADER + bytes:byte(HEADER)
end

-- bytes, next id; or nil, next id where it is known, err. Smaller parts are for all that follows,
-- unless they did not help.
local function insist(self, id)
  local bytes, next_id, e, known
  local most = self.part
  for _ = 1, TRIES do
    self.lost = 0
    bytes, next_id, e = record(self, id)
    known = next_id or known
    if not is_whole(bytes) then
      self.part = most
    end
    if bytes or not local_failure(e) or reply.UNSUPPORTED[e.completion] then
      break
    end
  end
  return bytes, known, e
end

local function unread(id, e, next_id)
  return ("sensor data record %04Xh cannot be read: %s%s"):format(id, e.text,
    next_id and "" or "; those after it are not known")
end

-- Follows "next id" to the end. The id asked for counts, whatever the record says (F-D4). One that
-- comes again ends the walk, as nobody else would (F-D2); the first record is known by its bytes,
-- for it was asked for as 0.
local function walk(self, records, note)
  local seen, id, again = {}, 0, false
  repeat
    local bytes, next_id, e = insist(self, id)
    if e and (not local_failure(e) or #records == 0 and reply.UNSUPPORTED[e.completion]) then
      return nil, e
    elseif e and id == 0 and e.completion == EMPTY then
      return records
    elseif not bytes then
      note(unread(id, e, next_id))
    elseif bytes == records[1] then
      again = true
    else
      records[#records + 1] = bytes
    end
    seen[id] = true
    id = next_id or LAST
    again = again or id ~= LAST and seen[id]
  until id == LAST or again
  if again then
    note "the sensor data records lead in a circle; taken as the end"
  end
  return records
end

--- Reads all records.
---@param c bmc.ipmi.Client
---@param source bmc.ipmi.sdr.Source
---@param note fun(text: string)  is told what lacks
---@return string[]? records
---@return bmc.err.Value? err  unsupported: it has no such records; or those of the transport
function M.all(c, source, note)
  local self = { c = c, source = source, part = c.target.profile.ipmi.sdr_read, lost = 0 }
  local ok, e = reserve(self)
  if not ok then
    return nil, e
  end
  return walk(self, {}, note)
end

return M
