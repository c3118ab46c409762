-- SPDX-License-Identifier: GPL-3.0-or-later
-- Talks to simulated BMCs as a stranger would: no Redfish client of ours in between, so that a
-- mistake of the client and one of the simulator cannot cover each other.

local cjson = require "cjson"
local http = require "bmc.http"

local M = {}

--- One request. Options are those of bmc.http; path instead of url, and token.
---@param farm table
---@param i integer which BMC
---@param opts table|string path alone
---@return table|nil response json = the body decoded, where it is JSON
---@return table? err
function M.ask(farm, i, opts)
  opts = type(opts) == "string" and { path = opts } or opts
  local headers = { ["x-auth-token"] = opts.token }
  for name, value in pairs(opts.headers or {}) do headers[name] = value end
  local given = { url = farm.url(i) .. opts.path, headers = headers, timeout = 10, verify = false }
  for name, value in pairs(opts) do
    if name ~= "path" and name ~= "token" and name ~= "headers" then given[name] = value end
  end
  local response, e = http.request(given)
  if not response then return nil, e end
  local ok, body = pcall(cjson.decode, response.body or "")
  response.json = ok and body or nil
  return response
end

--- The same with the right Basic credentials.
---@param farm table
---@param i integer
---@param opts table|string
---@return table|nil response
---@return table? err
function M.basic(farm, i, opts)
  opts = type(opts) == "string" and { path = opts } or opts
  opts.user, opts.password = farm.bmc(i).user, farm.bmc(i).password
  return M.ask(farm, i, opts)
end

--- The session POST at the link of the root.
---@param farm table
---@param i integer
---@param more? table UserName, Password, if they are to be wrong
---@return table|nil response
---@return table? err
function M.login(farm, i, more)
  local body = { UserName = farm.bmc(i).user, Password = farm.bmc(i).password }
  for name, value in pairs(more or {}) do body[name] = value end
  local root = assert(M.ask(farm, i, "/redfish/v1/")).json
  return M.ask(farm, i, {
    path = root.Links.Sessions["@odata.id"], method = "POST", json = body,
  })
end

--- The first system of a BMC, as its collection lists it.
---@param farm table
---@param i integer
---@return table system decoded
function M.system(farm, i)
  local list = assert(M.basic(farm, i, "/redfish/v1/Systems")).json
  return assert(M.basic(farm, i, list.Members[1]["@odata.id"])).json
end

--- Asks for a reset of the first system.
---@param farm table
---@param i integer
---@param kind string ResetType
---@return table|nil response
---@return table? err
function M.reset(farm, i, kind)
  local target = M.system(farm, i).Actions["#ComputerSystem.Reset"].target
  return M.basic(farm, i, { path = target, method = "POST", json = { ResetType = kind } })
end

return M
