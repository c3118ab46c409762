-- SPDX-License-Identifier: GPL-3.0-or-later
-- subject: owns which system an operation is about, said aloud when there was a choice, and
-- which manager looks after it. How a system is chosen is bmc.redfish's.

local err = require "bmc.err"
local reading = require "bmc.reading"

local M = {}

-- In words, why this one of several was taken (R31).
local REASONS = {
  named = "asked for", preferred = "the host", resettable = "the first that can be reset",
  first = "the first",
}

local function tell(choice, note)
  if #choice.others > 0 then
    note(("system %s taken, %s; also there: %s"):format(tostring(choice.id),
      REASONS[choice.how] or choice.how, table.concat(choice.others, ", ")))
  end
  for _, problem in ipairs(choice.problems) do
    note(("not read: %s (%s)"):format(problem.uri, problem.err.status or problem.err.code))
  end
end

--- The system of an operation.
---@param rf bmc.redfish.Client
---@param args table  `system`: Id, Name or HostName of the one meant
---@param call bmc.plan.Call
---@param reads? bmc.redfish.Options  of the requests for each system: see service.system
---@return table? body
---@return bmc.err.Value? err
---@return bmc.redfish.Choice? choice how it was chosen
function M.system(rf, args, call, reads)
  local system, choice = rf:system(args.system, reads)
  if not system then
    return nil, choice
  end
  tell(choice, call.note)
  return system, nil, choice
end

local function can_reset(system)
  local action = reading.object(system.Actions)["#ComputerSystem.Reset"]
  return reading.text(reading.object(action).target) ~= nil
end

-- The systems besides the chosen one that may be meant: those that can be reset, and those that
-- cannot be looked at. What is listed and not there is none.
local function rivals_of(rf, choice)
  local rivals = table.move(choice.placeless, 1, #choice.placeless, 1, {})
  for _, problem in ipairs(choice.problems) do
    rivals[#rivals + 1] = problem.err.code ~= "missing" and problem.uri or nil
  end
  for _, other in ipairs(choice.others) do
    local body, e = rf:get(other)
    if body and can_reset(body) then
      rivals[#rivals + 1] = reading.text(body.Id) or other
    elseif not body and not e.status then
      return nil, err.wrap(e, { effect = "none" })
    elseif not body and e.code ~= "missing" then
      rivals[#rivals + 1] = other
    end
  end
  return rivals
end

--- The system that a write is about. Where several could be meant a guess would hit somebody
--- else's machine: then it has to be named (R31).
---@param rf bmc.redfish.Client
---@param args table  `system`
---@param call bmc.plan.Call
---@return table? body
---@return bmc.err.Value? err
function M.certain(rf, args, call)
  local system, e, choice = M.system(rf, args, call)
  if not system or choice.how == "named" or choice.how == "preferred" then
    return system, e
  end
  local rivals
  rivals, e = rivals_of(rf, choice)
  if not rivals then
    return nil, e
  elseif rivals[1] then
    return err.fail("rejected", ("there are several systems (%s, %s): say which one")
      :format(tostring(choice.id), table.concat(rivals, ", ")), { effect = "none" })
  end
  return system
end

--- As system(), for operations that a service without systems (a power shelf) can do too. What
--- has no root either is no such service: some other web server answers there.
---@return table? body nil without an error when the service has no systems
---@return bmc.err.Value? err
function M.system_if_any(rf, args, call)
  local system, e = M.system(rf, args, call)
  if not system and e.code == "missing" and not (args.system or rf.target.system)
    and rf:root() then
    call.note(e.text)
    return nil
  end
  return system, e
end

-- Where a system names its managers: ManagedBy, 1288H's Managers (R37), iLO 4's links.
local function linked_managers(system)
  local links = reading.field(system, "Links")
  local uris = reading.links(reading.field(links, "ManagedBy"))
  return uris[1] and uris or reading.links(reading.field(links, "Managers"))
end

-- The manager that claims the system, else the first that is no helper of another (EX425 lists a
-- controller of a card first), else the first.
local function claiming(managers, system)
  local other
  for _, manager in ipairs(managers) do
    local servers = reading.links(reading.object(manager.Links).ManagerForServers)
    for _, uri in ipairs(servers) do
      if system and reading.same(uri) == reading.same(reading.link(system)) then
        return manager
      end
    end
    if not other and manager.ManagerType ~= "AuxiliaryController" then
      other = manager
    end
  end
  return other or managers[1]
end

--- The manager of a system: the first it links that can be read, else the one that claims the
--- system, else the service's first that says something (R24).
---@param rf bmc.redfish.Client
---@param system table?
---@param call bmc.plan.Call
---@return table? body
---@return bmc.err.Value? err `missing` when the service lists none
function M.manager(rf, system, call)
  for _, uri in ipairs(linked_managers(system)) do
    local body, e = rf:get(uri)
    if body then
      return reading.placed(body, uri)
    elseif not e.status then
      return nil, e
    end
    call.note(("not there: %s (%s)"):format(uri, e.status))
  end
  local all, e = rf:managers()
  if all and all[1] then
    return claiming(all, system)
  end
  return nil, all and err.new("missing", "the service lists no manager") or e
end

--- Lets the target know what it is, so that its profile fits: vendor, model, firmware.
---@param rf bmc.redfish.Client
---@param system table? as read
---@param call bmc.plan.Call
---@return string? vendor
---@return table|bmc.err.Value? manager as read, nil where there is none; or the error
function M.identify(rf, system, call)
  local manager, e = M.manager(rf, system, call)
  if not manager then
    if not e.status and e.code ~= "missing" then
      return nil, e
    end
    call.note("no manager: " .. (e.text or e.code))
  end
  local vendor
  vendor, e = rf:identify { system = system, manager = manager }
  if not vendor then
    return nil, e
  end
  return vendor, manager
end

---@class bmc.subject.Known
---@field system? table   as read
---@field manager? table
---@field vendor string

--- The system that an operation is about and its manager, the target's profile being that of
--- its vendor from here on.
---@param rf bmc.redfish.Client
---@param args table  `system`
---@param call bmc.plan.Call
---@param choose? function  system (when absent), certain, or system_if_any of this module
---@return bmc.subject.Known?
---@return bmc.err.Value? err
function M.known(rf, args, call, choose)
  local system, e = (choose or M.system)(rf, args, call)
  if e then
    return nil, e
  end
  local vendor, manager = M.identify(rf, system, call)
  if not vendor then
    return nil, manager
  end
  return { system = system, manager = manager, vendor = vendor }
end

return M
