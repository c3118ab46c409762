-- SPDX-License-Identifier: GPL-3.0-or-later
-- One simulated BMC: its resources, credentials, sessions, the power of its
-- systems, and the counters by which a test sees what really happened. Knows
-- neither sockets nor HTTP; service.lua answers requests with it.

local host = require "_bmcsh.host"
local boot = require "bmc.sim.boot"
local counters = require "bmc.sim.counters"
local json = require "bmc.json"
local events = require "bmc.sim.events"
local later = require "bmc.sim.later"
local personality = require "bmc.sim.personality"
local power = require "bmc.sim.power"
local sessions = require "bmc.sim.sessions"
local splice = require "bmc.sim.splice"
local store = require "bmc.sim.store"
local tasks = require "bmc.sim.tasks"

local M = {}

local methods = {}
local bmc_mt = { __index = methods, __name = "bmcsh.sim.bmc" }

bmc_mt.__tostring = function(self)
  return ("sim.bmc %d at %s: %s"):format(self.index, self.address, self.traits.model)
end

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(text)
  local out = {}
  for i = 1, #text, 3 do
    local a, b, c = text:byte(i, i + 2)
    local n = a << 16 | (b or 0) << 8 | (c or 0)
    for shift = 18, 0, -6 do
      local at = (n >> shift & 63) + 1
      out[#out + 1] = DIGITS:sub(at, at)
    end
  end
  local pad = -#text % 3
  return table.concat(out):sub(1, -1 - pad) .. ("="):rep(pad)
end

--- Makes a BMC.
---@param opts table index, address, source, machine, traits, user, password, basic (allowed),
--- clock, reset_delay (seconds), and in place of the traits' session_limit, session_timeout
---@return table bmc fields: index, address, traits, counters, resets ({type, at, system} each),
--- actions ({name, at, owner} each)
function M.new(opts)
  local traits = opts.traits or personality.generic()
  local self = setmetatable({
    index = opts.index, address = opts.address, traits = traits, source = opts.source,
    user = opts.user, password = opts.password, clock = opts.clock,
    basic_header = opts.basic and "Basic " .. base64(opts.user .. ":" .. opts.password) or nil,
    reset_delay = opts.reset_delay, store = store.new(opts.source, opts.machine),
    counters = counters.new(), later = later.new(opts.clock), resets = {},
    actions = {}, powers = {}, down_from = 0, down_until = 0, tasks = {}, tasks_at = {},
    empty_slots = {}, refused_once = {}, ipmi = { boot = {}, cause = 0 },
  }, bmc_mt)
  self.sessions_key = store.key(opts.source.sessions or traits.sessions.path)
  self.sessions = sessions.new {
    seed = opts.index, clock = opts.clock, counters = self.counters,
    limit = opts.session_limit or traits.sessions.limit,
    timeout = opts.session_timeout or traits.sessions.timeout,
  }
  return self
end

--- Wall-clock text of a time on the clock of the simulation.
---@param at number
---@return string
function methods:stamp(at)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(host.wall() - self.clock() + at))
end

-- Writes a change of power into the resources that show it; a resource that
-- never had boot progress or a reset time does not get one.
local function show(self, key, what, value)
  local resources = self.store
  if what == "PowerState" then
    resources:edit(key, json.encode(value), "PowerState")
    local chassis = key == self.source.system and self.source.chassis
    if chassis then resources:edit(chassis, json.encode(value), "PowerState") end
    events.power(self, key, value)
  elseif what == "BootProgress" and resources:get(key, "BootProgress") then
    resources:edit(key, json.encode(value), "BootProgress", "LastState")
  elseif what == "LastResetTime" and resources:get(key, "LastResetTime") then
    resources:edit(key, json.encode(self:stamp(value)), "LastResetTime")
  end
end

--- The power of a resource that has a PowerState.
---@param key string of the resource
---@return table power
function methods:power(key)
  local found = self.powers[key]
  if found then return found end
  local recorded = (self.store:get(key, "PowerState") or ""):match('^"(.*)"$')
  found = power.new {
    state = recorded == "Off" and "Off" or "On", delay = self.reset_delay, clock = self.clock,
    boot_seconds = self.traits.boot.seconds,
    transitional = self.traits.transitional, strict = self.traits.already ~= false,
    changed = function(what, value) show(self, key, what, value) end,
  }
  self.powers[key] = found
  return found
end

