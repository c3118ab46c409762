-- SPDX-License-Identifier: GPL-3.0-or-later
-- power_action: turns a machine on or off or restarts it, exactly once (DESIGN 7).
--
-- The state is read first, and what is already so is done. The verb becomes one request, or two
-- (bmc.power.redfish, bmc.power.ipmi), each of which happens once and is watched to its end
-- (bmc.power.run).

local err = require "bmc.err"
local ipmi = require "bmc.ipmi"
local over = { ipmi = require "bmc.power.ipmi", redfish = require "bmc.power.redfish" }
local power_state = require "bmc.ops.power_state"
local prove = require "bmc.power.prove"
local redfish = require "bmc.redfish"
local runs = require "bmc.power.run"
local subject = require "bmc.subject"
local verbs = require "bmc.power.verbs"
local watch = require "bmc.power.watch"

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

local function perform_all(run, requests, patience)
  for _, request in ipairs(requests) do
    request.patience = patience
    local ok, e = run:perform(request)
    if not ok then
      return nil, e
    end
  end
  return true
end

-- The first plan that the BMC does not refuse as such.
local function perform_one(run, plans, patience)
  local sent = #run.sent
  for i, requests in ipairs(plans) do
    local ok, e = perform_all(run, requests, patience)
    if ok or #run.sent > sent or i == #plans or not run.driver:another(e) then
      return ok, e
    end
    run:tell("try another", ("the BMC refuses %s"):format(requests[1].type))
  end
end

-- Brings the verb about. `patience`: seconds after which something harder follows.
local function bring_about(run, verb, patience)
  settle(run)
  local state = run.seen.power
  verb = effective(verb, state)
  if not verb then
    return err.fail("rejected", "the machine is off: there is nothing to reboot, turn it on",
      { effect = "none", observed = state })
  elseif verbs.wanted(verb) == state then
    run:tell("nothing to do", "the machine is already " .. state)
    return true
  end
  local plans, e = run.driver:plans(verb, state)
  if not plans then
    return nil, e
  end
  return perform_one(run, plans, patience)
end

-- Whether a graceful verb has led to nothing, as opposed to: was not even understood.
local function led_to_nothing(run, e)
  return e.code ~= "cancelled" and (#run.sent > 0 or e.code == "unsupported" or runs.passes(e))
end

-- The verb, and the harder one after it where the runbook asks for that.
local function carry_out(run, args, harder)
  local ok, e = bring_about(run, args.verb, harder and (args.after or run.timing.budget))
  if ok or not harder or not led_to_nothing(run, e) then
    return ok, e
  end
  run:tell("escalate to " .. harder, e.text)
  return bring_about(run, harder)
end

-- Leaves a cycle to the way that the profile names; where there is no such way, nothing is better
-- than Redfish, and that is told.
local function leave(target, args, call)
  local better = target.profile.power.cycle_way
  if not better or args.verb ~= "cycle" then
    return nil
  elseif target.ways[better] and not (args.way or args.system or target.system) then
    return err.new("unsupported", "a cycle of this model is left to " .. better,
      { effect = "none" })
  end
  call.note(("on this model a cycle over Redfish cuts the power of its DPUs too; over %s it would "
    .. "not"):format(better))
end

local function start_redfish(target, args, call)
  local rf = redfish.of(target)
  local system, e = subject.certain(rf, args, call)
  if not system then
    return nil, e
  end
  local vendor, failed = subject.identify(rf, system, call)
  if not vendor then
    return nil, failed
  end
  local left = leave(target, args, call)
  if left then
    return nil, left
  end
  local driver
  driver, e = over.redfish.driver(rf, system, call.note)
  if not driver then
    return nil, e
  end
  return runs.new(driver, call, watch.sight(system))
end

local function start_ipmi(target, _, call)
  local c = ipmi.of(target)
  local seen, e = over.ipmi.look(c)
  if not seen then
    return nil, e
  end
  local device
  device, e = c:device()
  if not device and not e.completion then
    return nil, e
  elseif not device then
    call.note("what the BMC is cannot be read: " .. e.text)
  end
  return runs.new(over.ipmi.driver(c), call, seen)
end

-- One way to do it, by how its run starts.
local function way(start)
  return function(target, args, call)
    local harder = args.then_ or args["then"]
    local why = verbs.check(args.verb, harder)
    if why then
      return err.fail("rejected", why, { effect = "none" })
    end
    local run, e = start(target, args, call)
    if not run then
      e.effect = "none"
      return nil, e
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
end

--- Powers a machine on or off, or restarts it.
---
--- Verbs: on, off (graceful), off_hard, cycle (hard restart; turns on what is off), reboot
--- (graceful). `then_` names the harder verb (off_hard after off, cycle after reboot) that may
--- follow when the graceful one has led to nothing after `after` seconds; without it a graceful
--- verb stays graceful. `accepted` is absent where the answer was lost or nothing was sent.
--- reset_type is what was sent: ResetTypes, or over IPMI power_up, soft, power_down, power_cycle,
--- hard_reset. A restart that the BMC does not show is a success, and the trail says so (P06). A
--- cycle goes over IPMI, where that is known of the machine, when its model wants that (P11).
--- Over IPMI on and off_hard, which do nothing to a machine that is there already, are sent again
--- when the answer was lost and the machine has not moved for five times ipmi.power.answer.
---
--- Errors: unsupported (no allowed ResetType fits, or no Chassis Control; effect none), rejected
--- (also: several systems and none named; came on and fell back), timeout (accepted, but the state
--- never came; effect unknown), busy (refused for all of power.retry_budget; effect none), and
--- those of the transport, with effect "unknown" where the answer was lost and the state proves
--- nothing.
---@type bmc.plan.Op
return {
  name = "power_action",
  write = true,
  seconds = 300,
  params = { "verb" },
  record = { "way", "requested", "reset_type", "accepted", "observed", "seconds", "trail" },
  ways = { redfish = way(start_redfish), ipmi = way(start_ipmi) },
  prove = prove.by(power_state),
}
