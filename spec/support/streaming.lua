-- SPDX-License-Identifier: GPL-3.0-or-later
-- A BMC with nothing but an event stream, which does what a spec says:
--
--   streaming.with(function(req, n) req:start(200, streaming.HEADERS) … end,
--     function(m, log) … end)
--
-- serve() is called for the n-th connection to the stream; it answers by itself, or returns
-- status, headers, body. The log holds the headers of these connections.

local bmc = require "bmc"
local cjson = require "cjson"
local support = require "support"

local M = {
  URI = "/redfish/v1/EventService/SSE", HEADERS = { ["content-type"] = "text/event-stream" },
}

local JSON = { ["content-type"] = "application/json", ["x-auth-token"] = "t0ken" }

local RESOURCES = {
  ["/redfish/v1/"] = {
    RedfishVersion = "1.6.0", EventService = { ["@odata.id"] = "/redfish/v1/EventService" },
    Links = { Sessions = { ["@odata.id"] = "/redfish/v1/SessionService/Sessions" } },
  },
  ["/redfish/v1/EventService"] = { ServerSentEventUri = M.URI },
  ["POST /redfish/v1/SessionService/Sessions"] = {
    ["@odata.id"] = "/redfish/v1/SessionService/Sessions/1",
  },
}

--- An event as it stands in a stream.
---@param id any  nil: without one
---@param ... string  messages of the events in it
---@return string
function M.message(id, ...)
  local events = {}
  for i, text in ipairs { ... } do
    events[i] = { Message = text, MessageId = "Test.1.0.Event" }
  end
  local data = cjson.encode { ["@odata.type"] = "#Event.v1_4_0.Event", Events = events }
  return (id and ("id: %s\n"):format(id) or "") .. "data: " .. data .. "\n\n"
end

--- Takes so many events, and returns their messages.
---@param events function  the iterator
---@param count integer
---@return string[]
function M.take(events, count)
  local out = {}
  for i = 1, count do
    out[i] = events().message
  end
  return out
end

--- Runs f(machine, log) against such a BMC.
---@param serve fun(req: table, n: integer): ...
---@param f fun(m: bmc.Machine, log: table[])
---@param options? table for bmc.open
function M.with(serve, f, options)
  local log = {}
  support.with_server(function(req)
    if req.path == M.URI then
      log[#log + 1] = req.headers
      return serve(req, #log)
    elseif req.method == "DELETE" then
      return 204
    end
    local body = RESOURCES[req.method == "GET" and req.path or req.method .. " " .. req.path]
    return body and 200 or 404, JSON, cjson.encode(body or { error = {} })
  end, function(url)
    local open = { host = url, user = "u", password = "p", timeout = 10,
      set = { "generic.redfish.retries=0" } }
    for k, v in pairs(options or {}) do
      open[k] = v
    end
    local m <close> = bmc.open(open)
    f(m, log)
  end)
end

return M
