-- SPDX-License-Identifier: GPL-3.0-or-later
--- Systems that no collection lists: what to do when `Systems` is linked and cannot be read.
--
-- Owns the search for them: chassis and managers link their systems; failing that, the Ids that
-- most BMCs use are tried. A service whose root links no systems (a rack PDU) has none, and is
-- not searched.

local collection = require "bmc.redfish.collection"
local reading = require "bmc.reading"

-- Failures of the collection itself. What says "not now" or "not you" would say so again.
local SEARCHED = { missing = true, unsupported = true, protocol = true, internal = true }

-- Where others say which systems are theirs.
local LINKED_BY = { { "Chassis", "ComputerSystems" }, { "Managers", "ManagerForServers" } }

local M = {}

-- The URIs of the systems that the members of a top collection link.
local function linked(rf, path, name)
  local uris, seen = {}, {}
  for _, body in ipairs(collection.read(rf, path) or {}) do
    for _, uri in ipairs(reading.links(reading.field(reading.field(body, "Links"), name))) do
      if not seen[reading.same(uri)] then
        uris[#uris + 1], seen[reading.same(uri)] = uri, true
      end
    end
  end
  return uris
end

local function read_all(rf, uris)
  local bodies, problems = {}, {}
  for _, uri in ipairs(uris) do
    local body, e = rf:get(uri)
    bodies[#bodies + 1] = body and reading.placed(body, uri)
    if not body then
      problems[#problems + 1] = { uri = uri, err = e }
    end
  end
  return bodies, problems
end

local function guess(rf, path)
  for _, id in ipairs(rf.target.profile.redfish.system_ids) do
    local uri = path .. "/" .. id
    local body = rf:get(uri)
    if body then
      return reading.placed(body, uri)
    end
  end
end

-- A root that links nothing at all (R32) says nothing about systems either.
local function has_none(root)
  return root.Systems == nil and (root.Chassis ~= nil or root.Managers ~= nil)
end

--- The systems, where their collection has failed.
---@param rf bmc.redfish.Client
---@param root table?  nil when that cannot be read either
---@param link fun(name: string): string  where a top collection is
---@param failure bmc.err.Value  of the collection
---@return table[]? bodies
---@return bmc.redfish.Problem[]|bmc.err.Value problems, or the failure when there are none
function M.systems(rf, root, link, failure)
  if not SEARCHED[failure.code] or root and has_none(root) then
    return nil, failure
  end
  for _, by in ipairs(LINKED_BY) do
    local bodies, problems = read_all(rf, linked(rf, link(by[1]), by[2]))
    if bodies[1] then
      return bodies, problems
    end
  end
  local body = guess(rf, reading.path(link("Systems")))
  if body then
    return { body }, {}
  end
  return nil, failure
end

return M
