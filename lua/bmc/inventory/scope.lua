-- SPDX-License-Identifier: GPL-3.0-or-later
-- inventory.scope: owns what an inventory is of, all systems and chassis of a service or those of
-- the one system that is asked for, and how their parts are read: whatever cannot be read is
-- noted and left out. A service that does not answer any more is an error.

local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"
local tbl = require "bmc.tbl"
local walks = require "bmc.chassis.walk"

local object, same = reading.object, reading.same

---@class bmc.inventory.Scope
---@field rf bmc.redfish.Client
---@field note fun(text: string)
---@field walk bmc.chassis.Walk
---@field systems table[]  whose parts are meant
---@field others any[]     links to systems whose parts are not
---@field failure? bmc.err.Value  of something that is there and could not be read
local scope = {}
local scope_mt = { __index = scope, __name = "bmc.inventory.scope" }

function scope_mt:__tostring()
  return ("inventory of %d systems of %s"):format(#self.systems, tostring(self.rf))
end

local M = {}

-- ---- links ----

local function add_links(out, seen, value)
  for _, uri in ipairs(reading.links(value)) do
    if not seen[same(uri)] then
      out[#out + 1], seen[same(uri)] = uri, true
    end
  end
end

-- What an object has under that name, itself or in its Links (iLO 4: links).
local function add_own(out, seen, owner, name)
  add_links(out, seen, owner[name])
  add_links(out, seen, object(owner.Links)[name])
  add_links(out, seen, object(owner.links)[name])
end

--- Where the links of that name lead, of a resource and of what vendors add to it in Oem.
---@param resource table
---@param name string
---@return string[] uris  the standard's first
function M.links(resource, name)
  local out, seen = {}, {}
  add_own(out, seen, resource, name)
  for _, vendor in ipairs(tbl.sorted_keys(object(resource.Oem))) do
    add_own(out, seen, object(resource.Oem[vendor]), name)
  end
  return out
end

-- ---- the scope ----

local function one_system(rf, args, call)
  local system, e, choice = subject.system(rf, args, call)
  if not system then
    return nil, e
  end
  return { system }, choice.others
end

local function tell(note, problems)
  for _, problem in ipairs(problems) do
    note(("not read: %s (%s)"):format(problem.uri, problem.err.status or problem.err.code))
  end
end

local function all_systems(rf, _, call)
  local systems, problems = rf:systems()
  if not systems and walks.gone(problems) and rf:root() then
    call.note(problems.text or problems.code)
    return {}, {}
  elseif not systems then
    return nil, problems
  end
  tell(call.note, problems)
  return systems, {}
end

--- The scope of an operation, before any system has been read: for what is not a system's.
---@param target bmc.target.Target
---@param call bmc.plan.Call
---@return bmc.inventory.Scope
function M.new(target, call)
  local rf = redfish.of(target)
  return setmetatable({
    rf = rf, note = call.note, walk = walks.new(rf, call.note), systems = {}, others = {},
  }, scope_mt)
end

--- Reads the systems of the scope: the one that is asked for, else all.
---@param args table  `system`: Id, Name or HostName
---@param call bmc.plan.Call
---@return true? ok
---@return bmc.err.Value? err
function scope:read_systems(args, call)
  local choose = (args.system or self.rf.target.system) and one_system or all_systems
  local systems, others = choose(self.rf, args, call)
  if not systems then
    return nil, others
  end
  self.systems, self.others = systems, others
  return true
end

-- ---- reading ----

-- A failure to read what is there. It counts when nothing else is found.
local function remember(self, uri, e)
  self.note(("not read: %s (%s)"):format(uri, e.status))
  if not walks.gone(e) then
    self.failure = self.failure or e
  end
end

--- The resource behind a link; what stands there in full is taken as it is.
---@param item any  link, URI or body
---@return table? body  nil also, with a note, when it cannot be read
---@return bmc.err.Value? err  when the service does not answer any more
function scope:get(item)
  if type(item) == "table" and (item.Id ~= nil or item.Name ~= nil) then
    return item
  end
  local uri = reading.link(item)
  if not uri then
    return nil
  end
  local body, e = self.rf:get(uri)
  if body then
    return reading.placed(body, uri)
  elseif not e.status then
    return nil, e
  end
  remember(self, uri, e)
end

--- The resources behind links, in their order.
---@param list any[]  links, URIs or bodies
---@return table[]? bodies
---@return bmc.err.Value? err  when the service does not answer any more
function scope:read(list)
  local bodies, failure = self.walk:each(list, function(item)
    return self:get(item)
  end)
  return not failure and bodies or nil, failure
end

--- The members of a collection. One that is not there is noted, like a member.
---@param link any
---@return table[]? bodies
---@return bmc.err.Value? err  when the service does not answer any more
---@return bmc.redfish.Problem[]? problems  what could not be read
function scope:collection(link)
  local bodies, e, problems = self.walk:members(link)
  if not bodies and e.status then
    remember(self, reading.link(link), e)
    return {}, nil, problems
  end
  for _, problem in ipairs(problems or {}) do
    self.failure = self.failure or not walks.gone(problem.err) and problem.err or nil
  end
  return bodies, e, problems or {}
end

--- The members of a collection, or what is listed right where its link belongs (older CIMC).
---@param value any
---@return table[]? bodies
---@return bmc.err.Value? err  when the service does not answer any more
---@return bmc.redfish.Problem[]? problems
function scope:items(value)
  local read = object(value)[1] ~= nil and self.read or self.collection
  return read(self, value)
end

--- The links to the members of a collection.
---@param link any
---@return string[]? uris
---@return bmc.err.Value? err  when the service does not answer any more
function scope:uris(link)
  local uris, e = self.rf:links(reading.link(link))
  if not uris and e.status then
    remember(self, reading.link(link), e)
    return {}
  end
  return uris, not uris and e or nil
end

--- The members of the collections behind links of a resource, of the first that has any.
---@param resource table
---@param name string
---@return table[]? bodies
---@return bmc.err.Value? err
---@return bmc.redfish.Problem[]? problems
function scope:members(resource, name)
  local all = {}
  for _, uri in ipairs(M.links(resource, name)) do
    local bodies, e, problems = self:collection(uri)
    if not bodies then
      return nil, e
    elseif #bodies > 0 then
      return bodies, nil, problems
    end
    table.move(problems, 1, #problems, #all + 1, all)
  end
  return {}, nil, all
end

--- The members that several resources have below links of one name.
---@param resources table[]
---@param name string
---@return { body: table, owner: table }[]? entries
---@return bmc.err.Value? err
function scope:all_members(resources, name)
  local lists, failure = self.walk:each(resources, function(owner)
    local bodies, e = self:members(owner, name)
    return { owner = owner, bodies = bodies or {} }, e
  end)
  local entries = {}
  for _, list in ipairs(lists) do
    for _, body in ipairs(list.bodies) do
      entries[#entries + 1] = { body = body, owner = list.owner }
    end
  end
  return not failure and entries or nil, failure
end

-- ---- chassis ----

local function links_of_systems(systems)
  local uris = {}
  for _, system in ipairs(systems) do
    local links = M.links(system, "Chassis")
    table.move(links, 1, #links, #uris + 1, uris)
  end
  return uris
end

-- Whether a chassis is a system's: one links the other or, where nothing links anything (EX425),
-- they have the same Id.
local function is_of(chassis, system)
  return reading.among(M.links(chassis, "ComputerSystems"), reading.link(system))
    or reading.among(M.links(system, "Chassis"), reading.link(chassis))
    or chassis.Id ~= nil and chassis.Id == system.Id
end

--- The system that a chassis is of.
---@param chassis table
---@return table? system  nil when it is of none of the scope
function scope:system_of(chassis)
  for _, system in ipairs(self.systems) do
    if is_of(chassis, system) then
      return system
    end
  end
end

local function is_foreign(self, chassis, others)
  if self:system_of(chassis) then
    return false
  end
  for _, other in ipairs(others) do
    if is_of(chassis, other) then
      return true
    end
  end
  return #M.links(chassis, "ComputerSystems") > 0
end

--- The chassis of the scope. Where no collection lists them, those that the systems link.
---@return table[]? bodies
---@return bmc.err.Value? err
function scope:chassis()
  local all, problems = self.rf:chassis()
  if not all and problems.status then
    return self:read(links_of_systems(self.systems))
  elseif not all then
    return nil, problems
  end
  tell(self.note, problems)
  local others, e = self:read(self.others)
  if not others or #self.others == 0 then
    return others and all, e
  end
  local own = {}
  for _, chassis in ipairs(all) do
    own[#own + 1] = not is_foreign(self, chassis, others) and chassis or nil
  end
  return own
end

return M
