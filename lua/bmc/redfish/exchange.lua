-- SPDX-License-Identifier: GPL-3.0-or-later
--- One request to a BMC and what comes of it.
--
-- Owns the headers and limits of a request, the place among the requests in
-- flight at that BMC, the decoding, and the patience with reads that are told
-- "not now". Sends with whatever session it is given; logging in is not its
-- business. A write is sent once: only libcurl's certainty that nothing left,
-- or an answer, decides what became of it.

local err = require "bmc.err"
local errors = require "bmc.redfish.errors"
local http = require "bmc.http"
local task = require "bmc.task"

local LIMITS = { max_depth = 64 }
local NONE = {}

local M = {}

---@class bmc.redfish.Session
---@field mode "token"|"basic"|"none"
---@field headers table         of requests without a body
---@field write_headers table   of those with one
---@field uri? string           what to DELETE
---@field token? bmc.Secret
---@field user? string          for Basic
---@field password? bmc.Secret  for Basic

--- A session: the headers are made once for all its requests. T03: a login with any header
--- beyond these is refused by some iDRACs. T05: without OData-Version iLO 4 answers in its old
--- form.
---@param fields table  becomes the session
---@param token? bmc.Secret
---@return bmc.redfish.Session
function M.session(fields, token)
  fields.headers = {
    ["Accept"] = "application/json", ["OData-Version"] = "4.0", ["X-Auth-Token"] = token,
  }
  fields.write_headers = {
    ["Accept"] = "application/json", ["OData-Version"] = "4.0", ["X-Auth-Token"] = token,
    ["Content-Type"] = "application/json",
  }
  fields.token = token
  return fields
end

--- The one that carries no credentials, for the root and for the login itself.
M.ANONYMOUS = M.session { mode = "none" }

--- The path to ask for: scheme and host of an absolute URI are dropped, since a BMC may know
--- itself by another name and a request never leaves the target; so is a fragment.
---@param uri any
---@return string? path
function M.path(uri)
  if type(uri) ~= "string" then
    return nil
  elseif uri:find("^/[!\"$-~]*$") then -- nearly all are right as they come
    return uri
  end
  uri = uri:gsub("^%a[%w+.-]*://[^/]*", ""):gsub("#.*$", "")
  if uri:sub(1, 1) ~= "/" then
    return nil
  end
  return (uri:gsub("[^!-~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

-- What most requests lack is set apart: a table of eight fields is half the work of one of
-- sixteen, for each request.
local function add_options(request, session, method, body, opts)
  request.user, request.password = session.user, session.password
  request.once = method ~= "GET" and opts.once ~= false
  if body then
    request.body, request.headers = body, session.write_headers
  end
  request.timeout = opts.timeout or request.timeout
  request.max_body = opts.max_body or request.max_body
  request.last, request.secret_header = opts.last, opts.secret_header
end

local function add_tls(request, tls, profile)
  request.ca, request.pin = tls.ca, tls.pin
  request.tls = tls.profile or profile
end

local function request_of(rf, session, method, path, body, opts)
  local target = rf.target
  local profile, tls = target.profile, target.tls
  local redfish = profile.redfish
  local request = {
    url = target.base .. path,
    method = method,
    headers = session.headers,
    timeout = redfish.read_timeout,
    connect_timeout = redfish.connect_timeout,
    max_body = redfish.max_body,
    verify = tls.verify,
    -- A pooled connection would be one that another target opened, and looked at.
    fresh = opts.fresh or opts.effect or not redfish.keep_alive or not target.observed,
  }
  if method ~= "GET" or session.user or opts ~= NONE then
    add_options(request, session, method, body, opts)
  end
  if tls.ca or tls.pin or tls.profile or profile.tls.profile ~= "default" then
    add_tls(request, tls, profile.tls.profile)
  end
  return request
end

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

--- Sends one request, waiting for a place at the BMC first.
---@param rf bmc.redfish.Client
---@param session bmc.redfish.Session
---@param method string
---@param path string
---@param body? string|table  JSON text, or parts of it of which some are secrets
---@param opts? table  bmc.redfish.Options, and once = false (may be sent again by itself), fresh
---       (its own connection), last (close it afterwards), secret_header, patient (a write that was
---       told "not now" may be sent again)
---@return table? response  any status
---@return bmc.err.Value? err  host, way, effect set
function M.send(rf, session, method, path, body, opts)
  local target = rf.target
  local permit <close>, stopped = target.inflight:acquire()
  if not permit then
    return nil, err.wrap(stopped, { host = target.host, way = "redfish", effect = "none" })
  end
  local response, e = http.request(request_of(rf, session, method, path, body, opts or NONE))
  if target.trace then
    traced(target, method, path, response, e)
  end
  if not response then
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
local function content(response, method, path)
  local text = response.body
  local body, why
  if text and text ~= "" then
    body, why = http.decode(text, LIMITS)
  end
  if type(body) == "table" then
    return body
  elseif method ~= "GET" then
    return {}
  end
  return nil, errors.not_json(method .. " " .. path, response, why or
    (body == nil and "it is empty" or "it is a bare value"))
end

local function failure(rf, method, path, response)
  response.html = is_html(response)
  local body = response.body and not response.html and http.decode(response.body, LIMITS)
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
---@return table? body
---@return table|bmc.err.Value response or err
function M.judge(rf, method, path, response)
  local body, e
  if response.status >= 200 and response.status < 300 then
    body, e = content(response, method, path)
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

-- The options of a request whose connection was lost.
local function with_fresh(opts)
  local copy = { fresh = true }
  for k, v in pairs(opts) do
    copy[k] = v
  end
  return copy
end

-- One try: sent and judged.
local function try(rf, session, method, path, body, opts)
  local response, e = M.send(rf, session, method, path, body, opts)
  if not response then
    return nil, e
  end
  return M.judge(rf, method, path, response)
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
    return err.fail("rejected", ("%s: not a path: %s"):format(method, tostring(path)),
      { host = rf.target.host, way = "redfish", effect = "none" })
  end
  local tries = 0
  opts = opts or NONE
  while true do
    local answer, response = try(rf, session, method, at, body, opts)
    if answer or method ~= "GET" then
      return answer, response
    end
    if response.dropped and not opts.fresh then
      opts = with_fresh(opts)
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
