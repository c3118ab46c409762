-- SPDX-License-Identifier: GPL-3.0-or-later
--- The sensor data records of a BMC: which sensors and FRUs it has, and what they are called.
--
-- Owns where they come from, and how long they hold: as long as the repository has the same time
-- stamps. They are kept in memory for the client, and in a file (bmc.ipmi.sdr.keep) where the BMC
-- has a clock for its repository. How they are read is bmc.ipmi.sdr.read's, what is made of them
-- bmc.ipmi.sdr.repository's.
--
-- Sections are those of the IPMI specification, version 2.0, revision 1.1.

local err = require "bmc.err"
local keep = require "bmc.ipmi.sdr.keep"
local read = require "bmc.ipmi.sdr.read"
local reply = require "bmc.ipmi.reply"
local repository = require "bmc.ipmi.sdr.repository"
local task = require "bmc.task"

local INFO = 13     -- bytes of Get SDR Repository Info up to the time of the last erase (33.9)
local NO_TIME = { [0] = true, [0xFFFFFFFF] = true }
local AGAIN = 2     -- readings, when the repository changes under them

local M = {}

-- What changes when the repository does: version, count, times of the last addition and erase;
-- of device SDRs count, flags and change indicator. nil where the BMC does not say; and whether
-- it is good for more than this run.
local function stamp_of(c, source)
  local data, code = c:ask(source.info, "", { accept = reply.UNSUPPORTED })
  if not data then
    return nil, nil, code
  elseif code ~= 0 then
    return nil
  elseif source == read.DEVICE then
    return data:sub(1, 6), #data >= 6
  elseif #data < INFO then
    return nil
  end
  local added, erased = ("<I4I4"):unpack(data, 6)
  return data:sub(1, 3) .. data:sub(6, INFO), not (NO_TIME[added] and NO_TIME[erased])
end

-- The place of a BMC's records on disk, and what they have to be of: another board or another
-- firmware at the same address has other sensors.
local function place(c, source)
  local at = c.target.ipmi
  return ("%s\0%s\0%d"):format(source.get, at.host, at.port)
end

local function origin(device, stamp)
  return ("%s\0%s\0%s\0%s\0%s"):format(device.manufacturer_id, device.product_id,
    device.firmware, device.aux, stamp)
end

local function collect(notes)
  return function(text)
    notes[#notes + 1] = text
  end
end

-- All records, and the stamp they belong to: who reads while the repository is rewritten has
-- half of either. Where that does not end they have no stamp, and are read anew the next time.
local function read_whole(c, source, stamp)
  for try = 1, AGAIN do
    local notes = {}
    local list, e = read.all(c, source, collect(notes))
    if not list then
      return nil, nil, e
    end
    local now, _, failure = stamp_of(c, source)
    if failure then
      return nil, nil, failure
    elseif now == stamp or try == AGAIN then
      return repository.new(list, notes), list, now == stamp and now or nil
    end
    stamp = now
  end
end

local function from(c, device, source, known)
  local stamp, lasting, e = stamp_of(c, source)
  if e then
    return nil, e
  elseif known and known.source == source and known.stamp == stamp then
    return known
  end
  local list = lasting and keep.load(place(c, source), origin(device, stamp))
  local self = list and repository.new(list)
  if not self then
    self, list, stamp = read_whole(c, source, stamp)
    if not self then
      return nil, stamp
    elseif lasting and stamp and #self.notes == 0 then
      keep.save(place(c, source), origin(device, stamp), list)
    end
  end
  self.source, self.stamp = source, stamp
  return self
end

-- The repository, else the controller's own records (F-D7).
local function load(c, known)
  local device, e = c:device()
  if not device then
    return nil, e
  end
  local sources = { read.REPOSITORY, read.DEVICE }
  if not device.sdr_repository and device.provides_sdrs then
    sources = { read.DEVICE, read.REPOSITORY }
  end
  local empty
  for _, source in ipairs(sources) do
    local self
    self, e = from(c, device, source, known)
    if self and #self.records > 0 or not self and not reply.UNSUPPORTED[e.completion] then
      return self, e
    end
    empty = empty or self
  end
  if empty then
    return empty
  end
  return err.fail("unsupported", "the BMC has no sensor data records",
    { completion = e.completion })
end

-- What is known of each client, and the lock of who reads: two readers at one BMC take each
-- other's reservation.
local slots = setmetatable({}, { __mode = "k" })

--- The repository of a BMC; read when it is not known or has changed.
---@param c bmc.ipmi.Client
---@return bmc.ipmi.Repository?
---@return bmc.err.Value? err  unsupported: it has none; or those of the transport
function M.of(c)
  local slot = slots[c] or { lock = task.semaphore(1) }
  slots[c] = slot
  local permit <close>, stopped = slot.lock:acquire()
  if not permit then
    return nil, stopped
  end
  local self, e = load(c, slot.repository)
  slot.repository = self or slot.repository
  return self, e
end

return M
