-- SPDX-License-Identifier: GPL-3.0-or-later
-- terminal.escape: owns the keys that are for bmcsh and not for the machine: an escape character
-- at the start of a line, as ssh(1) and ipmitool have it, and the one that follows. Pure.

local CTRL_Z = "\26"

local M = {}

local keys = {}
local keys_mt = { __index = keys, __name = "bmc.terminal.escape" }

local MEANINGS = { ["."] = "leave", ["?"] = "help", ["B"] = "break", [CTRL_Z] = "suspend" }

--- Reads keys.
---@param character string  one, or "" for none
---@return table
function M.new(character)
  return setmetatable({ character = character, at_start = true, escaped = false }, keys_mt)
end

local function add(actions, text)
  local last = actions[#actions]
  if last and last[1] == "send" then
    last[2] = last[2] .. text
  else
    actions[#actions + 1] = { "send", text }
  end
end

-- What the key after the escape character means.
local function escaped(self, actions, key)
  self.escaped = false
  if MEANINGS[key] then
    actions[#actions + 1] = { MEANINGS[key] }
    self.at_start = true
  elseif key == self.character then
    add(actions, key)
  else
    add(actions, self.character .. key)
    self.at_start = key == "\r" or key == "\n"
  end
end

--- What has been typed, as what is to be done: lists { "send", text }, { "leave" }, { "help" },
--- { "break" }, { "suspend" }.
---@param text string
---@return table[]
function keys:feed(text)
  local actions = {}
  for key in text:gmatch(".") do
    if self.escaped then
      escaped(self, actions, key)
    elseif self.at_start and key == self.character then
      self.escaped, self.at_start = true, false
    else
      add(actions, key)
      self.at_start = key == "\r" or key == "\n"
    end
  end
  return actions
end

--- What can be typed, for a person.
---@param c string
---@return string[]
function M.help(c)
  return {
    ("after Enter: %s.  leave   %sB  send a break   %s^Z  suspend bmcsh"):format(c, c, c),
    ("             %s%s  type one %s   %s?  this text"):format(c, c, c, c),
  }
end

return M
