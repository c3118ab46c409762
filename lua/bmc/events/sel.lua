-- SPDX-License-Identifier: GPL-3.0-or-later
-- events.sel: owns watching the event log over IPMI for entries that were not there before. Each
-- look reads from the newest entry back to the one that was the newest the last time, which is one
-- entry where nothing has happened. After the log was cleared, all that is in it is new.

local hex = require "bmc.hex"
local ipmi = require "bmc.ipmi"
local logs = require "bmc.logs"
local patiences = require "bmc.events.patience"
local sel = require "bmc.ipmi.sel"

-- Entries that one look reads at most.
local LIMIT = 1000

local watch = {}
local watch_mt = { __index = watch, __name = "bmc.events.sel" }

function watch_mt:__tostring()
  return ("watch on the SEL, every %g s"):format(self.seconds)
end

local function event_of(entry)
  return {
    message = entry.message, severity = entry.severity, event_type = entry.event_type,
    event_timestamp = entry.created, origin_of_condition = entry.sensor, raw = entry.raw,
  }
end

-- What has come since the last look, newest first; remembers the newest.
local function look(self, want)
  local entries, e = sel.entries(self.client, want, self.patience.note)
  if entries and entries[1] then
    self.newest = hex.bytes(entries[1].raw)
  end
  return entries, e
end

--- The next new entry, as an event; waits for it.
---@return table? record nil at the end
---@return bmc.err.Value? err
function watch:next()
  while not self.patience.closed do
    local entry = table.remove(self.backlog)
    if entry then
      return event_of(entry)
    end
    local news, e = self.patience:look_again(self.seconds, function()
      return look(self, { limit = LIMIT, upto = self.newest })
    end, { host = self.client.target.host, way = "ipmi", effect = "none" })
    if not news then
      return nil, e
    end
    self.backlog = news
  end
end

--- Ends the watch, also while another task waits for it.
function watch:close()
  self.patience:close()
end

local M = {}

--- Reads the log for the first time.
---@param target bmc.target.Target
---@param opts bmc.events.Options
---@param call bmc.plan.Call
---@return bmc.events.Source?
---@return bmc.err.Value? err  missing: no such log
function M.open(target, opts, call)
  local wish, e = logs.wish { limit = LIMIT, since = opts.since }
  if not wish then
    return nil, e
  end
  local self = setmetatable({
    client = ipmi.of(target), seconds = opts.poll, patience = patiences.new(opts, call.note),
  }, watch_mt)
  self.backlog, e = look(self, { limit = opts.since and LIMIT or 1, since = wish.since })
  if not self.backlog then
    return nil, e
  elseif not opts.since then
    self.backlog = {}
  end
  return self
end

return M
