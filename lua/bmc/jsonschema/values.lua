-- SPDX-License-Identifier: GPL-3.0-or-later
-- jsonschema.values: what kind of JSON a Lua value is, and whether two are the same. Tables of an
-- exact reading (bmc.http) know what they are; an empty table of a script's own may be either.

local null = require("bmc.http").null

local M = { null = null }

local function kind_of(t)
  local mt = getmetatable(t)
  local name = mt and mt.__name
  if name == "bmcsh.json.list" then
    return "array"
  elseif name == "bmcsh.json.object" then
    return "object"
  elseif next(t) == nil then
    return "either"
  end
  return t[1] ~= nil and "array" or "object"
end

--- "null", "boolean", "number", "string", "array", "object"; "either" for an empty table.
---@param v any
---@return string
function M.kind(v)
  if v == null or v == nil then
    return "null"
  end
  return type(v) == "table" and kind_of(v) or type(v)
end

---@param v any
---@return boolean
function M.is_list(v)
  return type(v) == "table" and kind_of(v) ~= "object"
end

---@param v any
---@return boolean
function M.is_object(v)
  return type(v) == "table" and kind_of(v) ~= "array"
end

--- Whether a value is of a type as schemas name them.
---@param v any
---@param name string
---@return boolean
function M.is(v, name)
  local kind = M.kind(v)
  if name == "integer" then
    return kind == "number" and math.floor(v) == v
  end
  return kind == name or kind == "either" and (name == "array" or name == "object")
end

--- The list or object that v is, or an empty one, for a keyword that looks at another.
---@param v any
---@param name string "array" or "object"
---@return table
function M.part(v, name)
  return M.is(v, name) and v or {}
end

--- Whether two values are the same JSON.
---@param a any
---@param b any
---@return boolean
function M.equal(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b
  elseif M.is_list(a) ~= M.is_list(b) then
    return false
  end
  for k, v in pairs(a) do
    if not M.equal(v, b[k]) then
      return false
    end
  end
  for k in pairs(b) do
    if a[k] == nil then
      return false
    end
  end
  return true
end

--- A value as a message shows it.
---@param v any
---@return string
function M.show(v)
  local kind = M.kind(v)
  if kind == "string" then
    return #v > 60 and ("%q…"):format(v:sub(1, 60)) or ("%q"):format(v)
  elseif kind == "null" then
    return "null"
  end
  return type(v) == "table" and (kind == "array" and "a list" or "an object") or tostring(v)
end

return M
