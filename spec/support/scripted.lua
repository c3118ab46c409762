-- SPDX-License-Identifier: GPL-3.0-or-later
-- A Redfish service made of plain tables, for answers that no simulated BMC gives by itself:
-- states that come in a certain order, answers that are lost at a certain request.
--
--   scripted.with({ ["/redfish/v1/Chassis/1/Thermal"] = { … },
--                   ["POST " .. scripted.RESET] = function(n, body) return "drop" end },
--     function(m, log) … end, { timeout = 5 })
--
-- A resource is a table, or a function(n, body) that is called the n-th time and returns one, or a
-- status and a table, or "drop" for no answer. The log holds method, path, body, peer of each
-- request. Sessions, the root and one system with one chassis and one manager are there.

local cjson = require "cjson"
local bmc = require "bmc"
local support = require "support"

local M = { SYSTEM = "/redfish/v1/Systems/1" }
M.RESET = M.SYSTEM .. "/Actions/ComputerSystem.Reset"

-- Quick, and the same for whatever vendor the tables look like.
local QUICK = {
  "generic.power.settle=0", "generic.power.poll=0.02", "generic.power.budget=1.5",
  "generic.power.restart_watch=0.1", "generic.power.retry_budget=0.3",
  "generic.power.retry_wait=0.02", "generic.redfish.retries=0",
}

local function link(path)
  return { ["@odata.id"] = path }
end

--- A collection of these members.
function M.collection(...)
  local members = {}
  for i, path in ipairs { ... } do
    members[i] = link(path)
  end
  return { Members = #members > 0 and members or cjson.empty_array }
end

--- The system, with other fields where given.
function M.system(fields)
  local body = {
    ["@odata.id"] = M.SYSTEM, Id = "1", PowerState = "On",
    Status = { State = "Enabled", Health = "OK" },
    Links = {
      Chassis = { link "/redfish/v1/Chassis/1" }, ManagedBy = { link "/redfish/v1/Managers/1" },
    },
    Actions = { ["#ComputerSystem.Reset"] = { target = M.RESET,
      ["ResetType@Redfish.AllowableValues"] = { "On", "ForceOff", "ForceRestart",
        "GracefulShutdown", "GracefulRestart" } } },
  }
  for k, v in pairs(fields or {}) do
    body[k] = v
  end
  return body
end

local function defaults()
  return {
    ["/redfish/v1"] = {
      ["@odata.id"] = "/redfish/v1", RedfishVersion = "1.6.0",
      Systems = link "/redfish/v1/Systems", Chassis = link "/redfish/v1/Chassis",
      Managers = link "/redfish/v1/Managers",
      Links = { Sessions = link "/redfish/v1/SessionService/Sessions" },
    },
    ["/redfish/v1/Systems"] = M.collection(M.SYSTEM),
    ["/redfish/v1/Chassis"] = M.collection "/redfish/v1/Chassis/1",
    ["/redfish/v1/Managers"] = M.collection "/redfish/v1/Managers/1",
    ["/redfish/v1/Managers/1"] = { ["@odata.id"] = "/redfish/v1/Managers/1", Id = "1",
      ManagerType = "BMC", FirmwareVersion = "1.0", Status = { Health = "OK" } },
    ["/redfish/v1/Chassis/1"] = { ["@odata.id"] = "/redfish/v1/Chassis/1", Id = "1" },
    [M.SYSTEM] = M.system(),
    ["POST /redfish/v1/SessionService/Sessions"] = function()
      return 201, { ["@odata.id"] = "/redfish/v1/SessionService/Sessions/1" }
    end,
    ["DELETE /redfish/v1/SessionService/Sessions/1"] = function() return 204 end,
  }
end

local HEADERS = { ["content-type"] = "application/json", ["x-auth-token"] = "t0ken" }

local function answer(req, resource, n, body)
  local status, content = 200, resource
  if resource == nil then
    status, content = 404, { error = { message = "none such" } }
  elseif type(resource) == "function" then
    status, content = resource(n, body)
    if status == "drop" then
      return req:abort()
    elseif type(status) == "table" then
      status, content = 200, status
    end
  end
  return status, HEADERS, content and cjson.encode(content) or ""
end

-- A handler over the tables that keeps the log.
local function handler(resources, log)
  local counts = {}
  return function(req)
    local path = req.path:gsub("(.)/$", "%1")
    local body = req.body ~= "" and cjson.decode(req.body) or nil
    log[#log + 1] = { method = req.method, path = path, body = body, peer = req.peer_port }
    local key = req.method == "GET" and path or req.method .. " " .. path
    counts[key] = (counts[key] or 0) + 1
    return answer(req, resources[key], counts[key], body)
  end
end

--- Runs f(machine, log) against such a service.
---@param resources table<string, table|function|false> more than the usual ones; false: not there
---@param f fun(m: bmc.Machine, log: table[])
---@param options? table for bmc.open
function M.with(resources, f, options)
  local all, log = defaults(), {}
  for path, resource in pairs(resources) do
    all[path] = resource or nil
  end
  support.with_server(handler(all, log), function(url)
    local open = { host = url, user = "u", password = "p", set = QUICK, timeout = 20 }
    for k, v in pairs(options or {}) do
      open[k] = v
    end
    local m <close> = bmc.open(open)
    f(m, log)
  end)
end

--- How many requests of the log are of this method and, if given, path.
function M.count(log, method, path)
  local n = 0
  for _, r in ipairs(log) do
    n = n + (r.method == method and (not path or r.path == path) and 1 or 0)
  end
  return n
end

--- A system whose PowerState takes these values, one a look, the last one for ever. Looks are
--- counted from the first reset, if any: before it, the first value holds.
---@param states string[]
---@return function system the resource
---@return function reset for "POST …", answers 204; turn(how) makes it answer otherwise
function M.power(states, fields)
  local at, resets = 0, {}
  local function system()
    if resets[1] then
      at = math.min(at + 1, #states - 1)
    end
    local body = M.system(fields)
    body.PowerState = states[at + 1]
    return body
  end
  local function reset(_, body)
    resets[#resets + 1] = body.ResetType
    return 204
  end
  return system, reset, resets
end

return M
