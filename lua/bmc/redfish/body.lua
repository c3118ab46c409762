-- SPDX-License-Identifier: GPL-3.0-or-later
--- The body of a write, as it goes out and as it may be shown.
--
-- Owns what of it may be shown, and two things that a plain encoder does not know: an empty table
-- is an object, unless it was read as a list; and a secret is put in by C, so that a password never
-- becomes a Lua string. Keys are sorted. Pure; sends nothing.

local http = require "bmc.http"
local json = require "bmc.json"
local secret = require "bmc.secret"
local tbl = require "bmc.tbl"

local M = {}

local function is_list(t)
  local mt = getmetatable(t)
  return t[1] ~= nil or mt ~= nil and mt.__name == "bmcsh.json.list"
end

local emit

local function emit_list(parts, list)
  parts[#parts + 1] = "["
  for i, item in ipairs(list) do
    parts[#parts + 1] = i > 1 and "," or nil
    emit(parts, item)
  end
  parts[#parts + 1] = "]"
end

local function emit_map(parts, map)
  parts[#parts + 1] = "{"
  for i, name in ipairs(tbl.sorted_keys(map)) do
    parts[#parts + 1] = (i > 1 and "," or "") .. http.encode(name) .. ":"
    emit(parts, map[name])
  end
  parts[#parts + 1] = "}"
end

function emit(parts, v)
  if secret.is(v) then
    parts.secret = true
    table.move({ '"', v, '"' }, 1, 3, #parts + 1, parts)
  elseif type(v) ~= "table" then
    parts[#parts + 1] = http.encode(v)
  elseif is_list(v) then
    emit_list(parts, v)
  else
    emit_map(parts, v)
  end
end

--- A body as bmc.http sends it.
---@param body table  secrets may stand for strings in it
---@return string|(string|bmc.Secret)[]
function M.encode(body)
  local parts = {}
  emit(parts, body)
  local holds = parts.secret
  parts.secret = nil
  return holds and parts or table.concat(parts)
end

-- What stands under such a name is not told to a file, though the operator has typed it.
local CONFIDENTIAL = { "[Pp]ass", "[Ss]ecret", "[Tt]oken", "[Kk]ey$", "[Cc]ommunity" }

local function copy(v, hides)
  if secret.is(v) then
    return tostring(v)
  elseif type(v) ~= "table" then
    return v
  elseif next(v) == nil then
    return json.as_object(setmetatable({}, getmetatable(v))) -- {} and not []
  end
  local out = {}
  for name, item in pairs(v) do
    out[name] = hides and type(item) == "string" and tbl.matches(name, CONFIDENTIAL) and "<secret>"
      or copy(item, hides)
  end
  return out
end

--- A copy for a trace or a dry run: what is secret is not in it.
---@param v any
---@return any
function M.shown(v)
  return copy(v, false)
end

--- A copy for a digest that others may see, and could guess at: the same, and what looks like a
--- password or a key by its name is not in it either.
---@param v any
---@return any
function M.disclosed(v)
  return copy(v, true)
end

return M
