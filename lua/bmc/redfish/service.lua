-- SPDX-License-Identifier: GPL-3.0-or-later
--- What a Redfish service is: its root, its systems and managers, its vendor.
--
-- Owns the reading of the root (which is open, or not: QUIRKS T14, T21), the choice among several
-- systems (R31), and the facts by which the target gets its profile (R35). The root and the
-- identity are kept, everything else is asked for each time.

local collection = require "bmc.redfish.collection"
local err = require "bmc.err"
local exchange = require "bmc.redfish.exchange"
local facts = require "bmc.redfish.facts"
local reading = require "bmc.reading"
local stray = require "bmc.redfish.stray"
local tbl = require "bmc.tbl"

local ROOT = "/redfish/v1/"

-- Whether the root will be no better the next time: there is none, or it is something else.
local function is_lasting(e)
  return e.code == "missing" or e.code == "protocol" and (e.status or 0) < 500
end

local M = {}

-- ---- root ----

local function learn(rf, root)
  rf.root_body = root
  rf.target:adopt(facts.of_root(root, rf.target.certificate))
  return root
end

-- T14: a BMC knows one form of the root and not the other.
local function try_forms(rf, session)
  local forms = { ROOT, ROOT:sub(1, -2) }
  if not rf.target.profile.redfish.root_slash then
    forms[1], forms[2] = forms[2], forms[1]
  end
  local root, response, e
  for _, form in ipairs(forms) do
    root, response = exchange.run(rf, session, "GET", form)
    if root then
      return root, response
    end
    e = e or response
    if response.status ~= 401 and response.status ~= 404 then
      break
    end
  end
  return nil, e
end

--- The root without credentials, for the login. Kept, and that there is none is kept too.
---@param rf bmc.redfish.Client
---@return table? body
---@return bmc.err.Value? err
function M.read_root(rf)
  if rf.root_body then
    return rf.root_body
  end
  if rf.no_root then
    return nil, err.copy(rf.no_root)
  end
  local root, response = try_forms(rf, exchange.ANONYMOUS)
  if root then
    return learn(rf, root)
  elseif is_lasting(response) then
    rf.no_root = response
  end
  return nil, response
end

-- One task reads the root, the others wait for it.
local function read_alone(rf)
  local permit <close>, stopped = rf.gate:acquire()
  if not permit then
    return nil, err.wrap(stopped, { host = rf.target.host, way = "redfish", effect = "none" })
  end
  return M.read_root(rf)
end

--- The root, with credentials where it wants them (T21).
---@param rf bmc.redfish.Client
---@param ensure fun(rf: bmc.redfish.Client): bmc.redfish.Session?, bmc.err.Value?  how to log in
---@return table? body
---@return bmc.err.Value? err
function M.root(rf, ensure)
  if rf.root_body then
    return rf.root_body
  end
  local root, e = read_alone(rf)
  if root or e.status ~= 401 or not rf.target.user then
    return root, e
  end
  local session, no_session = ensure(rf)
  if not session then
    return nil, no_session
  end
  local response
  root, response = try_forms(rf, session)
  if root then
    return learn(rf, root)
  end
  return nil, response
end

--- The path of a top collection: the root's link, else the well-known place (QUIRKS R32).
---@param rf bmc.redfish.Client
---@param name string  "Systems", "Chassis", "Managers"
---@return string path
function M.link(rf, name)
  return exchange.path(tbl.dig(rf.root_body, name, "@odata.id")) or ROOT .. name
end

-- ---- members of the root ----

-- P22: an iDRAC that has just started, or has cleared its jobs, lists no system for a while.
local function read_patiently(rf, name, reads)
  local late = name == "Systems" and rf.target.profile.redfish.systems_late
  local tries = 0
  while true do
    local bodies, problems = collection.read(rf, M.link(rf, name), nil, nil, reads)
    if not late or not bodies or bodies[1] or problems[1] then
      return bodies, problems
    end
    local ok, stopped = exchange.pause(rf, { later = true }, tries)
    if not ok then
      return nil, stopped or err.new("busy", "the BMC lists no system yet",
        { host = rf.target.host, way = "redfish", effect = "none" })
    end
    tries = tries + 1
  end
end

--- All members of a top collection.
---@param rf bmc.redfish.Client  logged in or not: the root is read first
---@param name string
---@param reads? bmc.redfish.Options  of each member
---@return table[]? bodies
---@return bmc.redfish.Problem[]|bmc.err.Value
function M.members(rf, name, reads)
  local root, e = rf:root()
  if not root and not e.status then
    return nil, e
  end
  local bodies, problems = read_patiently(rf, name, reads)
  if not bodies and name == "Systems" then
    return stray.systems(rf, root, function(other) return M.link(rf, other) end, problems)
  end
  return bodies, problems
