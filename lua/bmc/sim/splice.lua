-- SPDX-License-Identifier: GPL-3.0-or-later
-- Reads and replaces one value inside a JSON text, without decoding the rest.
-- Recorded trees must come back as they were recorded (order, spacing, null,
-- empty arrays, long numbers), and a turn through a decoder keeps none of
-- those: so the simulator lays its state over a document by editing its text.
-- Owns no encoding (bmc.json) and no checking: the text must be valid JSON.

local M = {}

-- Each scanner gets the position of a first character and gives the position
-- behind what it skipped.

local function after_string(text, i)
  local j = text:find('["\\]', i + 1)
  while text:byte(j) == 92 do j = text:find('["\\]', j + 2) end
  return j + 1
end

local function after_value(text, i)
  local c = text:sub(i, i)
  if c == '"' then return after_string(text, i) end
  if c ~= "{" and c ~= "[" then return text:find("[,%]}%s]", i) or #text + 1 end
  local depth, j = 0, i
  repeat
    j = text:find('["{}%[%]]', j)
    c = text:sub(j, j)
    if c == '"' then
      j = after_string(text, j)
    else
      depth = depth + ((c == "{" or c == "[") and 1 or -1)
      j = j + 1
    end
  until depth == 0
  return j
end

-- First and last position of the value of `key` in the object at i, or nil.
local function member(text, i, key)
  if text:sub(i, i) ~= "{" then return nil end
  local at = text:find("[^%s]", i + 1)
  while text:sub(at, at) == '"' do
    local key_end = after_string(text, at)
    local value = text:find("[^%s:]", key_end)
    local stop = after_value(text, value)
    if text:sub(at + 1, key_end - 2) == key then return value, stop - 1 end
    at = text:find("[^%s,]", stop)
  end
  return nil
end

--- The text of a value inside a document.
---@param text string valid JSON
---@param ... string member names, outermost first
---@return string|nil value JSON text; nil where it is absent
function M.get(text, ...)
  for i = 1, select("#", ...) do
    local first, last = member(text, text:find("%S"), (select(i, ...)))
    if not first then return nil end
    text = text:sub(first, last)
  end
  return text
end

--- The texts of the items of a list.
---@param text string JSON text of an array
---@return string[]
function M.items(text)
  local out, at = {}, text:find("[^%s]", text:find("[", 1, true) + 1)
  while text:sub(at, at) ~= "]" do
    local stop = after_value(text, at)
    out[#out + 1] = text:sub(at, stop - 1)
    at = text:find("[^%s,]", stop)
  end
  return out
end

local function put(text, value, path, depth)
  local key = path[depth]
  if not key then return value end
  local open = text:find("{", 1, true)
  if text:match("^%s*()") ~= open then text, open = "{}", 1 end
  local first, last = member(text, open, key)
  if first then
    local inner = put(text:sub(first, last), value, path, depth + 1)
    return text:sub(1, first - 1) .. inner .. text:sub(last + 1)
  end
  local comma = text:match("^%s*}", open + 1) and "" or ","
  local added = '"' .. key .. '":' .. put("{}", value, path, depth + 1) .. comma
  return text:sub(1, open) .. added .. text:sub(open + 1)
end

--- Replaces a value inside a document, or adds it at the front of its object
--- where it is missing; every other byte stays.
---@param text string valid JSON, an object
---@param value string JSON text
---@param ... string member names, outermost first
---@return string text
function M.set(text, value, ...)
  return put(text, value, { ... }, 1)
end

return M
