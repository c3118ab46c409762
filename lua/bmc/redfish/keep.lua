-- SPDX-License-Identifier: GPL-3.0-or-later
--- What is remembered of a session beyond its client.
--
-- Owns when the ledger is written (before the login's answer is used, after the
-- DELETE) and the use of the token cache: a token that another process has left
-- there stands for a login, and one that the BMC no longer knows is replaced.
-- A session in the cache is not deleted when the target closes; `bmcsh sessions
-- reap` or its idle time-out ends it.
--
-- That nothing can be written (no home, a full disk) is said, and is no error.

local exchange = require "bmc.redfish.exchange"
local ledger = require "bmc.ledger"
local task = require "bmc.task"
local tokens = require "bmc.tokens"

local M = {}

local function complain(rf, what, e)
  if rf.target.trace then
    rf.target.trace { kind = "note", host = rf.target.host, way = "redfish",
      text = what .. ": " .. e.text }
  end
end

--- Enters a session that was just made.
---@param rf bmc.redfish.Client
---@param s bmc.redfish.Session
---@return bmc.redfish.Session s
function M.opened(rf, s)
  local e
  if s.uri then
    s.entry, e = ledger.opened(rf.target.base, s.uri, rf.target.user)
  end
  if e then
    complain(rf, "the session is not recorded", e)
  end
  return s
end

--- Strikes a session out that the BMC was told to delete. Without an answer, or with one that
--- says "later", it may be there still, and stays in the books.
---@param s bmc.redfish.Session
---@param response? table
function M.deleted(s, response)
  if not s.entry then
    return
  elseif response and response.status < 500 and response.status ~= 429 then
    ledger.closed(s.entry)
  else
    ledger.lost(s.entry)
  end
  s.entry = nil
end

-- ---- the token cache ----

--- The slot in the cache, where the operator wants one. Waits while another process logs in.
---@param rf bmc.redfish.Client
---@return bmc.tokens.Slot? slot  to be closed
function M.slot(rf)
  local target = rf.target
  if not target.token_cache then
    return nil
  end
  local root = rf.root_body or {}
  local uuid = type(root.UUID) == "string" and root.UUID or nil
  local slot, e = tokens.slot(target.base, target.user, uuid,
    math.min(target.profile.redfish.login_timeout, task.left()))
  if not slot then
    complain(rf, "no token cache", e)
  end
  return slot
end

--- The session that lies in a slot, unless it is the one that the BMC does not know any more.
---@param slot? bmc.tokens.Slot
---@param stale? bmc.redfish.Session
---@return bmc.redfish.Session?
function M.cached(slot, stale)
  local token = slot and slot:token()
  if not token then
    return nil
  elseif stale and stale.token and stale.token:equals(token) then
    token:close()
    return nil
  end
  return exchange.session({ mode = "token", uri = slot.about.uri, cached = true }, token)
end

--- Puts a new session into its slot. From now on it is the cache's, no longer the client's.
---@param rf bmc.redfish.Client
---@param slot? bmc.tokens.Slot
---@param s bmc.redfish.Session
function M.put(rf, slot, s)
  if not slot or not s.token then
    return
  end
  local target = rf.target
  local ok, e = slot:put({ url = target.base, user = target.user, uri = s.uri }, s.token)
  if not ok then
    complain(rf, "the token is not kept", e)
    return
  end
  s.cached = true
  if s.entry then
    ledger.closed(s.entry)
    s.entry = nil
  end
end

return M
