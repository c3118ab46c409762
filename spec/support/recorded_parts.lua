-- SPDX-License-Identifier: GPL-3.0-or-later
-- The parts that stand in a recorded tree, found by the type of each file and not by links: the
-- other side of the specs that compare what inventory operations answer. Nothing of bmc.* is used
-- here, on purpose.

local cjson = require "cjson"
local host = require "_bmcsh.host"

local M = {}

-- ---- files ----

local function body_of(dir)
  local file <close> = io.open(dir .. "/index.json")
  return file and cjson.decode(file:read("a"))
end

local function walk(dir, path, found)
  local body = body_of(dir)
  local kind = body and tostring(body["@odata.type"]):match("([%w]+)$")
  if kind then
    found[#found + 1] = { path = path, kind = kind, body = body }
  end
  for _, name in ipairs(host.listdir(dir)) do
    if name ~= "index.json" and name ~= "headers.json" then
      walk(dir .. "/" .. name, path == "" and name or path .. "/" .. name, found)
    end
  end
end

-- What has the type of a part and is none.
local BESIDE = { "/Settings$", "/SD$", "/Capabilities$", "/SubProcessors/" }

local function is_part(path)
  for _, pattern in ipairs(BESIDE) do
    if path:find(pattern) then
      return false
    end
  end
  return true
end

-- ---- values ----

local function map(v)
  return type(v) == "table" and v or {}
end

local FILLERS = {
  ["Unknown"] = true, ["nil"] = true, ["Not Present"] = true, ["N/A"] = true,
  ["undefined"] = true,
}

local function word(v)
  v = type(v) == "string" and v:match("^%s*(.-)%s*$") or ""
  return v ~= "" and not FILLERS[v] and v or nil
end

local function number(v)
  return type(v) == "number" and (math.tointeger(v) or v) or nil
end

local function positive(v)
  return number(v) and v > 0 and number(v) or nil
end

local function health(status)
  local v = word(map(status).Health)
  return v and ({ ok = "OK", warning = "Warning", critical = "Critical" })[v:lower()]
end

local function flag(v)
  if type(v) == "boolean" then
    return v
  end
end

local function id(body, path)
  return word(body.Id) or path:match("[^/]+$")
end

-- ---- records ----

local RECORDS = {}

function RECORDS.processor(body, path)
  local set = body.InstructionSet
  return {
    id = id(body, path), socket = word(body.Socket), model = word(body.Model),
    manufacturer = word(body.Manufacturer),
    instruction_set = type(set) == "table" and map(set[1]).Member or word(set),
    max_speed_mhz = positive(body.MaxSpeedMHz), total_cores = positive(body.TotalCores),
    total_threads = positive(body.TotalThreads), status = health(body.Status),
  }
end

function RECORDS.memory(body, path)
  local rated = positive(map(map(map(body.Oem).Hpe)).MaxOperatingSpeedMTs)
  for _, speed in ipairs(map(body.AllowedSpeedsMHz)) do
    rated = positive(math.max(rated or 0, speed))
  end
  local channel = map(body.MemoryLocation).Channel
  return {
    id = id(body, path), name = word(body.Name), capacity_mib = positive(body.CapacityMiB),
    operating_speed_mhz = positive(body.OperatingSpeedMhz), rated_speed_mhz = rated,
    manufacturer = word(body.Manufacturer), part_number = word(body.PartNumber),
    serial_number = word(body.SerialNumber),
    memory_type = word(body.MemoryDeviceType) or word(body.MemoryType),
    channel = number(channel), status = health(body.Status),
  }
end

function RECORDS.drive(body, path)
  local left = body.PredictedMediaLifeLeftPercent
  local used = body.SSDEnduranceUtilizationPercentage
  local size = positive(body.CapacityLogicalBlocks)
  left = number(left)
  if left == 0 and body.MediaType == "HDD" then
    left = nil
  end
  local predicted = flag(body.FailurePredicted)
  if body.DiskDriveStatusReasons then
    predicted = false
  end
  return {
    id = path and id(body, path), name = word(body.Name), model = word(body.Model),
    manufacturer = word(body.Manufacturer), serial_number = word(body.SerialNumber),
    capacity_bytes = positive(body.CapacityBytes) or size and number(size * body.BlockSizeBytes),
    media_type = word(body.MediaType), protocol = word(body.Protocol) or word(body.InterfaceType),
    rotation_speed_rpm = positive(body.RotationSpeedRPM),
    predicted_life_left_percent = left or used and number(100 - used), status = health(body.Status),
    failure_predicted = predicted,
  }
end

local function links(list)
  local out = {}
  for _, link in ipairs(map(list)) do
    out[#out + 1] = link["@odata.id"]
  end
  return out[1] and out or nil
end

function RECORDS.volume(body, path, tree)
  local data = map(map(body.Links).DataDrives)["@odata.id"]
  return {
    id = id(body, path), name = word(body.LogicalDriveName) or word(body.Name),
    raid_type = word(body.RAIDType) or word(map(map(body.Oem).Huawei).VolumeRaidLevel)
      or word(body.VolumeType) or body.Raid and "RAID" .. body.Raid,
    capacity_bytes = positive(body.CapacityBytes) or number(body.CapacityMiB * 1048576),
    block_size_bytes = positive(body.BlockSizeBytes), status = health(body.Status),
    drives = links(data and tree:body(data).Members or map(body.Links).Drives),
  }
end

-- Members of Ports or NetworkPorts, for those that give no number.
local function listed_ports(body, tree)
  for _, name in ipairs { "Ports", "NetworkPorts" } do
    local link = map(body[name])["@odata.id"]
    local n = link and #map(map(tree:body(link)).Members) or 0
    if n > 0 then
      return n
    end
  end
end

function RECORDS.adapter(body, path, tree)
  local controller = map(map(body.Controllers)[1])
  local own = #map(body.PhysicalPorts) + #map(body.FcPorts)
  return {
    id = id(body, path), name = word(body.Name), manufacturer = word(body.Manufacturer),
    model = word(body.Model), serial_number = word(body.SerialNumber),
    part_number = word(body.PartNumber),
    firmware_version = word(controller.FirmwarePackageVersion)
      or word(map(map(body.Firmware).Current).VersionString),
    port_count = positive(map(controller.ControllerCapabilities).NetworkPortCount)
      or positive(own) or listed_ports(body, tree),
    status = health(body.Status),
  }
end

function RECORDS.software(body, path)
  return {
    id = id(body, path), name = word(body.Name), version = word(body.Version),
    manufacturer = word(body.Manufacturer),
    release_date = (word(body.ReleaseDate) or ""):match("^%d%d%d%d.*"),
    software_id = word(body.SoftwareId), updatable = flag(body.Updateable),
  }
end

-- ---- trees ----

local tree = {}
local tree_mt = { __index = tree, __name = "support.recorded_parts" }

--- The tree below a folder in the DMTF layout.
---@param folder string
---@param several boolean  whether it has several systems: then records say of which they are
function M.open(folder, several)
  local self = setmetatable({ folder = folder, several = several, files = {} }, tree_mt)
  walk(folder .. "/redfish/v1", "", self.files)
  return self
end

function tree:body(uri)
  return body_of(self.folder .. (uri:gsub("/+$", "")))
end

--- The parts of these types, as records of this name.
---@param record string
---@param kinds string[]
---@param but? fun(body: table, path: string): boolean  which are not parts, or not again
---@return table[]
function tree:records(record, kinds, but)
  local out = {}
  for _, file in ipairs(self.files) do
    for _, kind in ipairs(kinds) do
      if file.kind == kind and is_part(file.path) and not (but and but(file.body, file.path)) then
        local r = RECORDS[record](file.body, file.path, self)
        r.system = self.several and file.path:match("^%a+/([^/]+)") or nil
        out[#out + 1] = r
      end
    end
  end
  return out
end

--- The devices of a SimpleStorage.
---@param path string
---@return table[]
function tree:devices(path)
  local out = {}
  for _, device in ipairs(self:body("/redfish/v1/" .. path).Devices) do
    out[#out + 1] = RECORDS.drive(device)
  end
  return out
end

--- The serial numbers of the parts of a type.
---@param kind string
---@return table<string, boolean>
function tree:serials(kind)
  local out = {}
  for _, file in ipairs(self.files) do
    local serial = file.kind == kind and word(file.body.SerialNumber)
    if serial then
      out[serial] = true
    end
  end
  return out
end

return M
