-- SPDX-License-Identifier: GPL-3.0-or-later
-- chassis.walk: owns following links from one resource to the next when any of them may be
-- missing. What is not there is told to `note` and is no error; what cannot be read is one.

local err = require "bmc.err"
local reading = require "bmc.reading"
local task = require "bmc.task"

-- Members that cannot be read are named one by one up to here.
local NAMED = 3

-- These say that a resource is not there. Anything else is a failure to read it.
local GONE = { missing = true, unsupported = true }

---@class bmc.chassis.Walk
---@field rf bmc.redfish.Client
---@field note fun(text: string)  is told what lacks
local walk = {}
local walk_mt = { __index = walk, __name = "bmc.chassis.walk" }

function walk_mt:__tostring()
  return "walk of " .. tostring(self.rf)
end

local M = {}

--- Whether an error says that the resource does not exist.
---@param e bmc.err.Value
---@return boolean
function M.gone(e)
  return GONE[e.code] or false
end

local function absent(self, uri, e)
  if not GONE[e.code] then
    return nil, e
  end
  self.note(("not there: %s (%s)"):format(uri, e.status or e.code))
  return nil
end

--- The resource behind a link.
---@param link any
---@param opts? bmc.redfish.Options
---@return table? body nil also when there is no such link or resource
---@return bmc.err.Value? err when it is there and cannot be read
function walk:fetch(link, opts)
  local uri = reading.link(link)
  if not uri then
    return nil
  end
  local body, e = self.rf:get(uri, opts)
  if body then
    return body
  end
  return absent(self, uri, e)
end

local function tell(self, uri, problems)
  if #problems > NAMED then
    return self.note(("not read: %d members of %s"):format(#problems, uri))
  end
  for _, problem in ipairs(problems) do
    self.note(("not read: %s (%s)"):format(problem.uri, problem.err.status or problem.err.code))
  end
end

--- The members of the collection behind a link. A member that cannot be read is noted.
---@param link any
---@return table[]? bodies {} when there is no such link or collection
---@return bmc.err.Value? err
---@return bmc.redfish.Problem[]? problems the members that cannot be read, or the collection
function walk:members(link)
  local uri = reading.link(link)
  if not uri then
    return {}
  end
  local list, problems = self.rf:collection(uri)
  if not list then
    local _, e = absent(self, uri, problems)
    return e == nil and {} or nil, e, { { uri = uri, err = problems } }
  end
  tell(self, uri, problems)
  return list, nil, problems
end

--- f(item) for all items, as many at once as the BMC takes.
---@param list any[]
---@param f fun(item: any): any, bmc.err.Value?
---@return any[] results in the order of the list, without those that were nil
---@return bmc.err.Value? err the first one
function walk:each(list, f)
  if #list == 1 then -- the usual case; a task of its own would cost more than the rest
    local result, e = f(list[1])
    return { result }, e
  end
  local width = self.rf.target.profile.redfish.max_inflight
  local answers = task.map(list, width, function(item)
    return table.pack(f(item))
  end)
  local out, failure = {}, nil
  for i = 1, #list do
    local answer = answers[i] or table.pack(err.fail("cancelled"))
    out[#out + 1] = answer[1]
    failure = failure or answer[2]
  end
  return out, failure
end

--- A walk with a client.
---@param rf bmc.redfish.Client
---@param note fun(text: string)
---@return bmc.chassis.Walk
function M.new(rf, note)
  return setmetatable({ rf = rf, note = note }, walk_mt)
end

return M
