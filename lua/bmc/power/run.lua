-- SPDX-License-Identifier: GPL-3.0-or-later
-- power.run: owns one power request to its end: sent once, watched until its effect shows, and
-- judged when the answer was lost. Which requests a verb needs, and how one is sent and the state
-- read, is a driver's (bmc.power.redfish, bmc.power.ipmi); their order the operation's.
--
-- Exactly once: a request is sent again only when the BMC has said that it did nothing. When its
-- answer was lost, the machine is watched just the same: a proven effect is a success, and
-- anything else an error with effect "unknown". Only a request that does nothing to a machine that
-- is there already may be sent again, while the machine stays as it was.

local err = require "bmc.err"
local task = require "bmc.task"
local watch = require "bmc.power.watch"

-- Refusals that pass: a reset still under way, a BMC that is not ready (P04, P17, P22).
local PASSES = { busy = true, throttled = true }

---@class bmc.power.Driver  power over one way
---@field look fun(self): bmc.power.Sight?, bmc.err.Value?
---@field send fun(self, request: bmc.power.Request): any, bmc.err.Value?  once; err with effect
---@field describe fun(self, request: bmc.power.Request): string  for the trail
---@field plans fun(self, verb: string, state: string): bmc.power.Request[][]?, bmc.err.Value?
---@field another fun(self, e: bmc.err.Value): boolean  whether a refusal leads to the next plan
---@field harmless? fun(self, request: bmc.power.Request): boolean  whether it may come twice: it
---  does nothing to a machine that is there already
---@field timing table   settle, poll, budget, restart_watch, retry_budget, retry_wait, away, brisk;
---  again: seconds after which a harmless request whose answer was lost is sent again
---@field dry_run? boolean

---@class bmc.power.Run
---@field driver bmc.power.Driver
---@field timing table
---@field call bmc.plan.Call
---@field seen bmc.power.Sight    the last look
---@field sent string[]           types that went out, or may have
---@field accepted? boolean       nil where no answer says so
local run = {}
local run_mt = { __index = run, __name = "bmc.power.run" }

