-- SPDX-License-Identifier: GPL-3.0-or-later
--- Power by DCMI: what the machine draws, and the limit that it is held to.
--
-- Sections are those of the DCMI specification, version 1.5.

local err = require "bmc.err"
local ipmi = require "bmc.ipmi"
local reply = require "bmc.ipmi.reply"

local GROUP = 0xDC
local STATISTICS = string.char(GROUP, 0x01, 0, 0) -- 6.6.1: of the system, not of an interval
local NO_LIMIT = 0x80                             -- 6.6.2: a limit is kept, and is not active

-- 6.6.2, table 6-17
local ACTIONS = { none = 0x00, power_off = 0x01, log = 0x11 }
local NAMES = { [0x00] = "none", [0x01] = "power_off", [0x11] = "log" }
-- 6.6.3
local REFUSALS = {
  [0x84] = "the power limit is out of the range of this machine",
  [0x85] = "the correction time is out of range",
  [0x89] = "the sampling period is out of range",
}

local M = {}

-- Without the byte that says DCMI, which stands first in each answer (chapter 6.1).
local function body(data, n, command)
  local e
  data, e = reply.enough(data, n + 1, command)
  if not data then
    return nil, e
  elseif data:byte() ~= GROUP then
    return err.fail("protocol", command .. ": the answer is not one of DCMI")
  end
  return data:sub(2)
end

--- The answer to Get Power Reading (6.6.1) as a record of power_metrics.
---@param data string
---@return table? record  empty where the BMC measures nothing now
---@return bmc.err.Value? err protocol
function M.reading(data)
  local e
  data, e = body(data, 17, "DCMI Get Power Reading")
  if not data then
    return nil, e
  end
  local now, least, most, average, _, _, state = ("<I2I2I2I2I4I4B"):unpack(data)
  if state & 0x40 == 0 then
    return {}
  end
  return { consumed_w = now, average_w = average, min_w = least, max_w = most }
end

---@class bmc.ipmi.PowerLimit
---@field active boolean
---@field limit_w? integer       this and what follows: absent while none was ever set
---@field exception_action? string  "none", "power_off", "log"; what else it is, as "OEM 02h"
---@field correction_time_ms? integer  in which the machine has to be below the limit again
---@field sampling_period_s? integer

--- The answer to Get Power Limit (6.6.2).
---@param data string
---@param code integer  its completion code: 0, or 80h while no limit is active
---@return bmc.ipmi.PowerLimit? limit
---@return bmc.err.Value? err protocol
function M.limit(data, code)
  local e
  data, e = body(data, 13, "DCMI Get Power Limit")
  if not data then
    return nil, e
  end
  local action, watts, correction, period = ("<BI2I4xxI2"):unpack(data, 3)
  if watts == 0 then -- none was ever set: the rest says nothing either
    return { active = false }
  end
  return {
    limit_w = watts, active = code == 0, correction_time_ms = correction,
    exception_action = NAMES[action] or ("OEM %02Xh"):format(action), sampling_period_s = period,
  }
end

--- Reads the limit.
---@param c bmc.ipmi.Client
---@return bmc.ipmi.PowerLimit? limit
---@return bmc.err.Value? err
function M.read_limit(c)
  local data, code = c:ask("DCMI Get Power Limit", string.char(GROUP, 0, 0),
    { accept = { [NO_LIMIT] = true } })
  if not data then
    return nil, code
  elseif code == NO_LIMIT and #data < 14 then -- nothing was ever set: some then say no more
    return { active = false }
  end
  return M.limit(data, code)
end

--- The way of power_metrics.
---@param target bmc.target.Target
---@param call bmc.plan.Call
---@return table? record
---@return bmc.err.Value? err
function M.metrics(target, _, call)
  local c = ipmi.of(target)
  local data, e = c:ask("DCMI Get Power Reading", STATISTICS)
  if not data then
    return nil, e
  end
  local record
  record, e = M.reading(data)
  if not record then
    return nil, e
  elseif not next(record) then
    call.note("the BMC does not measure power now")
  end
  local limit
  limit, e = M.read_limit(c)
  if not limit and not reply.answered(e) then
    return nil, e
  end
  record.limit_w = limit and limit.active and limit.limit_w or nil
  return record
