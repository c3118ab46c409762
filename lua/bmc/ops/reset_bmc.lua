-- SPDX-License-Identifier: GPL-3.0-or-later
-- reset_bmc: restarts the BMC, not the machine.

local comeback = require "bmc.comeback"
local err = require "bmc.err"
local readback = require "bmc.readback"
local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local restart = require "bmc.ipmi.restart"
local reset = require "bmc.power.reset"
local subject = require "bmc.subject"

local ACTION = "#Manager.Reset"

-- ---- which manager ----

local function has_action(manager)
  return reading.text(reading.object(reading.object(manager.Actions)[ACTION]).target) ~= nil
end

-- The one named, else the system's own, else the first that can be reset: cards have managers too.
local function find(rf, args, known, call)
  if not args.manager then
    local manager, e = known.manager, nil
    if not manager then
      manager, e = subject.manager(rf, known.system, call)
    end
    if not manager or has_action(manager) then
      return manager, e
    end
  end
  local all, e = rf:managers()
  if not all then
    return nil, e
  end
  local ids = {}
  for i, manager in ipairs(all) do
    ids[i] = tostring(manager.Id)
    if args.manager and ids[i] == args.manager or not args.manager and has_action(manager) then
      return manager
    end
  end
  return err.refuse("missing", "no manager %s; there are: %s",
    args.manager or "that can be reset", table.concat(ids, ", "))
end

-- ---- which reset ----

-- A restart that only this BMC calls so, but none that forgets its settings.
local function unusual(names)
  for _, name in ipairs(names) do
    local restarts = name:find("Reset", 1, true) or name:find("Restart", 1, true)
    if restarts and not name:find("Default", 1, true) then
      return name
    end
  end
end

local function preferred(types, hard)
  local out = {}
  for i, kind in ipairs(types) do
    out[hard and #types - i + 1 or i] = kind
  end
  return out
end

-- The bodies to try: one where the BMC says what it allows (P19); else {} first, since what takes
-- no ResetType says none (P20).
local function bodies_of(action, types, hard)
  types = preferred(types, hard)
  if not action.allowed then
    local out = { {} }
    for _, kind in ipairs(types) do
      out[#out + 1] = { ResetType = kind }
    end
    return out
  end
  for _, kind in ipairs(types) do
    if action.allowed[kind] then
      return { { ResetType = kind } }
    end
  end
  local kind = unusual(action.names)
  if kind then
    return { { ResetType = kind } }
  end
  return err.refuse("unsupported", "this BMC allows no restart of itself, only %s",
    table.concat(action.names, ", "))
end

-- ---- sending ----

-- Sent once: only a plain no is followed by another body. nil, err; or the body, and the error of
-- an answer that was lost.
local function send(rf, action, bodies, call)
  local last
  for _, body in ipairs(bodies) do
    local answer, e = rf:post(action.target, body, { effect = true })
    local kind = body.ResetType and ("\"ResetType\":%q"):format(body.ResetType) or ""
    call.sent(("POST %s {%s}"):format(action.target, kind), not answer and e or nil)
    if answer then
      return body
    elseif e.effect ~= "none" then
      return body, e
    end
    last = last or e
    if not readback.refused(e) then
      break
    end
  end
  return nil, last
end

-- ---- the rest ----

-- A BMC that goes down may not get its answer out: then its going is the answer.
local function prove(looks, lost, call)
  local gone, stopped = comeback.goes_away(looks)
  if not gone then
    return nil, stopped and err.wrap(stopped, { effect = "unknown" }) or lost
  end
  call.step { step = "watch", ok = true, why = "the answer was lost, and the BMC went away" }
  return true
end

local function wait(looks, result, call)
  local back, e = comeback.wait(looks)
  if not back then
    return nil, e
  end
  call.step { step = "watch", ok = true, why = back.away
    and ("back after %.0f s; it was away for %.0f s"):format(back.seconds, back.away)
    or ("answers after %.0f s; it was never seen away"):format(back.seconds) }
  result.observed = "back"
  return result
end

-- After a reset that was sent: what came of it.
local function finish(looks, result, lost, args, call)
  if lost then
    local ok, failure = prove(looks, lost, call)
    if not ok then
      return nil, failure
    end
  end
  result.accepted = not lost or nil
  if not args.wait then
    return result
  end
  return wait(looks, result, call)
end

local function start(target, args, call)
  local rf = redfish.of(target)
  local known, e = subject.known(rf, args, call, subject.system_if_any)
  if not known then
    return nil, e
  end
  local manager, action
  manager, e = find(rf, args, known, call)
  if manager then
    action, e = reset.action(rf, manager, call.note, ACTION)
  end
  if not action then
    return nil, e
  end
  local bodies
  bodies, e = bodies_of(action, target.profile.bmc_reset.types, args.hard)
  return bodies and { rf = rf, action = action, bodies = bodies, had = known.system and 1 or 0 }, e
end

local function over_redfish(target, args, call)
  local plan, e = start(target, args, call)
  if not plan then
    return nil, err.wrap(e, { effect = "none" })
  end
  local rf = plan.rf
  local body, lost = send(rf, plan.action, plan.bodies, call)
  if not body then
    return nil, lost
  end
  local result = { requested = body.ResetType or "reset" }
  if target.dry_run then
    return result
  end
  return finish(comeback.over_redfish(rf, plan.had), result, lost, args, call)
end

local function over_ipmi(target, args, call)
  if args.manager then
    return err.refuse("unsupported", "IPMI knows one BMC, and no names of others")
  end
  local command, lost = restart.send(target, args.warm, call)
  if not command then
    return nil, lost
  elseif target.dry_run then
    return { requested = command }
  end
  return finish(restart.looks(target), { requested = command }, lost, args, call)
end

--- Restarts the BMC: m:reset_bmc(), m:reset_bmc { wait = true }.
---
--- The gentlest reset that the BMC allows; `hard` begins at the other end. `wait` waits until it is
--- really back: after a first pause, several answers in a row, and its systems listed. `manager`
--- is the Id of one of several. requested is the ResetType ("reset" where the BMC takes none),
--- accepted is absent where the answer was lost or nothing was sent, observed is "back" after a
--- wait. Over IPMI it is the Cold Reset, or the Warm Reset with `warm`, where a BMC has it.
--- The machine itself goes on.
---
--- Errors: unsupported (no reset, or none but those that forget settings), missing (no such
--- manager), timeout (not back in bmc_reset.budget; effect unknown), auth (back, and refuses the
--- login), and those of the transport, with effect "unknown" where the answer was lost and the BMC
--- was not seen to go.
---@type bmc.plan.Op
return {
  name = "reset_bmc",
  write = true,
  seconds = 900,
  record = { "way", "requested", "accepted", "observed", "seconds", "trail" },
  ways = { redfish = over_redfish, ipmi = over_ipmi },
}
