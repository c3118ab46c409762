-- SPDX-License-Identifier: GPL-3.0-or-later
-- The Redfish protocol of one simulated BMC: who may ask, logging in and out,
-- GET, PATCH, POST, DELETE, and the answers when something is wrong. A request
-- is a plain table, an answer is status, headers, body: no sockets here.

local json = require "bmc.json"
local actions = require "bmc.sim.actions"
local decode = require "bmc.sim.decode"
local events = require "bmc.sim.events"
local etag = require "bmc.sim.etag"
local message = require "bmc.sim.message"
local query = require "bmc.sim.query"
local store = require "bmc.sim.store"
local tasks = require "bmc.sim.tasks"
local writes = require "bmc.sim.writes"

local M = {}

---@class bmc.sim.Call
---@field method string
---@field path string percent-decoded
---@field query string|nil
---@field headers table lower-case names
---@field body string "" where there is none
---@field scheme string|nil "https" or "http"
---@field key string of the path, filled in by handle()
---@field hung boolean|nil a reset is to be accepted without effect

-- Open to everybody, as the standard wants it.
local PUBLIC = {
  ["/redfish"] = true, ["/redfish/v1"] = true, ["/redfish/v1/odata"] = true,
  ["/redfish/v1/$metadata"] = true,
}

local function with(headers, status, base, body)
  for k, v in pairs(base) do
    if headers[k] == nil then headers[k] = v end
  end
  return status, headers, body
end

-- ---- sessions ----

local function unauthorized(bmc)
  bmc.counters.unauthorized = bmc.counters.unauthorized + 1
  local status, headers, body = message.fail(401, "NoValidSession")
  return with({ ["www-authenticate"] = 'Basic realm="bmcsh sim"' }, status, headers, body)
end

local function session_body(bmc, session)
  return json.encode {
    ["@odata.type"] = "#Session.v1_3_0.Session",
    ["@odata.id"] = bmc.sessions_key .. "/" .. session.id,
    Id = session.id, Name = "User Session", UserName = session.user,
  }
end

local function login(bmc, call)
  local refuses = bmc.traits.sessions.refuses
  if refuses and call.headers[refuses] then return message.fail(415, "HeaderInvalid", refuses) end
  local body = decode.object(call.body)
  if not body then return message.fail(400, "MalformedJSON") end
  for _, name in ipairs { "UserName", "Password" } do
    if type(body[name]) ~= "string" then return message.fail(400, "PropertyMissing", name) end
  end
  if body.UserName ~= bmc.user or body.Password ~= bmc.password then
    bmc.counters.login_failures = bmc.counters.login_failures + 1
    return unauthorized(bmc)
  end
  local session = bmc.sessions:open(body.UserName)
  if not session then return message.full(bmc.traits.sessions.full) end
  local headers = {
    ["x-auth-token"] = session.token, location = bmc.sessions_key .. "/" .. session.id,
    ["content-type"] = "application/json", ["odata-version"] = "4.0",
  }
  return 201, headers, session_body(bmc, session)
end

-- Whether the request carries a live token or, where that is allowed, the
-- right Basic credentials.
local function authorized(bmc, headers)
  local token = headers["x-auth-token"]
  if token then return bmc.sessions:find(token) ~= nil end
  if not bmc.basic_header or headers.authorization ~= bmc.basic_header then return false end
  bmc.counters.basic = bmc.counters.basic + 1
  return true
end

local function session_of(bmc, key)
  local base = bmc.sessions_key .. "/"
  return key:sub(1, #base) == base and bmc.sessions.by_id[key:sub(#base + 1)] or nil
end

-- ---- resources ----

local function document(bmc, key, call)
  local headers = {
    ["content-type"] = "application/json; charset=utf-8", ["odata-version"] = "4.0",
  }
  for name, value in pairs(bmc.store.headers[key] or {}) do headers[name] = value end
  local text = bmc:document(key)
  headers.etag = etag.shown(bmc, key, call.headers)
  return bmc.store.statuses[key] or 200, headers, text
end

local function get(bmc, call)
  if events.is_stream(bmc, call) then return events.serve(bmc, call) end
  local session = session_of(bmc, call.key)
  if session then
    return 200, { ["content-type"] = "application/json" }, session_body(bmc, session)
  end
  if bmc.tasks_at[call.key] then return tasks.get(bmc, call.key) end
  local key = bmc.store:find(call.path, call.query)
  if not key or not bmc.store:text(key) then
    return message.fail(404, "ResourceMissingAtURI", call.path)
  end
  local status, headers, text = document(bmc, key, call)
  if status == 200 and query.concerns(bmc, call) then
    local answer, refused, head, body = query.answer(bmc, call, key, text)
    if not answer then return refused, head, body end
    text = answer
  end
  return status, headers, text
end

local function patch(bmc, call)
  local key = bmc.store:find(call.path)
  if not key or not bmc.store:text(key) then
    return message.fail(404, "ResourceMissingAtURI", call.path)
  end
  local status, headers, answer = writes.patch(bmc, key, call)
  if status then return status, headers, answer end
  return document(bmc, key, call)
end

local function not_allowed(call, allow)
  local status, headers, body = message.fail(405, "OperationNotAllowed", call.method)
  return with({ allow = allow }, status, headers, body)
end

local function post(bmc, call)
  local kind = call.headers["content-type"] or ""
  if bmc.traits.needs_body and not kind:find("application/json", 1, true) then
    return message.fail(415, "HeaderInvalid", "content-type")
  end
  local status, headers, body = actions.post(bmc, call)
  if status then return status, headers, body end
  if bmc.store:find(call.path) then return not_allowed(call, "GET, PATCH") end
  return message.fail(404, "ResourceMissingAtURI", call.path)
end

local function delete(bmc, call)
  local session = session_of(bmc, call.key)
  if session and bmc.sessions:close(session.id) then return 204, {}, "" end
  if bmc.store:find(call.path) then return not_allowed(call, "GET, PATCH") end
  return message.fail(404, "ResourceMissingAtURI", call.path)
end

local METHODS = { GET = get, HEAD = get, PATCH = patch, POST = post, DELETE = delete }

-- ---- the door ----

local function is_login(bmc, call)
  if call.method ~= "POST" then return false end
  return call.key == bmc.sessions_key or call.key == bmc.sessions_key .. "/Members"
end

--- Answers a request.
---@param bmc table
---@param call bmc.sim.Call
---@return integer status
---@return table headers not to be changed
---@return string body
function M.handle(bmc, call)
  call.key = store.key(call.path)
  if bmc:is_down() then
    local status, headers, body = message.fail(503, "ServiceTemporarilyUnavailable", 1)
    return with({ ["retry-after"] = "1" }, status, headers, body)
  end
  bmc.later:catch_up()
  if is_login(bmc, call) then return login(bmc, call) end
  if call.method == "POST" and call.key == bmc.traits.sessions.wrong then
    return not_allowed(call, "GET")
  end
  local reading = call.method == "GET" or call.method == "HEAD"
  if bmc.traits.root_redirect and reading and call.path == "/redfish/v1" then
    return 308, { location = "/redfish/v1/" }, ""
  end
  if not (reading and PUBLIC[call.key]) and not authorized(bmc, call.headers) then
    return unauthorized(bmc)
  end
  local answer = METHODS[call.method]
  if not answer then return not_allowed(call, "GET, HEAD, PATCH, POST, DELETE") end
  return answer(bmc, call)
end

return M
