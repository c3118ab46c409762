-- SPDX-License-Identifier: GPL-3.0-or-later
-- power.redfish: owns power over Redfish: the state of a system, and resets as POSTs. Which
-- ResetTypes a verb becomes is bmc.power.reset's, what came of one bmc.power.run's.

local err = require "bmc.err"
local reading = require "bmc.reading"
local reset = require "bmc.power.reset"
local task = require "bmc.task"
local watch = require "bmc.power.watch"

---@class bmc.power.OverRedfish: bmc.power.Driver
---@field rf bmc.redfish.Client
---@field uri string              of the system
---@field action bmc.power.Action
local driver = {}
local driver_mt = { __index = driver, __name = "bmc.power.redfish" }

function driver_mt:__tostring()
  return "reset of " .. self.uri
end

function driver:look()
  local system, e = self.rf:get(self.uri)
  if not system then
    return nil, e
  end
  return watch.sight(system)
end

-- Half of the time that is left: the other half is for finding out what a lost answer did.
local function post_timeout(rf)
  return math.min(rf.target.profile.redfish.read_timeout, task.left() / 2)
end

--- Sends a request, once.
---@param request bmc.power.Request
---@return table? body
---@return bmc.err.Value? err with effect
function driver:send(request)
  return self.rf:post(self.action.target, { ResetType = request.type },
    { effect = true, timeout = post_timeout(self.rf) })
end

function driver:describe(request)
  return ("%s %s {\"ResetType\":%q}"):format(self.dry_run and "would POST" or "POST",
    self.action.target, request.type)
end

--- The requests that make up a verb: one plan, as the BMC says beforehand what it allows.
---@param verb string
---@param state string
---@return bmc.power.Request[][]? plans
---@return bmc.err.Value? err unsupported
function driver:plans(verb, state)
  local requests = reset.requests(verb, self.timing, self.action, state)
  if not requests then
    return reset.refuse(verb, self.timing, self.action)
  end
  return { requests }
end

function driver:another()
  return false
end

local M = {}

--- The driver of a system.
---@param rf bmc.redfish.Client
---@param system table  as read
---@param note fun(text: string)
---@return bmc.power.OverRedfish?
---@return bmc.err.Value? err effect none
function M.driver(rf, system, note)
  local action, e = reset.action(rf, system, note)
  if not action then
    return nil, err.wrap(e, { effect = "none" })
  end
  return setmetatable({
    rf = rf, uri = reading.link(system), action = action, timing = rf.target.profile.power,
    dry_run = rf.target.dry_run,
  }, driver_mt)
end

return M
