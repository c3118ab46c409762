-- SPDX-License-Identifier: GPL-3.0-or-later
-- inventory.network: owns the places where network adapters are (R11, R12), and that none is
-- counted twice. In order:
--   1. NetworkAdapters of the chassis
--   2. what the systems themselves or their vendors call so: HPE's BaseNetworkAdapters, which
--      hold cards that the former lack, and the others again
--   3. for want of both, NetworkInterfaces of the systems, or the adapters that these link
--   4. for want of all, EthernetInterfaces of the systems: a record for each port
--   5. for want even of these, what no link leads to

local chassis = require "bmc.chassis"
local inventory = require "bmc.inventory"
local network = require "bmc.parts.network"
local reading = require "bmc.reading"
local unlisted = require "bmc.inventory.unlisted"

local object, same = reading.object, reading.same

local M = {}

-- An adapter that does not say how many ports it has may list them.
local function count_ports(scope, body, record)
  for _, name in ipairs { "Ports", "NetworkPorts" } do
    local link = not record.port_count and reading.link(body[name])
    local uris, e
    if link then
      uris, e = scope:uris(link)
    end
    if e then
      return e
    end
    record.port_count = record.port_count or uris and #uris > 0 and #uris or nil
  end
end

local function take(list, record, system)
  list.records[#list.records + 1] = inventory.mark(list.scope, system, record)
  if record.serial_number then
    list.serials[record.serial_number] = true
  end
end

-- Takes adapters of one kind of place. A card is known by its serial number from place to place;
-- not within one, for some firmware gives it to each of its views (EX425).
local function add(list, entries)
  local known = {}
  for serial in pairs(list.serials) do
    known[serial] = true
  end
  local records, e = list.scope.walk:each(entries, function(entry)
    local record = network.adapter(entry.body)
    return { entry, record }, count_ports(list.scope, entry.body, record)
  end)
  for _, pair in ipairs(records) do
    local entry, record = pair[1], pair[2]
    local uri = same(reading.link(entry.body))
    if not list.uris[uri] and not known[record.serial_number or ""] then
      list.uris[uri] = uri ~= ""
      take(list, record, entry.system)
    end
  end
  return e
end

-- ---- places ----

local function of_chassis(list)
  local all, e = list.scope:chassis()
  local entries
  if all then
    entries, e = list.scope:all_members(all, "NetworkAdapters")
  end
  for _, entry in ipairs(entries or {}) do
    entry.system = list.scope:system_of(entry.owner)
  end
  return entries, e
end

-- The members of a link of the systems.
local function of_systems(list, name)
  local entries, e = list.scope:all_members(list.scope.systems, name)
  for _, entry in ipairs(entries or {}) do
    entry.system = entry.owner
  end
  return entries, e
end

-- The adapters that interfaces link. An interface that links none stands for it.
local function behind_interfaces(list)
  local entries, e = of_systems(list, "NetworkInterfaces")
  local _, failure = list.scope.walk:each(entries or {}, function(entry)
    local body, why = list.scope:get(object(entry.body.Links).NetworkAdapter)
    entry.body = body or entry.body
    return nil, why
  end)
  return entries, e or failure
end

-- The chassis of a system, as far as it is known without reading them.
local function linked_chassis(scope, system)
  local out = {}
  for i, uri in ipairs(chassis.linked(scope.rf, system)) do
    out[i] = { ["@odata.id"] = uri }
  end
  return out
end

-- Adapters, or else interfaces, where the standard has them and no link leads.
local function unlinked(scope, system)
  local owners = linked_chassis(scope, system)
  owners[#owners + 1] = system
  for i, owner in ipairs(owners) do
    local name = i < #owners and "NetworkAdapters" or "EthernetInterfaces"
    local bodies, e = unlisted.below(scope, owner, name)
    if e or #bodies > 0 then
      return bodies, e
    end
  end
  return {}
end

local function of_unlisted(list)
  local entries = {}
  for _, system in ipairs(list.scope.systems) do
    local bodies, e = unlinked(list.scope, system)
    if not bodies then
      return nil, e
    end
    for _, body in ipairs(bodies) do
      entries[#entries + 1] = { body = body, system = system }
    end
  end
  return entries
end

local PLACES = {
  { of_chassis },
  { of_systems, "NetworkAdapters" },
  { behind_interfaces, last = true },
  { of_systems, "EthernetInterfaces", last = true },
  { of_unlisted, last = true },
}

--- The network adapters of a scope.
---@param scope bmc.inventory.Scope
---@return table[]? records
---@return bmc.err.Value? err
function M.collect(scope)
  local list = { scope = scope, records = {}, uris = {}, serials = {} }
  for _, place in ipairs(PLACES) do
    if not place.last or #list.records == 0 then
      local entries, e = place[1](list, place[2])
      e = e or add(list, entries)
      if e then
        return nil, e
      end
    end
  end
  return list.records
end

return M
