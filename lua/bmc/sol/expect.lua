-- SPDX-License-Identifier: GPL-3.0-or-later
-- sol.expect: owns finding in what a machine has written what a script waits for. Pure.

local M = {}

local KEPT = 65536 -- characters looked at; what is older is forgotten
local SHOWN = 200  -- of what was last seen, in an error

--- The patterns asked for, as a list; raises for what is none.
---@param wanted string|string[]
---@return string[]
function M.patterns(wanted)
  local list = type(wanted) == "string" and { wanted } or wanted
  if type(list) ~= "table" or #list == 0 then
    error("console:expect: a Lua pattern expected, or a list of them", 3)
  end
  for _, pattern in ipairs(list) do
    local ok, why = pcall(string.find, "", pattern)
    if not ok then
      error(("console:expect: %s"):format(tostring(why):gsub("^.-:%d+: ", "")), 3)
    end
  end
  return list
end

local function spans(first, last, ...)
  return first and { first = first, last = last, captures = table.pack(...) }
end

--- The pattern that matches first in the text; of several at the same place, the first in the list.
---@param text string
---@param list string[]
---@return { first: integer, last: integer, captures: table, index: integer }? match
function M.find(text, list)
  local best
  for index, pattern in ipairs(list) do
    local found = spans(text:find(pattern))
    if found and (not best or found.first < best.first) then
      best, found.index = found, index
    end
  end
  return best
end

--- Adds what has come to what is kept.
---@param text string
---@param chunk string
---@return string
function M.add(text, chunk)
  text = text .. chunk
  return #text > KEPT and text:sub(-KEPT // 2) or text
end

--- Patterns as an error names them.
---@param list string[]
---@return string
function M.names(list)
  local names = {}
  for i, pattern in ipairs(list) do
    names[i] = ("%q"):format(pattern)
  end
  return table.concat(names, ", ")
end

--- The end of a text as an error shows it, in one line.
---@param text string
---@return string
function M.tail(text)
  local tail = text:sub(-SHOWN)
  return (#tail < #text and "…" or "") .. ("%q"):format(tail):gsub("\\\n", "\\n")
    :gsub("\\13", "\\r")
end

return M
