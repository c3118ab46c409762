-- SPDX-License-Identifier: GPL-3.0-or-later
-- One simulated BMC: its resources, credentials, sessions, the power of its
-- systems, and the counters by which a test sees what really happened. Knows
-- neither sockets nor HTTP; service.lua answers requests with it.

local host = require "_bmcsh.host"
local json = require "bmc.json"
local personality = require "bmc.sim.personality"
local power = require "bmc.sim.power"
local sessions = require "bmc.sim.sessions"
local splice = require "bmc.sim.splice"
local store = require "bmc.sim.store"

local M = {}

local methods = {}
local bmc_mt = { __index = methods, __name = "bmcsh.sim.bmc" }

bmc_mt.__tostring = function(self)
  return ("sim.bmc %d at %s: %s"):format(self.index, self.address, self.traits.model)
end

---@class bmc.sim.Counters
---@field requests integer all but those of the admin URL
---@field logins integer sessions opened
---@field login_failures integer logins with wrong credentials
---@field sessions_refused integer logins that found no free session
---@field logouts integer sessions that a client closed
---@field sessions_expired integer sessions that nobody used
---@field live_sessions integer open now
---@field peak_sessions integer open at most at one time
---@field basic integer requests with right Basic credentials
---@field unauthorized integer requests answered 401
---@field resets integer resets of a system that were executed
---@field bmc_resets integer resets of the BMC itself
---@field faults integer requests to which a fault was applied

local function counters()
  return {
    requests = 0, logins = 0, login_failures = 0, sessions_refused = 0, logouts = 0,
    sessions_expired = 0, live_sessions = 0, peak_sessions = 0, basic = 0, unauthorized = 0,
    resets = 0, bmc_resets = 0, faults = 0,
  }
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
---@return table bmc fields: index, address, traits, counters, resets ({type, at, system} each)
function M.new(opts)
  local traits = opts.traits or personality.generic()
  local self = setmetatable({
    index = opts.index, address = opts.address, traits = traits, source = opts.source,
    user = opts.user, password = opts.password, clock = opts.clock,
    basic_header = opts.basic and "Basic " .. base64(opts.user .. ":" .. opts.password) or nil,
    reset_delay = opts.reset_delay, store = store.new(opts.source, opts.machine),
    counters = counters(), resets = {}, powers = {}, down_until = 0,
  }, bmc_mt)
  self.sessions_key = store.key(opts.source.sessions or traits.sessions.path)
  self.sessions = sessions.new {
    seed = opts.index, clock = opts.clock, counters = self.counters,
    limit = opts.session_limit or traits.sessions.limit,
    timeout = opts.session_timeout or traits.sessions.timeout,
  }
  return self
end

-- Wall-clock text of a time on the clock of the simulation.
local function stamp(self, at)
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
  elseif what == "BootProgress" and resources:get(key, "BootProgress") then
    resources:edit(key, json.encode(value), "BootProgress", "LastState")
  elseif what == "LastResetTime" and resources:get(key, "LastResetTime") then
    resources:edit(key, json.encode(stamp(self, value)), "LastResetTime")
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
    transitional = self.traits.transitional, strict = self.traits.already ~= nil,
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
  return true
end

--- Restarts the BMC itself: sessions are lost, and it is away for a while.
function methods:restart()
  self.counters.bmc_resets = self.counters.bmc_resets + 1
  self.sessions:clear()
  self.down_until = self.clock() + self.reset_delay
end

--- Whether the BMC is restarting.
---@return boolean
function methods:is_down()
  return self.clock() < self.down_until
end

local function collection(self, text)
  local open = self.sessions:list()
  local base = self.source.sessions or self.traits.sessions.path
  local members = splice.get(text, "Members") or "[]"
  local _, count = members:gsub('"@odata.id"', "")
  for _, session in ipairs(open) do
    local member = json.encode { ["@odata.id"] = base:gsub("/$", "") .. "/" .. session.id }
    local comma = count > 0 and "," or ""
    members = members:gsub("%s*%]%s*$", function() return comma .. member .. "]" end)
    count = count + 1
  end
  if #open == 0 then return text end
  return splice.set(splice.set(text, members, "Members"), tostring(count), "Members@odata.count")
end

--- The text of a resource now: power brought up to date, open sessions among
--- the members of their collection, the clock of the manager.
---@param key string from store:find()
---@return string|nil text
function methods:document(key)
  for _, one in pairs(self.powers) do one:settle() end
  local text = self.store:text(key)
  if key == self.sessions_key then return collection(self, text) end
  if key == self.source.manager then
    return splice.set(text, json.encode(stamp(self, self.clock())), "DateTime")
  end
  return text
end

--- The counters, sessions that have expired left out.
---@return bmc.sim.Counters counters the live table: it goes on changing
function methods:count()
  self.sessions:expire()
  return self.counters
end

--- Sets the counters to zero; sessions that are open stay so.
---@return bmc.sim.Counters
function methods:zero()
  local live = self:count().live_sessions
  for name in pairs(self.counters) do self.counters[name] = 0 end
  self.counters.live_sessions, self.counters.peak_sessions = live, live
  self.resets = {}
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
    resets = self.resets, down = self:is_down(),
  }
end

return M
