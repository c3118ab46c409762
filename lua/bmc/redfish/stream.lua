-- SPDX-License-Identifier: GPL-3.0-or-later
--- Opens a stream of server-sent events at a BMC.
--
-- Owns what such a request looks like and what counts as a stream. The bytes on it are bmc.sse's,
-- and when to connect again is bmc.events'.

local err = require "bmc.err"
local errors = require "bmc.redfish.errors"
local exchange = require "bmc.redfish.exchange"

-- Of an answer that is no stream; enough for any Redfish error.
local MAX_BODY = 65536
-- SSE: "do not connect again".
local NO_CONTENT = 204

local M = {}

local function headers_of(session, last_id)
  return {
    ["Accept"] = "text/event-stream", ["Cache-Control"] = "no-cache",
    ["OData-Version"] = "4.0", ["X-Auth-Token"] = session.token, ["Last-Event-ID"] = last_id,
  }
end

-- Not all BMCs name the type; one that names another sends something else.
local function is_stream(response)
  local kind = response.headers["content-type"]
  return kind == nil or kind:lower():find("^%s*text/event%-stream") ~= nil
end

-- What an answer that is no stream says.
local function read_body(response)
  local parts, size = {}, 0
  while size < MAX_BODY do
    local part = response:read()
    if not part then
      break
    end
    parts[#parts + 1], size = part, size + #part
  end
  response:close()
  return table.concat(parts)
end

local function no_stream(rf, path, response)
  local e
  if response.status ~= 200 then
    local ignored
    ignored, e = exchange.judge(rf, "GET", path, {
      status = response.status, reason = response.reason, headers = response.headers,
      body = read_body(response),
    })
    if ignored then
      e = errors.not_json("GET " .. path, response, "it is no stream of events")
    end
  else
    response:close()
    e = err.new("protocol", ("GET %s: %s, but no stream of events"):format(path,
      response.headers["content-type"]), { status = response.status })
  end
  e.effect = "none"
  return nil, err.wrap(e, { host = rf.target.host, way = "redfish" })
end

--- See client:stream.
---@param rf bmc.redfish.Client
---@param session bmc.redfish.Session
---@param path string
---@param last_id? string
---@return bmc.http.Response? stream
---@return bmc.err.Value? err
function M.open(rf, session, path, last_id)
  local at = exchange.path(path)
  if not at then
    return err.fail("rejected", ("not a path: %s"):format(tostring(path)),
      { host = rf.target.host, way = "redfish", effect = "none" })
  end
  local response, e = exchange.send(rf, session, "GET", at, nil, {
    stream = true, headers = headers_of(session, last_id), fresh = true, last = true,
  })
  if not response then
    return nil, e
  elseif response.status == NO_CONTENT then
    response:close()
    return nil
  elseif response.status ~= 200 or not is_stream(response) then
    return no_stream(rf, at, response)
  end
  return response
end

return M
