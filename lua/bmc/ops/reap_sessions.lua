-- SPDX-License-Identifier: GPL-3.0-or-later
-- reap_sessions: deletes the sessions at a BMC that bmcsh knows nobody uses any more.

local reap = require "bmc.redfish.reap"
local redfish = require "bmc.redfish"

local function over_redfish(target)
  return reap.all(redfish.of(target))
end

--- Deletes what killed processes of bmcsh have left at this BMC, and sessions that lie in the
--- token cache. How many were deleted, were gone already, and are left (a BMC that refuses, or
--- --dry-run). Sessions of others, and of processes that run, are never touched.
--- Errors: those of the transport, where nothing could be deleted.
---@type bmc.plan.Op
return {
  name = "reap_sessions",
  write = true,
  record = { "deleted", "gone", "left", "way", "seconds", "trail" },
  ways = { redfish = over_redfish },
}
