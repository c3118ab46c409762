-- SPDX-License-Identifier: GPL-3.0-or-later
-- inventory.unlisted: owns where parts are that are there and that no link leads to. Asked only
-- where the links gave nothing and something says that there is more, or where the answer would
-- be that the machine has none: a BMC that links what it has is asked nothing here.

local chassis = require "bmc.chassis"
local reading = require "bmc.reading"
local scopes = require "bmc.inventory.scope"

local object, same = reading.object, reading.same

local M = {}

--- The members of the collection that the standard has below a resource, where the links of that
--- name do not lead there. That it is not there tells nobody anything.
---@param scope bmc.inventory.Scope
---@param resource table
---@param name string
---@return table[]? bodies  {} where there is none
---@return bmc.err.Value? err  when the service does not answer any more
function M.below(scope, resource, name)
  local uri = reading.below(resource, name)
  if not uri or reading.among(scopes.links(resource, name), uri) then
    return {}
  end
  local bodies, e = scope.rf:collection(uri)
  if not bodies then
    return e.status and {} or nil, not e.status and e or nil
  elseif #bodies > 0 then
    scope.note(("%s: found, though nothing links it"):format(uri))
  end
  return bodies
end

-- The resources in a collection that the temperatures of a chassis are related to.
local function related(thermal, collection, out)
  for _, item in ipairs(reading.list(object(thermal).Temperatures)) do
    for _, uri in ipairs(reading.links(object(item).RelatedItem)) do
      local own = same(uri):match("^(.*)/[^/]+$") == same(collection)
      out[#out + 1] = own and not reading.among(out, uri) and uri or nil
    end
  end
end

--- The parts of a machine that is off which only its sensors name. An iDRAC 9 lists no processor
--- then, though each is still there, with its socket and nothing else.
---@param scope bmc.inventory.Scope
---@param system table
---@param name string  of the collection
---@return table[]? bodies
---@return bmc.err.Value? err
function M.sensed(scope, system, name)
  local collection = scopes.links(system, name)[1]
  if not collection or reading.power_state(system) ~= "off" then
    return {}
  end
  local uris = {}
  for _, uri in ipairs(chassis.linked(scope.rf, system)) do
    related(scope.walk:fetch(reading.path(uri) .. "/Thermal"), collection, uris)
  end
  if #uris > 0 then
    scope.note(("%s lists nothing while the machine is off: its sensors name %d")
      :format(collection, #uris))
  end
  return scope:read(uris)
end

--- The members of a collection of a system, wherever they are.
---@param scope bmc.inventory.Scope
---@param system table
---@param name string
---@param counted? fun(system: table): any  whether the system says that it has any
---@return table[]? bodies
---@return bmc.err.Value? err
function M.members(scope, system, name, counted)
  local bodies, e = scope:members(system, name)
  if bodies and #bodies == 0 and counted and counted(system) then
    bodies, e = M.below(scope, system, name)
  end
  if bodies and #bodies == 0 then
    bodies, e = M.sensed(scope, system, name)
  end
  return bodies, e
end

return M