end

local function says_something(manager)
  return manager.ManagerType ~= nil or reading.text(manager.FirmwareVersion) ~= nil
    or type(manager.Actions) == "table"
end

--- All managers but those without content (QUIRKS R24); all of them when none has any.
---@param rf bmc.redfish.Client
---@return table[]? bodies
---@return bmc.redfish.Problem[]|bmc.err.Value
function M.managers(rf)
  local all, problems = M.members(rf, "Managers")
  if not all then
    return nil, problems
  end
  local out = {}
  for _, manager in ipairs(all) do
    if says_something(manager) then
      out[#out + 1] = manager
    end
  end
  return out[1] and out or all, problems
end

-- ---- the system ----

---@class bmc.redfish.Choice
---@field how "only"|"named"|"preferred"|"resettable"|"first"
---@field id string
---@field others string[]  uris of the systems not chosen
---@field placeless string[]  Ids of those that can be reset and do not say where they are
---@field problems bmc.redfish.Problem[]

local function is_named(system, wanted)
  return system.Id == wanted or system.Name == wanted or system.HostName == wanted
end

local function can_reset(system)
  return tbl.dig(system, "Actions", "#ComputerSystem.Reset") ~= nil
end

-- The choice among systems that were all read.
local function choose(systems, wanted, preferred)
  if wanted then
    for _, system in ipairs(systems) do
      if is_named(system, wanted) then
        return system, "named"
      end
    end
    return nil
  elseif #systems == 1 then
    return systems[1], "only"
  end
  for _, system in ipairs(systems) do
    if tbl.matches(reading.text(system.Id), preferred) then
      return system, "preferred"
    end
  end
  for _, system in ipairs(systems) do
    if can_reset(system) then
      return system, "resettable"
    end
  end
  return systems[1], "first"
end

local function list_ids(systems)
  local ids = {}
  for i, system in ipairs(systems) do
    ids[i] = reading.text(system.Id) or reading.text(system.Name) or "?"
  end
  return ids
end

local function no_system(rf, systems, problems, wanted)
  if problems[1] and not systems[1] then
    return nil, problems[1].err
  end
  local why = wanted and ("no system %q; there are: %s")
    :format(wanted, table.concat(list_ids(systems), ", ")) or "the BMC lists no system"
  return err.fail("missing", why, { host = rf.target.host, way = "redfish", effect = "none" })
end

--- One system. All are read when there are several: ids alone do not tell a host from a
--- baseboard (QUIRKS R31).
---@param rf bmc.redfish.Client
---@param wanted? string
---@param reads? bmc.redfish.Options  of each system; Id, Name, HostName, Actions are chosen by
---@return table? body
---@return bmc.redfish.Choice|bmc.err.Value choice
function M.system(rf, wanted, reads)
  local systems, problems = M.members(rf, "Systems", reads)
  if not systems then
    return nil, problems
  end
  local system, how = choose(systems, wanted, rf.target.profile.redfish.system_prefer)
  if not system then
    return no_system(rf, systems, problems, wanted)
  end
  local others, placeless = {}, {}
  for _, other in ipairs(systems) do
    if other ~= system then
      local uri = reading.link(other)
      others[#others + 1] = uri
      if not uri and can_reset(other) then
        placeless[#placeless + 1] = reading.text(other.Id) or "?"
      end
    end
  end
  return system, {
    how = how, id = system.Id, others = others, placeless = placeless, problems = problems,
  }
end

-- ---- identity ----

-- Reads the first manager and the system; what cannot be read tells nothing.
local function look_around(rf)
  local managers, e = M.managers(rf)
  if not managers and not e.status then
    return nil, e
  end
  return { manager = managers and managers[1], system = M.system(rf, rf.target.system) or nil }
end

--- Gives the target what the root does not tell: the manager's vendor and firmware, the system's
--- model and maker. Reads both, once, unless the caller has them.
---@param rf bmc.redfish.Client
---@param known? { manager: table?, system: table? }  bodies as read
---@return string? vendor
---@return bmc.vendor.Facts|bmc.err.Value facts
function M.identify(rf, known)
  local target, failure = rf.target, nil
  if not known and not rf.identified then
    known, failure = look_around(rf)
  end
  if failure then
    return nil, failure
  elseif known then
    target:adopt(facts.of_manager(known.manager or {}))
    target:adopt(facts.of_system(known.system or {}))
    rf.identified = true
  end
  return target.vendor, target.facts
end

return M
