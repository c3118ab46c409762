-- SPDX-License-Identifier: GPL-3.0-or-later
-- json: owns JSON as bmcsh prints it: one line, keys sorted, so that two runs
-- can be compared with diff. Reading JSON is cjson's, in bmc.http.
--
-- cjson is not used for writing: its key order changes from run to run, it
-- writes "\/", and an empty list comes out as {}. Here an empty table is a
-- list; absent fields are left out of records, so an empty record is rare.
local text = require "bmc.text"

local M = {}

local ESCAPES = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n",
  ["\r"] = "\\r", ["\t"] = "\\t",
}

local function escape(c)
  return ESCAPES[c] or ("\\u%04x"):format(c:byte())
end

local function string_of(s)
  return '"' .. text.valid(s):gsub('[%c"\\]', escape) .. '"'
end

local function number_of(n)
  if math.type(n) == "integer" then
    return ("%d"):format(n)
  elseif n ~= n or n == math.huge or n == -math.huge then
    return "null"
  end
  return ("%.14g"):format(n)
end

local function list_of(t, depth)
  local out = {}
  for i, v in ipairs(t) do
    out[i] = M.encode(v, depth + 1)
  end
  return "[" .. table.concat(out, ",") .. "]"
end

local function object_of(t, depth)
  local fields = {}
  for k, v in pairs(t) do
    fields[#fields + 1] = { tostring(k), v }
  end
  table.sort(fields, function(a, b)
    return a[1] < b[1]
  end)
  for i, f in ipairs(fields) do
    fields[i] = string_of(f[1]) .. ":" .. M.encode(f[2], depth + 1)
  end
  return "{" .. table.concat(fields, ",") .. "}"
end

--- A value as one line of JSON. Tables with a first element, and empty ones,
--- are lists. What JSON cannot say (functions, userdata) is its tostring.
---@param v any
---@param depth? integer for the recursion
---@return string
function M.encode(v, depth)
  depth = depth or 0
  local kind = type(v)
  if kind == "string" then
    return string_of(v)
  elseif kind == "number" then
    return number_of(v)
  elseif kind == "boolean" then
    return tostring(v)
  elseif v == nil then
    return "null"
  elseif kind ~= "table" then
    return string_of(tostring(v))
  elseif depth > 64 then
    error("json: nested too deep, or a table that holds itself", 2)
  elseif v[1] ~= nil or next(v) == nil then
    return list_of(v, depth)
  end
  return object_of(v, depth)
end

--- An object with its keys in the order given: {key, value} pairs, nil left out.
---@param pairs_ table[]
---@return string
function M.object(pairs_)
  local out = {}
  for _, p in ipairs(pairs_) do
    if p[2] ~= nil then
      out[#out + 1] = string_of(p[1]) .. ":" .. M.encode(p[2])
    end
  end
  return "{" .. table.concat(out, ",") .. "}"
end

return M