function run_mt:__tostring()
  return ("power run by %s (%s, %d sent)"):format(tostring(self.driver), self.seen.power,
    #self.sent)
end

local M = {}

--- Whether an error says that the BMC refused for now.
---@param e bmc.err.Value
---@return boolean
function M.passes(e)
  return PASSES[e.code] or false
end

--- One line of the trail.
---@param step string what was done or decided
---@param why string in words
function run:tell(step, why)
  self.call.step { step = step, ok = true, why = why }
end

--- Looks at the machine.
---@return bmc.power.Sight? seen
---@return bmc.err.Value? err
function run:look()
  local seen, e = self.driver:look()
  if not seen then
    return nil, e
  end
  self.seen = seen
  return seen
end

--- Looks until the judge knows: see watch.follow.
---@param judge fun(seen: bmc.power.Sight): string?, string?
---@param seconds? number  the profile's budget when absent
---@param brisk? number    seconds between the first looks: see watch.follow
---@return string? verdict
---@return bmc.power.Sight? seen
---@return string|bmc.err.Value|nil why
function run:follow(judge, seconds, brisk)
  local timing = self.timing
  return watch.follow({
    look = function() return self:look() end, away = timing.away,
    settle = timing.settle, poll = timing.poll, budget = seconds or timing.budget,
    brisk = brisk,
  }, judge)
end

-- ---- sending ----

local function post(self, request)
  local ok, e = self.driver:send(request)
  local step = { step = self.driver:describe(request), ok = ok ~= nil }
  if not ok then
    err.wrap(e, { effect = "unknown" })
    step.code, step.effect, step.why = e.code, e.effect, e.text
  end
  self.call.step(step)
  return ok, e
end

-- Seconds until a refused request is sent again, nil to give up.
local function pause(self, e, patience)
  local wait = e.retry_after or self.timing.retry_wait
  local in_time = task.now() + wait <= patience and wait < task.left()
  return PASSES[e.code] and in_time and wait or nil
end

-- True once the request went out or may have; "done" when the machine is there already (P03);
-- or nil, err. The second result with true is the error of an answer that was lost.
local function send(self, request)
  local patience = task.now() + self.timing.retry_budget
  while true do
    local ok, e = post(self, request)
    if ok or e.effect ~= "none" then
      self.accepted = ok and not self.driver.dry_run or nil
      self.sent[#self.sent + 1] = request.type
      return true, not ok and e or nil
    elseif self:look() and self.seen.power == request.goal then
      return "done"
    end
    local wait = pause(self, e, patience)
    if not wait then
      return nil, e
    end
    local slept, stopped = task.sleep(wait)
    if not slept then
      return nil, err.wrap(stopped, { effect = "none" })
    end
  end
end

-- ---- judging ----

local function judge_of(request, before)
  if request.goal == "restart" then
    return watch.restarts(before)
  end
  return watch.reaches(request.goal)
end

-- Seconds to watch. A BMC that shows no sign of restarts is not waited for as long.
local function patience(self, request, before)
  if request.goal == "restart" and not watch.can_tell(before) then
    return self.timing.restart_watch
  end
  return request.patience or self.timing.budget
end

-- What watching shows. A restart that has begun gets the time of any other change to end.
local function watched(self, request, before)
  local judge = judge_of(request, before)
  local verdict, _, sign = self:follow(judge, patience(self, request, before),
    request.goal == "restart" and self.timing.brisk or nil)
  if not verdict and sign and not err.is(sign) and not request.patience then
    verdict, _, sign = self:follow(judge)
  end
  return verdict, sign
end

-- Whether a restart without a sign is good enough: where the BMC could have shown one and
-- something harder is to follow, it is not (P06).
local function unseen_will_do(request, before)
  return request.goal == "restart" and not (request.patience and watch.can_tell(before))
end

local function failed(self, code, text)
  local fault = self.seen.fault and "; the BMC reports " .. self.seen.fault or ""
  return err.fail(code, text .. fault, { effect = "unknown", observed = self.seen.power })
end

local function unproven(self, lost)
  lost.text = ("the answer was lost (%s), and no effect was seen since; the machine is %s")
    :format(lost.text or lost.code, self.seen.power)
  return nil, err.wrap(lost, { observed = self.seen.power })
end

-- What the watching showed, as true or an error.
local function conclude(self, request, before, verdict, sign, lost)
  local after = lost and "; the answer was lost" or ""
  if verdict == "reached" then
    self:tell("watch", "the machine is " .. self.seen.power .. after)
  elseif verdict == "restarted" then
    self:tell("watch", "the machine has restarted: " .. sign .. after)
  elseif verdict == "fell back" then
    return failed(self, "rejected", "the machine came on and went back to off")
  elseif lost then
    return unproven(self, lost)
  elseif unseen_will_do(request, before) and not sign then
    self:tell("watch", "accepted, no change seen")
  else
    return failed(self, "timeout", ("%s was accepted, but the machine is still %s")
      :format(request.type, self.seen.power))
  end
  return true
end

-- What became of a harmless request whose answer was lost, which goes out as often as the machine
-- is seen where it was: as watched, and the error of the last answer if that was lost too. A
-- machine that has not been seen since is left alone.
local function insist(self, request, before, lost)
  local give_up = task.now() + self.timing.budget
  while true do
    local verdict, _, sign = self:follow(judge_of(request, before), self.timing.again)
    if verdict or sign or self.seen == before then
      return verdict, sign, lost
    elseif self.seen.power ~= before.power then
      verdict, sign = watched(self, request, before)
      return verdict, sign, lost
    elseif task.now() >= give_up or self.timing.again >= task.left() then
      return nil, nil, lost
    end
    self:tell("send again", "no answer, and the machine is still " .. before.power)
    local sent, e = send(self, request)
    if sent == "done" then
      return "reached", nil, lost
    elseif not sent then
      return nil, e, lost
    elseif not e then
      return watched(self, request, before)
    end
    lost = e
  end
end

--- Sends one request and finds out what came of it.
---@param request bmc.power.Request
---@return true? ok
---@return bmc.err.Value? err with effect
function run:perform(request)
  local before = self.seen
  local sent, lost = send(self, request)
  if sent == "done" then
    self:tell("nothing to do", "the machine is already " .. self.seen.power)
    return true
  elseif not sent then
    return nil, lost
  elseif self.driver.dry_run then
    return true
  end
  local verdict, sign
  if lost and self.driver.harmless and self.driver:harmless(request) then
    verdict, sign, lost = insist(self, request, before, lost)
  else
    verdict, sign = watched(self, request, before)
  end
  if err.is(sign) then
    return nil, err.wrap(sign, { effect = "unknown", observed = self.seen.power })
  end
  return conclude(self, request, before, verdict, sign, lost)
end

--- A run on a machine that has just been looked at.
---@param driver bmc.power.Driver
---@param call bmc.plan.Call
---@param seen bmc.power.Sight
---@return bmc.power.Run
function M.new(driver, call, seen)
  return setmetatable({
    driver = driver, timing = driver.timing, call = call, seen = seen, sent = {},
  }, run_mt)
end

return M
