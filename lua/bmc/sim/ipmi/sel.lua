-- SPDX-License-Identifier: GPL-3.0-or-later
-- The event log over IPMI (31): the same log that Redfish shows, each entry as a record of 16
-- bytes. Clearing it here clears it there.

local decode = require "bmc.sim.decode"
local hex = require "bmc.hex"
local host = require "_bmcsh.host"
local logs = require "bmc.sim.logs"
local records = require "bmc.sim.ipmi.records"
local repository = require "bmc.sim.ipmi.repository"
local timestamp = require "bmc.timestamp"

local SENSOR, STORAGE = 0x04, 0x0A
local RESERVATION, FIELD, FULL = 0xC5, 0xCC, 0xC4
local RECORD, ROOM = 16, 512 -- bytes of one; so many of them
local SYSTEM_EVENT, BMC = 0x02, 0x20
local NONE = "\xFF\xFF\xFF\xFF" -- no time

-- ---- entries as records ----

-- Sensor type, event type, data, for what a registry says and the log's own events do not.
local KNOWN = {
  ["The power state has changed to On."] = { 0x22, "\x6F\x00\xFF\xFF" },
  ["The power state has changed to Off."] = { 0x22, "\x6F\x05\xFF\xFF" },
  ["Log cleared."] = { 0x10, "\x6F\x02\xFF\xFF" }, ["IML Cleared"] = { 0x10, "\x6F\x02\xFF\xFF" },
  ["The watchdog timer has expired."] = { 0x23, "\x6F\x01\xFF\xFF" },
}
local OTHER = { 0x12, "\x6F\x02\xFF\xFF" } -- system event: entry added to an auxiliary log

local function event_of(entry)
  local known = KNOWN[entry.Message]
  if known then return known[1], known[2] end
  local type, bytes = logs.ipmi_event(entry.Message)
  if type then return type, bytes end
  return OTHER[1], OTHER[2]
end

local function record_of(bmc, entry, id)
  local type, event = event_of(entry)
  local added = tostring(entry.MessageId):match("^Ipmi%.1%.0%.(%x+)$")
  local time = math.floor(timestamp.parse(entry.Created or "") or 0) & 0xFFFFFFFF
  if added and #added == 2 * RECORD then
    local bytes = hex.bytes(added)
    return ("<I2B"):pack(id, bytes:byte(3)) .. ("<I4"):pack(time) .. bytes:sub(8)
  end
  local number = records.of(bmc).events[type] or 0
  return ("<I2BI4I2BBB"):pack(id, SYSTEM_EVENT, time, BMC, 0x04, type, number) .. event
end

-- The entries of the log, the oldest first.
local function entries_of(bmc)
  local log = logs.event_log(bmc)
  local text, newest = nil, false
  if log then text, newest = logs.members(bmc, log) end
  local list, out = {}, {}
  for _, entry in ipairs(text and decode.object(text) or {}) do
    list[#list + 1] = type(entry) == "table" and entry or nil
  end
  if not newest then return list, log end
  for i = #list, 1, -1 do out[#out + 1] = list[i] end
  return out, log
end

-- ---- commands ----

local function added_last(bmc, list)
  local last = list[#list]
  return last and record_of(bmc, last, 1):sub(4, 7) or NONE
end

local function info(bmc)
  local list = entries_of(bmc)
  local erased = bmc.ipmi.sel_erased and ("<I4"):pack(bmc.ipmi.sel_erased) or NONE
  return 0, ("<BI2I2"):pack(0x51, #list, math.max(0, ROOM - #list) * RECORD)
    .. added_last(bmc, list) .. erased .. "\x02" -- may be reserved
end

local function reserve(bmc)
  return repository.reserve(bmc.ipmi, "sel_reservation")
end

local function get(bmc, data)
  local list = entries_of(bmc)
  return repository.get(data, bmc.ipmi.sel_reservation, #list, function(id)
    return record_of(bmc, list[id], id)
  end, RECORD)
end

local function add(bmc, data)
  local list, log = entries_of(bmc)
  if not log or #list >= ROOM then return FULL end
  logs.append(bmc, log, {
    Severity = "OK", Message = "An event was added over IPMI.",
    MessageId = "Ipmi.1.0." .. hex.of(data:sub(1, RECORD)),
  })
  return 0, ("<I2"):pack(#list + 1)
end

-- 29.3: an event of software, which the BMC writes down.
local function platform_event(bmc, data)
  local software = 0x41
  return (add(bmc, ("<I2BI4BB"):pack(0, SYSTEM_EVENT, 0, software, 0) .. data:sub(1, 7)))
end

-- 31.9: begin with AAh, and ask with 00h whether it has ended.
local function clear(bmc, data)
  local reservation, word, action = ("<I2c3B"):unpack(data)
  local state = bmc.ipmi
  if reservation ~= state.sel_reservation then return RESERVATION end
  if word ~= "CLR" or action ~= 0xAA and action ~= 0 then return FIELD end
  local _, log = entries_of(bmc)
  if action == 0xAA and log then
    logs.clear(bmc, log)
    bmc:add_to "logs_cleared"
    state.sel_erased = math.floor(host.wall())
    state.sel_erasing = bmc.clock() + bmc.traits.ipmi.erase
  end
  return 0, bmc.clock() < (state.sel_erasing or 0) and "\x00" or "\x01"
end

local function time(bmc)
  return 0, ("<I4"):pack(math.floor(host.wall() + (bmc.ipmi.clock or 0)) & 0xFFFFFFFF)
end

local function set_time(bmc, data)
  bmc.ipmi.clock = ("<I4"):unpack(data) - math.floor(host.wall())
  return 0
end

return {
  { "Platform Event", SENSOR, 0x02, "operator", 7, platform_event },
  { "Get SEL Info", STORAGE, 0x40, "user", 0, info },
  { "Get SEL Allocation Info", STORAGE, 0x41, "user", 0, function(bmc)
    local free = math.max(0, ROOM - #entries_of(bmc))
    return 0, ("<I2I2I2I2B"):pack(ROOM, RECORD, free, free, 1)
  end },
  { "Reserve SEL", STORAGE, 0x42, "user", 0, reserve },
  { "Get SEL Entry", STORAGE, 0x43, "user", 6, get },
  { "Add SEL Entry", STORAGE, 0x44, "operator", 16, add },
  { "Clear SEL", STORAGE, 0x47, "operator", 6, clear },
  { "Get SEL Time", STORAGE, 0x48, "user", 0, time },
  { "Set SEL Time", STORAGE, 0x49, "operator", 4, set_time },
}
