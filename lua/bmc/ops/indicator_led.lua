-- SPDX-License-Identifier: GPL-3.0-or-later
-- indicator_led: lights the LED by which somebody in the aisle finds the machine.

local err = require "bmc.err"
local identify = require "bmc.ipmi.identify"
local led = require "bmc.led"
local readback = require "bmc.readback"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"

-- Seconds until the LED must show it, and between two looks.
local SETTLE, POLL = 10, 1

local SAID = {
  on = "on", lit = "on", off = "off", blink = "blinking", blinking = "blinking",
}

-- R45: the copy of the chassis refuses, or the system's.
local function writable(places, where)
  local out = {}
  for _, place in ipairs(places) do
    if where == "any" or place.of == where then
      out[#out + 1] = place
    end
  end
  return out[1] and out or places
end

-- Tells one place: the body that it took, or the error of the last.
local function tell(rf, place, state, call)
  local last
  for _, body in ipairs(led.bodies(place, state, rf.target.profile.led.lit)) do
    local answer, response = rf:patch(place.uri, body, { held = place.body })
    local outcome, e = rf:follow(answer, response)
    call.sent("PATCH " .. place.uri, e)
    if outcome then
      return body
    elseif not readback.refused(e) then
      return nil, e
    end
    last = e
  end
  return nil, last
end

local function confirm(rf, place, sent, state)
  local right, seen = readback.wait(function() return rf:get(place.uri) end,
    function(body) return led.shows(body, sent) end, SETTLE, POLL)
  if right then
    return { requested = state, accepted = true, observed = led.state(seen), uri = place.uri }
  elseif right == nil then
    return nil, err.wrap(seen, { effect = "unknown" })
  end
  return err.fail("timeout", ("%s took it, but the LED reads %s"):format(place.uri,
    seen and led.state(seen) or "nothing"), { effect = "unknown",
    observed = seen and led.state(seen) })
end

-- The first place that takes it.
local function light(rf, places, state, call)
  local first
  for _, place in ipairs(writable(places, rf.target.profile.led.write)) do
    local sent, e = tell(rf, place, state, call)
    if sent and rf.target.dry_run then
      return { requested = state, uri = place.uri }
    elseif sent then
      return confirm(rf, place, sent, state)
    elseif e and not readback.refused(e) then
      return nil, e
    end
    first = first or e
  end
  if first then
    return nil, first
  end
  return err.refuse("unsupported", "the LED of this machine cannot be %s", state)
end

local function wanted(args)
  local state = SAID[tostring(args.state):lower()]
  if not state then
    return err.refuse("rejected", "no LED state %q; there are on, off, blinking",
      tostring(args.state))
  end
  return state
end

local function over_ipmi(target, args, call)
  local state, e = wanted(args)
  if not state then
    return nil, e
  end
  return identify.light(target, state, args.seconds, call)
end

local function over_redfish(target, args, call)
  local state, refused = wanted(args)
  if not state then
    return nil, refused
  elseif args.seconds then
    return err.refuse("unsupported", "an LED has no timer in Redfish")
  end
  local rf = redfish.of(target)
  local known, e = subject.known(rf, args, call, subject.system_if_any)
  if not known then
    return nil, e
  end
  local places
  places, e = led.places(rf, known.system)
  if not places then
    return nil, err.wrap(e, { effect = "none" })
  elseif not places[1] then
    return err.refuse("unsupported", "neither the system nor its chassis has an LED")
  end
  return light(rf, places, state, call)
end

--- Lights the locator LED: m:indicator_led("blinking").
---
--- state is "on" ("lit"), "off" or "blinking" ("blink"). LocationIndicatorActive is set where there
--- is one, else IndicatorLED with the word that the BMC has; the system's, or the chassis'.
--- observed is what reads back, uri where; accepted is absent when nothing was sent. Over IPMI lit
--- and blinking are one, and `seconds` (1 to 255) may limit how long.
--- Errors: rejected (no such state), unsupported (no LED, or none that can), timeout (taken, and
--- never shown: effect unknown), and those of the transport.
---@type bmc.plan.Op
return {
  name = "indicator_led",
  write = true,
  params = { "state" },
  record = { "way", "requested", "accepted", "observed", "uri", "seconds", "trail" },
  ways = { redfish = over_redfish, ipmi = over_ipmi },
}
