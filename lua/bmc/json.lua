-- SPDX-License-Identifier: GPL-3.0-or-later
-- json: owns JSON as bmcsh prints it: one line, keys sorted, so that two runs
-- can be compared with diff. Reading JSON is cjson's, in bmc.http.
--
-- cjson is not used for writing: its key order changes from run to run, it
-- writes "\/", and an empty list comes out as {}. Here an empty table is a
-- list; absent fields are left out of records, so an empty record is rare. What
-- bmc.http has read exactly is written as it was, null and {} included.
local null = require("cjson").null
local core = require "_bmcsh.json"

local M = {}

--- A text as a string of JSON. A byte that is no UTF-8 becomes U+FFFD.
---@type fun(s: string): string
M.quoted = core.quoted

local quoted = M.quoted

local function number_of(n)
  if math.type(n) == "integer" then
    return ("%d"):format(n)
  elseif n ~= n or n == math.huge or n == -math.huge then
    return "null"
  end
  return ("%.14g"):format(n)
end

local OBJECT = { __name = "bmcsh.json.object" }

--- Has a table that may be empty written as an object. Leaves one that has a metatable alone.
---@param t table
---@return table t
function M.as_object(t)
  return next(t) == nil and getmetatable(t) == nil and setmetatable(t, OBJECT) or t
end

-- Whether a table is written as a list.
local function is_list(t)
  local mt = getmetatable(t)
  local kind = mt and mt.__name
  if kind == "bmcsh.json.object" then
    return false
  end
  return kind == "bmcsh.json.list" or t[1] ~= nil or next(t) == nil
end

local function list_of(t, depth)
  local out = {}
  for i, v in ipairs(t) do
    out[i] = M.encode(v, depth + 1)
  end
  return "[" .. table.concat(out, ",") .. "]"
end

-- JSON knows no keys but strings.
local function named(t)
  local out = {}
  for k, v in pairs(t) do
    out[tostring(k)] = v
  end
  return out
end

local function object_of(t, depth)
  local names, n = {}, 0
  for k in pairs(t) do
    if type(k) ~= "string" then
      return object_of(named(t), depth)
    end
    n = n + 1
    names[n] = k
  end
  table.sort(names)
  for i, name in ipairs(names) do
    names[i] = quoted(name) .. ":" .. M.encode(t[name], depth + 1)
  end
  return "{" .. table.concat(names, ",") .. "}"
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
    return quoted(v)
  elseif kind == "number" then
    return number_of(v)
  elseif kind == "boolean" then
    return tostring(v)
  elseif v == nil or v == null then
    return "null"
  elseif kind ~= "table" then
    return quoted(tostring(v))
  elseif depth > 64 then
    error("json: nested too deep, or a table that holds itself", 2)
  elseif is_list(v) then
    return list_of(v, depth)
  end
  return object_of(v, depth)
end

-- One token of JSON text at a position: itself, and where the next one begins.
local function token_at(s, at)
  local first = s:sub(at, at)
  if first ~= '"' then
    local word, after = s:match("^([%w.+-]+)()", at)
    return word or first, after or at + 1
  end
  local stop = at
  repeat
    stop = s:find('["\\]', stop + 1)
    local quote = stop and s:sub(stop, stop) == '"'
    stop = stop and not quote and stop + 1 or stop
  until not stop or quote
  return s:sub(at, stop), (stop or #s) + 1
end

local CLOSING = { ["{"] = "}", ["["] = "]" }

--- JSON text in lines, as people read it: its order, its numbers and its strings stay as they
--- are. What is no JSON is returned as it is.
---@param s string
---@return string
function M.pretty(s)
  if not s:find("^%s*[{%[]") then
    return s
  end
  local lines, depth, at = {}, 0, s:find("%S") or 1
  local function put(piece)
    lines[#lines + 1] = piece
  end
  while at <= #s do
    local token, after = token_at(s, at)
    local next_at = s:find("%S", after) or #s + 1
    if CLOSING[token] and s:sub(next_at, next_at) == CLOSING[token] then
      token, next_at = token .. CLOSING[token], s:find("%S", next_at + 1) or #s + 1
      put(token)
    elseif CLOSING[token] then
      depth = depth + 1
      put(token .. "\n" .. ("  "):rep(depth))
    elseif token == "}" or token == "]" then
      depth = math.max(depth - 1, 0)
      put("\n" .. ("  "):rep(depth) .. token)
    elseif token == "," then
      put(",\n" .. ("  "):rep(depth))
    else
      put(token == ":" and ": " or token)
    end
    at = next_at
  end
  return table.concat(lines)
end

--- An object with its keys in the order given: {key, value} pairs, nil left out.
---@param pairs_ table[]
---@return string
function M.object(pairs_)
  local out = {}
  for _, p in ipairs(pairs_) do
    if p[2] ~= nil then
      out[#out + 1] = quoted(p[1]) .. ":" .. M.encode(p[2])
    end
  end
  return "{" .. table.concat(out, ",") .. "}"
end

return M
