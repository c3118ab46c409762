-- SPDX-License-Identifier: GPL-3.0-or-later
-- inventory.drives: owns the places where drives are, and that none is counted twice. In order:
--   1. the drives of the Storage resources
--   2. those of the chassis: empty bays, and drives whose Storage cannot be read
--   3. SmartStorage's (R10), which on iLO 5 repeats some of the former and adds others
--   4. the devices of SimpleStorage, which have no id and no serial number
--   5. for want of all, Storage resources that no link leads to; then drives of the chassis that
--      none leads to
-- Within one place, each resource is a drive. From place to place a drive is known by its serial
-- number; not within one, for some firmware gives all its virtual devices the same.

local inventory = require "bmc.inventory"
local reading = require "bmc.reading"
local scopes = require "bmc.inventory.scope"
local controllers = require "bmc.inventory.storage"
local storage = require "bmc.parts.storage"
local unlisted = require "bmc.inventory.unlisted"

local object, same = reading.object, reading.same

local M = {}

-- ---- a list in which none stands twice ----

local function new_list(scope, limit)
  return { scope = scope, limit = limit or math.huge, records = {}, uris = {}, serials = {} }
end

-- A serial number alone may repeat from maker to maker.
local function key_of(record)
  return record.serial_number and record.serial_number .. "\0" .. (record.model or "")
end

-- Links to drives that the list has not seen, no more than it has room for.
local function add_refs(list, refs, links, system)
  for _, link in ipairs(links) do
    local uri = same(reading.link(link))
    if not list.uris[uri] and #list.records + #refs < list.limit then
      list.uris[uri] = uri ~= ""
      refs[#refs + 1] = { link = link, system = system }
    end
  end
end

-- What is behind links to drives. Some of them lead to a collection of drives, and may be its
-- only sign.
local function read(list, refs)
  local scope, inner = list.scope, {}
  local found, e = scope.walk:each(refs, function(ref)
    local body, failure = scope:get(ref.link)
    return body and { body = body, system = ref.system }, failure
  end)
  local drives = {}
  for _, one in ipairs(found) do
    if one.body.Members == nil then
      drives[#drives + 1] = one
    elseif not e then
      local links
      links, e = scope:uris(one.body)
      add_refs(list, inner, links or {}, one.system)
    end
  end
  if e or not inner[1] then
    return drives, e
  end
  found, e = read(list, inner)
  return table.move(found, 1, #found, #drives + 1, drives), e
end

-- Reads and takes the drives of a place.
local function add_place(list, refs)
  local keys = {}
  local drives, e = read(list, refs)
  for _, drive in ipairs(drives) do
    local record = storage.drive(drive.body)
    local key = key_of(record)
    if not (key and list.serials[key]) then
      list.records[#list.records + 1] = inventory.mark(list.scope, drive.system, record)
    end
    keys[#keys + 1] = key
  end
  for _, key in ipairs(keys) do
    list.serials[key] = true
  end
  return e
end

-- ---- places ----

-- Drives are listed, or are a collection of their own.
local function links_of(scope, drives)
  if object(drives)[1] == nil and reading.link(drives) then
    return scope:uris(drives)
  end
  return reading.list(drives)
end

local function of_storages(list, found)
  local refs = {}
  for _, controller in ipairs(found.list) do
    local links, e = links_of(list.scope, controller.body.Drives)
    if not links then
      return e
    end
    add_refs(list, refs, links, controller.system)
  end
  return add_place(list, refs)
end

local function of_chassis(list, found)
  local refs = {}
  for _, body in ipairs(found.chassis) do
    local links, e = links_of(list.scope, body.Drives)
    if not links then
      return e
    end
    local system = list.scope:system_of(body)
    add_refs(list, refs, links, system)
    add_refs(list, refs, reading.list(object(body.Links).Drives), system)
  end
  return add_place(list, refs)
end

local function of_smart_storage(list)
  local refs = {}
  local all, e = controllers.smart_controllers(list.scope)
  for _, controller in ipairs(all or {}) do
    for _, kind in ipairs { "PhysicalDrives", "DiskDrives", "UnconfiguredDrives" } do
      for _, link in ipairs(scopes.links(controller.body, kind)) do
        local links
        links, e = list.scope:uris(link)
        add_refs(list, refs, links or {}, controller.system)
      end
    end
  end
  return e or add_place(list, refs)
end

-- ---- SimpleStorage ----

-- Whether a SimpleStorage shows what a Storage that was read shows better.
local function is_repeated(found, link, body)
  local uri = reading.link(object(object(body).Links).Storage)
  if uri then
    return found.read[same(uri)]
  end
  for _, controller in ipairs(found.list) do
    if controller.body.Id == reading.tail(link) then
      return true
    end
  end
  return false
end

-- A device may still be a drive of the list, by its name, or model and size.
local function take_match(list, record)
  for _, known in ipairs(list.records) do
    local alike = known.name == record.name and known.name
      or known.model == record.model and known.model
      and (known.capacity_bytes == record.capacity_bytes or not record.capacity_bytes)
    if alike and not list.matched[known] then
      list.matched[known] = true
      return true
    end
  end
  return false
end

local function add_devices(list, body, system)
  local own = {}
  for _, device in ipairs(reading.list(body.Devices)) do
    local record = storage.drive(object(device))
    if next(record) and storage.is_drive(device) and not take_match(list, record)
      and #list.records + #own < list.limit then
      own[#own + 1] = inventory.mark(list.scope, system, record)
    end
  end
  table.move(own, 1, #own, #list.records + 1, list.records)
end

local function of_simple_storage(list, found)
  list.matched = {}
  for _, system in ipairs(list.scope.systems) do
    for _, link in ipairs(scopes.links(system, "SimpleStorage")) do
      local uris, e = list.scope:uris(link)
      for _, uri in ipairs(uris or {}) do
        local body
        if not is_repeated(found, uri) then
          body, e = list.scope:get(uri)
        end
        if body and not is_repeated(found, uri, body) then
          add_devices(list, body, system)
        end
      end
      if e then
        return e
      end
    end
  end
end

-- Those below the chassis, where no link leads (R26).
local function of_unlinked_chassis(list, found)
  for _, body in ipairs(found.chassis) do
    local drives, e = unlisted.below(list.scope, body, "Drives")
    if not drives then
      return e
    end
    local refs = {}
    for i, drive in ipairs(drives) do
      refs[i] = { link = drive, system = list.scope:system_of(body) }
    end
    e = add_place(list, refs)
    if e then
      return e
    end
  end
end

local function of_unlisted(list, found)
  local storages, e
  if #list.records == 0 then
    storages, e = controllers.unlisted(list.scope)
  end
  e = e or storages and of_storages(list, storages)
  return e or #list.records == 0 and of_unlinked_chassis(list, found) or nil
end

local PLACES = { of_storages, of_chassis, of_smart_storage, of_simple_storage, of_unlisted }

--- The drives of a scope.
---@param scope bmc.inventory.Scope
---@param args table  `max_drives`: no more than these
---@return table[]? records
---@return bmc.err.Value? err
function M.collect(scope, args)
  local found, e = controllers.storages(scope)
  if not found then
    return nil, e
  end
  local list = new_list(scope, args.max_drives)
  for _, place in ipairs(PLACES) do
    if #list.records >= list.limit then
      break
    end
    e = place(list, found)
    if e then
      return nil, e
    end
  end
  return list.records
end

return M
