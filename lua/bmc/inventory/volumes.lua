-- SPDX-License-Identifier: GPL-3.0-or-later
-- inventory.volumes: owns the places where volumes are, and that none is counted twice: the
-- Volumes of the Storage resources; where a Storage or its Volumes cannot be read, what its drives
-- link; and SmartStorage's LogicalDrives (R10), which on iLO 5 may be the same volumes again.

local controllers = require "bmc.inventory.storage"
local inventory = require "bmc.inventory"
local reading = require "bmc.reading"
local scopes = require "bmc.inventory.scope"
local storage = require "bmc.parts.storage"

local object, same = reading.object, reading.same

local M = {}

local function add(list, body, drives, system)
  local uri = same(reading.link(body))
  if uri ~= "" and list.uris[uri] then
    return
  end
  list.uris[uri] = true
  for _, name in ipairs(storage.volume_names(body)) do
    list.names[name] = true
  end
  list.records[#list.records + 1] =
    inventory.mark(list.scope, system, storage.volume(body, drives))
end

-- ---- Storage ----

-- The volumes of the Storage resources; those of which they could not be read are left over.
local function of_storages(list, found)
  local left = {}
  local answers, e = list.scope.walk:each(found.list, function(controller)
    local bodies, failure, problems = list.scope:items(controller.body.Volumes)
    return { controller = controller, bodies = bodies or {}, problems = problems or {} }, failure
  end)
  for _, answer in ipairs(answers) do
    for _, body in ipairs(answer.bodies) do
      add(list, body, scopes.links(body, "Drives"), answer.controller.system)
    end
    if #answer.problems > 0 then
      left[#left + 1] = answer.controller.body
    end
  end
  return left, e
end

-- Those of Storage resources that no link leads to.
local function of_unlisted(list)
  local found, e = controllers.unlisted(list.scope)
  if not found then
    return e
  end
  return select(2, of_storages(list, found))
end

-- The drives whose Storage told nothing about volumes.
local function orphans(found, left)
  local covered, uris = {}, {}
  for _, controller in ipairs(found.list) do
    for _, uri in ipairs(reading.links(controller.body.Drives)) do
      covered[same(uri)] = true
    end
  end
  for _, body in ipairs(left) do
    local links = reading.links(body.Drives)
    table.move(links, 1, #links, #uris + 1, uris)
  end
  for _, body in ipairs(next(found.tried) and found.chassis or {}) do
    for _, uri in ipairs(reading.links(object(body.Links).Drives)) do
      uris[#uris + 1] = not covered[same(uri)] and uri or nil
    end
  end
  return uris
end

-- The volumes that drives link.
local function of_drives(list, uris)
  local drives, e = list.scope:read(uris)
  local wanted, seen = {}, {}
  for _, drive in ipairs(drives or {}) do
    for _, uri in ipairs(scopes.links(drive, "Volumes")) do
      if not seen[same(uri)] and not list.uris[same(uri)] then
        wanted[#wanted + 1], seen[same(uri)] = uri, true
      end
    end
  end
  local bodies = {}
  if not e then
    bodies, e = list.scope:read(wanted)
  end
  for _, body in ipairs(bodies or {}) do
    add(list, body, scopes.links(body, "Drives"))
  end
  return e
end

-- ---- SmartStorage ----

local function is_known(list, body)
  for _, name in ipairs(storage.volume_names(body)) do
    if list.names[name] then
      return true
    end
  end
  return false
end

local function add_logical(list, controller, body)
  if is_known(list, body) then
    return
  end
  local drives = {}
  for _, link in ipairs(scopes.links(body, "DataDrives")) do
    local uris, e = list.scope:uris(link)
    if not uris then
      return e
    end
    table.move(uris, 1, #uris, #drives + 1, drives)
  end
  add(list, body, drives, controller.system)
end

local function of_smart_storage(list)
  local all, e = controllers.smart_controllers(list.scope)
  for _, controller in ipairs(all or {}) do
    local bodies
    bodies, e = list.scope:members(controller.body, "LogicalDrives")
    for _, body in ipairs(bodies or {}) do
      e = e or add_logical(list, controller, body)
    end
    if e then
      return e
    end
  end
  return e
end

--- The volumes of a scope.
---@param scope bmc.inventory.Scope
---@return table[]? records
---@return bmc.err.Value? err
function M.collect(scope)
  local found, e = controllers.storages(scope)
  if not found then
    return nil, e
  end
  local list = { scope = scope, records = {}, uris = {}, names = {} }
  local left
  left, e = of_storages(list, found)
  e = e or of_drives(list, orphans(found, left)) or of_smart_storage(list)
  if not e and #list.records == 0 then
    e = of_unlisted(list)
  end
  return not e and list.records or nil, e
end

return M