end

--- The way of power_limit.
---@param target bmc.target.Target
---@return bmc.ipmi.PowerLimit? limit
---@return bmc.err.Value? err
function M.power_limit(target)
  return M.read_limit(ipmi.of(target))
end

-- ---- setting ----

-- The range check is the BMC's, but that the number fits its field.
local function number(value, most, what)
  local n = math.tointeger(tonumber(value))
  if n and n >= 1 and n <= most then
    return n
  end
  return err.refuse("rejected", "%s: a whole number from 1 to %d is wanted, not %s", what, most,
    tostring(value))
end

-- What is kept where nobody says otherwise.
local DEFAULTS = { exception_action = "log", correction_time_ms = 1000, sampling_period_s = 1 }

--- The data of Set Power Limit (6.6.3).
---@param args table  watts, exception_action, correction_time_ms, sampling_period_s
---@param now table  the limit that is there, for what is not said
---@return string? data
---@return bmc.err.Value? err rejected
function M.encode(args, now)
  local action = args.exception_action or ACTIONS[now.exception_action] and now.exception_action
    or DEFAULTS.exception_action
  if not ACTIONS[action] then
    return err.refuse("rejected", "no exception action %q; there are none, log, power_off",
      tostring(action))
  end
  local watts, e = number(args.watts, 0xFFFF, "the limit in W")
  local correction, period
  if watts then
    correction, e = number(args.correction_time_ms or now.correction_time_ms
      or DEFAULTS.correction_time_ms, 0xFFFFFFFF, "the correction time in ms")
  end
  if correction then
    period, e = number(args.sampling_period_s or now.sampling_period_s
      or DEFAULTS.sampling_period_s, 0xFFFF, "the sampling period in s")
  end
  if not period then
    return nil, e
  end
  return ("<BxxxBI2I4xxI2"):pack(GROUP, ACTIONS[action], watts, correction, period)
end

local function activate(c, on, call)
  return reply.change(c, call, "DCMI Activate Power Limit",
    string.char(GROUP, on and 1 or 0, 0, 0), on and "on" or "off")
end

local function change(c, args, call)
  if args.watts == "off" then
    return activate(c, false, call)
  end
  local now, e = M.read_limit(c)
  if not now then
    return nil, e
  end
  local data
  data, e = M.encode(args, now)
  if not data then
    return nil, e
  end
  local done
  done, e = reply.change(c, call, "DCMI Set Power Limit", data, args.watts .. " W")
  if not done then
    e.text = REFUSALS[e.completion] or e.text
    return nil, e
  end
  return activate(c, true, call)
end

local function is_so(limit, args)
  if args.watts == "off" then
    return not limit.active
  end
  return limit.active and limit.limit_w == math.tointeger(tonumber(args.watts))
end

--- The way of set_power_limit.
---@param target bmc.target.Target
---@param args table  watts (or "off"), exception_action, correction_time_ms, sampling_period_s
---@param call bmc.plan.Call
---@return table? result
---@return bmc.err.Value? err
function M.set_power_limit(target, args, call)
  local c = ipmi.of(target)
  local done, e = change(c, args, call)
  local requested = tostring(args.watts)
  if not done then
    return nil, e
  elseif target.dry_run then
    return { requested = requested }
  end
  local limit
  limit, e = reply.confirm(function() return M.read_limit(c) end, function(seen)
    return is_so(seen, args)
  end, function(seen)
    return ("reads %s W, %s"):format(tostring(seen.limit_w), seen.active and "active"
      or "not active")
  end)
  if not limit then
    return nil, e
  end
  limit.requested, limit.accepted = requested, true
  return limit
end

return M
