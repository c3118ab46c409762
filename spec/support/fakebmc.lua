-- SPDX-License-Identifier: GPL-3.0-or-later
-- A BMC small enough to be wrong in one place at a time: a tree of resources, sessions that it
-- counts, and hooks where a spec changes what it does. The simulator (bmc.sim) is the other
-- kind, right in all places at once.
--
--   local bmc = fakebmc.new { on_login = function(self, req) … end }
--   bmc.tree["/redfish/v1/Chassis"] = { Members = {} }         -- or a function(self, req)
--   fakebmc.with(bmc, { user = "root" }, function(rf, target) … end)

local http = require "bmc.http"
local redfish = require "bmc.redfish"
local support = require "support"
local target = require "bmc.target"
local vendor = require "bmc.vendor"

local M = {}

M.ROOT = {
  RedfishVersion = "1.6.0",
  Links = { Sessions = { ["@odata.id"] = "/redfish/v1/SessionService/Sessions" } },
  Systems = { ["@odata.id"] = "/redfish/v1/Systems" },
  Chassis = { ["@odata.id"] = "/redfish/v1/Chassis" },
  Managers = { ["@odata.id"] = "/redfish/v1/Managers" },
}

function M.link(path)
  return { ["@odata.id"] = path }
end

local function resources()
  return {
    ["/redfish/v1/"] = M.ROOT,
    ["/redfish/v1/Systems"] = { Members = { M.link "/redfish/v1/Systems/1" } },
    ["/redfish/v1/Systems/1"] = { Id = "1", Name = "System", PowerState = "On" },
  }
end

-- ---- a BMC ----

function M.answer(status, body, headers)
  headers = headers or {}
  headers["content-type"] = headers["content-type"] or "application/json"
  return status, headers, body and http.encode(body) or nil
end

function M.fault(status, id, text, headers)
  return M.answer(status, { error = { code = "Base.1.8.GeneralError", message = "see below",
    ["@Message.ExtendedInfo"] = { { MessageId = id, Message = text } } } }, headers)
end

local bmc = {}
bmc.__index = bmc

function M.new(changes)
  local self = setmetatable({
    tree = resources(), sessions = {}, made = 0, logins = 0, deleted = 0, log = {}, basic = 0,
    live_at_once = 0, most_at_once = 0,
  }, bmc)
  for key, value in pairs(changes or {}) do
    self[key] = value
  end
  return self
end

function bmc:login(req)
  self.logins = self.logins + 1
  if self.on_login then
    local status, headers, body = self.on_login(self, req)
    if status then
      return status, headers, body
    end
  end
  local given = assert(http.decode(req.body))
  if given.UserName ~= "root" or given.Password ~= 'se"cret' then
    return M.fault(401, "Base.1.8.NoValidSession", "wrong password")
  end
  self.made = self.made + 1
  local token, uri = "token-" .. self.made, "/redfish/v1/SessionService/Sessions/" .. self.made
  self.sessions[uri] = token
  return M.answer(201, M.link(uri), { ["x-auth-token"] = token, location = uri })
end

function bmc:is_known(req)
  if req.headers.authorization then
    self.basic = self.basic + 1
    return req.headers.authorization == "Basic cm9vdDpzZSJjcmV0"
  end
  for _, token in pairs(self.sessions) do
    if token == req.headers["x-auth-token"] then
      return true
    end
  end
  return self.open
end

--- What it answers when no spec has put another `route` in.
function bmc:pass(req)
  if req.method == "POST" and req.path:find("Sessions$") then
    return self:login(req)
  elseif self.sessions[req.path] and req.method == "DELETE" then
    self.sessions[req.path] = nil
    self.deleted = self.deleted + 1
    return 204
  elseif req.path ~= "/redfish/v1/" and req.path ~= "/redfish/v1" and not self:is_known(req) then
    return M.fault(401, "Base.1.8.NoValidSession", "who are you?")
  end
  local page = self.tree[req.target] or self.tree[req.path]
  if type(page) == "function" then
    return page(self, req)
  elseif page then
    return M.answer(200, page)
  end
  return M.fault(404, "Base.1.8.ResourceMissingAtURI", "no such thing")
end

bmc.route = bmc.pass

function bmc:handle(req)
  self.log[#self.log + 1] = req.method .. " " .. req.target
  self.live_at_once = self.live_at_once + 1
  self.most_at_once = math.max(self.most_at_once, self.live_at_once)
  local status, headers, body = self:route(req)
  self.live_at_once = self.live_at_once - 1
  return status, headers, body
end

function bmc:live_sessions()
  local n = 0
  for _ in pairs(self.sessions) do
    n = n + 1
  end
  return n
end

-- ---- clients ----

-- Quick enough for specs; `set` of the options comes on top.
local SETTINGS = { "generic.redfish.retry_wait=0.01", "generic.redfish.retry_max=5" }
local registries = {}

local function registry_of(set)
  local key = set or ""
  registries[key] = registries[key]
    or assert(vendor.load { dirs = {}, set = { SETTINGS[1], SETTINGS[2], set } })
  return registries[key]
end

--- Runs f(rf, target) against a BMC, as root with its password unless opts say otherwise. opts
--- are those of bmc.target, and `set`, one more setting for the profiles. Everything is closed
--- afterwards.
function M.with(self, opts, f)
  return support.with_server(function(req) return self:handle(req) end, function(url)
    local settings = {
      url = url, user = "root", password = 'se"cret', registry = registry_of(opts.set),
    }
    for key, value in pairs(opts) do
      settings[key] = value
    end
    settings.set = nil
    local t <close> = assert(target.new(settings))
    return f(redfish.of(t), t)
  end)
end

return M
