-- SPDX-License-Identifier: GPL-3.0-or-later
--- Whether the service is there, for those who wait for one that restarts.
--
-- Owns a look that needs no session, is not repeated and uses no connection of before; and the
-- forgetting of what a BMC has refused before it restarted. When to look is bmc.comeback's.

local err = require "bmc.err"
local exchange = require "bmc.redfish.exchange"
local tbl = require "bmc.tbl"

local ROOT = "/redfish/v1/"
local UNAUTHORIZED = 401

-- Seconds; a BMC that takes longer for its root is not there yet.
local TIMEOUT = 10

local ONCE = { fresh = true, last = true, timeout = TIMEOUT }

local M = {}

--- Looks whether the root is answered. One that wants credentials counts (T21).
---@param rf bmc.redfish.Client
---@return true? there
---@return bmc.err.Value? err
function M.look(rf)
  local response, e = exchange.send(rf, exchange.ANONYMOUS, "GET", ROOT, nil, ONCE)
  if not response then
    return nil, e
  elseif response.status == UNAUTHORIZED then
    return true
  end
  local body
  body, e = exchange.judge(rf, "GET", ROOT, response)
  if not body then
    return nil, e
  elseif not (tbl.dig(body, "Systems") or tbl.dig(body, "Managers") or body.RedfishVersion) then
    return err.fail("protocol", "the root says nothing", { host = rf.target.host, effect = "none" })
  end
  return true
end

--- Forgets what a BMC that has restarted may answer otherwise now. A session that it no longer
--- knows is replaced at its first 401, as any other.
---@param rf bmc.redfish.Client
function M.forget(rf)
  rf.denied, rf.failure, rf.no_root = nil, nil, nil
end

return M
