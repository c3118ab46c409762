-- SPDX-License-Identifier: GPL-3.0-or-later
-- led_state: is the locator LED lit.

local err = require "bmc.err"
local identify = require "bmc.ipmi.identify"
local led = require "bmc.led"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"

local function over_redfish(target, args, call)
  local rf = redfish.of(target)
  local system, e = subject.system_if_any(rf, args, call)
  if e then
    return nil, e
  end
  local places
  places, e = led.places(rf, system)
  if not places then
    return nil, e
  elseif not places[1] then
    return err.fail("unsupported", "neither the system nor its chassis has an LED")
  end
  return { led = led.state(places[1].body) or "unknown", uri = places[1].uri }
end

--- The state of the locator LED: led ("on", "off", "blinking", "unknown"), uri where it reads so
--- (none over IPMI, which does not tell lit from blinking).
--- Errors: those of the transport, missing (no such system), unsupported (no LED).
---@type bmc.plan.Op
return {
  name = "led_state",
  record = { "led", "uri" },
  ways = { redfish = over_redfish, ipmi = identify.state },
}
