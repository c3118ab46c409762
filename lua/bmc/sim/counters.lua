-- SPDX-License-Identifier: GPL-3.0-or-later
-- The counters of one simulated BMC, by which a test sees what really happened.

local M = {}

---@class bmc.sim.Counters
---@field requests integer all but those of the admin URL
---@field logins integer sessions opened
---@field login_failures integer logins with wrong credentials
---@field sessions_refused integer logins that found no free session
---@field logouts integer sessions that a client closed
---@field sessions_expired integer sessions that nobody used
---@field live_sessions integer open now
---@field peak_sessions integer open at most at one time
---@field basic integer requests with right Basic credentials
---@field unauthorized integer requests answered 401
---@field resets integer resets of a system that were executed
---@field nmis integer Nmi among these
---@field bmc_resets integer resets of the BMC itself
---@field patches integer PATCH requests that were carried out
---@field boot_changes integer of those, changes of the boot override or the boot order
---@field media_inserted integer
---@field media_ejected integer
---@field logs_cleared integer
---@field updates integer
---@field tasks integer answers of 202
---@field faults integer requests to which a fault was applied

local NAMES = {
  "requests", "logins", "login_failures", "sessions_refused", "logouts", "sessions_expired",
  "live_sessions", "peak_sessions", "basic", "unauthorized", "resets", "nmis", "bmc_resets",
  "patches", "boot_changes", "media_inserted", "media_ejected", "logs_cleared", "updates", "tasks",
  "faults",
}

--- Makes the counters of a BMC, all zero.
---@return bmc.sim.Counters
function M.new()
  local out = {}
  for _, name in ipairs(NAMES) do out[name] = 0 end
  return out
end

return M
