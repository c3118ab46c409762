-- SPDX-License-Identifier: GPL-3.0-or-later
--- One request to a BMC and what comes of it.
--
-- Owns the place among the requests in flight at that BMC, the decoding, and
-- the patience with reads that are told "not now". Sends with whatever session
-- it is given; logging in is not its business. A write is sent once: only
-- libcurl's certainty that nothing left, or an answer, decides what became of
-- it.

local err = require "bmc.err"
local errors = require "bmc.redfish.errors"
local http = require "bmc.http"
local meet = require "bmc.redfish.meet"
local request = require "bmc.redfish.request"
local task = require "bmc.task"
local tbl = require "bmc.tbl"

local NONE = request.NONE
local NOT_FOUND, NOT_ACCEPTABLE = 404, 406

local M = {}

-- The parts of a request, for those who know only how to send one.
M.path, M.session = request.path, request.session

--- The session that carries no credentials, for the root and for the login itself.
M.ANONYMOUS = request.session { mode = "none" }

local function traced(target, method, path, response, e)
  target.trace {
    kind = "request", host = target.host, way = "redfish", method = method, uri = path,
    status = response and response.status, seconds = (response or e).seconds,
    error = e and e.code,
  }
end

-- A request without a whole answer. T04: the body of a 401 is broken on some BMCs.
local function lost(method, e)
  if e.status == 401 then
    e.code = "auth"
  elseif method == "GET" then
    e.dropped = e.code == "protocol" and e.effect == "unknown" or nil
  end
  if method == "GET" then
    e.effect = "none"
  end
  return e
end

-- One request as it goes out.
local function ask(rf, session, method, path, body, opts)
  local response, e = http.request(request.build(rf, session, method, path, body, opts))
  if rf.target.trace then
    traced(rf.target, method, path, response, e)
  end
  return response, e
end

--- Sends one request, waiting for a place at the BMC first.
---@param rf bmc.redfish.Client
---@param session bmc.redfish.Session
---@param method string
---@param path string
---@param body? string|table  JSON text, or parts of it of which some are secrets
---@param opts? table  bmc.redfish.Options, and once = false (may be sent again by itself), fresh
---       (its own connection), last (close it afterwards), secret_header, stream and headers (in
---       place of the session's) as bmc.http has them, if_match (value of that header)
---@return table? response  any status
---@return bmc.err.Value? err  host, way, effect set
function M.send(rf, session, method, path, body, opts)
  local target = rf.target
  local permit <close>, stopped = target.inflight:acquire()
  if not permit then
    return nil, err.wrap(stopped, { host = target.host, way = "redfish", effect = "none" })
  end
  if meet.is_due(target) then
    local ok, e = meet.settle(rf, ask)
    if not ok then
      return nil, e
    end
  end
  local response, e = ask(rf, session, method, path, body, opts)
  if not response then
    meet.explain(target, e)
    return nil, err.wrap(lost(method, e), { host = target.host, way = "redfish" })
  end
  if response.new_connection then
    target:observe(response)
  end
  return response
end

local function is_html(response)
  local kind = response.headers["content-type"]
  return kind ~= nil and kind:find("html", 1, true) ~= nil
end

-- The body of a success. A write that succeeded stays a success whatever its body is.
local function content(response, method, path, opts)
  local text = response.body
  local body, why
  if text and text ~= "" then
    body, why = http.decode(text, opts)
  end
  if type(body) == "table" then
    return body
  elseif method ~= "GET" or opts.bodiless then
    return {}
  end
  return nil, errors.not_json(method .. " " .. path, response, why or
    (body == nil and "it is empty" or "it is a bare value"))
end

local function failure(rf, method, path, response)
  response.html = is_html(response)
  local body = response.body and not response.html and http.decode(response.body)
  local e = errors.of_answer(rf.target.profile, response, body or nil, method .. " " .. path)
  if method == "GET" then
    e.effect = "none"
  end
  return e
end

--- A response as body or error.
---@param rf bmc.redfish.Client
---@param method string
---@param path string
---@param response table
---@param opts? table  bodiless, only and enough of send's
---@return table? body
---@return table|bmc.err.Value response or err
function M.judge(rf, method, path, response, opts)
  local body, e
  if response.status >= 200 and response.status < 300 then
    body, e = content(response, method, path, opts or NONE)
  else
    e = failure(rf, method, path, response)
  end
  if body then
    return body, response
  end
  return nil, err.wrap(e, { host = rf.target.host, way = "redfish" })
end

-- Seconds until a request that was told "not now" may be sent again; nil to give up.
local function delay(rf, e, tries)
  local redfish = rf.target.profile.redfish
  if not e.later or tries >= redfish.retries then
    return nil
  end
  local wait = e.retry_after or redfish.retry_wait * 2 ^ tries
  return wait <= redfish.retry_max and wait < task.left() and wait or nil
end

--- Waits as long as the BMC asked for, or ever longer.
---@param rf bmc.redfish.Client
---@param e bmc.err.Value  what it answered
---@param tries integer  how often it was asked again already
---@return true? ok  nil when asking again has no sense
---@return bmc.err.Value? err  the wait was stopped
function M.pause(rf, e, tries)
  local seconds = delay(rf, e, tries)
  if not seconds then
    return nil
  end
  local ok, stopped = task.sleep(seconds)
  if ok then
    return true
  end
  return nil, err.wrap(stopped, { host = rf.target.host, way = "redfish", effect = "none" })
end

-- One try: sent and judged.
local function try(rf, session, method, path, body, opts)
  local response, e = M.send(rf, session, method, path, body, opts)
  if not response then
    return nil, e
  end
  return M.judge(rf, method, path, response, opts)
end

-- T09: a BMC that refuses "Accept-Encoding: identity" is asked without it from now on. An action
-- is not asked for again: nobody knows what it did before it found the answer not acceptable.
local function drops_encoding(rf, method, e)
  if e.status ~= NOT_ACCEPTABLE or rf.any_encoding or method == "POST" then
    return false
  end
  rf.any_encoding = true
  return true
end

--- Sends a request and judges the answer. A read is repeated: on a connection of its own when
--- the one it was sent on died (QUIRKS T16), later when the BMC says "not now".
---@param rf bmc.redfish.Client
---@param session bmc.redfish.Session
---@param method string
---@param path string  anything exchange.path understands
---@param body? string|table  see send
---@param opts? table  see send
---@return table? body
---@return table|bmc.err.Value response or err
function M.run(rf, session, method, path, body, opts)
  local at = M.path(path)
  if not at then
    -- Who follows links counts one that leads nowhere as one behind which nothing is.
    return err.fail("rejected", ("%s: not a path: %s"):format(method, tostring(path)),
      { host = rf.target.host, way = "redfish", effect = "none", status = NOT_FOUND })
  end
  local tries = 0
  opts = opts or NONE
  while true do
    local answer, response = try(rf, session, method, at, body, opts)
    if answer then
      return answer, response
    elseif drops_encoding(rf, method, response) then
      tries = tries + 1
    elseif method ~= "GET" then
      return nil, response
    elseif response.dropped and not opts.fresh then
      opts = tbl.with(opts, { fresh = true })
    else
      local ok, stopped = M.pause(rf, response, tries)
      if not ok then
        return nil, stopped or response
      end
      tries = tries + 1
    end
  end
end

return M
