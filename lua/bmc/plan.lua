-- SPDX-License-Identifier: GPL-3.0-or-later
-- plan: owns how an operation gets done when there may be several ways to the machine: their
-- order, one deadline for all of them, what an error leads to, and the trail that tells it.
-- What an operation does is bmc.ops.*; what a failed write has done is for the way to find out.
--
-- A write that may have happened is given to another way only when the operation proves, by
-- reading over any way that answers, that nothing has (DESIGN 7). Each way gets its share of the
-- time, so that one that is silent leaves some for the next.

local err = require "bmc.err"
local json = require "bmc.json"
local task = require "bmc.task"

-- Ways in the order of how much they know about the machine.
local ORDER = { "redfish", "ipmi", "pikvm", "pdu", "wol" }

-- Ways that reach one machine and cannot be told which of several is meant.
local ONE_SYSTEM = { ipmi = true }

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
---@field sent fun(what: string, e: bmc.err.Value?, why: string?)  the same for what was sent to
---  change something, or would be in a dry run, with its error

---@class bmc.plan.Op
---@field name string
---@field write? boolean   changes something
---@field params? string[] names of the positional arguments
---@field record string[]  fields of the result, or of each of its items, in their order
---@field list? boolean    the result is a list
---@field optional? boolean  nil is a result too
---@field stream? boolean  the result is an iterator, to be closed
---@field seconds? number  it may take, where nobody says
---@field route? fun(args: table): string?  the only way that these arguments are for
---@field prove? fun(target: table, args: table, e: bmc.err.Value, read: (fun(op: bmc.plan.Op): any,
---  bmc.err.Value?), call: bmc.plan.Call): table|"nothing"|nil  what became of a write that may
---  have happened: its result, "nothing", or nil when that cannot be told
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

-- The way that the arguments ask for, or are for.
local function only_way(op, args)
  return args.way or op.route and op.route(args)
end

local function may_go(target, op, args, way)
  return op.ways[way] and (not target.ways or target.ways[way])
    and not (ONE_SYSTEM[way] and (args.system or target.system))
end

