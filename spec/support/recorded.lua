-- SPDX-License-Identifier: GPL-3.0-or-later
-- What the recorded trees say, worked out from their files alone: the other side of the specs
-- that compare what operations answer. Nothing of bmc.* is used here, on purpose. Which system
-- and which chassis are meant is told by the caller, so no walk is needed either.

local cjson = require "cjson"

local M = {}

local tree = {}
local tree_mt = { __index = tree, __name = "support.recorded" }

--- A tree below a folder in the DMTF layout.
---@param folder string
function M.open(folder)
  return setmetatable({ folder = folder }, tree_mt)
end

--- The body at a path below /redfish/v1/; nil when it is missing or a recorded error.
---@param path string such as "Chassis/1/Thermal"
---@return table?
function tree:get(path)
  path = path:gsub("^/redfish/v1/?", ""):gsub("/$", "")
  local file <close> = io.open(("%s/redfish/v1/%s/index.json"):format(self.folder, path))
  local body = file and cjson.decode(file:read("a"))
  return body and (body["@odata.id"] or not body.error) and body or nil
end

-- ---- values ----

local function map(v)
  return type(v) == "table" and v or {}
end

local function word(v)
  return type(v) == "string" and v:match("^%s*(.-)%s*$"):gsub("^$", "\0") ~= "\0"
    and v:match("^%s*(.-)%s*$") or nil
end

local function number(v)
  return type(v) == "number" and v or nil
end

local HEALTH = { ok = "OK", warning = "Warning", critical = "Critical" }
local ORDER = { "Critical", "Warning", "OK" }

local function health(status, key)
  return HEALTH[(word(map(status)[key or "Health"]) or ""):lower()]
end

local function worst(words)
  for _, wanted in ipairs(ORDER) do
    for _, w in pairs(words) do
      if w == wanted then
        return w
      end
    end
  end
end

local function rollup(status)
  return worst { a = health(status), b = health(status, "HealthRollup"),
    c = health(status, "HealthRollUp") }
end

local function off(item)
  local state = map(item.Status).State
  return state == "Absent" or state == "Disabled"
end

-- A number of an item that may not be there: then 0 is no signal.
local function limit(item, key)
  local v = number(item[key])
  return not (off(item) and v == 0) and v or nil
end

-- ---- records ----

--- The system_info that stands in a system and its manager.
function tree:info(system, manager, vendor)
  system, manager = self:get(system), map(self:get(manager))
  return {
    manufacturer = word(system.Manufacturer), model = word(system.Model),
    serial_number = word(system.SerialNumber), asset_tag = word(system.AssetTag),
    sku = word(system.SKU), host_name = word(system.HostName), uuid = word(system.UUID),
    bios_version = word(system.BiosVersion), bmc_firmware_version = word(manager.FirmwareVersion),
    bmc_model = word(manager.Model), vendor = vendor,
  }
end

--- The heartbeat; its temperature is the caller's to know.
function tree:heartbeat(system, cpu)
  system = self:get(system)
  return { online = true, power_state = word(system.PowerState), cpu_temp_c = cpu,
    health = rollup(system.Status) }
end

