-- SPDX-License-Identifier: GPL-3.0-or-later
-- events: owns what an operator listens to: the events of a machine one by one, from its event
-- stream or, where it has none and that is wanted, from its logs. It is an iterator that may wait:
--
--   local events <close> = m:stream_events()
--   for event in events do print(event.severity, event.message) end
--
-- How a stream is read and connected again is events.stream's, how logs are watched events.poll's,
-- and events.sel's over IPMI.

local poll = require "bmc.events.poll"
local reading = require "bmc.reading"
local sel = require "bmc.events.sel"
local stream = require "bmc.events.stream"
local walks = require "bmc.chassis.walk"

local M = {}

---@class bmc.events.Iterator  to be called, and to be closed
local iterator = {}
local iterator_mt = { __index = iterator, __name = "bmc.events" }

function iterator_mt:__tostring()
  return ("events of %s (%s%s)"):format(self.host, self.kind, self.closed and ", closed" or "")
end

--- The next event; waits for it. nil at the end, and when it is closed. Raises the error value
--- when there will be no more, as everything does that a runbook holds.
function iterator_mt:__call()
  if self.closed then
    return nil
  end
  local event, e = self.source:next()
  if event == nil then
    self:close()
  end
  if e then
    error(e, 0)
  end
  return event
end

--- Ends the listening, also while another task waits for the next event. Twice is once.
function iterator:close()
  if not self.closed then
    self.closed = true
    self.siblings[self] = nil
    self.source:close()
  end
end

iterator_mt.__close = iterator.close

-- Those of a target that are open, by target: they are closed with it, which is told that once: a
-- runbook may listen many times.
local listening = setmetatable({}, { __mode = "k" })

local function siblings_of(target)
  local open = listening[target]
  if not open then
    open = {}
    listening[target] = open
    target:on_close(function()
      for one in pairs(open) do
        one:close()
      end
    end)
  end
  return open
end

-- What a source opened, or its error, handed on.
local function new(target, kind, source, e)
  if not source then
    return nil, e
  end
  local self = setmetatable({
    host = target.host, kind = kind, source = source, siblings = siblings_of(target),
  }, iterator_mt)
  self.siblings[self] = true
  return self
end

--- Where a BMC streams its events.
---@param rf bmc.redfish.Client
---@param call bmc.plan.Call
---@return string? uri nil without an error where it streams none
---@return bmc.err.Value? err
function M.uri(rf, call)
  local root, e = rf:root()
  if not root then
    return nil, e
  end
  local service
  service, e = walks.new(rf, call.note):fetch(root.EventService)
  return service and reading.text(service.ServerSentEventUri), e
end

---@class bmc.events.Options
---@field retry? number     seconds before the first try to connect again; the BMC's own word, or 1
---@field patience? number  seconds without a word from the BMC after which it is given up, 600
---@field poll? number      seconds between two looks at the log
---@field log? string       which log; see sel_entries
---@field since? any        entries from then on are events too; see sel_entries
---@field system? string

--- Listens to an event stream. The connection stands when this returns.
---@param rf bmc.redfish.Client
---@param uri string
---@param opts bmc.events.Options
---@param call bmc.plan.Call
---@return bmc.events.Iterator?
---@return bmc.err.Value? err
function M.listen(rf, uri, opts, call)
  return new(rf.target, "event stream", stream.open(rf, uri, opts, call.note))
end

--- Watches logs for new entries. What is in them now is known when this returns.
---@param rf bmc.redfish.Client
---@param opts bmc.events.Options
---@param call bmc.plan.Call
---@return bmc.events.Iterator?
---@return bmc.err.Value? err
function M.watch(rf, opts, call)
  return new(rf.target, "log", poll.open(rf, opts, call))
end

--- The same over IPMI, where there is one log.
---@param target bmc.target.Target
---@param opts bmc.events.Options
---@param call bmc.plan.Call
---@return bmc.events.Iterator?
---@return bmc.err.Value? err
function M.watch_sel(target, opts, call)
  return new(target, "SEL", sel.open(target, opts, call))
end

return M
