-- SPDX-License-Identifier: GPL-3.0-or-later
-- power_action: turns a machine on or off or restarts it, exactly once (DESIGN 7).
--
-- The state is read first, and what is already so is done. The verb becomes one request, or two
-- (bmc.power.reset); each is sent once and watched to its end (bmc.power.run).

local err = require "bmc.err"
local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local reset = require "bmc.power.reset"
local runs = require "bmc.power.run"
local subject = require "bmc.subject"

-- A machine on its way to a state is waited for: what it is to be told depends on where it ends.
local function settle(run)
  local state = run.seen.power
  if state ~= "powering_on" and state ~= "powering_off" then
    return
  end
  run:tell("wait", "the machine is " .. state)
  run:follow(function(seen)
    return (seen.power == "on" or seen.power == "off") and seen.power or nil
  end)
end

-- The verb for a machine that is off: cycling turns it on, and there is nothing to reboot.
local WHEN_OFF = { cycle = "on", reboot = false }

local function effective(verb, state)
  if state == "off" and WHEN_OFF[verb] ~= nil then
    return WHEN_OFF[verb]
  end
  return verb
end

-- Brings the verb about. `patience`: seconds after which something harder follows.
local function bring_about(run, verb, patience)
  settle(run)
  local state = run.seen.power
  verb = effective(verb, state)
  if not verb then
    return err.fail("rejected", "the machine is off: there is nothing to reboot, turn it on",
      { effect = "none", observed = state })
  elseif reset.wanted(verb) == state then
    run:tell("nothing to do", "the machine is already " .. state)
    return true
  end
  local requests = reset.requests(verb, run.power, run.action, state)
  if not requests then
    return reset.refuse(verb, run.power, run.action)
  end
  for _, request in ipairs(requests) do
    request.patience = patience
    local ok, e = run:perform(request)
    if not ok then
      return nil, e
    end
  end
  return true
end

-- Whether a graceful verb has led to nothing, as opposed to: was not even understood.
local function led_to_nothing(run, e)
  return e.code ~= "cancelled" and (#run.sent > 0 or e.code == "unsupported" or runs.passes(e))
end

-- The verb, and the harder one after it where the runbook asks for that.
local function carry_out(run, args, harder)
  local ok, e = bring_about(run, args.verb, harder and (args.after or run.power.budget))
  if ok or not harder or not led_to_nothing(run, e) then
    return ok, e
  end
  run:tell("escalate to " .. harder, e.text)
  return bring_about(run, harder)
end

local function start(target, args, call)
  local rf = redfish.of(target)
  local system, e = subject.certain(rf, args, call)
  if not system then
    return nil, e
  end
  local vendor, failed = subject.identify(rf, system, call)
  if not vendor then
    return nil, failed
  end
  local action
  action, e = reset.action(rf, system, call.note)
  if not action then
    return nil, e
  end
  return runs.new {
    rf = rf, uri = reading.link(system), system = system, action = action,
    power = target.profile.power, call = call,
  }
end

local function over_redfish(target, args, call)
  local harder = args.then_ or args["then"]
  local why = reset.check(args.verb, harder)
  if why then
    return err.fail("rejected", why, { effect = "none" })
  end
  local run, e = start(target, args, call)
  if not run then
    return nil, err.wrap(e, { effect = "none" })
  end
  local ok
  ok, e = carry_out(run, args, harder)
  if not ok then
    -- What was refused last does not undo what went out before it.
    e.effect = #run.sent > 0 and "unknown" or e.effect or "none"
    return nil, e
  end
  return {
    requested = args.verb, reset_type = run.sent[1] and table.concat(run.sent, ", ") or nil,
    accepted = run.accepted, observed = run.seen.power,
  }
end

--- Powers a machine on or off, or restarts it.
---
--- Verbs: on, off (graceful), off_hard, cycle (hard restart; turns on what is off), reboot
--- (graceful). `then_` names the harder verb (off_hard after off, cycle after reboot) that may
--- follow when the graceful one has led to nothing after `after` seconds; without it a graceful
--- verb stays graceful. `accepted` is absent where the answer was lost or nothing was sent.
--- A restart that the BMC does not show is a success, and the trail says so (P06).
---
--- Errors: unsupported (no allowed ResetType fits; effect none), rejected (also: several systems
--- and none named; came on and fell back), timeout (accepted, but the state never came; effect
--- unknown), busy (refused for all of power.retry_budget; effect none), and those of the
--- transport, with effect "unknown" where the answer was lost and the state proves nothing.
---@type bmc.plan.Op
return {
  name = "power_action",
  write = true,
  seconds = 300,
  params = { "verb" },
  record = { "way", "requested", "reset_type", "accepted", "observed", "seconds", "trail" },
  ways = { redfish = over_redfish },
}
