-- SPDX-License-Identifier: GPL-3.0-or-later
-- sol.resume: owns what becomes of a console that was lost: the network is waited for, then it is
-- opened again, for as long as there is patience.
--
-- The BMC may still hold the old console, in a session that nobody speaks in any more. It is told
-- to close that session, as soon as it can be reached; otherwise the session runs out, mostly
-- after a minute. Nobody's console is taken away, unless that was asked for; and never from who
-- has taken it from us, or two that both may would do nothing else.

local err = require "bmc.err"
local rmcp = require "bmc.rmcp"
local task = require "bmc.task"

local PATIENCE = 600 -- seconds
local STALE = 90     -- seconds in which a session of ours that was lost runs out at the BMC
local PING = 2       -- seconds
local PINGS = 5      -- without an answer, then it is tried all the same: not every BMC has one
local PAUSES = { 0.5, 1, 2, 5, 10 }

-- Errors after which trying again is of no use, or does harm.
local FINAL = { auth = true, locked = true, rejected = true, unsupported = true, pin = true }

local M = {}

-- Waits until the BMC answers a ping.
local function wait_for_network(target)
  for _ = 1, PINGS do
    local began = task.now()
    if rmcp.ping { host = target.ipmi.host, port = target.ipmi.port, timeout = PING } then
      return true
    end
    local ok, stopped = task.sleep(math.max(0, began + PING - task.now()))
    if not ok then
      return nil, stopped
    end
  end
  return true
end

-- Whether it is of use to go on after this error.
local function worth_while(self, why, e, since)
  local now = task.now()
  if FINAL[e.code] or now - since > (self.patience or PATIENCE) then
    return false
  elseif e.reason == "active" then
    return not why.deactivated and now - since < STALE
  end
  return true
end

local function try(self, why, attach)
  local ok, stopped = wait_for_network(self.target)
  if not ok then
    return nil, stopped
  end
  -- One that the BMC itself has taken the console from is sound.
  if not why.deactivated then
    self.client:renew(self.session)
  end
  return attach(self.force and not why.deactivated and not why.deaf)
end

--- Opens a console again.
---@param self bmc.sol.Console
---@param why bmc.err.Value  how it ended; `deactivated`: by the BMC; `deaf`: it takes no
--- characters any more
---@param attach fun(force: boolean?): true|nil, bmc.err.Value?
---@return true|nil
---@return bmc.err.Value? err that was the last
function M.run(self, why, attach)
  local since = task.now()
  self.notice(("the console was lost (%s); connecting again"):format(why.text))
  for n = 1, math.huge do
    local ok, e = try(self, why, attach)
    if ok then
      self.notice(("connected again after %.0f s; what was written meanwhile is missing")
        :format(task.now() - since))
      return true
    elseif task.cancelled() or self.closed then
      return nil, e
    elseif not worth_while(self, why, e, since) then
      return nil, err.wrap(e, { cause = why })
    end
    ok, e = task.sleep(PAUSES[n] or PAUSES[#PAUSES])
    if not ok then
      return nil, e
    end
  end
end

return M
