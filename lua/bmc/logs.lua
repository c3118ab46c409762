-- SPDX-License-Identifier: GPL-3.0-or-later
-- logs: owns what "the newest entries" means when there are several logs, and how an operator
-- says which of them are wanted. Where logs are is logs.places', what is in one logs.entries', what
-- an entry says logs.record's.

local entries = require "bmc.logs.entries"
local err = require "bmc.err"
local host = require "_bmcsh.host"
local places = require "bmc.logs.places"
local records = require "bmc.logs.record"
local timestamp = require "bmc.timestamp"

local LIMIT = 100

local M = { places = places.new, members = entries.members, all = entries.all }

-- ---- what is wanted ----

-- A count, an epoch second, a time, or a span back from now.
local function since_of(value)
  if value == nil or type(value) == "number" then
    return value and { at = value }
  end
  local at, span = timestamp.parse(value), timestamp.span(tostring(value))
  if not at and not span then
    return err.refuse("rejected", "%q is no time; such are 2024-08-15T12:00:00Z, 2024-08-15, 90m, "
      .. "2h, 3d, 1w", tostring(value))
  end
  return { at = at, span = span }
end

--- Reads the arguments that say which entries are wanted.
---@param args table  limit (100; 0: all), since (a time, a span such as "2h", an epoch second),
--- severity ("warning": that or worse)
---@return table? wish
---@return bmc.err.Value? err  rejected
function M.wish(args)
  local limit, severity = args.limit or LIMIT, records.severity(args.severity)
  local since, e = since_of(args.since)
  if e then
    return nil, e
  elseif math.type(limit) ~= "integer" or limit < 0 then
    return err.refuse("rejected", "%s is no number of entries", tostring(limit))
  elseif args.severity and not records.rank(severity) then
    return err.refuse("rejected", "%q is no severity: OK, Warning, Critical",
      tostring(args.severity))
  end
  return { limit = limit > 0 and limit or math.huge, since = since, rank = records.rank(severity) }
end

-- A span is one of the BMC's own clock, where it shows it: many are not set.
local function start_of(since, log)
  if not since or since.at then
    return since and since.at
  end
  local now = timestamp.parse(log.service and log.service.DateTime) or host.wall()
  return now - since.span
end

--- The newest entries of one log that fit a wish.
---@param self bmc.logs.Places
---@param log bmc.logs.Log  opened
---@param wish table
---@return table[]? rows
---@return bmc.err.Value|integer err or count
function M.newest(self, log, wish)
  return entries.newest(self.rf, log, {
    limit = wish.limit, since = start_of(wish.since, log), rank = wish.rank,
  }, self.call.note)
end

-- ---- several logs ----

local function to_records(rows)
  for i, row in ipairs(rows) do
    rows[i] = row.record
  end
  return rows
end

-- What the logs together have, newest first. One that cannot be read is told, unless none can be.
local function merge(self, logs, wish)
  local failure, all = nil, {}
  local lists = self.walk:each(logs, function(log)
    local rows, e = M.newest(self, log, wish)
    if not rows then
      failure = failure or e
      self.call.note(("log %s not read: %s"):format(log.place, e.text or e.code))
    end
    return rows
  end)
  for n, rows in ipairs(lists) do
    for i, row in ipairs(rows) do
      row.log, row.place = n, i
      all[#all + 1] = row
    end
  end
  if failure and (not lists[1] or not failure.status) then
    return nil, failure
  end
  table.sort(all, function(a, b)
    local first = entries.is_before(a, b)
    if first ~= nil then
      return first
    elseif a.log ~= b.log then
      return a.log < b.log
    end
    return a.place < b.place
  end)
  return to_records(table.move(all, 1, math.tointeger(math.min(#all, wish.limit)), 1, {}))
end

-- The event log; where it is empty, the next one of its kind at the same place.
local function of_event_logs(self, wish)
  local logs, e = self:event_logs()
  if not logs then
    return nil, e
  elseif not logs[1] then
    self.call.note("the BMC keeps no log")
  end
  for i, log in ipairs(logs) do
    local rows, count = M.newest(self, log, wish)
    if not rows then
      return nil, count
    elseif count > 0 or i == #logs then
      return to_records(rows)
    end
    self.call.note(("log %s is empty"):format(log.place))
  end
  return {}
end

--- The newest entries of the logs that are meant.
---@param self bmc.logs.Places
---@param name string?  nil: the event log; "all"; else see places:named
---@param wish table  see wish
---@return table[]? records  newest first
---@return bmc.err.Value? err
function M.read(self, name, wish)
  if not name then
    return of_event_logs(self, wish)
  end
  local logs, e
  if name == "all" then
    logs, e = self:all()
  else
    logs, e = self:named(name)
  end
  if not logs then
    return nil, e
  end
  return merge(self, logs, wish)
end

--- The one log that an operation changes. Never another one because it is empty.
---@param self bmc.logs.Places
---@param name string?  nil: the event log
---@return bmc.logs.Log? log opened
---@return bmc.err.Value? err  missing; rejected when several have the name
function M.one(self, name)
  local logs, e
  if name then
    logs, e = self:named(name)
  else
    logs, e = self:event_logs()
  end
  if not logs then
    return nil, e
  elseif not logs[1] then
    return err.refuse("missing", "the BMC keeps no log")
  elseif name and logs[2] then
    return err.refuse("rejected", "several logs are called %s: say %s or %s", name, logs[1].place,
      logs[2].place)
  end
  return logs[1]
end

return M
