-- SPDX-License-Identifier: GPL-3.0-or-later
-- parts: owns how the resources of processors, memory and software become records, and what all
-- inventory records share: what an id is, which words and numbers say nothing. Pure: where these
-- resources lie is bmc.inventory. Drives and volumes are in parts.storage, adapters in
-- parts.network.

local reading = require "bmc.reading"

local number, object, text = reading.number, reading.object, reading.text

local M = {}

-- Fillers of fields that name a part, in lower case.
local FILLERS = {
  ["n/a"] = true, ["na"] = true, ["nil"] = true, ["null"] = true, ["none"] = true,
  ["unknown"] = true, ["undefined"] = true, ["not available"] = true, ["not specified"] = true,
  ["not present"] = true, ["default string"] = true, ["to be filled by o.e.m."] = true,
  ["no dimm"] = true,
}

-- ---- values ----

--- The name of something: text that is no filler. Numbers are taken for text, as some firmware
--- numbers its sockets (R28).
---@param v any
---@return string?
function M.name(v)
  v = math.type(v) == "integer" and tostring(v) or text(v)
  return v and not FILLERS[v:lower()] and v or nil
end

--- A size, speed or count: 0 and less say nothing.
---@param v any
---@return number?
function M.size(v)
  v = number(v)
  return v and v > 0 and v or nil
end

--- A yes or no, also when it comes as a word.
---@param v any
---@return boolean?
function M.flag(v)
  if type(v) == "string" then
    v = ({ ["true"] = true, ["yes"] = true, ["false"] = false, ["no"] = false })[v:lower()]
  end
  if type(v) == "boolean" then
    return v
  end
  return nil
end

--- The Id of a resource; where it has none, the last part of its URI.
---@param item table
---@return string?
function M.id(item)
  return M.name(item.Id) or reading.tail(item)
end

-- ---- processors ----

-- iDRAC 8 gives a list of { Member = … } where a word belongs.
local function instruction_set(v)
  local first = reading.list(v)[1]
  return text(v) or text(first) or text(object(first).Member)
end

--- A Processor.
---@param item table
---@return table record id, socket, model, manufacturer, instruction_set, max_speed_mhz,
--- total_cores, total_threads, status
function M.processor(item)
  return {
    id = M.id(item),
    socket = M.name(item.Socket),
    model = M.name(item.Model),
    manufacturer = M.name(item.Manufacturer),
    instruction_set = instruction_set(item.InstructionSet),
    max_speed_mhz = M.size(item.MaxSpeedMHz),
    total_cores = M.size(item.TotalCores),
    total_threads = M.size(item.TotalThreads),
    status = reading.health(item.Status),
  }
end

-- ---- memory ----

-- What the module could do: the highest of the speeds it allows.
local function rated_speed(item)
  local best = reading.highest(item.AllowedSpeedsMHz, function(speed) return speed end)
  return best or M.size(item.MaximumFrequencyMHz)
    or M.size(reading.oem(item, "MaxOperatingSpeedMTs"))
end

-- iLO 4 tells the state of a module in words of its own (R10).
local DIMM_STATUS = {
  goodinuse = "OK", goodpartiallyinuse = "OK", addedbutunused = "OK", presentspare = "OK",
  presentunused = "OK", doesnotmatch = "Warning", notsupported = "Warning",
  configurationerror = "Warning", expectedbutmissing = "Critical", degraded = "Warning",
}

local function memory_health(item)
  return reading.health(item.Status) or DIMM_STATUS[(text(item.DIMMStatus) or ""):lower()]
end

-- The parts of a module that forgets to say how big it is.
local function in_parts(item)
  return M.size((number(item.VolatileSizeMiB) or 0) + (number(item.NonVolatileSizeMiB) or 0))
end

--- A Memory resource, or iLO 4's HpMemory (R10). An empty slot has an id, a name, a place.
---@param item table
---@return table record id, name, capacity_mib, operating_speed_mhz, rated_speed_mhz, manufacturer,
--- part_number, serial_number, memory_type, channel, status
function M.memory(item)
  return {
    id = M.id(item),
    name = M.name(item.SocketLocator) or M.name(item.Name) or M.name(item.DeviceLocator),
    capacity_mib = M.size(item.CapacityMiB) or M.size(item.SizeMB) or in_parts(item),
    operating_speed_mhz = M.size(item.OperatingSpeedMhz),
    rated_speed_mhz = rated_speed(item),
    manufacturer = M.name(item.Manufacturer),
    part_number = M.name(item.PartNumber),
    serial_number = M.name(item.SerialNumber),
    memory_type = M.name(item.MemoryDeviceType) or M.name(item.DIMMType)
      or M.name(item.MemoryType),
    channel = number(object(item.MemoryLocation).Channel),
    status = memory_health(item),
  }
end

-- ---- software ----

-- A date begins with a year: iDRAC 9 gives a bare 00:00:00Z (F21).
local function date(v)
  v = reading.time(v)
  return v and v:find("^%d%d%d%d") and v or nil
end

--- A SoftwareInventory.
---@param item table
---@return table record id, name, version, manufacturer, release_date, software_id, updatable
function M.software(item)
  return {
    id = M.id(item),
    name = M.name(item.Name),
    version = M.name(item.Version),
    manufacturer = M.name(item.Manufacturer),
    release_date = date(item.ReleaseDate),
    software_id = M.name(item.SoftwareId),
    updatable = M.flag(item.Updateable),
  }
end

--- An item of iLO 4's own list of firmware (R10), which knows no ids.
---@param item table
---@param key string  under which it stands
---@return table record as software()
function M.listed_firmware(item, key)
  return { id = key, name = M.name(item.Name) or key, version = M.name(item.VersionString) }
end

--- An adapter, or a port of one, in the inventory of an iRMC.
---@param item table
---@param kind string  of adapter
---@return table record as software()
function M.adapter_firmware(item, kind)
  return {
    id = kind, name = M.name(item.AdapterName) or M.name(item.ModuleName),
    version = M.name(item.FirmwareVersion) or M.name(item.FWPackageVersion),
  }
end

return M
