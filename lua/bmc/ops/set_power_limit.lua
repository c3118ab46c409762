-- SPDX-License-Identifier: GPL-3.0-or-later
-- set_power_limit: holds a machine to so many watts, or no longer.

local dcmi = require "bmc.ipmi.dcmi"

--- Sets the power limit and makes it active, or not: m:set_power_limit(400),
--- m:set_power_limit("off").
---
--- exception_action ("none", "log", "power_off"), correction_time_ms and sampling_period_s stay as
--- they are where they are not given. What reads back is in the result.
---
--- Errors: rejected (out of the range of this machine; the BMC took it and shows another limit:
--- effect unknown), unsupported (a BMC without DCMI), and those of the transport.
---@type bmc.plan.Op
return {
  name = "set_power_limit",
  write = true,
  params = { "watts" },
  record = {
    "way", "requested", "accepted", "limit_w", "active", "exception_action",
    "correction_time_ms", "sampling_period_s", "seconds", "trail",
  },
  ways = { ipmi = dcmi.set_power_limit },
}
