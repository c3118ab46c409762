-- SPDX-License-Identifier: GPL-3.0-or-later
-- inventory.firmware: owns where firmware and software are listed: in the inventories of the
-- UpdateService, the vendors' own among them (F11), which may repeat the standard's and number
-- theirs anew; and, where that has none, below the systems, as iLO 4 lists names and versions in
-- one resource (R10), and iRMC in several.

local parts = require "bmc.parts"
local reading = require "bmc.reading"
local tbl = require "bmc.tbl"

local object, same = reading.object, reading.same

local SERVICE = "/redfish/v1/UpdateService"
-- Names of inventories; a vendor's have a prefix.
local NAMES = { "FirmwareInventory", "SoftwareInventory" }
-- What iRMC writes the versions of into its own inventory.
local VERSIONS = { "SystemBIOS", "BMCFirmware", "SDRRVersion" }

local M = {}

-- ---- where ----

local function add_named(out, owner, matches)
  for _, key in ipairs(tbl.sorted_keys(object(owner))) do
    if type(key) == "string" and matches(key) then
      out[#out + 1] = owner[key]
    end
  end
end

-- Where the standard has inventories, below a service that links none.
local function unlinked(service)
  local out = {}
  for i, name in ipairs(NAMES) do
    out[i] = reading.below(reading.placed(service, SERVICE), name)
  end
  return out
end

-- The inventories of a resource: what the standard calls so, then what vendors do.
local function inventories(resource)
  local out = {}
  for _, name in ipairs(NAMES) do
    add_named(out, resource, function(key) return key == name end)
  end
  for _, name in ipairs(NAMES) do
    add_named(out, resource, function(key) return key ~= name and key:find(name .. "$") end)
    for _, vendor in ipairs(tbl.sorted_keys(object(resource.Oem))) do
      local own = object(resource.Oem[vendor])
      local function is_inventory(key) return key:find(name .. "$") end
      add_named(out, own, is_inventory)
      add_named(out, reading.field(own, "Links"), is_inventory)
    end
  end
  return out
end

-- ---- a list in which no item stands twice ----

local function add(list, record)
  local key = (record.name or "") .. "\0" .. (record.version or "")
  if list.before[key] then
    return
  end
  -- F11: ids that repeat are told apart by the name.
  if record.id and list.ids[record.id] and record.name then
    record.id = record.id .. ":" .. record.name
  end
  list.ids[record.id or ""] = true
  list.keys[#list.keys + 1] = key
  list.records[#list.records + 1] = record
end

-- What one inventory has is not taken again from the next. Within one, all is.
local function close(list)
  for _, key in ipairs(list.keys) do
    list.before[key] = true
  end
  list.keys = {}
end

-- ---- what ----

local function of_service(scope, list)
  local service, e = scope:get(object(scope.rf:root()).UpdateService or SERVICE)
  local seen, places = {}, service and inventories(service) or {}
  places = service and #places == 0 and unlinked(service) or places
  for _, value in ipairs(places) do
    local uri, bodies = same(reading.link(value)), nil
    if uri == "" or not seen[uri] then
      seen[uri] = true
      bodies, e = scope:items(value)
    end
    if e then
      return e
    end
    for _, body in ipairs(bodies or {}) do
      add(list, parts.software(body))
    end
    close(list)
  end
  return e
end

-- iLO 4: what runs now, by place; each place has a list.
local function add_current(list, current)
  for _, place in ipairs(tbl.sorted_keys(object(current))) do
    for _, item in ipairs(reading.list(current[place])) do
      add(list, parts.listed_firmware(object(item), place))
    end
  end
end

-- iRMC: some versions stand right there, the others in resources that it links, by kind, each of
-- which lists adapters or ports.
local function add_by_kind(scope, list, body)
  for _, key in ipairs(VERSIONS) do
    if reading.text(body[key]) then
      add(list, parts.listed_firmware({ VersionString = body[key] }, key))
    end
  end
  for _, key in ipairs(tbl.sorted_keys(body)) do
    local kind, e = scope:get(type(body[key]) == "table" and body[key] or nil)
    if e then
      return e
    end
    for _, name in ipairs { "Adapters", "Ports" } do
      for _, item in ipairs(reading.list(object(kind)[name])) do
        add(list, parts.adapter_firmware(object(item), key))
      end
    end
  end
end

local function of_systems(scope, list)
  for _, system in ipairs(scope.systems) do
    for _, value in ipairs(inventories(system)) do
      local body, e = scope:get(value)
      if body and body.Current then
        add_current(list, body.Current)
      elseif body then
        e = add_by_kind(scope, list, body)
      end
      if e then
        return e
      end
    end
    close(list)
  end
end

--- The firmware and software of a service.
---@param scope bmc.inventory.Scope  its systems are read only when they are asked
---@param args table
---@param call bmc.plan.Call
---@return table[]? records
---@return bmc.err.Value? err
function M.collect(scope, args, call)
  local list = { records = {}, ids = {}, keys = {}, before = {} }
  local e = of_service(scope, list)
  if not e and #list.records == 0 then
    local ok
    ok, e = scope:read_systems(args, call)
    e = ok and of_systems(scope, list) or e
  end
  return not e and list.records or nil, e
end

return M
