-- SPDX-License-Identifier: GPL-3.0-or-later
-- Power of one simulated machine: what a ResetType does, after which delay,
-- through which states. No timer runs: the state is worked out when somebody
-- looks, so a thousand idle machines cost nothing.
-- Which ResetTypes are allowed is read from the resource (actions.lua).

local M = {}

local methods = {}
local power_mt = { __index = methods, __name = "bmcsh.sim.power" }

power_mt.__tostring = function(self)
  return "sim.power: " .. self.state
end

-- What each ResetType aims at; Nmi and others change no state.
local INTENT = {
  On = "on", ForceOn = "on", ForceOff = "off", GracefulShutdown = "shutdown",
  ForceRestart = "restart", GracefulRestart = "restart", PowerCycle = "cycle",
  FullPowerCycle = "cycle", ForcePowerCycle = "cycle", PushPowerButton = "button",
}

-- Steps of an intent: when (in delays), the state, and whether the state is
-- one of those that only some vendors report.
local STEPS = {
  on = { { 0, "PoweringOn", true }, { 1, "On" } },
  off = { { 0, "PoweringOff", true }, { 1, "Off" } },
  shutdown = { { 0, "PoweringOff", true }, { 2, "Off" } },
  restart = { { 1, "On" } },
  cycle = {
    { 0, "PoweringOff", true }, { 1, "Off" }, { 2, "PoweringOn", true }, { 3, "On" },
  },
  nothing = {},
}

-- BootProgress from the moment the processors start again, in delays; a machine that is switched
-- faster than machines are takes its time to start all the same, so that the start can be seen.
local BOOT = {
  { 0, "PrimaryProcessorInitializationStarted" },
  { 0.5, "SystemHardwareInitializationComplete" },
  { 1, "OSBootStarted" },
  { 2, "OSRunning" },
}

--- Makes the power of a machine.
---@param opts table state, delay (seconds), transitional (bool), strict (bool: a reset that has
--- nothing to do is refused), boot_seconds (that a start takes at least), clock,
--- changed(what, value)
---@return table power
function M.new(opts)
  return setmetatable({
    state = opts.state, delay = opts.delay, transitional = opts.transitional,
    strict = opts.strict, clock = opts.clock, changed = opts.changed, steps = {}, busy_until = 0,
    boot_delay = math.max(opts.delay, (opts.boot_seconds or 0) / 2),
  }, power_mt)
end

local function apply(self, step)
  if step.state then
    self.changed("PowerState", step.state)
    if step.state == "On" then self.changed("LastResetTime", step.at) end
    if step.state == "Off" then self.changed("BootProgress", "None") end
    self.state = step.state
  end
  if step.boot then self.changed("BootProgress", step.boot) end
end

--- Brings the state up to now.
---@return string state "On", "Off", "PoweringOn", "PoweringOff"
function methods:settle()
  local now = self.clock()
  while self.steps[1] and self.steps[1].at <= now do
    apply(self, table.remove(self.steps, 1))
  end
  return self.state
end

--- Whether a reset is still under way.
---@return boolean
function methods:busy()
  return self.clock() < self.busy_until
end

--- Whether the last reset makes the machine start.
---@return boolean
function methods:starts()
  return self.intent == "on" or self.intent == "restart" or self.intent == "cycle"
end

--- Whether the machine has not got through its start.
---@return boolean
function methods:is_starting()
  self:settle()
  return self.steps[1] ~= nil and self:starts()
end

-- By time; of two at once the power comes first.
local function earlier(x, y)
  if x.at ~= y.at then return x.at < y.at end
  return x.state ~= nil and y.state == nil
end

local function schedule(self, intent, now)
  local steps = {}
  for _, step in ipairs(STEPS[intent]) do
    local at = now + step[1] * self.delay
    if self.transitional or not step[3] then steps[#steps + 1] = { at = at, state = step[2] } end
  end
  local last = steps[#steps]
  self.busy_until = last and last.at or now
  if last and last.state == "On" then
    -- A restart is at work from the first moment, although the power stays on.
    local start = intent == "restart" and now or last.at
    for _, step in ipairs(BOOT) do
      steps[#steps + 1] = { at = start + step[1] * self.boot_delay, boot = step[2] }
    end
    table.sort(steps, earlier)
  end
  self.steps = steps
end

-- The intent that holds in this state: a button is on or off, a restart of a
-- machine that is off turns it on, and what is already so needs no step.
local function resolve(self, kind)
  local intent, off = INTENT[kind] or "nothing", self.state == "Off"
  if intent == "button" then return off and "on" or "shutdown" end
  if off and (intent == "restart" or intent == "cycle") then
    return not self.strict and "on" or nil
  end
  local same = (off and (intent == "off" or intent == "shutdown")) or (not off and intent == "on")
  if not same then return intent end
  return not self.strict and "nothing" or nil
end

--- Asks for a reset.
---@param kind string a ResetType that the caller has found to be allowed
---@param hung? boolean accept it, and do nothing
---@return boolean|nil done
---@return string|nil why "busy": a reset is pending; "already": there is nothing to do
function methods:reset(kind, hung)
  self:settle()
  local now = self.clock()
  -- A hard off is taken while a graceful one is pending: that is how an
  -- operator gets past an operating system that hangs.
  local hastened = self.intent == "shutdown" and kind == "ForceOff"
  if now < self.busy_until and not hastened then return nil, "busy" end
  local intent = resolve(self, kind)
  if not intent then return nil, "already" end
  if hung then return true end
  self.intent = intent
  schedule(self, intent, now)
  self:settle()
  return true
end

--- Sets the state at once, as a hand at the machine would.
---@param state string "On" or "Off"
function methods:force(state)
  self.steps, self.busy_until = {}, 0
  apply(self, { state = state, at = self.clock() })
end

return M
