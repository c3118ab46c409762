-- SPDX-License-Identifier: GPL-3.0-or-later
-- Events of a simulated BMC, told as they happen to everybody who listens to
-- its stream of server-sent events. Numbered without a gap, so that a listener
-- that comes back with the last id gets what it has missed.
--
-- Most events of a long run follow from their number alone and are kept by
-- nobody: a hundred thousand of them cost no memory.

local json = require "bmc.json"
local task = require "bmc.task"
local logs = require "bmc.sim.logs"
local store = require "bmc.sim.store"

local M = {}

local SERVICE = "/redfish/v1/EventService"
local KEPT = 1000     -- events with a text of their own, for listeners that come back
local TOGETHER = 100  -- events in one write
local QUIET = 0.5     -- seconds between two looks for a client that has gone

-- ---- generated trees ----

--- Adds the event service to a generated tree.
---@param tree table
function M.add(tree)
  tree:add(SERVICE, "EventService", function()
    return {
      ServiceEnabled = true, ServerSentEventUri = tree.traits.stream.uri or nil,
      EventFormatTypes = { "Event" }, DeliveryRetryAttempts = 3,
    }
  end)
  tree:hang("/redfish/v1", "EventService", SERVICE)
end

-- ---- what happens ----

local function hub(bmc)
  bmc.events = bmc.events or { last = 0, kept = {}, listeners = {} }
  return bmc.events
end

local function wake(events)
  for listener in pairs(events.listeners) do
    if not listener.told then
      listener.told = true
      listener.bell:put(true)
    end
  end
end

-- Counts further events. Texts that are too old for a listener that comes back are let go.
local function count_on(events, count)
  for number = events.last - KEPT + 1, math.min(events.last, events.last + count - KEPT) do
    events.kept[number] = nil
  end
  events.last = events.last + count
end

--- Lets an event happen: it is told to the listeners and written into the event log.
---@param bmc table
---@param event table Severity, Message, MessageId, EventType, OriginOfCondition
---@return integer last its number
function M.emit(bmc, event)
  local events = hub(bmc)
  count_on(events, 1)
  events.kept[events.last] = event
  local log = logs.event_log(bmc)
  if log then
    logs.append(bmc, log, {
      Severity = event.Severity, Message = event.Message, MessageId = event.MessageId,
    })
  end
  wake(events)
  return events.last
end

--- Lets so many events happen that follow from their number, and are logged nowhere.
---@param bmc table
---@param count integer
---@return integer last number of the last one
function M.burst(bmc, count)
  local events = hub(bmc)
  count_on(events, count)
  wake(events)
  return events.last
end

--- Tells that the power of a resource has changed.
---@param bmc table
---@param key string of the resource
---@param state string "On", "Off"
function M.power(bmc, key, state)
  if state ~= "On" and state ~= "Off" then return end
  M.emit(bmc, {
    Severity = "OK", EventType = "StatusChange", MessageId = "ResourceEvent.1.0.PowerStateChanged",
    Message = "The power state has changed to " .. state .. ".", OriginOfCondition = key,
  })
end

-- ---- the stream ----

local function zoned(bmc)
  local name, seconds = table.unpack(bmc.traits.stream.zone)
  return (bmc:stamp(bmc.clock() + seconds):gsub("Z$", name))
end

-- An event as the stream has it.
local function message(bmc, number)
  local event = hub(bmc).kept[number] or {
    Severity = number % 10 == 0 and "Warning" or "OK", EventType = "Alert",
    MessageId = "Sim.1.0.Number", Message = ("Event number %d."):format(number),
  }
  local lean = bmc.traits.stream.lean
  local body = {
    ["@odata.type"] = "#Event.v1_4_0.Event", Id = tostring(number), Name = "Event Array",
    Events = { {
      EventId = tostring(number), MemberId = not lean and "0" or nil,
      EventType = not lean and event.EventType or nil, EventTimestamp = zoned(bmc),
      Severity = event.Severity, Message = event.Message, MessageId = event.MessageId,
      OriginOfCondition = event.OriginOfCondition and { ["@odata.id"] = event.OriginOfCondition },
    } },
  }
  return ("id: %d\ndata: %s\n\n"):format(number, json.encode(body))
end

-- Sends what there is, at most up to a number; false when the client has gone.
local function send(bmc, req, sent, stop)
  while sent < stop do
    local parts = {}
    for number = sent + 1, math.min(sent + TOGETHER, stop) do
      parts[#parts + 1] = message(bmc, number)
    end
    if not req:write(table.concat(parts)) then return false end
    sent = sent + #parts
  end
  return sent
end

-- Follows the events until the client has gone, the BMC goes down, or `cut` events were sent.
local function follow(bmc, req, listener, sent, cut)
  local events, began = hub(bmc), sent
  while not req:gone() and not bmc:is_down() do
    local stop = math.min(events.last, cut and began + cut or math.huge)
    sent = send(bmc, req, sent, math.tointeger(stop))
    if not sent then return end
    if cut and sent == began + cut then break end
    task.deadline(QUIET, listener.bell.get, listener.bell)
    listener.told = false
    if task.cancelled() then break end
  end
  req:abort()
end

--- Whether a request is for the stream.
---@param bmc table
---@param call bmc.sim.Call
---@return boolean
function M.is_stream(bmc, call)
  if bmc.sse_key == nil then
    local uri = bmc.store:find(SERVICE) and bmc.store:value(SERVICE, "ServerSentEventUri")
    bmc.sse_key = type(uri) == "string" and store.key(uri)
  end
  return call.method == "GET" and call.key == bmc.sse_key
end

--- Serves the stream; returns when it has ended.
---@param bmc table
---@param call bmc.sim.Call with cut: break it after so many events
function M.serve(bmc, call)
  local events, req = hub(bmc), call.req
  local listener = { bell = task.channel(1), told = false }
  local last = (call.headers["last-event-id"] or ""):match "^%d+$"
  local sent = math.tointeger(tonumber(last)) or events.last
  events.listeners[listener] = true
  local _ <close> = setmetatable({}, { __close = function() events.listeners[listener] = nil end })
  req:start(200, { ["content-type"] = "text/event-stream", ["cache-control"] = "no-cache" })
  if req:write(": here is " .. bmc.traits.model .. "\nretry: 100\n\n") then
    follow(bmc, req, listener, math.min(sent, events.last), call.cut)
  end
end

return M
