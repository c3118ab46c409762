-- SPDX-License-Identifier: GPL-3.0-or-later
-- chassis: owns which chassis belong to a system, and the order in which they are asked for
-- their thermal and power data (the kinds of bmc.chassis.kinds).
--
-- A BMC should have to answer few requests before the operator sees a number, so the walk goes
-- from the likely to the complete and stops where it finds something:
--   1. Thermal or Power of the chassis that the system links. Their place below the chassis is
--      fixed by the schema, so the chassis itself need not be read first.
--   2. The links of that chassis: the same resource elsewhere, then the new model.
--   3. The other chassis that claim the system: S2600BPB, whose system links a chassis that does
--      not exist; and where profile.redfish.sensors_spread says that they have a part each (R30).
-- Chassis of profile.redfish.chassis_skip are never asked: some iDRACs crash on them (R02).

local kinds = require "bmc.chassis.kinds"
local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"
local tbl = require "bmc.tbl"
local walks = require "bmc.chassis.walk"

local object, same = reading.object, reading.same

-- The vendor of a BMC of which nothing is known yet.
local UNKNOWN = "redfish-generic"

local M = { kinds = kinds }

-- Records of a Thermal or Power, nil where it says nothing; and its body, when it could be read.
local function of_old(walk, kind, link)
  local old, e = walk:fetch(link, kind.reads)
  local found = old and kind.old(old, walk) or {}
  return #found > 0 and found or nil, e, old
end

-- Records of a chassis whose body is at hand. `old` is its Thermal or Power, where that has been
-- read already (and said nothing), and `tried` where it was looked for.
local function of_body(walk, kind, chassis, old, tried)
  local link = chassis[kind.resource]
  if not old and reading.link(link) and same(reading.link(link)) ~= same(tried) then
    local found, e
    found, e, old = of_old(walk, kind, link)
    if found or e then
      return found, e
    end
  end
  return kind.new(walk, chassis, old == nil)
end

-- Records of one more chassis: what its Thermal or Power has, else what a chassis that is one of
-- several has for itself.
local function of_further(walk, kind, chassis)
  local found, e = of_old(walk, kind, chassis[kind.resource])
  if found or e then
    return found, e
  end
  return kind.spread(walk, chassis, false)
end

-- Records of a chassis of which only the URI is known. The slash at its end is iLO 4's and 5's.
local function of_uri(walk, kind, uri)
  local at = uri:gsub("/+$", "") .. "/" .. kind.resource .. (uri:find("/$") and "/" or "")
  local old, e = walk:fetch(at, kind.reads)
  if e then
    return nil, e
  end
  local found = old and kind.old(old, walk) or {}
  if #found > 0 then
    return found
  end
  local chassis
  chassis, e = walk:fetch(uri)
  if not chassis then
    return e == nil and {} or nil, e
  end
  return of_body(walk, kind, chassis, old, at)
end

local function skipped(rf, uri)
  return tbl.matches(reading.tail(uri) or uri, rf.target.profile.redfish.chassis_skip)
end

-- The chassis that claim the system, by link or, where nothing links anything (EX425), by the
-- same Id; failing that, those that claim none, unless the system links chassis itself. A
-- service without systems (a power shelf) has only chassis, and all of them count.
local function claiming(rf, all, system, known)
  local mine, unclaimed = {}, {}
  for _, chassis in ipairs(all) do
    local systems, uri = reading.links(object(chassis.Links).ComputerSystems), reading.link(chassis)
    local new = uri and not reading.among(known, uri) and not skipped(rf, uri)
    local claims = not system or chassis.Id ~= nil and chassis.Id == system.Id
      or reading.among(systems, reading.link(system))
    if new and claims then
      mine[#mine + 1] = chassis
    elseif new and #systems == 0 then
      unclaimed[#unclaimed + 1] = chassis
    end
  end
  if #mine > 0 then
    return mine
  end
  return #known == 0 and unclaimed or {}
end

local function flatten(lists)
  local out = {}
  for _, records in ipairs(lists) do
    table.move(records, 1, #records, #out + 1, out)
  end
  return out
end

-- What all these chassis together have; the error only when they have nothing.
local function gather(walk, chassis, f)
  local lists, failure = walk:each(chassis, f)
  local found = flatten(lists)
  if failure and #found > 0 then
    walk.note("incomplete: " .. (failure.text or failure.code))
  end
  return found, #found == 0 and failure or nil
end

--- The chassis a system links: Links.Chassis, iLO 4's links.Chassis.
---@param rf bmc.redfish.Client
---@param system table?
---@return string[] uris  without those that must not be asked
function M.linked(rf, system)
  local out = {}
  for _, uri in ipairs(reading.links(reading.field(reading.field(system, "Links"), "Chassis"))) do
    if not skipped(rf, uri) then
      out[#out + 1] = uri
    end
  end
  return out
end

-- Whether every chassis of a system has a part of its records. OpenBMC has a root that says
-- nothing of itself: the manager does.
local function is_spread(rf, system, kind, note)
  if not kind.spread then
    return false
  elseif system and rf.target.vendor == UNKNOWN then
    subject.identify(rf, system, { note = note })
  end
  return rf.target.profile.redfish.sensors_spread
end

--- All records of a kind that belong to a system.
---@param rf bmc.redfish.Client
---@param system table? nil for a service that has no systems
---@param kind bmc.chassis.Kind one of kinds
---@param note fun(text: string) is told what lacks
---@return table[]? records in the BMC's order; {} when it has none
---@return bmc.err.Value? err
function M.gather(rf, system, kind, note)
  local walk, known = walks.new(rf, note), M.linked(rf, system)
  local found, failure = gather(walk, known, function(uri)
    return of_uri(walk, kind, uri)
  end)
  if #found > 0 and not is_spread(rf, system, kind, note) then
    return found
  elseif failure and #found == 0 then
    return nil, failure
  end
  local all, problems = rf:chassis()
  if not all and not walks.gone(problems) then
    return nil, problems
  end
  local more = #found > 0 and of_further or of_body
  local rest, lost = gather(walk, claiming(rf, all or {}, system, known), function(chassis)
    return more(walk, kind, chassis)
  end)
  table.move(rest, 1, #rest, #found + 1, found)
  return (#found > 0 or not lost) and found or nil, lost
end

--- The Redfish way of an operation that lists records of one kind. A service without systems
--- (a power shelf) is asked for all of its chassis.
---@param kind bmc.chassis.Kind
---@return fun(target: bmc.target.Target, args: table, call: bmc.plan.Call): table[]?, table?
function M.way(kind)
  return function(target, args, call)
    local rf = redfish.of(target)
    local system, e = subject.system_if_any(rf, args, call)
    if e then
      return nil, e
    end
    return M.gather(rf, system, kind, call.note)
  end
end

return M
