-- SPDX-License-Identifier: GPL-3.0-or-later
-- startup.ipmi: owns the boot override over IPMI: what it is, and setting it until it reads back.
-- The bytes are bmc.ipmi.boot's, the words of a wish bmc.startup.override's.

local boot = require "bmc.ipmi.boot"
local err = require "bmc.err"
local ipmi = require "bmc.ipmi"
local override = require "bmc.startup.override"
local readback = require "bmc.readback"

local M = {}

--- The way of boot_config. IPMI knows no boot order.
---@param target bmc.target.Target
---@return table? record
---@return bmc.err.Value? err
function M.config(target)
  local flags, e = boot.read(ipmi.of(target))
  return flags and boot.record(flags), e
end

local function tell_mode(wish, wanted, call)
  if not wish.mode and wanted.valid then
    call.note(("boot mode %s, as it was: IPMI always says one")
      :format(wanted.uefi and "UEFI" or "Legacy"))
  end
end

-- The device is there, but as flags that do not hold (ipmi_sim never says that they do).
local function is_vague(wanted, flags)
  return wanted.valid and not flags.valid and flags.selector == wanted.selector
end

-- A BMC may forget the mode, or keep another device: what reads back decides.
local function confirm(c, wanted, profile, call)
  local right, seen = readback.wait(function() return boot.read(c) end, function(flags)
    return boot.holds(wanted, flags) or is_vague(wanted, flags)
  end, profile.settle, profile.poll)
  if right then
    if is_vague(wanted, seen) then
      call.note("the BMC took it, and shows the device, but not that it holds")
    end
    return seen
  elseif right == nil then
    return nil, err.wrap(seen, { effect = "unknown" })
  end
  local shown = seen and boot.record(seen) or {}
  return err.fail("rejected", ("the BMC took it, and shows %s, %s, %s"):format(
    shown.boot_source_override_target or "nothing", shown.boot_source_override_enabled or "-",
    shown.boot_source_override_mode or "no mode"), { effect = "unknown" })
end

local function start(target, args, call)
  local wish, e = override.wish(args)
  if not wish then
    return nil, e
  end
  local c = ipmi.of(target)
  local now, wanted
  now, e = boot.read(c)
  if now then
    wanted, e = boot.wanted(wish, now)
  end
  if not wanted then
    return nil, err.wrap(e, { effect = "none" })
  end
  tell_mode(wish, wanted, call)
  return c, wanted, now
end

-- What is as it was has not been written, whatever the BMC said of the write.
local function proven(c, e, before)
  local now = e.completion and e.effect == "unknown" and boot.read(c)
  if now and boot.encode(now) == boot.encode(before) then
    e.effect = "none"
  end
  return e
end

local function result_of(wanted, seen)
  local result = boot.record(seen)
  if is_vague(wanted, seen) then
    result = {}
  end
  result.sent = boot.record(wanted)
  result.confirmed = boot.holds(wanted, seen) or nil
  return result
end

--- The way of set_next_boot.
---@param target bmc.target.Target
---@param args table
---@param call bmc.plan.Call
---@return table? result
---@return bmc.err.Value? err
function M.set(target, args, call)
  local c, wanted, now = start(target, args, call)
  if not c then
    return nil, wanted
  elseif not wanted.valid and boot.is_clear(now) then
    call.step { step = "nothing to do", ok = true, why = "no override is set" }
    local result = boot.record(now)
    result.confirmed = true
    return result
  end
  local done, e = boot.write(c, wanted, call)
  if not done then
    return nil, proven(c, e, now)
  elseif target.dry_run then
    return { sent = boot.record(wanted) }
  end
  local seen
  seen, e = confirm(c, wanted, target.profile.boot, call)
  return seen and result_of(wanted, seen), e
end

return M