local function of_lists(self, chassis, resource, list, record)
  local out = {}
  for _, at in ipairs(chassis) do
    local body = map(self:get(at .. "/" .. resource))
    for i, item in ipairs(map(body[list])) do
      local r = record(item, body, i)
      out[#out + 1] = next(r) and r or nil
    end
  end
  return out
end

function tree:temperatures(chassis)
  return of_lists(self, chassis, "Thermal", "Temperatures", function(item)
    return {
      name = word(item.Name), status = health(item.Status),
      physical_context = word(item.PhysicalContext),
      reading_c = not off(item) and number(item.ReadingCelsius) or nil,
      upper_non_critical_c = limit(item, "UpperThresholdNonCritical"),
      upper_critical_c = limit(item, "UpperThresholdCritical"),
    }
  end)
end

function tree:fans(chassis)
  return of_lists(self, chassis, "Thermal", "Fans", function(item)
    local percent = item.ReadingUnits == "Percent"
    local speed = not off(item) and number(item.Reading) or nil
    return {
      name = word(item.Name), status = health(item.Status),
      reading_rpm = not percent and speed or nil, reading_percent = percent and speed or nil,
      upper_non_critical_rpm = not percent and limit(item, "UpperThresholdNonCritical") or nil,
      lower_non_critical_rpm = not percent and limit(item, "LowerThresholdNonCritical") or nil,
    }
  end)
end

-- Redundancy groups name their members by @odata.id, or by place after "PowerSupplies/".
local function redundancy(power, item, i)
  for _, group in ipairs(map(power.Redundancy)) do
    for _, member in ipairs(map(group.RedundancySet)) do
      local id = member["@odata.id"]
      if id == item["@odata.id"] or id:find(("#/?PowerSupplies/%d$"):format(i - 1)) then
        return health(group.Status)
      end
    end
  end
end

function tree:power_supplies(chassis)
  return of_lists(self, chassis, "Power", "PowerSupplies", function(item, power, i)
    local capacity, last = number(item.PowerCapacityWatts), number(item.LastPowerOutputWatts)
    if last == capacity then
      last = nil -- iDRAC 8
    end
    for _, range in ipairs(map(item.InputRanges)) do
      capacity = capacity or number(range.OutputWattage)
    end
    return {
      name = word(item.Name), model = word(item.Model), serial_number = word(item.SerialNumber),
      status = health(item.Status), power_capacity_w = capacity,
      power_output_w = number(item.PowerOutputWatts) or last,
      input_voltage_v = number(item.LineInputVoltage), input_power_w = number(item.PowerInputWatts),
      line_input_voltage_type = word(item.LineInputVoltageType),
      redundancy_status = redundancy(power, item, i),
    }
  end)
end

function tree:power_metrics(chassis)
  local found = of_lists(self, chassis, "Power", "PowerControl", function(item)
    local metrics = map(item.PowerMetrics)
    local metered = metrics.MaxConsumedWatts ~= 0 or nil
    return {
      consumed_w = metered and number(item.PowerConsumedWatts),
      average_w = metered and number(metrics.AverageConsumedWatts),
      min_w = metered and number(metrics.MinConsumedWatts),
      max_w = metered and number(metrics.MaxConsumedWatts),
      limit_w = number(map(item.PowerLimit).LimitInWatts),
    }
  end)
  return found[1] or {}
end

-- ---- health ----

-- The worst of the members of the first of these collections that says anything.
local function members(self, system, collections)
  for _, name in ipairs(collections) do
    local words = {}
    local link = map(system[name])["@odata.id"]
    local list = link and map(self:get(link)).Members
    for _, member in ipairs(map(list)) do
      local body = self:get(member["@odata.id"])
      words[#words + 1] = body and not off(body) and rollup(body.Status) or nil
    end
    if words[1] then
      return worst(words)
    end
  end
end

local function of_records(...)
  local words = {}
  for _, list in ipairs { ... } do
    for _, record in ipairs(list) do
      words[#words + 1] = record.status
      words[#words + 1] = record.redundancy_status
    end
  end
  return worst(words)
end

function tree:chassis_health(system, manager, chassis)
  local body = self:get(system)
  local out = {
    system = rollup(body.Status),
    processor = rollup(map(body.ProcessorSummary).Status),
    memory = rollup(map(body.MemorySummary).Status),
    storage = members(self, body, { "Storage", "SimpleStorage" }),
    network = members(self, body, { "NetworkInterfaces", "EthernetInterfaces" }),
    power = of_records(self:power_supplies(chassis)),
    thermal = of_records(self:temperatures(chassis), self:fans(chassis)),
    bmc = rollup(map(self:get(manager)).Status),
  }
  out.overall = worst(out)
  return out
end

return M
