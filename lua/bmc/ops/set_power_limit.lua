-- SPDX-License-Identifier: GPL-3.0-or-later
-- set_power_limit: holds a machine to so many watts, or no longer.

local dcmi = require "bmc.ipmi.dcmi"
local err = require "bmc.err"
local powercap = require "bmc.powercap"
local readback = require "bmc.readback"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"

-- Seconds until the limit must read back, and between two looks.
local SETTLE, POLL = 10, 1

local function wanted(args)
  local watts = math.tointeger(tonumber(args.watts))
  if args.watts == "off" or watts and watts > 0 then
    return watts or "off"
  end
  return err.refuse("rejected", "the limit in W: a whole number or \"off\" is wanted, not %s",
    tostring(args.watts))
end

local function start(target, args, call)
  local watts, e = wanted(args)
  if not watts then
    return nil, e
  elseif args.sampling_period_s then
    return err.refuse("unsupported", "there is no sampling period in Redfish")
  elseif args.exception_action and not powercap.is_exception(args.exception_action) then
    return err.refuse("rejected", "no exception action %q; there are none, log, power_off",
      tostring(args.exception_action))
  end
  local rf = redfish.of(target)
  local known
  known, e = subject.known(rf, args, call, subject.certain)
  if not known then
    return nil, err.wrap(e, { effect = "none" })
  end
  local place
  place, e = powercap.place(rf, known.system)
  return place and rf, place or e, watts
end

-- Tells one place.
local function tell(rf, place, watts, args, call)
  local body, refused = powercap.change(place, watts, args)
  if not body then
    return nil, refused
  end
  local answer, response = rf:patch(place.uri, body, { held = place.body })
  local outcome, e = rf:follow(answer, response)
  call.sent("PATCH " .. place.uri, e, tostring(watts))
  return outcome, e
end

-- Tells the place, or the Control behind an excerpt that cannot be written; where it was told.
local function change(rf, place, watts, args, call)
  local done, e = tell(rf, place, watts, args, call)
  if done then
    return place
  elseif not readback.refused(e) then
    return nil, e
  end
  local control, failed = powercap.control(rf, place)
  if not control then
    return nil, failed and err.wrap(failed, { effect = "none" }) or e
  end
  done, e = tell(rf, control, watts, args, call)
  return done and control, e
end

local function confirm(rf, place, watts)
  local shown
  local right, seen = readback.wait(function() return rf:get(place.uri) end, function(body)
    shown = powercap.shown(place.kind, body)
    return shown.active == (watts ~= "off") and (watts == "off" or shown.limit_w == watts)
  end, SETTLE, POLL)
  if right == nil then
    return nil, err.wrap(seen, { effect = "unknown" })
  elseif not right then
    return err.fail("rejected", ("the BMC took it, and shows %s"):format(
      shown and shown.active and shown.limit_w .. " W" or "no limit"), { effect = "unknown" })
  end
  shown.requested, shown.accepted = tostring(watts), true
  return shown
end

local function over_redfish(target, args, call)
  local rf, place, watts = start(target, args, call)
  if not rf then
    return nil, place
  end
  local told, e = change(rf, place, watts, args, call)
  if not told then
    return nil, e
  elseif target.dry_run then
    return { requested = tostring(watts) }
  end
  return confirm(rf, told, watts)
end

--- Sets the power limit and makes it active, or not: m:set_power_limit(400),
--- m:set_power_limit("off").
---
--- exception_action ("none", "log", "power_off"), correction_time_ms and sampling_period_s stay as
--- they are where they are not given. What reads back is in the result. Over Redfish the limit is
--- that of PowerControl or of EnvironmentMetrics; there is no sampling period in either, and the
--- newer one has the limit alone.
---
--- Errors: rejected (out of the range of this machine; the BMC took it and shows another limit:
--- effect unknown), unsupported (no place for a limit, none for what was given with it; a BMC
--- without DCMI), and those of the transport.
---@type bmc.plan.Op
return {
  name = "set_power_limit",
  write = true,
  params = { "watts" },
  record = {
    "way", "requested", "accepted", "limit_w", "active", "exception_action",
    "correction_time_ms", "sampling_period_s", "seconds", "trail",
  },
  ways = { redfish = over_redfish, ipmi = dcmi.set_power_limit },
}
