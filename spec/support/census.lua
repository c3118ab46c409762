-- SPDX-License-Identifier: GPL-3.0-or-later
-- How many records of each kind lie in a recorded tree, counted over its files and not by
-- following links: what the answers of the operations are measured against. A part that no other
-- file of the tree names is counted apart, since no client can know of it.

local parts = require "support.recorded_parts"

local M = {}

local function map(v)
  return type(v) == "table" and v or {}
end

local function norm(uri)
  return (uri:gsub("^/redfish/v1/?", ""):gsub("#.*$", ""):gsub("/+$", ""):lower())
end

-- What the members of collections, and lists of links, name. A single link tells nobody where its
-- like are.
local function add_links(value, links, in_list)
  for key, v in pairs(value) do
    if type(v) == "table" then
      add_links(v, links, type(key) == "number")
    elseif type(v) == "string" and (in_list and (key == "@odata.id" or key == "href")
      or type(key) == "number") then
      links[norm(v)] = true
    end
  end
end

local function links_of(tree)
  local links = {}
  for _, file in ipairs(tree.files) do
    add_links(file.body, links, false)
  end
  return links
end

-- ---- parts that are files of their own ----

-- In a folder of a subordinate resource, these are settings of a part and not parts.
local BESIDE = { "/Settings$", "/SD$", "/Capabilities$", "/SubProcessors/" }

local function is_part(file)
  for _, pattern in ipairs(BESIDE) do
    if file.path:find(pattern) then
      return false
    end
  end
  return file.body.error == nil
end

