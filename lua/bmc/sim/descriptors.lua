-- SPDX-License-Identifier: GPL-3.0-or-later
-- Whether this process may have as many descriptors as a farm takes: one an address and protocol.
-- Said before anything is opened, with the way out; servers raise the soft limit by themselves.

local err = require "bmc.err"
local host = require "_bmcsh.host"

local M = {}

local SPARE = 64 -- for connections: what is left is what clients get

-- How many the process may have, and how many it has.
local function limit()
  local file <close> = io.open "/proc/self/limits"
  local most = file and file:read("a"):match "Max open files%s+%S+%s+(%d+)"
  return tonumber(most) or math.huge, #(host.listdir "/proc/self/fd" or {})
end

--- Says so when a farm is too large.
---@param bmcs integer how many
---@param redfish boolean
---@param ipmi boolean
---@return true|nil enough
---@return table|nil err busy
function M.check(bmcs, redfish, ipmi)
  local most, open = limit()
  local needed = bmcs * ((redfish and 1 or 0) + (ipmi and 1 or 0)) + open + SPARE
  if needed <= most then return true end
  local form = "%d BMCs%s take %d open files, and the limit is %d: ulimit -Hn %d as root%s"
  local both = redfish and ipmi
  return err.fail("busy", form:format(bmcs, both and " over Redfish and IPMI" or "", needed, most,
    needed, both and ", or --no-redfish, --no-ipmi" or ""))
end

return M
