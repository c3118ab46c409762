-- SPDX-License-Identifier: GPL-3.0-or-later
--- The chassis commands of IPMI that only look, and the one that sets the restore policy.
--
-- Sections are those of the IPMI specification, version 2.0, revision 1.1.

local err = require "bmc.err"
local ipmi = require "bmc.ipmi"
local reply = require "bmc.ipmi.reply"

-- 28.2, table 28-3
local FAULTS = { [1] = "overload", [2] = "interlock", [3] = "power_fault",
  [4] = "power_control_fault" }
local EVENTS = { [0] = "ac_failed", [1] = "overload", [2] = "interlock", [3] = "power_fault",
  [4] = "command" }
local MISC = { [1] = "front_panel_lockout", [2] = "drive_fault", [3] = "cooling_fault" }
local POLICIES = { [0] = "always_off", "previous", "always_on", "unknown" }
local IDENTIFY = { [0] = "off", "temporary", "on" }
local IDENTIFY_KNOWN = 0x40

-- 28.11
local CAUSES = {
  [0] = "unknown", "chassis_control", "reset_button", "power_button", "watchdog", "oem",
  "restore_always_on", "restore_previous", "pef_reset", "pef_power_cycle", "soft_reset",
  "rtc_wakeup",
}

local M = {}

---@class bmc.ipmi.ChassisStatus
---@field power_on boolean
---@field restore_policy "always_on"|"previous"|"always_off"|"unknown"
---@field last_power_event string[]  why the power went down or came up last
---@field faults string[]
---@field intrusion boolean          the case is or was open
---@field identify? "off"|"temporary"|"on"  absent where the BMC does not tell

--- The answer to Get Chassis Status (28.2).
---@param data string
---@return bmc.ipmi.ChassisStatus? status
---@return bmc.err.Value? err protocol
function M.decode(data)
  local whole, e = reply.enough(data, 3, "Get Chassis Status")
  if not whole then
    return nil, e
  end
  local power, event, misc = data:byte(1, 3)
  local faults = reply.flags(power & 0x1E, FAULTS)
  table.move(reply.flags(misc & 0x0E, MISC), 1, 3, #faults + 1, faults)
  return {
    power_on = power & 1 == 1,
    restore_policy = POLICIES[power >> 5 & 3],
    last_power_event = reply.flags(event & 0x1F, EVENTS),
    faults = faults,
    intrusion = misc & 1 == 1,
    identify = misc & IDENTIFY_KNOWN ~= 0 and IDENTIFY[misc >> 4 & 3] or nil,
  }
end

--- Reads it.
---@param c bmc.ipmi.Client
---@return bmc.ipmi.ChassisStatus? status
---@return bmc.err.Value? err
function M.read(c)
  local data, e = c:ask("Get Chassis Status", "")
  if not data then
    return nil, e
  end
  return M.decode(data)
end

--- The hours of a counter that counts in units of so many minutes (28.14).
---@param data string  the answer to Get POH Counter
---@return number hours
function M.hours(data)
  local minutes, count = ("<BI4"):unpack(data)
  return count * minutes // 60
end

--- Why the machine was last restarted, in a word (28.11).
---@param data string  the answer to Get System Restart Cause
---@return string
function M.cause(data)
  return CAUSES[data:byte() & 0x0F] or "unknown"
end

--- The way of chassis_status.
---@param target bmc.target.Target
---@param call bmc.plan.Call
---@return bmc.ipmi.ChassisStatus? status  with restart_cause and power_on_hours where answered
---@return bmc.err.Value? err
function M.status(target, _, call)
  local c = ipmi.of(target)
  local record, e = M.read(c)
  if not record then
    return nil, e
  end
  local cause, hours
  cause, e = reply.optional(c, "Get System Restart Cause", "", 1, call.note)
  if not e then
    hours, e = reply.optional(c, "Get POH Counter", "", 5, call.note)
  end
  if e then
    return nil, e
  end
  record.restart_cause = cause and M.cause(cause)
  record.power_on_hours = hours and M.hours(hours)
  return record
end

-- 28.8
local SETS = { always_off = 0, previous = 1, always_on = 2 }

--- What is said to who asks for a policy that there is not.
---@param policy any
---@return nil
---@return bmc.err.Value err rejected
function M.no_policy(policy)
  return err.refuse("rejected", "no restore policy %q; there are always_on, previous, always_off",
    tostring(policy))
end

--- Sets what happens when power comes back.
---@param target bmc.target.Target
---@param args { policy: "always_on"|"previous"|"always_off" }
---@param call bmc.plan.Call
---@return table? result  requested, accepted, restore_policy (as it reads)
---@return bmc.err.Value? err rejected, unsupported, timeout (it reads otherwise)
function M.set_policy(target, args, call)
  local value = SETS[args.policy]
  if not value then
    return M.no_policy(args.policy)
  end
  local c = ipmi.of(target)
  local done, e = reply.change(c, call, "Set Power Restore Policy", string.char(value),
    args.policy)
  if not done then
    return nil, e
  elseif target.dry_run then
    return { requested = args.policy }
  end
  local status
  status, e = reply.confirm(function() return M.read(c) end, function(seen)
    return seen.restore_policy == args.policy
  end, function(seen)
    return "reads " .. seen.restore_policy, seen.restore_policy
  end)
  if not status then
    return nil, e
  end
  return { requested = args.policy, accepted = true, restore_policy = status.restore_policy }
end

return M
