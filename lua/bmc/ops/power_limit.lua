-- SPDX-License-Identifier: GPL-3.0-or-later
-- power_limit: how much a machine may draw.

local chassis = require "bmc.chassis"
local dcmi = require "bmc.ipmi.dcmi"

local gather = chassis.way(chassis.kinds.power)

local function over_redfish(target, args, call)
  local found, e = gather(target, args, call)
  if not found then
    return nil, e
  end
  local watts = found[1] and found[1].limit_w
  if watts == 0 then -- nobody holds a machine to nothing
    watts = nil
  end
  return { limit_w = watts, active = watts ~= nil }
end

--- The power limit: limit_w, active (false: there is none, or it is kept and does not hold),
--- exception_action (what the BMC does when the machine cannot be held to it: "none", "log",
--- "power_off"), correction_time_ms (in which it has to be below again), sampling_period_s. What
--- was never set is absent; Redfish tells the first two.
--- Errors: unsupported (over IPMI: a BMC without DCMI), and those of the transport.
---@type bmc.plan.Op
return {
  name = "power_limit",
  record = {
    "limit_w", "active", "exception_action", "correction_time_ms", "sampling_period_s",
  },
  ways = { redfish = over_redfish, ipmi = dcmi.power_limit },
}
