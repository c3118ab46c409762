-- SPDX-License-Identifier: GPL-3.0-or-later
-- comeback: owns the wait for a BMC that restarts, until it is really back (P21, P22): it answers
-- for a while although it is going down, then not at all, then with half of its services. So a
-- first pause is not believed, several answers in a row are, and then it must be ready. How to
-- look is the way's: M.over_redfish here, bmc.ipmi.restart for IPMI.

local err = require "bmc.err"
local task = require "bmc.task"
local tbl = require "bmc.tbl"

-- Logins that may be refused by a BMC that has only just come back: more could lock the account.
local LOGINS = 2

local M = {}

---@class bmc.comeback.Back
---@field seconds number   until it was back
---@field away? number     seconds in which it did not answer; nil: it was never seen away

---@class bmc.comeback.Looks
---@field target bmc.target.Target
---@field way string
---@field answers fun(self): boolean?, bmc.err.Value?  whether anything answers there
---@field ready fun(self): boolean, bmc.err.Value?  whether it works as before

local waiter = {}
local waiter_mt = { __index = waiter, __name = "bmc.comeback" }

function waiter:tell(text)
  local target = self.looks.target
  if text ~= self.told and target.trace then
    target.trace { kind = "progress", host = target.host, way = self.looks.way, text = text }
  end
  self.told = text
end

local redfish = {}
local redfish_mt = { __index = redfish }

function redfish:answers()
  return self.rf:answers()
end

-- P22: a service without systems that had some is not ready.
function redfish:ready()
  local rf = self.rf
  rf:forget()
  local link = tbl.dig(rf:root(), "Systems", "@odata.id") or "/redfish/v1/Systems"
  local systems, e = rf:links(link)
  if systems then
    return #systems > 0 or self.had == 0, err.new("busy", "the BMC lists no system yet")
  end
  return e.code == "missing" and self.had == 0, e
end

--- The looks at a Redfish service.
---@param rf bmc.redfish.Client
---@param had integer  systems it had before
---@return bmc.comeback.Looks
function M.over_redfish(rf, had)
  return setmetatable({ target = rf.target, way = "redfish", rf = rf, had = had }, redfish_mt)
end

-- Whether it works, and how often it refused the login.
local function is_ready(self)
  local ready, e = self.looks:ready()
  if not ready and e.code == "auth" then
    self.refused = self.refused + 1
  end
  return ready, e
end

-- One look: whether it is back, and what was wrong otherwise.
local function look(self)
  local now = task.now()
  local there, e = self.looks:answers()
  if not there then
    self.good, self.gone_at = 0, self.gone_at or now
    self:tell("the BMC is away: " .. (e.text or e.code))
    return false, e
  end
  if self.gone_at and not self.away then
    self.away = now - self.gone_at
  end
  if now - self.began < self.pause then
    self:tell("the BMC answers still, or again")
    return false
  end
  self.good = self.good + 1
  if self.good < self.successes then
    self:tell(("the BMC answers, %d of %d times"):format(self.good, self.successes))
    return false
  end
  return is_ready(self)
end

local function failed(self, e)
  local text = ("the BMC is not back after %.0f s"):format(task.now() - self.began)
  return err.fail(e and e.code == "auth" and "auth" or "timeout",
    text .. (e and ": " .. (e.text or e.code) or ""), { effect = "unknown", cause = e })
end

--- Waits until a BMC that was told to restart is back.
---@param looks bmc.comeback.Looks
---@return bmc.comeback.Back? back
---@return bmc.err.Value? err timeout, auth, cancelled; effect unknown
function M.wait(looks)
  local profile = looks.target.profile.bmc_reset
  local self = setmetatable({
    looks = looks, began = task.now(), good = 0, refused = 0,
    pause = profile.pause, successes = profile.successes,
  }, waiter_mt)
  local last
  while task.now() - self.began < profile.budget and self.refused < LOGINS do
    local ok, stopped = task.sleep(profile.poll)
    if not ok then
      return nil, err.wrap(stopped, { effect = "unknown" })
    end
    local back, e = look(self)
    if back then
      return { seconds = task.now() - self.began, away = self.away }
    end
    last = e or last
  end
  return failed(self, last)
end

--- Watches for a short time whether a BMC goes away: the proof of a reset whose answer was lost.
---@param looks bmc.comeback.Looks
---@return boolean? gone nil when the wait was stopped
---@return bmc.err.Value? err
function M.goes_away(looks)
  local profile = looks.target.profile.bmc_reset
  local give_up = task.now() + profile.pause
  repeat
    local there, e = looks:answers()
    if not there and (e.code == "cancelled" or task.left() <= 0) then
      return nil, e -- it was not the BMC that ended this look
    elseif not there then
      return true
    end
    local ok, stopped = task.sleep(math.min(profile.poll, 1))
    if not ok then
      return nil, stopped
    end
  until task.now() > give_up
  return false
end

return M
