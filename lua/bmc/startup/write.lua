-- SPDX-License-Identifier: GPL-3.0-or-later
-- startup.write: owns getting properties of Boot into a BMC: into its settings object as far as
-- that shows them, else into the system (B06, B18, B19), or where the BMC itself says that they
-- belong (B14). What is refused is said in another way; what may have happened is not repeated.
-- What has to be written is bmc.startup.override's and bmc.startup.order's.

local err = require "bmc.err"
local errors = require "bmc.redfish.errors"
local readback = require "bmc.readback"
local reading = require "bmc.reading"
local startup = require "bmc.startup"
local tbl = require "bmc.tbl"

-- B14: MegaRAC says where it wants an override.
local ELSEWHERE = "OperationSupportedInFutureStateURI"
-- Where that is when no link tells.
local FUTURE = "/SD"

local M = {}

---@class bmc.startup.Part
---@field place bmc.startup.Place
---@field boot table  properties

---@class bmc.startup.Written
---@field parts bmc.startup.Part[]  what was sent
---@field outcome bmc.redfish.Outcome

-- ---- where ----

local function all_to(place)
  return function(boot)
    return { { place = place, boot = boot } }
  end
end

-- B18: the settings object gets what it shows, the system the rest.
local function split(rf, places)
  return function(boot)
    local there, here = {}, {}
    for name, value in pairs(boot) do
      local shown = startup.shows(rf, places.settings, name)
      local part = shown and there or here
      part[name] = value
    end
    local parts = {}
    if next(there) then
      parts[1] = { place = places.settings, boot = there }
    end
    if next(here) then
      parts[#parts + 1] = { place = places.system, boot = here }
    end
    return parts
  end
end

local function future(places)
  return places.settings
    or { uri = places.settings_uri or reading.path(places.system.uri) .. FUTURE, body = {} }
end

-- The ways to divide properties among the places, in the order in which they are tried. What a
-- BMC has told about itself holds for the target.
local function divisions(rf, places)
  if rf.boot_elsewhere then
    return { all_to(future(places)) }
  elseif places.settings and rf.target.profile.boot.place == "shown" then
    return { split(rf, places), all_to(places.system) }
  end
  return { all_to(places.system) }
end

-- ---- sending ----

-- The properties in words: "BootSourceOverrideTarget=Pxe".
local function said(boot)
  local words = {}
  for _, name in ipairs(tbl.sorted_keys(boot)) do
    local value = boot[name]
    words[#words + 1] = ("%s=%s"):format(name,
      type(value) == "table" and table.concat(value, ",") or tostring(value))
  end
  return table.concat(words, " ")
end

local function send(rf, part, call)
  local boot = rf.target.profile.boot
  return readback.insist(function()
    local body, response = rf:patch(part.place.uri, { Boot = part.boot },
      { held = part.place.body })
    local e = not body and response or nil
    call.sent("PATCH " .. part.place.uri, e, said(part.boot))
    return body and { body, response }, e
  end, boot.retry_budget, boot.retry_wait)
end

-- One way of saying it: the outcome, or nil and the first error.
local function say(rf, parts, call)
  local outcome, e
  for _, part in ipairs(parts) do
    local answer
    answer, e = send(rf, part, call)
    if answer then
      outcome, e = rf:follow(answer[1], answer[2], { staged_after = 0 })
    end
    if e then
      return nil, e
    end
  end
  return { parts = parts, outcome = outcome }
end

--- Writes one of several bodies, the first that the BMC takes.
---@param rf bmc.redfish.Client
---@param places bmc.startup.Places
---@param bodies table[]  properties of Boot, the best first
---@param call bmc.plan.Call
---@return bmc.startup.Written? written
---@return bmc.err.Value? err the first refusal, or the error that ended it
function M.boot(rf, places, bodies, call)
  local first
  for _, divide in ipairs(divisions(rf, places)) do
    for _, boot in ipairs(bodies) do
      local written, e = say(rf, divide(boot), call)
      if written then
        return written
      elseif errors.has(e, ELSEWHERE) and not rf.boot_elsewhere then
        rf.boot_elsewhere = true
        call.note("this BMC takes boot settings at " .. future(places).uri)
        return M.boot(rf, places, bodies, call)
      elseif not readback.refused(e) then
        return nil, e
      end
      first = first or e
    end
  end
  return nil, first
end

-- ---- reading back ----

--- Reads a resource until it shows what was written.
---@param rf bmc.redfish.Client
---@param uri string
---@param holds fun(body: table): boolean
---@return table? body  as it reads now
---@return bmc.err.Value? err rejected, effect unknown: the BMC took it and shows something else
function M.confirm(rf, uri, holds)
  local boot = rf.target.profile.boot
  local right, seen = readback.wait(function() return rf:get(uri) end, holds,
    boot.settle, boot.poll)
  if right then
    return seen
  elseif right == nil then
    return nil, err.wrap(seen, { effect = "unknown" })
  end
  return err.fail("rejected", ("%s was accepted, but %s"):format(uri, seen
    and "it shows something else" or "it cannot be read"), { effect = "unknown", seen = seen })
end

return M
