-- SPDX-License-Identifier: GPL-3.0-or-later
-- power.reset: owns what a power verb means at one BMC: the ResetTypes it allows, and which of
-- them a verb becomes. Sends nothing that changes anything.
--
-- A verb becomes the first type of profile.power[verb] that the BMC allows; what it allows is
-- read from it (QUIRKS rule 1), never assumed. A graceful verb has only graceful types in its
-- list, so it can never become a hard one here. "off_on" in a list stands for two requests, off
-- and on, for a restart that is missing or does something else (P01, P02, P10). What verbs there
-- are is bmc.power.verbs'.

local err = require "bmc.err"
local reading = require "bmc.reading"
local verbs = require "bmc.power.verbs"

local object, text = reading.object, reading.text

local OFF_ON = "off_on"

-- A press on the button turns off what is on and on what is off.
local TOGGLE = "PushPowerButton"

local ACTION = "#ComputerSystem.Reset"
local PARAMETER = "ResetType"

local M = {}

---@class bmc.power.Action
---@field target string     where to POST
---@field allowed? table<string, true>  nil when the BMC does not say
---@field names? string[]   the same, in the BMC's order

---@class bmc.power.Request
---@field type string       the ResetType, or what Chassis Control is to do
---@field goal "on"|"off"|"restart"
---@field patience? number  seconds after which something harder follows

-- ---- what the BMC allows ----

-- ActionInfo: the parameter's values stand in a resource of their own.
local function from_info(rf, action, note)
  local uri = reading.link(action["@Redfish.ActionInfo"])
  if not uri then
    return nil
  end
  local info, e = rf:get(uri)
  if not info then
    if e.status then
      note(("ResetActionInfo cannot be read: %s"):format(e.text))
      return nil
    end
    return nil, e
  end
  for _, parameter in ipairs(reading.list(info.Parameters)) do
    if object(parameter).Name == PARAMETER then
      return reading.texts(parameter.AllowableValues)
    end
  end
  return nil
end

-- The settings object, where there is one that shows the action.
local function from_settings(rf, owner, name)
  local settings = object(owner["@Redfish.Settings"])
  local uri = reading.link(settings.SettingsObject)
  if not uri then
    return nil
  end
  local body, e = rf:get(uri)
  if not body then
    return nil, not e.status and e or nil
  end
  local action = object(object(body.Actions)[name])
  return reading.texts(action[PARAMETER .. "@Redfish.AllowableValues"])
end

--- The reset action of a system, or of something else.
---@param rf bmc.redfish.Client
---@param owner table
---@param note fun(text: string)
---@param name? string  of the action; that of a system by default
---@return bmc.power.Action? action
---@return bmc.err.Value? err unsupported when it has none; effect none
function M.action(rf, owner, note, name)
  local action = object(object(owner.Actions)[name or ACTION])
  local target = text(action.target)
  if not target then
    return err.refuse("unsupported", "%s %s has no reset action",
      name and name:match("^#(%a+)"):lower() or "system", tostring(owner.Id))
  end
  local names, e = reading.texts(action[PARAMETER .. "@Redfish.AllowableValues"])
  if not names then
    names, e = from_info(rf, action, note)
  end
  if not names and not e then
    names, e = from_settings(rf, owner, name or ACTION)
  end
  if e then
    return nil, err.wrap(e, { effect = "none" })
  end
  local allowed = names and {}
  for _, kind in ipairs(names or {}) do
    allowed[kind] = true
  end
  return { target = target, allowed = allowed, names = names }
end

-- ---- which type ----

-- Where the BMC does not say what it allows, what every one should have is tried; it may refuse.
local function permits(kind, action, state)
  if kind == OFF_ON or kind == TOGGLE and (state == "unknown" or not action.allowed) then
    return false
  end
  return not action.allowed or action.allowed[kind]
end

local function off_on(verb, power, action, state)
  local half = verbs.first_half(verb)
  local off = half and M.requests(half, power, action, state)
  local on = off and M.requests("on", power, action, state)
  return on and { off[1], on[1] } or nil
end

--- The requests that make up a verb in this state of the machine.
---@param verb string
---@param power table profile.power
---@param action bmc.power.Action
---@param state string as reading.power_state
---@return bmc.power.Request[]? requests one, or two for off and on; nil when none is allowed
function M.requests(verb, power, action, state)
  for _, kind in ipairs(power[verb]) do
    if permits(kind, action, state) then
      return { { type = kind, goal = verbs.goal(verb) } }
    end
    local both = kind == OFF_ON and off_on(verb, power, action, state)
    if both then
      return both
    end
  end
  return nil
end

--- The refusal of a verb that the BMC has no type for.
---@param verb string
---@param power table profile.power
---@param action bmc.power.Action
---@return nil
---@return bmc.err.Value err unsupported, effect none
function M.refuse(verb, power, action)
  local hint = ""
  local harder = verbs.harder(verb)
  if harder then
    hint = ("; what is not graceful is %q, or %s with then_ = %q"):format(harder, verb, harder)
  end
  return err.refuse("unsupported", "%s needs one of %s, and this BMC allows only %s%s", verb,
    table.concat(power[verb], ", "), table.concat(action.names or {}, ", "), hint)
end

return M
