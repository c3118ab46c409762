-- SPDX-License-Identifier: GPL-3.0-or-later
-- events.stream: owns listening to a BMC's stream of server-sent events for as long as somebody
-- wants to: what was cut off is connected again, from the last event on that was whole.
--
-- Nothing is kept but the piece of the stream that is being read: a hundred thousand events take
-- no more memory than ten.

local err = require "bmc.err"
local http = require "bmc.http"
local patiences = require "bmc.events.patience"
local reading = require "bmc.reading"
local records = require "bmc.logs.record"
local sse = require "bmc.sse"

---@class bmc.events.Source
local stream = {}
local stream_mt = { __index = stream, __name = "bmc.events.stream" }

function stream_mt:__tostring()
  return ("event stream %s (last id %s)"):format(self.uri, self.last_id or "none")
end

local M = {}

-- The events in the data of one message. R42: what is missing in them is missed by nobody. Metric
-- reports come over the same stream and are none.
local function events_of(self, data)
  local body, e = http.decode(data)
  if type(body) ~= "table" then
    self.note("not understood: " .. (e and e.text or "an event that is no object"))
    return {}
  elseif body.Events == nil and (body.MessageId or body.EventType) then
    return { body }
  end
  local events = {}
  for _, event in ipairs(reading.list(body.Events)) do
    events[#events + 1] = type(event) == "table" and event or nil
  end
  if not events[1] then
    self.note(("passed over: %s"):format(reading.text(body["@odata.type"]) or "an empty message"))
  end
  return events
end

-- A connection that stands; nil when there will be none any more.
local function take(self, response)
  self.response, self.messages, self.events = response, {}, {}
  self.parser, self.at, self.taken = sse.parser(self.last_id), 0, 0
  return response ~= nil
end

-- Connects until that succeeds; nil when the BMC says that it has nothing more, or is given up.
local function connect(self, e)
  repeat
    local ok, given_up = self.patience:wait(e, self.retry)
    if not ok then
      return nil, given_up
    end
    local response
    response, e = self.rf:stream(self.uri, self.last_id)
    if response or not e then
      return take(self, response)
    end
  until false
end

local function disconnect(self)
  if self.response then
    self.response:close()
    self.response = nil
  end
end

-- Reads the next piece: its messages are at hand then. nil at the end, nil and the error when the
-- BMC is given up.
local function read(self)
  local piece, e = self.response:read()
  if piece then
    self.patience:hear()
    self.messages, e = self.parser:feed(piece)
    self.at, self.retry = 0, self.parser.retry or self.retry
  end
  if e == nil and piece then
    return true
  end
  disconnect(self)
  e = e or err.new("protocol", "the BMC ended the stream")
  return connect(self, err.wrap(e, {
    host = self.rf.target.host, way = "redfish", effect = "none",
  }))
end

-- The next event of those at hand.
local function at_hand(self)
  local event = self.events[self.taken + 1]
  while not event and self.messages[self.at + 1] do
    self.at = self.at + 1
    local message = self.messages[self.at]
    self.last_id = message.id
    self.events, self.taken = events_of(self, message.data), 0
    event = self.events[1]
  end
  if event then
    self.taken = self.taken + 1
  else
    self.last_id = self.parser.last_id
  end
  return event
end

--- The next event; waits for it.
---@return table? record nil at the end
---@return bmc.err.Value? err
function stream:next()
  while self.response and not self.patience.closed do
    local event = at_hand(self)
    if event then
      return records.event(event)
    end
    local ok, e = read(self)
    if not ok then
      return nil, e
    end
  end
end

--- Ends the connection, also while another task reads from it.
function stream:close()
  self.patience:close()
  disconnect(self)
end

--- Connects to a stream.
---@param rf bmc.redfish.Client
---@param uri string
---@param opts bmc.events.Options
---@param note fun(text: string)
---@return bmc.events.Source?
---@return bmc.err.Value? err
function M.open(rf, uri, opts, note)
  local response, e = rf:stream(uri)
  if e then
    return nil, e
  end
  local self = setmetatable({
    rf = rf, uri = uri, note = note, patience = patiences.new(opts, note),
  }, stream_mt)
  take(self, response)
  return self
end

return M
