-- SPDX-License-Identifier: GPL-3.0-or-later
--- Small helpers on plain tables. Owns nothing; pure, no I/O, no state.

local M = {}

--- Whether t is a table without a list part: an empty table counts as a map.
---@param t any
---@return boolean
function M.is_map(t)
  return type(t) == "table" and #t == 0
end

--- Keys in order, for output that must not change from run to run.
---@param t table
---@return any[]
function M.sorted_keys(t)
  local keys = {}
  for k in pairs(t) do
    keys[#keys + 1] = k
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

--- The values of a map, each a table, in the order of one of their fields.
---@param t table
---@param field any
---@return table[]
function M.by(t, field)
  local out = {}
  for _, value in pairs(t) do
    out[#out + 1] = value
  end
  table.sort(out, function(a, b) return a[field] < b[field] end)
  return out
end

--- A copy all the way down; functions and userdata are shared.
---@param v any
---@return any
function M.copy(v)
  if type(v) ~= "table" then
    return v
  end
  local out = {}
  for k, x in pairs(v) do
    out[k] = M.copy(x)
  end
  return out
end

--- A copy of one level with some values changed or added; values are shared.
---@param t? table
---@param changes table
---@return table
function M.with(t, changes)
  local out = {}
  for k, v in pairs(t or {}) do
    out[k] = v
  end
  for k, v in pairs(changes) do
    out[k] = v
  end
  return out
end

--- Whether a list holds a value.
---@param list any[]
---@param value any
---@return boolean
function M.contains(list, value)
  for _, v in ipairs(list) do
    if v == value then
      return true
    end
  end
  return false
end

--- Whether one of some Lua patterns is found in a text.
---@param text any  what is no string has none
---@param patterns string[]
---@return boolean
function M.matches(text, patterns)
  for _, pattern in ipairs(type(text) == "string" and patterns or {}) do
    if text:find(pattern) then
      return true
    end
  end
  return false
end

--- Follows keys as long as there are tables: dig(body, "Links", "Sessions", "@odata.id").
-- BMCs put null, strings and arrays where objects belong, and none of that may raise.
---@param t any
---@param ... any keys
---@return any value, or nil
function M.dig(t, ...)
  for i = 1, select("#", ...) do
    if type(t) ~= "table" then
      return nil
    end
    t = t[(select(i, ...))]
  end
  return t
end

--- The value at a dotted path: at(profile, "power.settle"). Digits index lists.
---@param t table
---@param path string
---@return any value, or nil
function M.at(t, path)
  for key in path:gmatch("[^.]+") do
    if type(t) ~= "table" then
      return nil
    end
    local value = t[key]
    if value == nil then
      value = t[math.tointeger(key)]
    end
    t = value
  end
  return t
end

--- Sets the value at a dotted path, making maps on the way. Changes t.
---@param t table
---@param path string
---@param value any
function M.put(t, path, value)
  local at, last = path:match("^(.*)%.([^.]+)$")
  for key in (at or ""):gmatch("[^.]+") do
    if type(t[key]) ~= "table" then
      t[key] = {}
    end
    t = t[key]
  end
  t[last or path] = value
end

--- Every leaf of nested maps, in order of path; a list is a leaf.
---@param t table
---@return fun(): string?, any  iterator over path, value
function M.leaves(t)
  local rows = {}
  local function walk(node, at)
    for _, k in ipairs(M.sorted_keys(node)) do
      local path, v = at .. tostring(k), node[k]
      if M.is_map(v) and next(v) ~= nil then
        walk(v, path .. ".")
      else
        rows[#rows + 1] = { path, v }
      end
    end
  end
  walk(t, "")
  local i = 0
  return function()
    i = i + 1
    if rows[i] then
      return rows[i][1], rows[i][2]
    end
  end
end

return M
