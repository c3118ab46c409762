-- SPDX-License-Identifier: GPL-3.0-or-later
-- power.ipmi: owns power over IPMI: what Get Chassis Status shows (28.2), and which Chassis
-- Control commands a verb becomes (28.3). When they are sent is the operation's, what came of
-- them bmc.power.run's.

local err = require "bmc.err"
local tbl = require "bmc.tbl"
local verbs = require "bmc.power.verbs"

-- 28.3
local CONTROLS = { power_down = 0x00, power_up = 0x01, power_cycle = 0x02, hard_reset = 0x03,
  soft = 0x05 }

local OFF_ON = "off_on"

-- Seconds between the first looks for a restart, whatever the profile's poll: many BMCs turn the
-- machine off for a second, and a few more packets than usual hurt none (M40 is about steady ones).
local BRISK = 0.5

-- Those that do nothing to a machine that is on, or off.
local HARMLESS = { power_up = true, power_down = true }

-- A lost answer is waited for so many times as long, by looking, before they are sent again.
local PATIENCE = 5

-- Completion codes that say: not this one, try another. Some BMCs know no power cycle, some want
-- the machine in another state for it.
local REFUSALS = { [0xC1] = true, [0xC7] = true, [0xC9] = true, [0xCC] = true, [0xD5] = true,
  [0xD6] = true }

-- Bits of the first byte of Get Chassis Status.
local ON, OVERLOAD, FAULT, CONTROL_FAULT = 0x01, 0x02, 0x08, 0x10
-- The bit of the second: the machine was last turned on by a command over IPMI.
local BY_COMMAND = 0x10

local M = {}

local function fault_of(power)
  return power & OVERLOAD ~= 0 and "a power overload" or power & FAULT ~= 0 and "a power fault"
    or power & CONTROL_FAULT ~= 0 and "a power control fault" or nil
end

--- One look at the machine: one command.
---@param c bmc.ipmi.Client
---@return bmc.power.Sight? seen  power is "on" or "off"
---@return bmc.err.Value? err
function M.look(c)
  local data, e = c:ask "Get Chassis Status"
  if not data then
    return nil, e
  elseif #data < 1 then
    return err.fail("protocol", "Get Chassis Status: an empty answer", { effect = "none" })
  end
  local power, event = data:byte(1, 2)
  return {
    power = power & ON ~= 0 and "on" or "off", fault = fault_of(power),
    by_command = event and event & BY_COMMAND ~= 0,
  }
end

---@class bmc.power.OverIpmi: bmc.power.Driver
local driver = {}
local driver_mt = { __index = driver, __name = "bmc.power.ipmi" }

function driver_mt:__tostring()
  return "Chassis Control of " .. self.client.target.ipmi.shown
end

function driver:look()
  return M.look(self.client)
end

--- Sends a request, once.
---@param request bmc.power.Request
---@return true? ok
---@return bmc.err.Value? err with effect
function driver:send(request)
  local ok, e = self.client:ask("Chassis Control", string.char(CONTROLS[request.type]),
    { timeout = self.lists.answer })
  return ok and true, e
end

function driver:describe(request)
  return ("%sChassis Control %02Xh, %s"):format(self.dry_run and "would send " or "",
    CONTROLS[request.type], request.type)
end

--- Whether a refusal is of this command only, so that another may do.
function driver:another(e)
  return REFUSALS[e.completion] or false
end

function driver:harmless(request)
  return HARMLESS[request.type] or false
end

--- The requests that make up a verb, and those to try where the BMC refuses these.
---@param verb string
---@return bmc.power.Request[][] plans
function driver:plans(verb)
  local out, lists = {}, self.lists
  for i, kind in ipairs(lists[verb]) do
    if kind == OFF_ON then
      local off = verbs.first_half(verb)
      out[i] = { { type = lists[off][1], goal = "off" }, { type = lists.on[1], goal = "on" } }
    else
      out[i] = { { type = kind, goal = verbs.goal(verb) } }
    end
  end
  return out
end

--- The driver of a machine.
---@param c bmc.ipmi.Client
---@return bmc.power.OverIpmi
function M.driver(c)
  local profile = c.target.profile
  local own = profile.ipmi.power
  return setmetatable({
    client = c, dry_run = c.target.dry_run, lists = own,
    timing = tbl.with(profile.power, {
      settle = own.settle, poll = own.poll, away = own.away, brisk = BRISK,
      again = own.answer * PATIENCE,
    }),
  }, driver_mt)
end

return M
