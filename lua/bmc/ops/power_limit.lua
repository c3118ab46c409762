-- SPDX-License-Identifier: GPL-3.0-or-later
-- power_limit: how much a machine may draw.

local chassis = require "bmc.chassis"
local dcmi = require "bmc.ipmi.dcmi"
local powercap = require "bmc.powercap"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"

-- What a machine shows that has no place where a limit could be set.
local function among_readings(rf, system, call)
  local found, e = chassis.gather(rf, system, chassis.kinds.power, call.note)
  if not found then
    return nil, e
  end
  local watts = found[1] and found[1].limit_w
  if watts == 0 then -- nobody holds a machine to nothing
    watts = nil
  end
  return { limit_w = watts, active = watts ~= nil }
end

local function over_redfish(target, args, call)
  local rf = redfish.of(target)
  local system, e = subject.system_if_any(rf, args, call)
  if e then
    return nil, e
  end
  local place
  if system then
    place, e = powercap.place(rf, system)
  end
  if place then
    return powercap.shown(place.kind, place.body)
  elseif e and e.code ~= "unsupported" and not e.status then
    return nil, e
  end
  return among_readings(rf, system, call)
end

--- The power limit: limit_w, active (false: there is none, or it is kept and does not hold),
--- exception_action (what the BMC does when the machine cannot be held to it: "none", "log",
--- "power_off"), correction_time_ms (in which it has to be below again), sampling_period_s. What
--- was never set is absent, and what Redfish does not tell: all but the first two, on newer BMCs.
--- Errors: unsupported (over IPMI: a BMC without DCMI), and those of the transport.
---@type bmc.plan.Op
return {
  name = "power_limit",
  record = {
    "limit_w", "active", "exception_action", "correction_time_ms", "sampling_period_s",
  },
  ways = { redfish = over_redfish, ipmi = dcmi.power_limit },
}
