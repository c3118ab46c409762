-- SPDX-License-Identifier: GPL-3.0-or-later
-- plan: owns how an operation gets done when there may be several ways to the machine: their
-- order, one deadline for all of them, what an error leads to, and the trail that tells it.
-- What an operation does is bmc.ops.*; what a failed write has done is for the way to find out.
--
-- A write that may have happened is never given to another way (DESIGN 7).

local err = require "bmc.err"
local json = require "bmc.json"
local task = require "bmc.task"

-- Ways in the order of how much they know about the machine.
local ORDER = { "redfish", "ipmi", "pikvm", "pdu", "wol" }

local SECONDS = 60   -- for an operation, where nobody says
local TRIES = 3      -- of one way, where an error says that it may work later
local PAUSE = 1      -- seconds before the second try; doubled for each further one

-- What an error leads to, unless the profile says otherwise. `stop` stands where another way
-- would do harm (one more try with a password that locks accounts) or could not be trusted.
local DECISIONS = {
  timeout = "next", refused = "next", unreachable = "next", tls = "next", sessions_full = "next",
  licence = "next", missing = "next", unsupported = "next", protocol = "next",
  too_large = "next", internal = "next", busy = "retry", throttled = "retry",
  pin = "stop", auth = "stop", locked = "stop", rejected = "stop", cancelled = "stop",
}

local M = {}

---@class bmc.plan.Step
---@field way string
---@field step? string     what was sent or decided, where a way has several steps
---@field ok boolean
---@field code? string     of the error
---@field effect? string   what a failed write may have done
---@field seconds? number
---@field why? string      in words
---@field notes? string[]  choices made and things that lack

---@class bmc.plan.Call  what a way is told about the run it is part of
---@field note fun(text: string)  a choice, or something that is not there
---@field step fun(step: bmc.plan.Step)  one more line of the trail

---@class bmc.plan.Op
---@field name string
---@field write? boolean   changes something
---@field params? string[] names of the positional arguments
---@field record string[]  fields of the result, or of each of its items, in their order
---@field list? boolean    the result is a list
---@field optional? boolean  nil is a result too
---@field stream? boolean  the result is an iterator, to be closed
---@field seconds? number  it may take, where nobody says
---@field ways table<string, fun(target: table, args: table, call: bmc.plan.Call): any, table?>

--- What the error leads to. A write knows itself how long to wait for a BMC that is busy.
---@param target bmc.target.Target
---@param op bmc.plan.Op
---@param e bmc.err.Value
---@return "retry"|"next"|"stop"
function M.judge(target, op, e)
  if op.write and e.effect ~= "none" then
    return "stop"
  end
  local overlay = target.profile and target.profile.decisions
  local decision = overlay and overlay[e.code] or DECISIONS[e.code] or "stop"
  return op.write and decision == "retry" and "next" or decision
end

-- The ways that the operation has and the target too.
local function ways_of(target, op, args)
  local out = {}
  for _, way in ipairs(args.way and { args.way } or ORDER) do
    if op.ways[way] and (not target.ways or target.ways[way]) then
      out[#out + 1] = way
    end
  end
  return out
end

local function tell(target, way, text)
  if target.trace then
    target.trace { kind = "note", host = target.host, way = way, text = text }
  end
end

local function new_call(target, way, trail)
  local notes, said = {}, {}
  return {
    notes = notes,
    note = function(text)
      if not said[text] then
        notes[#notes + 1], said[text] = text, true
        tell(target, way, text)
      end
    end,
    step = function(step)
      step.way = step.way or way
      trail[#trail + 1] = step
      tell(target, way, ("%s: %s"):format(step.step, step.why or step.code or "done"))
    end,
  }
end

-- One try of one way, as a result or an error that says where it happened.
local function attempt(target, op, way, args, trail)
  local call, began = new_call(target, way, trail), task.now()
  local result, e = op.ways[way](target, args, call)
  if e then
    err.wrap(e, { host = target.host, way = way, op = op.name })
    if not op.write then
      e.effect = "none" -- a login that was lost is no change to the machine
    end
  end
  trail[#trail + 1] = {
    way = way, ok = not e, code = e and e.code, effect = e and e.effect, why = e and e.text,
    seconds = task.now() - began, notes = call.notes[1] and call.notes or nil,
  }
  return result, e
end

-- Seconds to wait before the way is tried again, nil when it is not worth while.
local function pause(e, try)
  local wait = e.retry_after or PAUSE * 2 ^ (try - 1)
  return try < TRIES and wait < task.left() and wait or nil
end

-- One way until it is answered for good: result, or nil, err, decision.
local function insist(target, op, way, args, trail)
  for try = 1, TRIES do
    local result, e = attempt(target, op, way, args, trail)
    if not e then
      return result
    end
    local decision = M.judge(target, op, e)
    local wait = decision == "retry" and pause(e, try)
    if not wait then
      return nil, e, decision
    end
    local ok, stopped = task.sleep(wait)
    if not ok then
      return nil, err.wrap(stopped, { host = target.host, way = way, op = op.name }), "stop"
    end
  end
end

local function walk(target, op, args)
  local trail, last, began = {}, nil, task.now()
  for _, way in ipairs(ways_of(target, op, args)) do
    local result, e, decision = insist(target, op, way, args, trail)
    if not e then
      if not op.list and type(result) == "table" then
        json.as_object(result)
      end
      if op.write then
        result.way, result.seconds, result.trail = way, task.now() - began, trail
      end
      return result, trail
    end
    last = e
    if decision == "stop" then
      break
    end
  end
  last = last or err.new("unsupported", ("no way to this machine can do %s%s"):format(op.name,
    args.way and " (asked for: " .. args.way .. ")" or ""),
    { host = target.host, op = op.name, effect = "none" })
  last.trail = trail
  return nil, last
end

--- Does an operation on a target, by the first way that can.
---@param target bmc.target.Target
---@param op bmc.plan.Op
---@param args? table its arguments; `timeout` (seconds for all ways together) and `way` (only
--- this one) are read here
---@return any data nil on failure
---@return bmc.plan.Step[]|bmc.err.Value trail, or the error of the last way tried, with `trail`
function M.run(target, op, args)
  args = args or {}
  local seconds = args.timeout or target.timeout or op.seconds or SECONDS
  return task.deadline(seconds, walk, target, op, args)
end

return M
