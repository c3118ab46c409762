-- SPDX-License-Identifier: GPL-3.0-or-later
-- set_restore_policy: what the machine does when power comes back.

local chassis = require "bmc.ipmi.chassis"
local err = require "bmc.err"
local readback = require "bmc.readback"
local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"

-- Seconds until the policy must read back, and between two looks.
local SETTLE, POLL = 10, 1

-- ComputerSystem.PowerRestorePolicy
local PROPERTY = "PowerRestorePolicy"
local VALUES = { always_on = "AlwaysOn", always_off = "AlwaysOff", previous = "LastState" }

local function start(target, args, call)
  local value = VALUES[args.policy]
  if not value then
    return chassis.no_policy(args.policy)
  end
  local rf = redfish.of(target)
  local known, e = subject.known(rf, args, call, subject.certain)
  if not known then
    return nil, err.wrap(e, { effect = "none" })
  elseif known.system[PROPERTY] == nil then
    return err.refuse("unsupported", "this BMC shows no %s", PROPERTY)
  end
  return rf, known.system, value
end

local function confirm(rf, uri, value, policy)
  local right, seen = readback.wait(function() return rf:get(uri) end,
    function(body) return body[PROPERTY] == value end, SETTLE, POLL)
  if right then
    return { requested = policy, accepted = true, restore_policy = policy }
  elseif right == nil then
    return nil, err.wrap(seen, { effect = "unknown" })
  end
  return err.fail("rejected", ("the BMC took it, and shows %s"):format(
    tostring(seen and seen[PROPERTY])), { effect = "unknown" })
end

local function over_redfish(target, args, call)
  local rf, system, value = start(target, args, call)
  if not rf then
    return nil, system
  end
  local uri = reading.link(system)
  local answer, response = rf:patch(uri, { [PROPERTY] = value }, { held = system })
  local outcome, e = rf:follow(answer, response)
  call.sent("PATCH " .. uri, e, value)
  if not outcome then
    return nil, e
  elseif target.dry_run then
    return { requested = args.policy }
  end
  return confirm(rf, uri, value, args.policy)
end

--- Sets it: m:set_restore_policy("previous").
---
--- policy is "always_on", "previous" (as it was) or "always_off"; restore_policy what reads back.
--- Errors: rejected (no such policy; the BMC took it and shows another one: effect unknown),
--- unsupported, and those of the transport.
---@type bmc.plan.Op
return {
  name = "set_restore_policy",
  write = true,
  params = { "policy" },
  record = { "way", "requested", "accepted", "restore_policy", "seconds", "trail" },
  ways = { redfish = over_redfish, ipmi = chassis.set_policy },
}
