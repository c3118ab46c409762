-- SPDX-License-Identifier: GPL-3.0-or-later
-- POST to an action of the simulated service: which resource it belongs to,
-- which values it takes (beside the action, or in its ActionInfo), and what
-- the few that are simulated do. Works on generated and recorded trees alike,
-- because it reads the resource as a client would.

local decode = require "bmc.sim.decode"
local etag = require "bmc.sim.etag"
local logs = require "bmc.sim.logs"
local media = require "bmc.sim.media"
local message = require "bmc.sim.message"
local tasks = require "bmc.sim.tasks"
local tbl = require "bmc.tbl"

local M = {}

-- The values that the action takes for ResetType; nil where it does not say.
local function allowed_values(bmc, entry)
  local listed = entry["ResetType@Redfish.AllowableValues"]
  if type(listed) == "table" then return listed end
  local link = entry["@Redfish.ActionInfo"]
  local key = bmc.store:find(link)
  local info = key and decode.object(bmc.store:text(key))
  local parameters = tbl.dig(info, "Parameters")
  for _, parameter in ipairs(type(parameters) == "table" and parameters or {}) do
    local values = tbl.dig(parameter, "AllowableValues")
    if tbl.dig(parameter, "Name") == "ResetType" and type(values) == "table" then return values end
  end
  return nil
end

local function reset_machine(bmc, owner, body, call)
  local done, why = bmc:reset(owner, body.ResetType or "ForceRestart", call.hung)
  if done then return nil end
  if why == "busy" then return message.fail(409, "ResourceInUse") end
  return message.fail(bmc.traits.already[1], bmc.traits.already[2])
end

local function reset_manager(bmc, _, body)
  if bmc.traits.manager_reset_bare and body.ResetType ~= nil then
    return message.fail(400, "ActionParameterUnknown", "Manager.Reset", "ResetType")
  end
  bmc:restart()
end

-- Needs the image of what is to be installed; installs nothing.
local function update(bmc, _, body)
  if type(body.ImageURI) ~= "string" then
    return message.fail(400, "ActionParameterMissing", "UpdateService.SimpleUpdate", "ImageURI")
  end
  bmc:add_to "updates"
end

local function clear_log(bmc, owner)
  logs.clear(bmc, owner)
  bmc:add_to "logs_cleared"
end

-- What is simulated: action name -> function(bmc, owner, body, call) that
-- returns nothing when it has done it, else an answer.
local ACTIONS = {
  ["ComputerSystem.Reset"] = reset_machine,
  ["Chassis.Reset"] = reset_machine,
  ["Manager.Reset"] = reset_manager,
  ["LogService.ClearLog"] = clear_log,
  ["UpdateService.SimpleUpdate"] = update,
  ["VirtualMedia.InsertMedia"] = media.insert,
  ["VirtualMedia.EjectMedia"] = media.eject,
}

local function check_reset_type(bmc, name, entry, body)
  local values, kind = allowed_values(bmc, entry), body.ResetType
  if kind ~= nil and type(kind) ~= "string" then
    return message.fail(400, "ActionParameterValueTypeError", kind, "ResetType", name)
  end
  if not values then return nil end
  if kind == nil then return message.fail(400, "ActionParameterMissing", name, "ResetType") end
  if not tbl.contains(values, kind) then
    return message.fail(400, "ActionParameterValueNotInList", kind, "ResetType")
  end
end

local function done(bmc, owner, name, call)
  bmc:executed(name, owner)
  if tbl.contains(bmc.traits.tasks.actions, name) then return tasks.start(bmc, name, call) end
  if bmc.traits.needs_body then return message.success(200) end
  return 204, {}, ""
end

local function run(bmc, owner, name, entry, body, call)
  local status, headers, answer = check_reset_type(bmc, name, entry, body)
  if status then return status, headers, answer end
  local act = ACTIONS[name]
  if not act then return message.fail(501, "ActionNotSupported", name) end
  status, headers, answer = act(bmc, owner, body, call)
  if status then return status, headers, answer end
  return done(bmc, owner, name, call)
end

--- Answers a POST to an action.
---@param bmc table
---@param call table method, path, headers, body of the request
---@return integer|nil status nil: the path is not that of an action
---@return table|nil headers
---@return string|nil body
function M.post(bmc, call)
  local path, name = call.key:match("^(.*)/Actions/([%w.]+)$")
  local owner = path and bmc.store:find(path)
  if not owner then return nil end
  local document = decode.object(bmc.store:text(owner))
  local entry = tbl.dig(document, "Actions", "#" .. name)
  if type(entry) ~= "table" then return message.fail(400, "ActionNotSupported", name) end
  local status, headers, answer = etag.check_action(bmc, owner, call)
  if status then return status, headers, answer end
  local body = call.body == "" and {} or decode.object(call.body)
  if not body then return message.fail(400, "MalformedJSON") end
  return run(bmc, owner, name, entry, body, call)
end

return M
