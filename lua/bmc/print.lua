-- SPDX-License-Identifier: GPL-3.0-or-later
-- print: owns how the shell shows a value: sorted, bounded, one screen. It is
-- pure; where the text goes is the caller's.
--
-- A value may hold itself, be huge, or hold anything a BMC sent. A list of
-- flat records, which most operations return, is left to the caller: it can
-- show a table (M.records).
local text = require "bmc.text"

local DEPTH = 6      -- tables inside tables
local ITEMS = 200    -- entries of one value altogether
local STRING = 400   -- characters of one string
local LINE = 72      -- a table shorter than this stays on one line

local M = {}

local function has_tostring(v)
  local meta = getmetatable(v)
  return type(meta) == "table" and (meta.__tostring or meta.__name)
end

local function scalar(v)
  if type(v) == "string" then
    local shown = text.valid(v)
    if utf8.len(shown) > STRING then
      shown = shown:sub(1, utf8.offset(shown, STRING + 1) - 1)
      return ("%s … (%d bytes)"):format(M.quote(shown), #v)
    end
    return M.quote(shown)
  elseif math.type(v) == "float" then
    return ("%.14g"):format(v)
  end
  return (tostring(v))
end

--- A string as Lua reads it, with nothing in it that acts on a terminal.
---@param s string
---@return string
function M.quote(s)
  s = s:gsub('[\\"]', "\\%0"):gsub("\n", "\\n"):gsub("\t", "\\t"):gsub("\r", "\\r")
  s = s:gsub("%c", function(c)
    return ("\\x%02x"):format(c:byte())
  end)
  return '"' .. text.clean(s) .. '"'
end

local RANK = { number = 1, string = 2, boolean = 3 }

local function by_kind(a, b)
  local ra, rb = RANK[type(a)] or 9, RANK[type(b)] or 9
  if ra ~= rb then
    return ra < rb
  elseif ra <= 2 then
    return a < b
  end
  return tostring(a) < tostring(b)
end

local KEYWORDS = {}
for word in ("and break do else elseif end false for function goto if in local nil not or "
  .. "repeat return then true until while"):gmatch("%a+") do
  KEYWORDS[word] = true
end

local function key_of(k)
  if type(k) == "string" and k:find("^[%a_][%w_]*$") and not KEYWORDS[k] then
    return k
  end
  return "[" .. scalar(k) .. "]"
end

local render

-- The entries of a table as texts, "key = value" after the list part.
local function entries(state, t, indent)
  local out, keys, n = {}, {}, #t
  for k in pairs(t) do
    if not (math.type(k) == "integer" and k >= 1 and k <= n) then
      keys[#keys + 1] = k
    end
  end
  table.sort(keys, by_kind)
  local function add(prefix, v)
    if state.left <= 0 then
      return false
    end
    state.left = state.left - 1
    out[#out + 1] = prefix .. render(state, v, indent .. "  ")
    return true
  end
  for i = 1, n do
    if not add("", t[i]) then
      out[#out + 1] = ("… (%d more)"):format(n - i + 1 + #keys)
      return out
    end
  end
  for i, k in ipairs(keys) do
    if not add(key_of(k) .. " = ", t[k]) then
      out[#out + 1] = ("… (%d more)"):format(#keys - i + 1)
      return out
    end
  end
  return out
end

function render(state, v, indent)
  if type(v) ~= "table" then
    return scalar(v)
  elseif has_tostring(v) then
    return text.clean(tostring(v))
  elseif next(v) == nil then
    return "{}"
  elseif state.seen[v] then
    return "{ … itself }"
  elseif #indent >= DEPTH * 2 then
    return "{ … }"
  end
  state.seen[v] = true
  local parts = entries(state, v, indent)
  state.seen[v] = nil
  local line = "{ " .. table.concat(parts, ", ") .. " }"
  if text.width(line) + #indent <= LINE and not line:find("\n", 1, true) then
    return line
  end
  return "{\n" .. indent .. "  " .. table.concat(parts, ",\n" .. indent .. "  ")
    .. "\n" .. indent .. "}"
end

--- A value as text, sorted and bounded.
---@param v any
---@return string
function M.value(v)
  return render({ seen = {}, left = ITEMS }, v, "")
end

local function is_flat(record)
  if type(record) ~= "table" or has_tostring(record) then
    return false
  end
  for k, v in pairs(record) do
    if type(k) ~= "string" or type(v) == "table" or type(v) == "function" then
      return false
    end
  end
  return next(record) ~= nil
end

--- The columns of a list of flat records, nil when v is something else.
---@param v any
---@return table[]? columns as bmc.out's table() takes them
function M.records(v)
  if type(v) ~= "table" or #v < 1 then
    return nil
  end
  local columns, known = {}, {}
  for i, record in ipairs(v) do
    if i > ITEMS or not is_flat(record) then
      return nil
    end
    for k in pairs(record) do
      if not known[k] then
        known[k] = true
        columns[#columns + 1] = { k, k, name = k == "name" or nil }
      end
    end
  end
  table.sort(columns, function(a, b)
    local first_a, first_b = a[1] == "name", b[1] == "name"
    if first_a ~= first_b then
      return first_a
    end
    return a[1] < b[1]
  end)
  return columns
end

return M
