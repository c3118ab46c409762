-- SPDX-License-Identifier: GPL-3.0-or-later
--- Checks plain data against a description, so that a typo in a file has a name.
--
-- Owns types, ranges, unknown keys with a suggestion, and free maps and lists.
-- Knows nothing of files: it reports a dotted path and a sentence, and the
-- caller knows which file and line that is.
--
-- A node is { type = "map"|"list"|"string"|"number"|"boolean", doc = "…" } and
--   map      fields = { name = node } and/or of = node (free keys)
--   list     of = node, min = n
--   string   one_of = { … }, pattern = true (a Lua pattern that must compile),
--            matches = "lua pattern", like = "what that means, in words"
--   number   min, max, integer = true
--   any      required = true: has no meaning without a value

local suggest = require "bmc.suggest"
local tbl = require "bmc.tbl"

local M = {}

local function shown(v)
  return type(v) == "string" and ("%q"):format(v) or tostring(v)
end

local function article(kind)
  return kind == "map" and "a table with names" or kind == "list" and "a list" or "a " .. kind
end

local check

local kinds = {}

function kinds.map(node, value, path, report)
  for _, key in ipairs(tbl.sorted_keys(value)) do
    local at = path == "" and tostring(key) or path .. "." .. tostring(key)
    local field = node.fields and node.fields[key] or type(key) == "string" and node.of
    if field then
      check(field, value[key], at, report)
    elseif type(key) ~= "string" then
      report(at, "a name is missing before this value")
    else
      report(at, "unknown field" .. suggest.hint(key, tbl.sorted_keys(node.fields or {})))
    end
  end
end

function kinds.list(node, value, path, report)
  if #value < (node.min or 0) then
    report(path, ("needs at least %d"):format(node.min))
  end
  for i, item in ipairs(value) do
    check(node.of, item, ("%s.%d"):format(path, i), report)
  end
  for key in pairs(value) do
    if math.type(key) ~= "integer" or key < 1 or key > #value then
      report(path .. "." .. tostring(key), "this is a list: it has no names and no holes")
    end
  end
end

function kinds.string(node, value, path, report)
  if node.one_of then
    if tbl.contains(node.one_of, value) then
      return
    end
    local hint = suggest.hint(value, node.one_of)
    report(path, ("%s is none of %s%s")
      :format(shown(value), table.concat(node.one_of, ", "), hint))
  elseif node.pattern then
    local ok, why = pcall(string.find, "", value)
    if not ok then
      report(path, ("%s is no Lua pattern: %s"):format(shown(value), why))
    end
  elseif node.matches and not value:find(node.matches) then
    report(path, ("%s is not %s"):format(shown(value), node.like))
  end
end

function kinds.number(node, value, path, report)
  if value ~= value or value < (node.min or -math.huge) or value > (node.max or math.huge) then
    report(path, ("%s is out of range (%s to %s)")
      :format(shown(value), node.min or "any", node.max or "any"))
  elseif node.integer and not math.tointeger(value) then
    report(path, ("%s is no whole number"):format(shown(value)))
  end
end

function kinds.boolean() end

local function type_of(value)
  return type(value) == "table" and (tbl.is_map(value) and "map" or "list") or type(value)
end

function check(node, value, path, report)
  local kind = type_of(value)
  local empty = kind == "map" and next(value) == nil and node.type == "list"
  if M.is_unset(value) then
    if node.required then
      report(path, "cannot be unset: bmcsh needs a value here")
    end
  elseif kind ~= node.type and not empty then
    report(path, ("%s expected, not %s"):format(article(node.type),
      type(value) == "table" and article(kind) or shown(value)))
  else
    kinds[node.type](node, value, path, report)
  end
end

--- The value that removes a field in an overlay; prints as itself.
M.unset = setmetatable({}, { __name = "unset", __tostring = function() return "unset" end })

---@param v any
---@return boolean
function M.is_unset(v)
  return rawequal(v, M.unset)
end

---@class bmc.schema.Problem
---@field path string  dotted, "" for the whole
---@field text string

--- Checks a value; the list is empty when it is right.
---@param node table
---@param value any
---@return bmc.schema.Problem[]
function M.check(node, value)
  local problems = {}
  check(node, value, "", function(path, text)
    problems[#problems + 1] = { path = path, text = text }
  end)
  return problems
end

--- The required fields that a complete value lacks.
---@param node table
---@param value any
---@return bmc.schema.Problem[]
function M.missing(node, value)
  local problems = {}
  local function walk(at, v, path)
    if v == nil and at.required then
      problems[#problems + 1] = { path = path, text = "is missing" }
    end
    for _, key in ipairs(tbl.sorted_keys(at.fields or {})) do
      local below
      if type(v) == "table" then
        below = v[key]
      end
      walk(at.fields[key], below, path == "" and key or path .. "." .. key)
    end
  end
  walk(node, value, "")
  return problems
end

--- The node that describes a dotted path, and the names possible where the path goes wrong.
---@param node table
---@param path string
---@return table? node
---@return string? wrong  the first part that is not described
---@return string[]? names  what could stand there
function M.at(node, path)
  for key in path:gmatch("[^.]+") do
    local below = node.fields and node.fields[key] or node.of
    if not below then
      return nil, key, tbl.sorted_keys(node.fields or {})
    end
    node = below
  end
  return node
end

-- "40", "true", "a,b" as the type that a node asks for.
local readers = {
  number = tonumber,
  string = function(text) return text end,
  boolean = function(text)
    if text == "true" or text == "false" then
      return text == "true"
    end
  end,
}

--- A value written on a command line, as the node wants it; `unset` removes.
---@param node table
---@param text string
---@return any? value  nil when the text does not fit
function M.read(node, text)
  if text == "unset" then
    return M.unset
  end
  if node.type ~= "list" then
    return readers[node.type] and readers[node.type](text)
  end
  local list = {}
  for item in text:gmatch("[^,]+") do
    local value = readers[node.of.type] and readers[node.of.type](item)
    if value == nil then
      return nil
    end
    list[#list + 1] = value
  end
  return list
end

return M
