-- SPDX-License-Identifier: GPL-3.0-or-later
--- The locator LED and the diagnostic interrupt by IPMI: Chassis Identify (28.5) and Chassis
--- Control (28.3) of the IPMI specification, version 2.0, revision 1.1.

local chassis = require "bmc.ipmi.chassis"
local err = require "bmc.err"
local ipmi = require "bmc.ipmi"
local reply = require "bmc.ipmi.reply"

local LONGEST = 255 -- seconds
local OFF, FORCE_ON = "\0", "\0\1"
local PULSE_DIAGNOSTIC_INTERRUPT = "\4"

-- IPMI knows whether somebody shall find the machine, not what the LED looks like then.
local SHOWN = { temporary = "on", on = "on", off = "off" }
-- Refusals of the second byte by a BMC that knows only seconds.
local NO_FORCE = { [0xC7] = true, [0xCC] = true }

local M = {}

-- ---- the LED ----

--- The way of led_state.
---@param target bmc.target.Target
---@return table? record  led
---@return bmc.err.Value? err unsupported: it does not tell
function M.state(target)
  local status, e = chassis.read(ipmi.of(target))
  if not status then
    return nil, e
  elseif not status.identify then
    return err.fail("unsupported", "this BMC does not tell over IPMI whether the LED is lit")
  end
  return { led = SHOWN[status.identify] }
end

local function light(c, call, state, seconds)
  if state == "off" then
    return reply.change(c, call, "Chassis Identify", OFF, "off")
  elseif seconds then
    return reply.change(c, call, "Chassis Identify", string.char(seconds), seconds .. " s")
  end
  local done, e = reply.change(c, call, "Chassis Identify", FORCE_ON, "on")
  if done or not NO_FORCE[e.completion] then
    return done, e
  end
  call.note(("this BMC lights the LED for %d s at most"):format(LONGEST))
  return reply.change(c, call, "Chassis Identify", string.char(LONGEST), LONGEST .. " s")
end

local function observe(c, state, call)
  local status, e = reply.confirm(function() return chassis.read(c) end, function(seen)
    return not seen.identify or (seen.identify == "off") == (state == "off")
  end, function(seen)
    return "the LED reads " .. SHOWN[seen.identify], SHOWN[seen.identify]
  end)
  if not status then
    return nil, e
  elseif not status.identify then
    call.note("this BMC does not tell over IPMI whether the LED is lit")
  end
  return { requested = state, accepted = true, observed = SHOWN[status.identify] }
end

--- Lights the LED, or puts it out.
---@param target bmc.target.Target
---@param state "on"|"off"|"blinking"
---@param seconds? integer  it shall be lit, 1 to 255; until told otherwise without
---@param call bmc.plan.Call
---@return table? result
---@return bmc.err.Value? err
function M.light(target, state, seconds, call)
  if seconds and (math.type(seconds) ~= "integer" or seconds < 1 or seconds > LONGEST) then
    return err.refuse("rejected", "the LED can be lit for 1 to %d s, not %s", LONGEST,
      tostring(seconds))
  elseif state == "blinking" then
    call.note("whether it blinks when it is lit over IPMI is up to the machine")
  end
  local c = ipmi.of(target)
  local done, e = light(c, call, state, seconds)
  if not done then
    return nil, e
  elseif target.dry_run then
    return { requested = state }
  end
  return observe(c, state, call)
end

-- ---- the interrupt ----

--- The way of nmi_trigger. Sent once.
---@param target bmc.target.Target
---@param call bmc.plan.Call
---@return table? result
---@return bmc.err.Value? err
function M.nmi(target, _, call)
  local c = ipmi.of(target)
  local status, e = chassis.read(c)
  if not status then
    return nil, err.wrap(e, { effect = "none" })
  elseif not status.power_on then
    return err.refuse("rejected", "the machine is off: nothing there takes an NMI")
  end
  local done
  done, e = reply.change(c, call, "Chassis Control", PULSE_DIAGNOSTIC_INTERRUPT,
    "pulse diagnostic interrupt")
  if not done then
    -- What it does not know of the control byte it calls invalid data.
    if e.completion == 0xCC then
      e.code, e.text = "unsupported", "this BMC sends no NMI: " .. e.text
    end
    return nil, e
  elseif target.dry_run then
    return { requested = "Nmi" }
  end
  local now = chassis.read(c)
  return { requested = "Nmi", accepted = true, observed = now and (now.power_on and "on" or "off") }
end

return M
