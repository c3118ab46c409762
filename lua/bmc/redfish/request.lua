-- SPDX-License-Identifier: GPL-3.0-or-later
--- What one request to a BMC looks like: path, headers, limits, trust.
--
-- Owns the headers of a session (made once for all its requests) and the options that bmc.http is
-- given, out of the target, its profile and what the caller wants. Sends nothing.

local M = {}

--- No options: a request with these, and without a body, is made without looking for any.
M.NONE = {}

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

-- The headers with what one request has of its own. T09: once a BMC has refused "identity", the
-- line that bmc.http sends by itself is left out.
local function with_own(headers, rf, opts)
  local copy = { ["If-Match"] = opts.if_match }
  if rf.any_encoding then
    copy["Accept-Encoding"] = false
  end
  for name, value in pairs(headers) do
    copy[name] = value
  end
  return copy
end

-- What most requests lack is set apart: a table of eight fields is half the work of one of
-- sixteen, for each request.
local function add_options(request, session, method, body, opts)
  request.user, request.password = session.user, session.password
  if method ~= "GET" then
    request.once = opts.once ~= false
  end
  if body then
    request.body, request.headers = body, session.write_headers
  end
  request.timeout = opts.timeout or request.timeout
  request.max_body = opts.max_body or request.max_body
  request.last, request.secret_header = opts.last, opts.secret_header
  request.stream, request.headers = opts.stream, opts.headers or request.headers
end

local function add_tls(request, tls, profile)
  request.ca, request.pin = tls.ca, tls.pin
  request.tls = tls.profile or profile
end

--- The options of bmc.http for a request.
---@param rf bmc.redfish.Client
---@param session bmc.redfish.Session
---@param method string
---@param path string
---@param body? string|table
---@param opts? table  see bmc.redfish.exchange.send
---@return bmc.http.Options
function M.build(rf, session, method, path, body, opts)
  local target = rf.target
  local profile, tls = target.profile, target.tls
  local redfish = profile.redfish
  opts = opts or M.NONE
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
  if method ~= "GET" or session.user or opts ~= M.NONE then
    add_options(request, session, method, body, opts)
  end
  if opts.if_match or rf.any_encoding then
    request.headers = with_own(request.headers, rf, opts)
  end
  if tls.ca or tls.pin or tls.profile or profile.tls.profile ~= "default" then
    add_tls(request, tls, profile.tls.profile)
  end
  return request
end

return M
