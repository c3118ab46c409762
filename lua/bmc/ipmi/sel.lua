-- SPDX-License-Identifier: GPL-3.0-or-later
--- The System Event Log of a BMC over IPMI: its newest entries, or all.
--
-- Owns which entries are read and how many requests that takes. How a record is got is
-- bmc.ipmi.sel.read's, what it says bmc.ipmi.sel.record's, emptying the log bmc.ipmi.sel.clear's.
-- Names and units of sensors come from bmc.ipmi.sdr; without them the entries have numbers.

local err = require "bmc.err"
local host = require "_bmcsh.host"
local read = require "bmc.ipmi.sel.read"
local records = require "bmc.ipmi.sel.record"
local reply = require "bmc.ipmi.reply"
local sdr = require "bmc.ipmi.sdr"

-- Completion codes: no such command, no such sub-function, not with this privilege.
local REFUSED = { [0xC1] = true, [0xC2] = true, [0xD4] = true, [0xD6] = true }
local FARTHEST = 1440 -- minutes that a zone can be from Greenwich; more means: not told
local OLDER = 8       -- older entries in a row that show that the rest is older too
local EVENT = 0x02    -- record type

local M = {}

---@class bmc.ipmi.sel.Wanted
---@field limit number                the newest so many; math.huge: all
---@field since? { at: number?, span: number? }  not older: an epoch second, or seconds back from
---  the BMC's clock
---@field keep? fun(record: table): boolean  which entries count
---@field upto? string  the bytes of an entry: none from that one back

-- ---- time ----

-- Minutes east of Greenwich of the log's clock (31.11a); nil on a BMC that does not tell. A younger
-- command than most: older BMCs refuse it in one way or another, and no other privilege helps.
local function zone_of(client)
  local data, code = client:ask("Get SEL Time UTC Offset", "", { accept = REFUSED })
  if not data then
    return nil, not code.completion and code or nil
  end
  local zone = code == 0 and #data >= 2 and ("<i2"):unpack(data)
  return zone and math.abs(zone) <= FARTHEST and zone or nil
end

-- The first second that is wanted.
local function start_of(client, since, zone, note)
  if not since or since.at then
    return since and since.at
  end
  local data, e = reply.optional(client, "Get SEL Time", "", 4)
  local now = data and records.at(("<I4"):unpack(data), zone)
  if e then
    return nil, e
  elseif not now then
    note("the BMC does not know the time: counted back from the time here")
  end
  return (now or host.wall()) - since.span
end

-- ---- entries ----

-- The names of sensors are read when the first event is there; nil where they cannot be had.
local function names(client, note)
  local repository, tried
  return function(owner, lun, number)
    if not tried then
      local e
      tried, repository, e = true, sdr.of(client)
      if not repository then
        note("sensors have no names: " .. e.text)
      end
    end
    return repository and repository:find(owner, lun, number)
  end
end

-- A function that takes raw records, newest first, into entries, and says when that is enough.
local function taker(want, decode, start, zone)
  local entries, older, newer = {}, 0, nil
  return entries, function(raw)
    if raw == want.upto then
      return true
    end
    local entry = decode(raw)
    -- A record without a time is older than what was logged after it.
    local at = records.at(entry.timestamp, zone) or newer
    newer = at
    if start and at and at < start then
      older = older + 1
    else
      older = 0
      entries[#entries + 1] = (not want.keep or want.keep(entry)) and entry or nil
    end
    return #entries >= want.limit or older >= OLDER
  end
end

-- Every record, and then from the newest on.
local function whole(log, take, note)
  local all, e, why = read.all(log)
  if not all then
    return nil, e
  elseif why then
    note("the log ends early: " .. why)
  end
  for i = #all, 1, -1 do
    if take(all[i]) then
      break
    end
  end
  return true
end

-- All that entries need to be decoded.
local function decoder(client, zone, note)
  local device, e = client:device()
  if not device and not e.completion then
    return nil, e
  end
  local find = names(client, note)
  return function(raw)
    return records.decode(raw, device, raw:byte(3) == EVENT and find or nil, zone)
  end
end

--- The newest entries of the log, newest first, in the order in which the BMC logged them.
---@param client bmc.ipmi.Client
---@param want bmc.ipmi.sel.Wanted
---@param note fun(text: string)
---@return table[]? entries  see bmc.ipmi.sel.record
---@return bmc.err.Value? err
function M.entries(client, want, note)
  local info, e = read.info(client)
  if not info then
    return nil, e
  elseif info.overflow then
    note("the SEL is full: later events were lost")
  end
  if info.entries == 0 then
    return {}
  end
  local zone, start, decode
  zone, e = zone_of(client)
  if not e then
    start, e = start_of(client, want.since, zone, note)
  end
  if not e then
    decode, e = decoder(client, zone, note)
  end
  if e then
    return nil, e
  end
  local log = read.new(client)
  local entries, take = taker(want, decode, start, zone)
  local done
  if want.limit < info.entries or start or want.upto then
    done, e = read.backwards(log, info.entries, take)
  end
  if not done and not e then
    entries, take = taker(want, decode, start, zone)
    done, e = whole(log, take, note)
  end
  return done and entries or nil, e
end

--- All entries of a log, oldest first.
---@param log bmc.ipmi.sel.Log
---@param note fun(text: string)
---@return table[]? entries
---@return bmc.err.Value? err  protocol when the log is not read to its end
function M.all(log, note)
  local all, e, why = read.all(log)
  if not all then
    return nil, e
  elseif why then
    return err.fail("protocol", "not all entries of the SEL can be read: " .. why)
  end
  local zone, decode
  zone, e = zone_of(log.client)
  if not e then
    decode, e = decoder(log.client, zone, note)
  end
  if not decode then
    return nil, e
  end
  for i, raw in ipairs(all) do
    all[i] = decode(raw)
  end
  return all
end

return M
