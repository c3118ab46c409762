-- SPDX-License-Identifier: GPL-3.0-or-later
-- power_metrics: what a machine draws.

local chassis = require "bmc.chassis"
local dcmi = require "bmc.ipmi.dcmi"

local gather = chassis.way(chassis.kinds.power)

local function over_redfish(target, args, call)
  local found, e = gather(target, args, call)
  if not found then
    return nil, e
  elseif not found[1] then
    call.note("the BMC shows no power readings")
  end
  return found[1] or {}
end

--- Power of the whole machine in W: now, and average, least, most over the interval the BMC
--- keeps; limit_w is the cap that is set. Fields without a meter behind them are absent, all of
--- them where the BMC has none. Over IPMI these are the figures of DCMI.
--- Errors: those of the transport, unsupported (over IPMI: a BMC without DCMI).
---@type bmc.plan.Op
return {
  name = "power_metrics",
  record = { "consumed_w", "average_w", "min_w", "max_w", "limit_w" },
  ways = { redfish = over_redfish, ipmi = dcmi.metrics },
}
