-- SPDX-License-Identifier: GPL-3.0-or-later
-- led: owns the locator LED of a machine: whose it is (the system's, the chassis', or both), which
-- of its two properties a state is told by, and what it says. Only reads.
--
-- LocationIndicatorActive is the standard's newer one, on or off; IndicatorLED can blink, has words
-- of its own per vendor, and is gone on newer BMCs. Where both are there, the newer one is meant.

local reading = require "bmc.reading"

local object, text = reading.object, reading.text

local ACTIVE, LED = "LocationIndicatorActive", "IndicatorLED"

local WORDS = {
  lit = "on", on = "on", blinking = "blinking", ["blinking, high frequency"] = "blinking",
  off = "off",
}

local M = {}

---@class bmc.led.Place
---@field uri string
---@field body table
---@field of "system"|"chassis"

--- The state that a resource shows; nil when it has no LED.
---@param body table
---@return "on"|"blinking"|"off"|nil
function M.state(body)
  local word = WORDS[(text(body[LED]) or ""):lower()]
  if body[ACTIVE] == nil or word == "blinking" then
    return word
  end
  return body[ACTIVE] == true and "on" or "off" -- Dell's LED is lit when nobody looks for it
end

local function has_led(body)
  return reading.link(body) and (type(body[ACTIVE]) == "boolean" or text(body[LED]) ~= nil)
end

local function chassis_of(system)
  local links = reading.field(system, "Links")
  return reading.links(reading.field(links, "Chassis"))
end

local function add(places, of, body)
  if body and has_led(body) then
    places[#places + 1] = { uri = reading.link(body), body = body, of = of }
  end
end

--- The resources of a machine that have an LED, the system first.
---@param rf bmc.redfish.Client
---@param system table?  nil: all chassis are meant
---@return bmc.led.Place[]? places {} where nothing has
---@return bmc.err.Value? err
function M.places(rf, system)
  local places = {}
  add(places, "system", system)
  for _, uri in ipairs(system and chassis_of(system) or {}) do
    local body, e = rf:get(uri)
    if not body and not e.status then
      return nil, e
    end
    add(places, "chassis", body and reading.placed(body, uri))
  end
  if system then
    return places
  end
  local all, e = rf:chassis()
  if not all then
    return nil, e
  end
  for _, body in ipairs(all) do
    add(places, "chassis", body)
  end
  return places
end

-- What IndicatorLED calls on, by what it allows.
local function lit(body, words)
  local allowed = reading.list(body[LED .. "@Redfish.AllowableValues"])
  if not allowed[1] then
    return words
  end
  local out = {}
  for _, word in ipairs(words) do
    for _, value in ipairs(allowed) do
      out[#out + 1] = value == word and word or nil
    end
  end
  return out
end

--- The bodies that may bring a state about at a place, the best first.
---@param place bmc.led.Place
---@param state "on"|"blinking"|"off"
---@param words string[]  what IndicatorLED may call on
---@return table[]
function M.bodies(place, state, words)
  local out, body = {}, object(place.body)
  if text(body[LED]) then
    local names = state == "off" and { "Off" } or state == "blinking" and { "Blinking" }
      or lit(body, words)
    for _, name in ipairs(names) do
      out[#out + 1] = { [LED] = name }
    end
  end
  if type(body[ACTIVE]) == "boolean" and state ~= "blinking" then
    -- While it blinks, the newer property may well be true already and change nothing.
    local at = state == "on" and M.state(body) == "blinking" and #out + 1 or 1
    table.insert(out, at, { [ACTIVE] = state == "on" })
  end
  return out
end

--- Whether a resource shows what was sent.
---@param body table
---@param sent table   one of bodies()
---@return boolean
function M.shows(body, sent)
  if sent[ACTIVE] ~= nil then
    return body[ACTIVE] == sent[ACTIVE]
  end
  return WORDS[(text(body[LED]) or ""):lower()] == WORDS[sent[LED]:lower()]
end

return M
