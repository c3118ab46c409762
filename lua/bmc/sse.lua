-- SPDX-License-Identifier: GPL-3.0-or-later
--- The event stream format of server-sent events, as the HTML standard (WHATWG, 9.2) has it.
--
-- Owns the bytes of one connection: pieces go in as they come, events come out when they are
-- whole. Knows no HTTP, no Redfish and no time; connecting again is the caller's.
--
-- A line ends with LF, CR or CRLF, and any of them may be cut in two by the network. The id of an
-- event counts when the blank line after it has come: what was cut off is asked for again.

local err = require "bmc.err"

local BOM = "\xEF\xBB\xBF"
-- Of one event, or of a line without an end. An iDRAC's metric reports are the largest known.
local MAX_EVENT = 4 << 20

local parser = {}
local parser_mt = { __index = parser, __name = "bmc.sse" }

function parser_mt:__tostring()
  return ("sse parser (last id %s)"):format(self.last_id or "none")
end

local M = {}

---@class bmc.sse.Event
---@field event string  its type; "message" where none is given
---@field data string
---@field id? string    the last id there was, its own or an earlier one

---@class bmc.sse.Parser
---@field last_id? string  of the last whole event: for Last-Event-ID
---@field retry? number    seconds the server wants to be left alone before the next connection

--- A parser for one connection.
---@param last_id? string  of the connection before
---@param max? integer  bytes of one event, 4 MiB
---@return bmc.sse.Parser
function M.parser(last_id, max)
  return setmetatable({
    last_id = last_id, id = last_id, max = max or MAX_EVENT, rest = "", starting = true,
    lines = {}, size = 0,
  }, parser_mt)
end

-- What a field does; unknown ones are to be ignored.
local FIELDS = {
  data = function(self, value)
    self.lines[#self.lines + 1] = value
    self.size = self.size + #value + 1
  end,
  event = function(self, value)
    self.event = value
  end,
  id = function(self, value)
    if not value:find("\0", 1, true) then
      self.id = value
    end
  end,
  retry = function(self, value)
    if value:find("^%d+$") then
      self.retry = tonumber(value) / 1000
    end
  end,
}

-- A blank line. Without data there is no event, but the id counts.
local function dispatch(self, events)
  local lines, kind = self.lines, self.event
  self.last_id, self.event = self.id, nil
  if lines[1] then
    events[#events + 1] = {
      event = kind and kind ~= "" and kind or "message", id = self.last_id,
      data = lines[2] and table.concat(lines, "\n") or lines[1],
    }
    self.lines, self.size = {}, 0
  end
end

local function take_line(self, line, events)
  if line == "" then
    return dispatch(self, events)
  end
  local name, value = line:match("^([^:]*):? ?(.*)$")
  local field = FIELDS[name]
  if field then
    field(self, value)
  end
end

-- The bytes at hand, without the mark that may stand before all others and without the LF of a
-- CRLF whose CR came before. nil while the mark may be coming.
local function at_hand(self, piece)
  if self.after_cr and piece ~= "" then
    piece = piece:sub(1, 1) == "\n" and piece:sub(2) or piece
    self.after_cr = false
  end
  if not self.starting then
    return piece
  end
  local text = self.rest .. piece
  if #text < #BOM and BOM:sub(1, #text) == text then
    self.rest = text
    return nil
  end
  self.starting, self.rest = false, ""
  return text:sub(1, #BOM) == BOM and text:sub(#BOM + 1) or text
end

-- Takes all whole lines; what is left begins a line.
local function take_lines(self, text, from, events)
  local start, at = 1, text:find("[\r\n]", from)
  while at do
    take_line(self, text:sub(start, at - 1), events)
    start = at + 1
    if text:byte(at) == 13 then
      if start > #text then
        self.after_cr = true
      elseif text:byte(start) == 10 then
        start = start + 1
      end
    end
    at = text:find("[\r\n]", start)
  end
  self.rest = start > 1 and text:sub(start) or text
end

--- Takes the next piece of the stream.
---@param piece string  any number of bytes
---@return bmc.sse.Event[]? events  that are whole now, in order
---@return bmc.err.Value? err  too_large: an event is longer than it may be
function parser:feed(piece)
  local events = {}
  local new = at_hand(self, piece)
  if new then
    local known = #self.rest
    take_lines(self, known > 0 and self.rest .. new or new, known + 1, events)
  end
  if #self.rest + self.size > self.max then
    return err.fail("too_large", ("an event of more than %d bytes"):format(self.max))
  end
  return events
end

return M
