-- SPDX-License-Identifier: GPL-3.0-or-later
-- Logs of simulated BMCs: which a vendor keeps and where, with entries that
-- follow from the machine; clearing them, on recorded trees too, and adding to
-- them. What is told to listeners at once is events.lua's.

local hex = require "bmc.hex"
local json = require "bmc.json"
local splice = require "bmc.sim.splice"

local M = {}

---@class bmc.sim.Log        which a BMC keeps stands in its traits, under `logs`
---@field id string
---@field count integer       of entries at first
---@field newest boolean?     they come first
---@field page integer?       so many at a time
---@field links boolean?      the collection holds links only
---@field hex boolean?        message ids are IPMI events
---@field fixed boolean?      there is no ClearLog
---@field mute boolean?       there are no entries to be had
---@field note string?        what the BMC logs after a ClearLog
-- severity, sensor type, IPMI event, name in a registry, text
local EVENTS = {
  { "OK", "System ACPI PowerState", "22 6f00ffff", "PowerOn", "The system was turned on." },
  { "OK", "Memory", "0c 6f06ffff", "MemoryOk", "All memory modules passed their test." },
  { "Warning", "Temperature", "01 010719ff", "InletHigh", "Inlet temperature is above its limit." },
  { "OK", "Temperature", "01 810719ff", "InletOk", "Inlet temperature is normal again." },
  { "Critical", "Power Supply / Converter", "08 6f03ffff", "InputLost",
    "Power supply 2 has lost its input." },
  { "OK", "Power Supply / Converter", "08 ef03ffff", "InputBack",
    "Power supply 2 has its input again." },
  { "OK", "Session Audit", "2a 6f00ffff", "Login", "Somebody has logged in." },
}

local EPOCH, STEP = 1709280000, 3671 -- of the first entry; seconds between two

-- ---- generated trees ----

local function stamp(machine, i)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", EPOCH + machine.index * 60 + i * STEP)
end