local function files_of(tree, kind, at)
  local out = {}
  for _, file in ipairs(tree.files) do
    if file.kind == kind and is_part(file) and (not at or file.path:find(at)) then
      out[#out + 1] = file
    end
  end
  return out
end

-- The parts of the first of these types that there are; a second type may show them again.
local function first_of(tree, wanted)
  for _, w in ipairs(wanted) do
    local files = files_of(tree, w[1], w[2])
    if #files > 0 then
      return files
    end
  end
  return {}
end

local function serial(body)
  return type(body.SerialNumber) == "string" and body.SerialNumber:match("^%s*(.-)%s*$") or nil
end

-- All of the first type, and of the second those with another serial number.
local function both_of(tree, a, b)
  local out, known = files_of(tree, a), tree:serials(a)
  for _, file in ipairs(files_of(tree, b)) do
    if not known[serial(file.body) or ""] then
      out[#out + 1] = file
    end
  end
  return out
end

-- Linked by another file, or below a collection that has no file of its own to say so.
local function tally(files, links)
  local unlinked = 0
  for _, file in ipairs(files) do
    unlinked = unlinked + (links[norm(file.path)] and 0 or 1)
  end
  return { there = #files, unlinked = unlinked }
end

-- ---- members inside a resource ----

-- Whether a member of a list says anything.
local function says_something(item)
  for key, v in pairs(map(item)) do
    if not tostring(key):find("@") and key ~= "MemberId" and v ~= "" then
      return true
    end
  end
  return false
end

local function listed(tree, kind, field)
  local n = 0
  for _, file in ipairs(files_of(tree, kind)) do
    for _, item in ipairs(map(file.body[field])) do
      n = n + (says_something(item) and 1 or 0)
    end
  end
  return n
end

-- Of the old model, else the files or lists of the new one.
local function of_model(tree, old, field, new)
  local n = listed(tree, old, field)
  return { there = n > 0 and n or new(tree), unlinked = 0 }
end

-- Fans that several chassis show, each with its own sensors: of those of one name, one counts.
local function fan_speeds(tree)
  local known, n = {}, 0
  for _, file in ipairs(files_of(tree, "EnvironmentMetrics")) do
    for _, item in ipairs(map(file.body.FanSpeedsPercent)) do
      local name = tostring(item.DataSourceUri or item.DeviceName):match("[^/]+$")
      n = n + (known[name] and 0 or 1)
      known[name] = true
    end
  end
  return n
end

local function sensors(tree, reading)
  local n = 0
  for _, file in ipairs(files_of(tree, "Sensor")) do
    n = n + (file.body.ReadingType == reading and 1 or 0)
  end
  for _, file in ipairs(files_of(tree, "SensorCollection")) do
    for _, member in ipairs(map(file.body.Members)) do
      n = n + (member.ReadingType == reading and 1 or 0)
    end
  end
  return n
end

-- ---- log entries ----

-- Entries lie in files of their own, in their collection, or in both.
local function log_entries(tree, links)
  local known, there, unlinked = {}, 0, 0
  local function add(id, is_linked)
    if not known[id] then
      known[id], there = true, there + 1
      unlinked = unlinked + (is_linked and 0 or 1)
    end
  end
  for _, file in ipairs(files_of(tree, "LogEntryCollection")) do
    for i, member in ipairs(map(file.body.Members)) do
      if map(member).Id or map(member).Message then
        local id = member["@odata.id"]
        add(id and norm(id) or file.path .. "/" .. (member.Id or i), true)
      end
    end
  end
  for _, file in ipairs(files_of(tree, "LogEntry")) do
    local id = file.body["@odata.id"] and norm(file.body["@odata.id"]) or norm(file.path)
    add(id, links[id] or links[norm(file.path)])
  end
  return { there = there, unlinked = unlinked }
end

-- ---- kinds ----

-- In the order of the matrix; the names are those of the operations.
M.KINDS = {
  { "temperatures", function(tree)
    return of_model(tree, "Thermal", "Temperatures", function(t)
      local n = listed(t, "ThermalMetrics", "TemperatureReadingsCelsius")
      return n > 0 and n or sensors(t, "Temperature")
    end)
  end },
  { "fans", function(tree)
    return of_model(tree, "Thermal", "Fans", function(t)
      local n = #files_of(t, "Fan")
      n = n > 0 and n or fan_speeds(t)
      return n > 0 and n or sensors(t, "Rotational")
    end)
  end },
  { "power_supplies", function(tree)
    return of_model(tree, "Power", "PowerSupplies", function(t)
      return #files_of(t, "PowerSupply") + listed(t, "PowerSupplyCollection", "Members")
    end)
  end },
  { "processor_inventory", function(tree, links)
    return tally(files_of(tree, "Processor"), links)
  end },
  { "memory_inventory", function(tree, links)
    return tally(files_of(tree, "Memory"), links)
  end },
  { "drive_inventory", function(tree, links)
    local out = tally(both_of(tree, "Drive", "HpeSmartStorageDiskDrive"), links)
    if out.there == 0 then
      out.there = listed(tree, "SimpleStorage", "Devices")
    end
    return out
  end },
  { "volume_inventory", function(tree, links)
    return tally(first_of(tree, { { "Volume" }, { "HpeSmartStorageLogicalDrive" } }), links)
  end },
  { "network_adapter_inventory", function(tree, links)
    local files = both_of(tree, "NetworkAdapter", "HpeBaseNetworkAdapter")
    if #files == 0 then
      files = first_of(tree, { { "NetworkInterface" }, { "EthernetInterface", "^Systems/" } })
    end
    return tally(files, links)
  end },
  { "firmware_inventory", function(tree, links)
    return tally(files_of(tree, "SoftwareInventory"), links)
  end },
  { "sel_entries", log_entries },
  { "bmc_users", function(tree, links)
    return tally(files_of(tree, "ManagerAccount"), links)
  end },
  -- The manager and the system may show the same slots, by the same Id.
  { "virtual_media", function(tree, links)
    local files, known = {}, {}
    for _, file in ipairs(files_of(tree, "VirtualMedia")) do
      files[#files + 1] = not known[file.body.Id] and file or nil
      known[file.body.Id] = true
    end
    return tally(files, links)
  end },
}

--- The systems of a tree, by Id: what an operation is asked of where there are several.
---@param tree table  of support.recorded_parts
---@return string[]
function M.systems(tree)
  local ids = {}
  for _, file in ipairs(files_of(tree, "ComputerSystem", "^Systems/[^/]+$")) do
    ids[#ids + 1] = tostring(file.body.Id or file.path:match("[^/]+$"))
  end
  table.sort(ids)
  return ids
end

--- Counts every kind.
---@param folder string  in the DMTF layout
---@return table<string, { there: integer, unlinked: integer }> counts  by operation
---@return string[] systems
function M.of(folder)
  local tree = parts.open(folder)
  local links, out = links_of(tree), {}
  for _, kind in ipairs(M.KINDS) do
    out[kind[1]] = kind[2](tree, links)
  end
  return out, M.systems(tree)
end

return M
