-- SPDX-License-Identifier: GPL-3.0-or-later
-- power.prove: owns what the power state, read over any way that answers, proves about a request
-- whose own way has failed in the middle of it (DESIGN 7). It changes nothing.
--
-- The state that was wanted is a success. Where it never comes, a request that would be harmless
-- twice (turning on what is on already, cutting the power of what is off) may be given to the next
-- way. Of a restart, and of a request to the operating system, the state proves nothing.

local task = require "bmc.task"
local verbs = require "bmc.power.verbs"
local watch = require "bmc.power.watch"

local HARMLESS_TWICE = { on = true, off_hard = true }

-- Of the time that is left: the rest is for the next way.
local SHARE = 0.4

local M = {}

local function told(call, seen, why)
  call.step { step = "read the state", ok = true, why = "the machine is " .. seen .. ": " .. why }
end

-- Looks until the wanted state is there, or the time is up.
local function follow(target, wanted, look, seen)
  local timing = target.profile.power
  local verdict, last = watch.follow({
    look = look, settle = timing.poll, poll = timing.poll,
    budget = math.min(timing.budget, task.left() * SHARE),
  }, watch.reaches(wanted))
  return verdict == "reached", last or seen
end

--- How an operation that turns machines on and off is proven.
---@param state_op bmc.plan.Op  reads the power state
---@return fun(target: bmc.target.Target, args: table, e: bmc.err.Value, read: function,
---  call: bmc.plan.Call): table|"nothing"|nil  see bmc.plan.Op
function M.by(state_op)
  return function(target, args, e, read, call)
    local function look()
      local state, failed = read(state_op)
      return state and { power = state.power_state }, failed
    end
    local seen = look()
    if not seen then
      return nil
    end
    local wanted = verbs.wanted(args.verb)
    local reached = false
    if wanted then
      reached, seen = follow(target, wanted, look, seen)
    end
    e.observed = seen.power
    if reached then
      told(call, seen.power, "it was done; the answer was lost")
      return { requested = args.verb, observed = seen.power }
    elseif wanted and HARMLESS_TWICE[args.verb] and seen.power ~= "unknown" then
      told(call, seen.power, "nothing has happened, so the next way may do it")
      return "nothing"
    end
    told(call, seen.power, "that does not prove what became of it")
  end
end

return M
