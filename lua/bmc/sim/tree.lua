-- SPDX-License-Identifier: GPL-3.0-or-later
-- A Redfish tree generated from a personality, as a source for store.lua. One
-- tree serves all machines of a model; a resource is built when it is first
-- asked for. Owns the resources every service has; what vendors add or change
-- stands in the personality under `bodies` and is laid over these.

local json = require "bmc.json"
local sensors = require "bmc.sim.sensors"

local M = {}

local methods = {}
local tree_mt = { __index = methods, __name = "bmcsh.sim.tree" }

tree_mt.__tostring = function(self)
  return "sim.tree " .. self.traits.model
end

local ROOT = "/redfish/v1"
local HEADERS = { etag = '"sim-0"' }
local OK = { State = "Enabled", Health = "OK" }
local ROLLED_UP = { State = "Enabled", Health = "OK", HealthRollup = "OK" }
local BOOT_TARGETS = { "None", "Pxe", "Hdd", "Cd", "BiosSetup", "UefiHttp" }

local TYPES = {
  ServiceRoot = "v1_9_0", ComputerSystem = "v1_16_0", Manager = "v1_11_0", Chassis = "v1_17_0",
  SessionService = "v1_1_8", ActionInfo = "v1_1_2", Thermal = "v1_7_0", Power = "v1_7_0",
  ThermalSubsystem = "v1_0_0", ThermalMetrics = "v1_0_0", Fan = "v1_3_0", PowerSubsystem = "v1_1_0",
  PowerSupply = "v1_5_0", PowerSupplyMetrics = "v1_0_1", EnvironmentMetrics = "v1_3_0",
  Sensor = "v1_5_0",
}

local function overlay(base, over)
  for k, v in pairs(over or {}) do
    local both = type(v) == "table" and type(base[k]) == "table" and #v == 0
    base[k] = both and overlay(base[k], v) or v
  end
  return base
end

function methods:link(path)
  return { ["@odata.id"] = path .. self.slash }
end

--- Adds a resource.
---@param path string
---@param kind string schema name; the name of its place in `bodies` unless `slot` is given
---@param build fun(machine: table): table
---@param slot? string
function methods:add(path, kind, build, slot)
  local over = self.traits.bodies[slot or kind]
  local id = path:match("[^/]+$")
  self.builders[path] = function(machine)
    local body = overlay(build(machine), machine:expand(over))
    body["@odata.id"] = path .. self.slash
    body["@odata.type"] = ("#%s.%s.%s"):format(kind, TYPES[kind], kind)
    body.Id, body.Name = body.Id or id, body.Name or kind
    if self.traits.etag_in_body then body["@odata.etag"] = HEADERS.etag end
    return body
  end
  self.folded[path:lower()] = path
end

--- Adds a collection of resources that stand right below it.
---@param path string
---@param kind string schema name of the collection
---@param ids string[]
function methods:add_collection(path, kind, ids)
  local members = {}
  for i, id in ipairs(ids) do members[i] = self:link(path .. "/" .. id) end
  local type_name = ("#%s.%s"):format(kind, kind)
  self.builders[path] = function()
    return {
      ["@odata.id"] = path .. self.slash, ["@odata.type"] = type_name, Name = kind,
      Members = members, ["Members@odata.count"] = #members,
    }
  end
  self.folded[path:lower()] = path
end

-- An action, with its values beside it or in an ActionInfo of its own.
local function action(self, owner, name, values)
  local entry = { target = owner .. "/Actions/" .. name .. self.slash }
  if self.traits.action_info then
    local path = owner .. "/ResetActionInfo"
    entry["@Redfish.ActionInfo"] = path
    self:add(path, "ActionInfo", function()
      local parameter = { Name = "ResetType", Required = true, DataType = "String" }
      parameter.AllowableValues = values
      return { Parameters = { parameter } }
    end)
  elseif #values > 0 then
    entry["ResetType@Redfish.AllowableValues"] = values
  end
  return { ["#" .. name] = entry }
end

