-- SPDX-License-Identifier: GPL-3.0-or-later
-- events.poll: owns watching logs for entries that were not there before, for BMCs that stream no
-- events. A log that is cleared or that begins again at number one is no surprise: an entry is
-- known by its number, its time and its text.

local err = require "bmc.err"
local logs = require "bmc.logs"
local patiences = require "bmc.events.patience"
local records = require "bmc.logs.record"

-- Entries of a log that are looked at each time. What a machine logs beyond that between two looks
-- is lost; with 30 s between them that is more than any BMC can write.
local LIMIT = 1000

local poll = {}
local poll_mt = { __index = poll, __name = "bmc.events.poll" }

function poll_mt:__tostring()
  return ("watch on %d logs, every %g s"):format(#self.logs, self.seconds)
end

local M = {}

local function key(record)
  return ("%s %s %s"):format(record.id, record.created, record.message or record.message_id)
end

-- The rows of a log that were not there the last time, oldest first.
local function news_of(self, log)
  local rows, e = logs.newest(self.places, log, self.wish)
  if not rows then
    return nil, e
  end
  local known, seen, news = self.known[log], {}, {}
  for i = #rows, 1, -1 do
    local k = key(rows[i].record)
    seen[k] = true
    news[#news + 1] = known and not known[k] and rows[i] or nil
  end
  self.known[log] = seen
  return news
end

-- Looks at all logs once: what is new in them, log by log.
local function look(self)
  local news = {}
  for _, log in ipairs(self.logs) do
    local rows, e = news_of(self, log)
    if not rows then
      return nil, e
    end
    table.move(rows, 1, #rows, #news + 1, news)
  end
  return news
end

--- The next new entry, as an event; waits for it.
---@return table? record nil at the end
---@return bmc.err.Value? err
function poll:next()
  while not self.patience.closed do
    self.at = self.at + 1
    local row = self.backlog[self.at]
    if row then
      return records.event(row.entry)
    end
    local news, e = self.patience:look_again(self.seconds, function() return look(self) end,
      { host = self.places.rf.target.host, way = "redfish", effect = "none" })
    if not news then
      return nil, e
    end
    self.backlog, self.at = news, 0
  end
end

--- Ends the watch, also while another task waits for it.
function poll:close()
  self.patience:close()
end

-- The logs that are meant.
local function choose(places, name)
  if name == "all" then
    return places:all()
  elseif name then
    return places:named(name)
  end
  return places:event_logs()
end

--- Reads the logs for the first time.
---@param rf bmc.redfish.Client
---@param opts bmc.events.Options
---@param call bmc.plan.Call
---@return bmc.events.Source?
---@return bmc.err.Value? err  missing: there is no log
function M.open(rf, opts, call)
  local wish, e = logs.wish { limit = LIMIT, since = opts.since }
  local places, found
  if wish then
    places, e = logs.places(rf, opts, call)
  end
  if places then
    found, e = choose(places, opts.log)
  end
  if not found then
    return nil, e
  elseif not found[1] then
    return err.refuse("missing", "the BMC keeps no log that could be watched")
  end
  local self = setmetatable({
    places = places, logs = found, wish = wish, seconds = opts.poll, known = {}, at = 0,
    patience = patiences.new(opts, call.note),
  }, poll_mt)
  if opts.since then
    for _, log in ipairs(found) do
      self.known[log] = {}
    end
  end
  self.backlog, e = look(self)
  return self.backlog and self, e
end

return M