--- Executes a reset of a system or a chassis, and counts it.
---@param key string
---@param kind string ResetType
---@param hung? boolean accept and count it without effect
---@return boolean|nil done
---@return string|nil why busy, already
function methods:reset(key, kind, hung)
  local done, why = self:power(key):reset(kind, hung)
  if not done then return nil, why end
  self.counters.resets = self.counters.resets + 1
  self.resets[#self.resets + 1] = { type = kind, at = self.clock(), system = key }
  if kind == "Nmi" then self:add_to "nmis" end
  if not hung and self:power(key):starts() then boot.started(self, key) end
  return true
end

--- Adds one to a counter.
---@param name string
function methods:add_to(name)
  self.counters[name] = self.counters[name] + 1
end

--- Writes down that an action was executed.
---@param name string "ComputerSystem.Reset"
---@param owner string key of the resource
function methods:executed(name, owner)
  self.actions[#self.actions + 1] = { name = name, at = self.clock(), owner = owner }
end

--- Restarts the BMC itself: sessions are lost, and it is away for a while,
--- at once or after it has gone on answering for some time (QUIRKS P21).
function methods:restart()
  self:add_to "bmc_resets"
  self.down_from = self.clock() + self.traits.restart.linger
  self.down_until = self.down_from + self.reset_delay
  self.sessions:clear()
  if self.on_restart then self.on_restart(self.traits.restart, self.reset_delay) end
end

--- Whether the BMC is restarting.
---@return boolean
function methods:is_down()
  local now = self.clock()
  return now < self.down_until and now >= self.down_from
end

--- Whether a system has not got through its start yet.
---@param key string
---@return boolean
function methods:is_starting(key)
  local power_ = self.powers[key] or self.powers[self.source.system]
  return power_ ~= nil and power_:is_starting()
end

local function link_of(self, key, ...)
  local path = key and self.store:value(key, ...)
  return path and self.store:find(path)
end

--- Where tasks are: what the root links to, if it does.
---@return string
function methods:tasks_path()
  local service = link_of(self, self.store:find("/redfish/v1"), "Tasks", "@odata.id")
  return link_of(self, service, "Tasks", "@odata.id") or "/redfish/v1/TaskService/Tasks"
end

--- Where jobs are.
---@return string
function methods:jobs_path()
  return self.traits.tasks.jobs:gsub("{manager}", self.source.manager or "/redfish/v1/Managers/1")
end

-- A collection with members that are not in the tree.
local function collection(text, base, ids)
  if #ids == 0 then return text end
  local items = splice.items(splice.get(text, "Members") or "[]")
  for _, id in ipairs(ids) do
    items[#items + 1] = json.encode { ["@odata.id"] = base:gsub("/$", "") .. "/" .. id }
  end
  text = splice.set(text, "[" .. table.concat(items, ",") .. "]", "Members")
  return splice.set(text, tostring(#items), "Members@odata.count")
end

local function session_ids(self)
  local ids = {}
  for i, session in ipairs(self.sessions:list()) do ids[i] = session.id end
  return ids
end

--- Brings the power of all systems up to now.
function methods:settle()
  for _, one in pairs(self.powers) do one:settle() end
end

--- The text of a resource now: power brought up to date, open sessions among
--- the members of their collection, the clock of the manager.
---@param key string from store:find()
---@return string|nil text
function methods:document(key)
  self:settle()
  local text = self.store:text(key)
  if key == self.sessions_key then
    return collection(text, self.source.sessions or self.traits.sessions.path, session_ids(self))
  end
  if self.tasks[1] and key == self:tasks_path() then
    return collection(text, key, tasks.list(self))
  end
  if key == self.source.manager then
    return splice.set(text, json.encode(self:stamp(self.clock())), "DateTime")
  end
  return text
end

--- The counters, sessions that have expired left out.
---@return bmc.sim.Counters counters the live table: it goes on changing
function methods:count()
  self.sessions:expire()
  if self.on_count then self.on_count(self.counters) end
  return self.counters
end

--- Sets the counters to zero; sessions that are open stay so.
---@return bmc.sim.Counters
function methods:zero()
  local live = self:count().live_sessions
  if self.on_zero then self.on_zero() end
  for name in pairs(self.counters) do self.counters[name] = 0 end
  self:count()
  self.counters.live_sessions, self.counters.peak_sessions = live, live
  self.resets, self.actions = {}, {}
  return self.counters
end

-- The resources that are systems, by what their collection lists.
local function systems(self)
  local members = self.store:get("/redfish/v1/Systems", "Members") or ""
  local keys = {}
  for path in members:gmatch('"@odata.id"%s*:%s*"([^"]+)"') do
    local key = self.store:find(path)
    if key and self.store:get(key, "PowerState") then keys[#keys + 1] = key end
  end
  return keys
end

--- The system whose power IPMI switches: the first.
---@return string|nil key
function methods:system()
  return self.source.system or systems(self)[1]
end

--- Whether the system has power.
---@return boolean
function methods:is_on()
  local state = self:system() and self:power(self:system()):settle()
  return state == "On" or state == "PoweringOff"
end

--- Sets the power of all systems at once, as a hand at the machine would.
---@param state string "On" or "Off"
function methods:force_power(state)
  for _, key in ipairs(systems(self)) do self:power(key):force(state) end
end

--- Sets the health that the systems report.
---@param health string "OK", "Warning", "Critical"
function methods:set_health(health)
  for _, key in ipairs(systems(self)) do
    self.store:edit(key, json.encode(health), "Status", "Health")
    if self.store:get(key, "Status", "HealthRollup") then
      self.store:edit(key, json.encode(health), "Status", "HealthRollup")
    end
  end
end

--- What a test or an operator wants to know of it.
---@return table state plain data
function methods:state()
  local power_states, open = {}, {}
  for _, key in ipairs(systems(self)) do power_states[key] = self:power(key):settle() end
  for i, session in ipairs(self.sessions:list()) do
    open[i] = { id = session.id, user = session.user }
  end
  return {
    index = self.index, address = self.address, vendor = self.traits.vendor,
    model = self.source.name or self.traits.model, power = power_states, sessions = open,
    resets = self.resets, actions = self.actions, down = self:is_down(),
  }
end

return M
