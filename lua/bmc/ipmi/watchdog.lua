-- SPDX-License-Identifier: GPL-3.0-or-later
--- The watchdog timer of a machine: what it would do, and how it is stopped.
--
-- Sections are those of the IPMI specification, version 2.0, revision 1.1.

local ipmi = require "bmc.ipmi"
local reply = require "bmc.ipmi.reply"

-- 27.6, table 27-4; uses also by their bit of those in which it has run out
local USES = { "bios_frb2", "bios_post", "os_load", "sms_os", "oem" }
local ACTIONS = { [0] = "none", "reset", "power_off", "power_cycle" }
local INTERRUPTS = { [0] = "none", "smi", "nmi", "messaging" }
local RUNNING, NO_LOG = 0x40, 0x80
local TENTH = 10 -- it counts in tenths of a second
-- Without the present countdown, which ipmi_sim leaves out before the timer was ever set; with it.
local SHORTEST, WHOLE = 6, 8

local M = {}

---@class bmc.ipmi.Watchdog
---@field running boolean
---@field use string            who runs it: "bios_frb2" "bios_post" "os_load" "sms_os" "oem"
---@field action string         "none" "reset" "power_off" "power_cycle"
---@field pretimeout_interrupt string  "none" "smi" "nmi" "messaging"
---@field pretimeout_s integer  before the end, that long
---@field countdown_s number    as it was set
---@field remaining_s? number   only while it runs: a stopped one counts nothing
---@field expired string[]      uses in which it has run out
---@field logged boolean        whether that is written into the event log

--- The answer to Get Watchdog Timer (27.7).
---@param data string
---@return bmc.ipmi.Watchdog? watchdog
---@return bmc.err.Value? err protocol
function M.decode(data)
  local whole, e = reply.enough(data, SHORTEST, "Get Watchdog Timer")
  if not whole then
    return nil, e
  end
  local use, action, pretimeout, expired, initial = ("<BBBBI2"):unpack(data)
  local running = use & RUNNING ~= 0
  local present = running and #data >= WHOLE and ("<I2"):unpack(data, SHORTEST + 1)
  return {
    running = running,
    use = USES[use & 7] or "reserved",
    action = ACTIONS[action & 7] or "reserved",
    pretimeout_interrupt = INTERRUPTS[action >> 4 & 7] or "reserved",
    pretimeout_s = pretimeout,
    countdown_s = initial / TENTH,
    remaining_s = present and present / TENTH or nil,
    expired = reply.flags(expired, USES),
    logged = use & NO_LOG == 0,
  }
end

local function read(c)
  local data, e = c:ask("Get Watchdog Timer", "")
  if not data then
    return nil, e
  end
  local watchdog
  watchdog, e = M.decode(data)
  return watchdog, e, data
end

--- The way of watchdog_status.
---@param target bmc.target.Target
---@return bmc.ipmi.Watchdog? watchdog
---@return bmc.err.Value? err
function M.status(target)
  local watchdog, e = read(ipmi.of(target))
  return watchdog, e
end

-- Set Watchdog Timer (27.6) that stops it: whose it is stays, the bit that would let it run on
-- is not set, nothing is to happen at its end, and no flag of an earlier end is cleared.
local function stopped(data)
  return string.char(data:byte(1) & 7, 0, 0, 0) .. data:sub(5, 6)
end

--- The way of watchdog_off.
---@param target bmc.target.Target
---@param call bmc.plan.Call
---@return table? result  requested, accepted, observed
---@return bmc.err.Value? err
function M.off(target, _, call)
  local c = ipmi.of(target)
  local watchdog, e, data = read(c)
  if not watchdog then
    return nil, e
  elseif not watchdog.running then
    call.step { step = "nothing to do", ok = true, why = "the watchdog is stopped" }
    return { requested = "off", observed = "off" }
  end
  local done
  done, e = reply.change(c, call, "Set Watchdog Timer", stopped(data), "off")
  if not done then
    return nil, e
  elseif target.dry_run then
    return { requested = "off" }
  end
  watchdog, e = reply.confirm(function() return read(c) end, function(seen)
    return not seen.running
  end, function()
    return "the watchdog runs on: something on the machine feeds it", "on"
  end)
  if not watchdog then
    return nil, e
  end
  return { requested = "off", accepted = true, observed = "off" }
end

return M
