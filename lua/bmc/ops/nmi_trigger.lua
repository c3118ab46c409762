-- SPDX-License-Identifier: GPL-3.0-or-later
-- nmi_trigger: a non-maskable interrupt, by which an operating system that hangs writes its dump.
--
-- Sent once: what it does cannot be read anywhere, so nobody could tell whether a second one was
-- needed.

local err = require "bmc.err"
local identify = require "bmc.ipmi.identify"
local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local reset = require "bmc.power.reset"
local subject = require "bmc.subject"

local TYPE = "Nmi"

local function check(system, action)
  local state = reading.power_state(system)
  if state == "off" then
    return err.refuse("rejected", "the machine is off: nothing there takes an NMI")
  elseif action.allowed and not action.allowed[TYPE] then
    return err.refuse("unsupported", "this BMC allows no NMI, only %s",
      table.concat(action.names, ", "))
  end
  return true
end

local function send(rf, action, call)
  local answer, response = rf:post(action.target, { ResetType = TYPE }, { effect = true })
  local e = not answer and response or nil
  call.sent(("POST %s {\"ResetType\":%q}"):format(action.target, TYPE), e)
  if e then
    return nil, e
  end
  return rf:follow(answer, response)
end

local function over_redfish(target, args, call)
  local rf = redfish.of(target)
  local known, e = subject.known(rf, args, call, subject.certain)
  if not known then
    return nil, e
  end
  local system = known.system
  local action, ok
  action, e = reset.action(rf, system, call.note)
  if action then
    ok, e = check(system, action)
  end
  if not ok then
    return nil, err.wrap(e, { effect = "none" })
  end
  local outcome
  outcome, e = send(rf, action, call)
  if not outcome then
    return nil, e
  elseif target.dry_run then
    return { requested = TYPE }
  end
  local now = rf:get(reading.link(system))
  return { requested = TYPE, accepted = true, observed = now and reading.power_state(now) or nil }
end

--- Sends an NMI to the machine: m:nmi_trigger().
---
--- requested is the ResetType, accepted that the BMC took it (absent when nothing was sent),
--- observed the power state afterwards: what the NMI did, only the machine's own log tells.
--- Errors: unsupported (it allows no NMI), rejected (the machine is off; several systems and none
--- named), and those of the transport, with effect "unknown" where the answer was lost.
---@type bmc.plan.Op
return {
  name = "nmi_trigger",
  write = true,
  record = { "way", "requested", "accepted", "observed", "seconds", "trail" },
  ways = { redfish = over_redfish, ipmi = identify.nmi },
}
