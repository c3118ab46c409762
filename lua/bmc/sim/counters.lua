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
---@field faults integer requests and commands to which a fault was applied
---@field ipmi_logins integer sessions opened over IPMI
---@field ipmi_login_failures integer
---@field ipmi_sessions_refused integer logins that found no free slot
---@field ipmi_logouts integer sessions that a client closed
---@field ipmi_sessions_expired integer
---@field ipmi_live_sessions integer open now
---@field ipmi_half_open_sessions integer logins under way: each takes a slot
---@field ipmi_peak_sessions integer
---@field ipmi_commands integer in sessions
---@field ipmi_power integer chassis controls that were executed: each is a reset too
---@field ipmi_forged integer datagrams in a session that are not by who opened it
---@field ipmi_received integer datagrams
---@field ipmi_sent integer datagrams
---@field ipmi_lost integer datagrams that a fault of the network took away
---@field ipmi_duplicated integer datagrams that came twice
---@field ipmi_reordered integer datagrams that were held back

local NAMES = {
  "requests", "logins", "login_failures", "sessions_refused", "logouts", "sessions_expired",
  "live_sessions", "peak_sessions", "basic", "unauthorized", "resets", "nmis", "bmc_resets",
  "patches", "boot_changes", "media_inserted", "media_ejected", "logs_cleared", "updates", "tasks",
  "faults", "ipmi_logins", "ipmi_login_failures", "ipmi_sessions_refused", "ipmi_logouts",
  "ipmi_sessions_expired", "ipmi_live_sessions", "ipmi_half_open_sessions", "ipmi_peak_sessions",
  "ipmi_commands", "ipmi_power", "ipmi_forged", "ipmi_received", "ipmi_sent", "ipmi_lost",
  "ipmi_duplicated", "ipmi_reordered",
}

--- Makes the counters of a BMC, all zero.
---@return bmc.sim.Counters
function M.new()
  local out = {}
  for _, name in ipairs(NAMES) do out[name] = 0 end
  return out
end

return M
