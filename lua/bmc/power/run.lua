-- SPDX-License-Identifier: GPL-3.0-or-later
-- power.run: owns one reset request to its end: sent once, watched until its effect shows, and
-- judged when the answer was lost. Which requests a verb needs is bmc.power.reset's, and
-- their order the operation's.
--
-- Exactly once: a POST is sent again only when the BMC has said that it did nothing. When its
-- answer was lost, the machine is watched just the same: a proven effect is a success, and
-- anything else an error with effect "unknown".

local err = require "bmc.err"
local task = require "bmc.task"
local watch = require "bmc.power.watch"

-- Refusals that pass: a reset still under way, a BMC that is not ready (P04, P17, P22).
local PASSES = { busy = true, throttled = true }

---@class bmc.power.Run
---@field rf bmc.redfish.Client
---@field uri string              of the system
---@field action bmc.power.Action
---@field power table             profile.power
---@field call bmc.plan.Call
---@field seen bmc.power.Sight    the last look
---@field sent string[]           ResetTypes that went out, or may have
---@field accepted? boolean       nil where no answer says so
local run = {}
local run_mt = { __index = run, __name = "bmc.power.run" }

function run_mt:__tostring()
  return ("power run of %s (%s, %d sent)"):format(self.uri, self.seen.power, #self.sent)
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
  local system, e = self.rf:get(self.uri)
  if not system then
    return nil, e
  end
  self.seen = watch.sight(system)
  return self.seen
end

--- Looks until the judge knows: see watch.follow.
---@param judge fun(seen: bmc.power.Sight): string?, string?
---@param seconds? number  the profile's budget when absent
---@return string? verdict
---@return bmc.power.Sight? seen
---@return string|bmc.err.Value|nil why
function run:follow(judge, seconds)
  local power = self.power
  return watch.follow({
    look = function() return self:look() end,
    settle = power.settle, poll = power.poll, budget = seconds or power.budget,
  }, judge)
end

-- ---- sending ----

-- Half of the time that is left: the other half is for finding out what a lost answer did.
local function post_timeout(rf)
  return math.min(rf.target.profile.redfish.read_timeout, task.left() / 2)
end

local function post(self, request)
  local body, e = self.rf:post(self.action.target, { ResetType = request.type },
    { effect = true, timeout = post_timeout(self.rf) })
  local step = {
    step = ("%s %s {\"ResetType\":%q}"):format(self.rf.target.dry_run and "would POST" or "POST",
      self.action.target, request.type),
    ok = body ~= nil,
  }
  if not body then
    err.wrap(e, { effect = "unknown" })
    step.code, step.effect, step.why = e.code, e.effect, e.text
  end
  self.call.step(step)
  return body, e
end

-- Seconds until a refused request is sent again, nil to give up.
local function pause(self, e, patience)
  local wait = e.retry_after or self.power.retry_wait
  local in_time = task.now() + wait <= patience and wait < task.left()
  return PASSES[e.code] and in_time and wait or nil
end

-- True once the request went out or may have; "done" when the machine is there already (P03);
-- or nil, err. The second result with true is the error of an answer that was lost.
local function send(self, request)
  local patience = task.now() + self.power.retry_budget
  while true do
    local body, e = post(self, request)
    if body or e.effect ~= "none" then
      self.accepted = body and not self.rf.target.dry_run or nil
      self.sent[#self.sent + 1] = request.type
      return true, not body and e or nil
    elseif self:look() and self.seen.power == request.goal then
      return "done"
    end
    local wait = pause(self, e, patience)
    if not wait then
      return nil, e
    end
    local ok, stopped = task.sleep(wait)
    if not ok then
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
    return self.power.restart_watch
  end
  return request.patience or self.power.budget
end

-- Whether a restart without a sign is good enough: where the BMC could have shown one and
-- something harder is to follow, it is not (P06).
local function unseen_will_do(request, before)
  return request.goal == "restart" and not (request.patience and watch.can_tell(before))
end

local function failed(self, code, text)
  return err.fail(code, text, { effect = "unknown", observed = self.seen.power })
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
  elseif self.rf.target.dry_run then
    return true
  end
  local verdict, _, sign = self:follow(judge_of(request, before), patience(self, request, before))
  if err.is(sign) then
    return nil, err.wrap(sign, { effect = "unknown", observed = self.seen.power })
  end
  return conclude(self, request, before, verdict, sign, lost)
end

--- A run on a system.
---@param fields table  rf, uri, action, power, call, and system, the body just read
---@return bmc.power.Run
function M.new(fields)
  fields.seen, fields.sent, fields.system = watch.sight(fields.system), {}, nil
  return setmetatable(fields, run_mt)
end

return M
