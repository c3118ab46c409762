-- SPDX-License-Identifier: GPL-3.0-or-later
-- A Redfish tree generated from a personality, as a source for store.lua. One
-- tree serves all machines of a model; a resource is built when it is first
-- asked for. Owns the resources every service has; what vendors add or change
-- stands in the personality under `bodies` and is laid over these.

local cjson = require "cjson"
local json = require "bmc.json"
local boot = require "bmc.sim.boot"
local events = require "bmc.sim.events"
local logs = require "bmc.sim.logs"
local media = require "bmc.sim.media"
local parts = require "bmc.sim.parts"
local sensors = require "bmc.sim.sensors"
local services = require "bmc.sim.services"
local traits_of = require "bmc.sim.traits"

local M = {}

local methods = {}
local tree_mt = { __index = methods, __name = "bmcsh.sim.tree" }

tree_mt.__tostring = function(self)
  return "sim.tree " .. self.traits.model
end

local ROOT = "/redfish/v1"
local HEADERS = { etag = '"sim-0"' }
local OK = { State = "Enabled", Health = "OK" }
local FEATURES = {
  ExpandQuery = { ExpandAll = true, Levels = true, MaxLevels = 2, Links = true, NoLinks = true },
}
local ROLLED_UP = { State = "Enabled", Health = "OK", HealthRollup = "OK" }

local TYPES = {
  ServiceRoot = "v1_9_0", ComputerSystem = "v1_16_0", Manager = "v1_11_0", Chassis = "v1_17_0",
  SessionService = "v1_1_8", ActionInfo = "v1_1_2", Thermal = "v1_7_0", Power = "v1_7_0",
  ThermalSubsystem = "v1_0_0", ThermalMetrics = "v1_0_0", Fan = "v1_3_0", PowerSubsystem = "v1_1_0",
  PowerSupply = "v1_5_0", PowerSupplyMetrics = "v1_0_1", EnvironmentMetrics = "v1_3_0",
  Sensor = "v1_5_0", EventService = "v1_7_0", Processor = "v1_11_0", Memory = "v1_12_0",
  Storage = "v1_10_0", Drive = "v1_14_0", Volume = "v1_6_2", EthernetInterface = "v1_6_0",
  NetworkAdapter = "v1_5_0", UpdateService = "v1_9_0", SoftwareInventory = "v1_4_0",
  AccountService = "v1_10_0", ManagerAccount = "v1_8_0", Role = "v1_3_0",
  ManagerNetworkProtocol = "v1_7_0", VirtualMedia = "v1_3_0",
  LogService = "v1_1_0", TaskService = "v1_1_4",
}
local OTHER = "v1_0_0"

function methods:link(path)
  return { ["@odata.id"] = path .. self.slash }
end

-- Fills in "{system}", "{manager}" and "{chassis}" in what a personality says.
local function place(self, value)
  if type(value) == "string" then return (value:gsub("{(%l+)}", self.places)) end
  if type(value) ~= "table" then return value end
  local out = {}
  for k, v in pairs(value) do out[k] = place(self, v) end
  return out
end

--- Links one resource from another.
---@param from string path of the one that shows the link
---@param name string of the property
---@param path string
function methods:hang(from, name, path)
  self.hung[from] = self.hung[from] or {}
  self.hung[from][name] = path
end

--- Adds a resource.
---@param path string
---@param kind string schema name; the name of its place in `bodies` unless `slot` is given
---@param build fun(machine: table): table
---@param slot? string
function methods:add(path, kind, build, slot)
  local over = place(self, self.traits.bodies[slot or kind])
  local id = path:match("[^/]+$")
  self.builders[path] = function(machine)
    local body = traits_of.overlay(build(machine), machine:expand(over))
    for name, to in pairs(self.hung[path] or {}) do body[name] = self:link(to) end
    body["@odata.id"] = path .. self.slash
    body["@odata.type"] = ("#%s.%s.%s"):format(kind, TYPES[kind] or OTHER, kind)
    body.Id, body.Name = body.Id or id, body.Name or kind
    if self.traits.etags.in_body then body["@odata.etag"] = HEADERS.etag end
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
  elseif values then
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
      ProtocolFeaturesSupported = traits.expand and FEATURES or nil,
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

-- The light by which a machine is found, in the system and the chassis.
local function lights(traits, body)
  local form = traits.led.form
  if form ~= "LocationIndicatorActive" then body.IndicatorLED = "Off" end
  if form ~= "IndicatorLED" then body.LocationIndicatorActive = false end
  return body
end

local function add_system(self)
  local traits, path = self.traits, self.system
  local actions = action(self, path, "ComputerSystem.Reset", traits.reset_types)
  self:add(path, "ComputerSystem", function(machine)
    return lights(traits, {
      Name = "System", SystemType = "Physical", SerialNumber = machine.serial,
      UUID = machine.uuid, HostName = machine.name, PowerState = "On", Status = ROLLED_UP,
      Boot = boot.object(self),
      ["@Redfish.Settings"] = boot.settings(self),
      ProcessorSummary = { Count = traits.processors.count, Status = OK },
      MemorySummary = {
        TotalSystemMemoryGiB = traits.memory.count * traits.memory.gib, Status = OK,
      },
      Links = { Chassis = { self:link(self.chassis) }, ManagedBy = { self:link(self.manager) } },
      Actions = actions,
    })
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
    local body = lights(traits, {
      Name = "Chassis", ChassisType = "RackMount", SerialNumber = machine.serial,
      PowerState = "On", Status = ROLLED_UP,
      Links = {
        ComputerSystems = { self:link(self.system) }, ManagedBy = { self:link(self.manager) },
      },
    })
    for _, name in ipairs(sensors.links(traits)) do body[name] = self:link(path .. "/" .. name) end
    return body
  end)
  self:add_collection(ROOT .. "/Chassis", "ChassisCollection", { traits.ids.chassis })
end

-- What a personality adds of its own.
local function add_extras(self)
  for path, extra in pairs(self.traits.extras) do
    local at = place(self, path)
    if extra.members then
      self:add_collection(at, extra.kind, extra.members)
    else
      self:add(at, extra.kind, function(machine)
        return machine:expand(place(self, extra.body))
      end)
    end
    if extra.from then self:hang(place(self, extra.from), extra.as, at) end
  end
end

--- Makes the tree of a model.
---@param traits table from bmc.sim.personality
---@param user? string name of the first account
---@return table source
function M.new(traits, user)
  local self = setmetatable({ traits = traits, builders = {}, folded = {}, hung = {} }, tree_mt)
  self.user, self.null = user or "admin", cjson.null
  self.slash = traits.slash and "/" or ""
  self.system = ROOT .. "/Systems/" .. traits.ids.system
  self.chassis = ROOT .. "/Chassis/" .. traits.ids.chassis
  self.manager = ROOT .. "/Managers/" .. traits.ids.manager
  self.sessions = traits.sessions.path
  self.places = { system = self.system, chassis = self.chassis, manager = self.manager }
  add_root(self)
  add_system(self)
  add_manager(self)
  add_chassis(self)
  for _, part in ipairs { sensors, boot, parts, media, services, logs, events } do
    part.add(self)
  end
  add_extras(self)
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
