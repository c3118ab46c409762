-- SPDX-License-Identifier: GPL-3.0-or-later
-- power_state: is the machine on.

local ipmi = require "bmc.ipmi"
local power = require "bmc.power.ipmi"
local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"

local function over_redfish(target, args, call)
  local system, e = subject.system(redfish.of(target), args, call)
  if not system then
    return nil, e
  end
  return { power_state = reading.power_state(system) }
end

-- One command, so that a sweep of thousands stays cheap: what the BMC is, is not asked.
local function over_ipmi(target)
  local seen, e = power.look(ipmi.of(target))
  if not seen then
    return nil, e
  end
  return { power_state = seen.power }
end

--- The power state of a machine: "on", "off", "powering_on", "powering_off", "unknown".
--- Over IPMI it is on or off. Errors: those of the transport, missing (no such system).
---@type bmc.plan.Op
return {
  name = "power_state",
  record = { "power_state" },
  ways = { redfish = over_redfish, ipmi = over_ipmi },
}