-- The i-th entry that was written.
local function entry(path, log, machine, i)
  local event = EVENTS[(i - 1) % #EVENTS + 1]
  return {
    ["@odata.id"] = ("%s/%d"):format(path, i), ["@odata.type"] = "#LogEntry.v1_4_0.LogEntry",
    Id = tostring(i), Name = ("Log Entry %d"):format(i), EntryType = log.hex and "SEL" or "Event",
    Created = stamp(machine, i), Severity = event[1], Message = event[5],
    MessageId = log.hex and event[3]:sub(4) or "Event.1.0." .. event[4],
    SensorType = log.hex and event[2] or nil, EntryCode = log.hex and "Assert" or nil,
  }
end

local function place_of(log, n)
  return log.newest and log.count + 1 - n or n
end

local function page(path, log, machine, first)
  local size, members = log.page or log.count, {}
  for n = first, math.min(first + size - 1, log.count) do
    local whole = entry(path, log, machine, place_of(log, n))
    members[#members + 1] = log.links and { ["@odata.id"] = whole["@odata.id"] } or whole
  end
  local after = first + size <= log.count and ("%s?$skip=%d"):format(path, first + size - 1) or nil
  return {
    ["@odata.id"] = path, ["@odata.type"] = "#LogEntryCollection.LogEntryCollection",
    Name = "Log Entries", Members = members, ["Members@odata.count"] = log.count,
    ["Members@odata.nextLink"] = after,
  }
end

local function put(tree, path, build)
  tree.builders[path], tree.folded[path:lower()] = build, path
end

local function add_entries(tree, path, log)
  put(tree, path, function(machine) return page(path, log, machine, 1) end)
  for first = 1 + (log.page or math.huge), log.count, log.page or 1 do
    put(tree, ("%s?$skip=%d"):format(path, first - 1), function(machine)
      return page(path, log, machine, first)
    end)
  end
  for i = 1, log.count do
    put(tree, ("%s/%d"):format(path, i), function(machine)
      return entry(path, log, machine, i)
    end)
  end
end

local function add_log(tree, owner, log)
  local path = owner .. "/LogServices/" .. log.id
  local entries = tree.traits.logs.apart and owner .. "/Logs/" .. log.id or path .. "/Entries"
  tree:add(path, "LogService", function()
    return {
      Name = log.id .. " Log Service", OverWritePolicy = "WrapsWhenFull",
      Entries = not log.mute and tree:link(entries) or nil,
      Actions = not log.fixed and {
        ["#LogService.ClearLog"] = {
          target = path .. "/Actions/LogService.ClearLog" .. tree.slash,
        },
      } or nil,
    }
  end)
  if not log.mute then
    add_entries(tree, entries, log)
  end
end

--- Adds the logs that the traits name.
---@param tree table
function M.add(tree)
  local kept = tree.traits.logs
  for _, owner in ipairs { "system", "manager" } do
    local logs, path, ids = kept[owner], tree[owner], {}
    if type(logs) == "string" then
      tree:hang(path, "LogServices", tree[logs] .. "/LogServices")
    elseif logs then
      for i, log in ipairs(logs) do
        add_log(tree, path, log)
        ids[i] = log.id
      end
      tree:add_collection(path .. "/LogServices", "LogServiceCollection", ids)
      tree:hang(path, "LogServices", path .. "/LogServices")
    end
  end
end

-- ---- changing them ----

-- Where the entries of a log service are.
local function entries_of(bmc, key)
  local link = bmc.store:value(key, "Entries", "@odata.id")
  return link and bmc.store:find(link)
end

-- How the vendor keeps a log; {} for one of a recorded tree.
local function kept_as(bmc, key)
  for _, owner in ipairs { "system", "manager" } do
    local kept, path = bmc.traits.logs[owner], bmc.source[owner] or ""
    for _, log in ipairs(type(kept) == "table" and key:find(path, 1, true) == 1 and kept or {}) do
      if key:match("([^/]+)$") == log.id then return log end
    end
  end
  return {}
end

--- Empties a log, as the action ClearLog does.
---@param bmc table
---@param key string of the LogService
function M.clear(bmc, key)
  local entries, store = entries_of(bmc, key), bmc.store
  if not entries then return end
  store:edit(entries, "[]", "Members")
  store:edit(entries, "0", "Members@odata.count")
  if store:get(entries, "Members@odata.nextLink") then
    store:edit(entries, "null", "Members@odata.nextLink")
  end
  local note = kept_as(bmc, key).note
  if note then M.append(bmc, key, { Severity = "OK", Message = note }) end
end

--- Writes an entry into a log, where its vendor puts the newest.
---@param bmc table
---@param key string of the LogService
---@param fields table Severity, Message, MessageId
---@return boolean done false when the log has no entries
function M.append(bmc, key, fields)
  local entries = entries_of(bmc, key)
  if not entries then return false end
  local members = (bmc.store:get(entries, "Members") or ""):match("^%s*%[(.-)%s*%]$")
  if not members then return false end
  local count = math.tointeger(tonumber(bmc.store:get(entries, "Members@odata.count"))) or 0
  local body = {
    ["@odata.id"] = ("%s/%d"):format(entries, count + 1), Id = tostring(count + 1),
    ["@odata.type"] = "#LogEntry.v1_4_0.LogEntry", Name = ("Log Entry %d"):format(count + 1),
    EntryType = "Event", Created = bmc:stamp(bmc.clock()),
  }
  for name, value in pairs(fields) do body[name] = value end
  local added, comma = json.encode(body), members:find("%S") and "," or ""
  local newest = kept_as(bmc, key).newest
  members = newest and added .. comma .. members or members .. comma .. added
  bmc.store:edit(entries, "[" .. members .. "]", "Members")
  bmc.store:edit(entries, tostring(count + 1), "Members@odata.count")
  return true
end

--- The entries of a log as they are kept.
---@param bmc table
---@param key string of the LogService
---@return string|nil text JSON list
---@return boolean newest they come first
function M.members(bmc, key)
  local entries = entries_of(bmc, key)
  return entries and bmc.store:get(entries, "Members"), kept_as(bmc, key).newest == true
end

--- The IPMI event of a message, for those that generated logs begin with.
---@param text string
---@return integer|nil sensor_type
---@return string|nil event event type and direction, three bytes of data
function M.ipmi_event(text)
  for _, event in ipairs(EVENTS) do
    if event[5] == text then
      local type, bytes = event[3]:match("^(%x+) (%x+)$")
      return tonumber(type, 16), hex.bytes(bytes)
    end
  end
  return nil
end

--- The log that events of a machine are written into; nil where none takes any.
---@param bmc table
---@return string|nil key of the LogService
function M.event_log(bmc)
  for _, owner in ipairs { "system", "manager" } do
    local link = bmc.source[owner]
      and bmc.store:value(bmc.source[owner], "LogServices", "@odata.id")
    local list = link and bmc.store:find(link)
    local members = list and bmc.store:value(list, "Members")
    for _, member in ipairs(type(members) == "table" and members or {}) do
      local key = bmc.store:find(type(member) == "table" and member["@odata.id"] or member)
      if key and splice.get(bmc.store:text(key), "Entries") then return key end
    end
  end
  return nil
end

return M
