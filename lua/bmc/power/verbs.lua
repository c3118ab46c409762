-- SPDX-License-Identifier: GPL-3.0-or-later
-- power.verbs: owns the power verbs, and what each is meant to lead to, whatever the way. Pure.

-- What the verb is meant to lead to.
local GOAL = { on = "on", off = "off", off_hard = "off", cycle = "restart", reboot = "restart" }

-- The verb that is the first half of a restart that is made of off and on.
local OFF = { cycle = "off_hard", reboot = "off" }

-- What may be done when a graceful verb has led to nothing, if the runbook asks for it.
local HARDER = { off = { off_hard = true }, reboot = { cycle = true } }

local M = {}

--- The verbs, for messages and completion.
M.verbs = { "on", "off", "off_hard", "cycle", "reboot" }

--- Whether the verb is one, and the harder verb one that may follow it.
---@param verb any
---@param harder any nil for none
---@return string? why not
function M.check(verb, harder)
  if not GOAL[verb] then
    return ("no power verb %q; there are %s"):format(tostring(verb), table.concat(M.verbs, ", "))
  elseif harder ~= nil and not (HARDER[verb] and HARDER[verb][harder]) then
    return ("%q cannot follow %q; off_hard may follow off, and cycle reboot")
      :format(tostring(harder), verb)
  end
end

--- What the verb is meant to lead to.
---@param verb string
---@return "on"|"off"|"restart"
function M.goal(verb)
  return GOAL[verb]
end

--- The state that is the whole goal of the verb; nil for restarts.
---@param verb string
---@return "on"|"off"|nil
function M.wanted(verb)
  return GOAL[verb] ~= "restart" and GOAL[verb] or nil
end

--- The verb that begins a restart made of off and on; nil for what is no restart.
---@param verb string
---@return "off"|"off_hard"|nil
function M.first_half(verb)
  return OFF[verb]
end

--- The harder verb that may follow one; nil when there is none.
---@param verb string
---@return string?
function M.harder(verb)
  return (next(HARDER[verb] or {}))
end

return M