local function add_root(self)
  local traits = self.traits
  self:add(ROOT, "ServiceRoot", function(machine)
    return {
      Id = "RootService", Name = "Root Service", UUID = machine.uuid,
      RedfishVersion = traits.redfish,
      Systems = self:link(ROOT .. "/Systems"), Chassis = self:link(ROOT .. "/Chassis"),
      Managers = self:link(ROOT .. "/Managers"),
      SessionService = self:link(ROOT .. "/SessionService"),
      Links = { Sessions = self:link(traits.sessions.path) },
    }
  end)
  self.builders["/redfish"] = function() return { v1 = ROOT .. "/" } end
  self:add(ROOT .. "/SessionService", "SessionService", function()
    return {
      ServiceEnabled = true, SessionTimeout = traits.sessions.timeout,
      Sessions = self:link(traits.sessions.path), Status = OK,
    }
  end)
  self:add_collection(traits.sessions.path, "SessionCollection", {})
end

local function add_system(self)
  local traits, path = self.traits, self.system
  local actions = action(self, path, "ComputerSystem.Reset", traits.reset_types)
  self:add(path, "ComputerSystem", function(machine)
    return {
      Name = "System", SystemType = "Physical", SerialNumber = machine.serial,
      UUID = machine.uuid, HostName = machine.name, PowerState = "On", Status = ROLLED_UP,
      Boot = {
        BootSourceOverrideEnabled = "Disabled", BootSourceOverrideMode = "UEFI",
        BootSourceOverrideTarget = "None",
        ["BootSourceOverrideTarget@Redfish.AllowableValues"] = BOOT_TARGETS,
      },
      ProcessorSummary = { Count = 2, Status = OK },
      MemorySummary = { TotalSystemMemoryGiB = 256, Status = OK },
      Links = { Chassis = { self:link(self.chassis) }, ManagedBy = { self:link(self.manager) } },
      Actions = actions,
    }
  end)
  self:add_collection(ROOT .. "/Systems", "ComputerSystemCollection", { traits.ids.system })
end

local function add_manager(self)
  local traits, path = self.traits, self.manager
  local actions = action(self, path, "Manager.Reset", traits.manager_reset_types)
  self:add(path, "Manager", function(machine)
    return {
      Name = "Manager", ManagerType = "BMC", UUID = machine.uuid, Status = OK,
      DateTime = "1970-01-01T00:00:00Z", DateTimeLocalOffset = "+00:00",
      Links = {
        ManagerForServers = { self:link(self.system) },
        ManagerForChassis = { self:link(self.chassis) },
      },
      Actions = actions,
    }
  end)
  self:add_collection(ROOT .. "/Managers", "ManagerCollection", { traits.ids.manager })
end

local function add_chassis(self)
  local traits, path = self.traits, self.chassis
  self:add(path, "Chassis", function(machine)
    local body = {
      Name = "Chassis", ChassisType = "RackMount", SerialNumber = machine.serial,
      PowerState = "On", Status = ROLLED_UP,
      Links = {
        ComputerSystems = { self:link(self.system) }, ManagedBy = { self:link(self.manager) },
      },
    }
    for _, name in ipairs(sensors.links(traits)) do body[name] = self:link(path .. "/" .. name) end
    return body
  end)
  self:add_collection(ROOT .. "/Chassis", "ChassisCollection", { traits.ids.chassis })
end

--- Makes the tree of a model.
---@param traits table from bmc.sim.personality
---@return table source
function M.new(traits)
  local self = setmetatable({ traits = traits, builders = {}, folded = {} }, tree_mt)
  self.slash = traits.slash and "/" or ""
  self.system = ROOT .. "/Systems/" .. traits.ids.system
  self.chassis = ROOT .. "/Chassis/" .. traits.ids.chassis
  self.manager = ROOT .. "/Managers/" .. traits.ids.manager
  self.sessions = traits.sessions.path
  add_root(self)
  add_system(self)
  add_manager(self)
  add_chassis(self)
  sensors.add(self)
  return self
end

--- Finds a resource; case counts unless the vendor ignores it.
---@param key string store.key()
---@return string|nil key
function methods:find(key)
  if self.builders[key] then return key end
  return self.traits.any_case and self.folded[key:lower()] or nil
end

--- Builds a resource.
---@param key string from find()
---@param machine table facts
---@return string|nil text
---@return table headers
function methods:read(key, machine)
  local build = self.builders[key]
  return build and json.encode(build(machine)), HEADERS
end

return M