-- The ways that the operation has and the target too.
local function ways_of(target, op, args)
  local out = {}
  local only = only_way(op, args)
  for _, way in ipairs(only and { only } or ORDER) do
    if may_go(target, op, args, way) then
      out[#out + 1] = way
    end
  end
  return out
end

-- One run of an operation. What goes with it through all calls stands here, for a sweep holds
-- thousands of them at a time, each with the stack of its task.
local function new_run(target, op, args, trail)
  return {
    target = target, op = op, args = args, trail = trail, ways = ways_of(target, op, args),
  }
end

local function tell(target, way, text)
  if target.trace then
    target.trace { kind = "note", host = target.host, way = way, text = text }
  end
end

-- What a way is told about the run; a function is made when it is first asked for.
local makers = {}

function makers.note(call)
  local said = {}
  return function(text)
    if not said[text] then
      call.notes = call.notes or {}
      call.notes[#call.notes + 1], said[text] = text, true
      tell(call.target, call.way, text)
    end
  end
end

function makers.step(call)
  return function(step)
    step.way = step.way or call.way
    call.trail[#call.trail + 1] = step
    tell(call.target, call.way, ("%s: %s"):format(step.step, step.why or step.code or "done"))
  end
end

function makers.sent(call)
  return function(what, e, why)
    call.step {
      step = (call.target.dry_run and "would " or "") .. what, ok = e == nil,
      code = e and e.code, effect = e and e.effect, why = e and e.text or why,
    }
  end
end

local call_mt = { __index = function(call, name)
  local make = makers[name]
  call[name] = make and make(call)
  return call[name]
end }

local function new_call(run, way)
  return setmetatable({ target = run.target, way = way, trail = run.trail, notes = false }, call_mt)
end

-- One try of one way, as a result or an error that says where it happened.
local function attempt(run, way)
  local call, began = new_call(run, way), task.now()
  local result, e = run.op.ways[way](run.target, run.args, call)
  local step = {
    way = way, ok = not e, seconds = task.now() - began, notes = call.notes or nil,
  }
  if e then
    err.wrap(e, { host = run.target.host, way = way, op = run.op.name })
    if not run.op.write then
      e.effect = "none" -- a login that was lost is no change to the machine
    end
    step.code, step.effect, step.why = e.code, e.effect, e.text
  end
  run.trail[#run.trail + 1] = step
  return result, e
end

-- Seconds to wait before the way is tried again, nil when it is not worth while.
local function pause(e, try)
  local wait = e.retry_after or PAUSE * 2 ^ (try - 1)
  return try < TRIES and wait < task.left() and wait or nil
end

-- One way until it is answered for good: result, or nil, err, decision.
local function insist(run, way, try)
  local result, e = attempt(run, way)
  if not e then
    return result
  end
  local decision = M.judge(run.target, run.op, e)
  local wait = decision == "retry" and pause(e, try)
  if not wait then
    return nil, e, decision
  end
  local ok, stopped = task.sleep(wait)
  if not ok then
    return nil, err.wrap(stopped, { host = run.target.host, way = way, op = run.op.name }), "stop"
  end
  return insist(run, way, try + 1)
end

-- As insist, with a share of the time: an equal one of what is left for the ways that are left.
local function in_turn(run, i)
  local left = #run.ways - i + 1
  if left == 1 then
    return insist(run, run.ways[i], 1)
  end
  return task.deadline(task.left() / left, insist, run, run.ways[i], 1)
end

-- The first way that answers: result, way; or nil, the last error. judge(run, e, decision, way)
-- may make another outcome of a failure.
local function first(run, judge)
  local last
  for i = 1, #run.ways do
    local result, e, decision = in_turn(run, i)
    if e and judge then
      result, e, decision = judge(run, e, decision, run.ways[i])
    end
    if not e then
      return result, run.ways[i]
    end
    last = e
    if decision == "stop" then
      break
    end
  end
  return nil, last
end

-- What became of a write that may have happened, as another outcome of its way.
local function judge_write(run, e, decision, way)
  if e.effect == "none" or not run.op.prove or #run.ways == 1 or task.left() <= 0 then
    return nil, e, decision
  end
  local about = { system = run.args.system }
  local function read(reading)
    local state, failed = first(new_run(run.target, reading, about, {}))
    return state, state == nil and failed or nil
  end
  local proof = run.op.prove(run.target, run.args, e, read, new_call(run, way))
  if proof == "nothing" then
    return nil, e, "next"
  end
  return proof, not proof and e or nil, "stop"
end

local function no_way(target, op, args)
  local only, has, can, system = only_way(op, args), {}, {}, args.system or target.system
  for _, way in ipairs(ORDER) do
    has[#has + 1] = target.ways and target.ways[way] and way or nil
    can[#can + 1] = op.ways[way] and way or nil
  end
  return err.new("unsupported", ("no way to this machine can do %s%s%s"):format(op.name,
    only and " (asked for: " .. only .. ")" or "",
    has[1] and "; it is reached over " .. table.concat(has, " and ")
      .. (system and target.ways.ipmi and ", and IPMI knows no system " .. system
        or not only and ", and that goes over " .. table.concat(can, " and ") or "") or ""),
    { host = target.host, op = op.name, effect = "none" })
end

local function walk(target, op, args)
  local run, began = new_run(target, op, args, {}), task.now()
  local result, way = first(run, op.write and judge_write)
  if err.is(way) or not run.ways[1] then
    local e = way or no_way(target, op, args)
    e.trail = run.trail
    return nil, e
  end
  if not op.list and type(result) == "table" then
    json.as_object(result)
  end
  if op.write then
    result.way, result.seconds, result.trail = way, task.now() - began, run.trail
  end
  return result, run.trail
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
  if task.left() <= seconds then
    return walk(target, op, args)
  end
  return task.deadline(seconds, walk, target, op, args)
end

return M
