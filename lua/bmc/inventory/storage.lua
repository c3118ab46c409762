-- SPDX-License-Identifier: GPL-3.0-or-later
-- inventory.storage: owns where the controllers of drives and volumes are: the Storage resources
-- of the systems, of the root, and of the chassis that link one, and HPE's SmartStorage (R10).

local reading = require "bmc.reading"
local scopes = require "bmc.inventory.scope"
local unlisted = require "bmc.inventory.unlisted"

local same = reading.same

---@class bmc.inventory.Controller
---@field body table
---@field system? table  that it is of, where one says so

---@class bmc.inventory.Storages
---@field list bmc.inventory.Controller[]
---@field read table<string, boolean>  which URIs have been read
---@field tried table<string, boolean>  which could not be read
---@field chassis table[]  of the scope

local M = {}

local function add(found, bodies, problems, system)
  for _, body in ipairs(bodies) do
    local uri = same(reading.link(body))
    if not found.read[uri] then
      found.read[uri] = true
      found.list[#found.list + 1] = { body = body, system = system }
    end
  end
  for _, problem in ipairs(problems) do
    found.tried[same(problem.uri)] = true
  end
end

-- The Storage resources that chassis link and no system lists.
local function add_linked(scope, found, chassis)
  local uris = {}
  for _, body in ipairs(chassis) do
    for _, uri in ipairs(scopes.links(body, "Storage")) do
      local known = found.read[same(uri)] or found.tried[same(uri)]
      uris[#uris + 1] = not known and uri or nil
    end
  end
  local bodies, e = scope:read(uris)
  if bodies then
    add(found, bodies, {})
  end
  return e
end

-- The Storage resources of the systems and of the root.
local function of_service(scope)
  local found = { list = {}, read = {}, tried = {} }
  for _, system in ipairs(scope.systems) do
    local bodies, e, problems = scope:members(system, "Storage")
    if not bodies then
      return nil, e
    end
    add(found, bodies, problems, system)
  end
  local root = #scope.others == 0 and scope.rf:root()
  if root and root.Storage then
    local bodies, e, problems = scope:collection(root.Storage)
    if not bodies then
      return nil, e
    end
    add(found, bodies, problems)
  end
  return found
end

--- All Storage resources of a scope, and the chassis, which are asked for at the same time.
---@param scope bmc.inventory.Scope
---@return bmc.inventory.Storages?
---@return bmc.err.Value? err
function M.storages(scope)
  local found, chassis
  local _, e = scope.walk:each({
    function()
      local why
      found, why = of_service(scope)
      return nil, why
    end,
    function()
      local why
      chassis, why = scope:chassis()
      return nil, why
    end,
  }, function(f) return f() end)
  e = e or add_linked(scope, found, chassis)
  if e then
    return nil, e
  end
  found.chassis = chassis
  return found
end

--- The Storage resources of systems that link none, or link Storages where they are at Storage
--- (R26).
---@param scope bmc.inventory.Scope
---@return bmc.inventory.Storages?
---@return bmc.err.Value? err
function M.unlisted(scope)
  local found = { list = {}, read = {}, tried = {}, chassis = {} }
  for _, system in ipairs(scope.systems) do
    local bodies, e = unlisted.below(scope, system, "Storage")
    if not bodies then
      return nil, e
    end
    add(found, bodies, {}, system)
  end
  return found
end

-- The controllers below one SmartStorage.
local function below(scope, smart)
  local out = {}
  for _, kind in ipairs { "ArrayControllers", "HostBusAdapters" } do
    local bodies, e = scope:members(smart, kind)
    if not bodies then
      return nil, e
    end
    table.move(bodies, 1, #bodies, #out + 1, out)
  end
  return out
end

--- The array controllers and host bus adapters of SmartStorage.
---@param scope bmc.inventory.Scope
---@return bmc.inventory.Controller[]?
---@return bmc.err.Value? err
function M.smart_controllers(scope)
  local out = {}
  for _, system in ipairs(scope.systems) do
    local smart, e = scope:read(scopes.links(system, "SmartStorage"))
    local bodies = {}
    if smart and smart[1] then
      bodies, e = below(scope, smart[1])
    end
    if e then
      return nil, e
    end
    for _, body in ipairs(bodies) do
      out[#out + 1] = { body = body, system = system }
    end
  end
  return out
end

return M
