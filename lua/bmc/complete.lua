-- SPDX-License-Identifier: GPL-3.0-or-later
-- complete: owns what could stand at the cursor of the shell: globals, fields,
-- methods, commands and their options. It looks, and calls nothing: completing
-- a line must have no effect.
local tbl = require "bmc.tbl"

local MOST = 200 -- candidates; more help nobody

local KEYWORDS = { "and", "break", "do", "else", "elseif", "end", "false", "for", "function",
  "if", "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while" }

local M = {}

local function index_of(v)
  local meta = debug.getmetatable(v)
  local index = type(meta) == "table" and rawget(meta, "__index")
  return type(index) == "table" and index or nil
end

-- A field without calling an __index function.
local function field(v, key)
  for _ = 1, 10 do
    local found = type(v) == "table" and rawget(v, key) or nil
    if found ~= nil then
      return found
    end
    v = index_of(v)
    if v == nil then
      return nil
    end
  end
end

-- Names that can follow v; for a method call only functions. `methods` has the
-- names of objects whose methods come into being when they are called.
local function names_of(v, functions, methods, emit)
  local meta = debug.getmetatable(v)
  for _, name in ipairs(meta and methods[meta.__name] or {}) do
    emit(name, print)
  end
  for _ = 1, 10 do
    for k, x in pairs(type(v) == "table" and v or {}) do
      if type(k) == "string" and k:find("^[%a_][%w_]*$") and not k:find("^__")
        and (not functions or type(x) == "function") then
        emit(k, x)
      end
    end
    v = index_of(v)
    if v == nil then
      return
    end
  end
end

local function sorted(set)
  local out = tbl.sorted_keys(set)
  return table.move(out, 1, math.min(#out, MOST), 1, {})
end

-- "a.b:c" as the value of a.b, the text before the last name, ":" or ".", "c".
local function follow(globals, word)
  local before, sep, last = word:match("^(.*)([.:])([%w_]*)$")
  if not before then
    return globals, "", ".", word
  end
  local v = globals
  for name in before:gmatch("[^.:]+") do
    v = field(v, name)
  end
  return v, before .. sep, sep, last
end

local function names(env, word, set)
  local v, before, sep, last = follow(env.globals, word)
  names_of(v, sep == ":", env.methods, function(name, x)
    if name:sub(1, #last) == last then
      set[before .. name .. (type(x) == "function" and "(" or "")] = true
    end
  end)
end

local function starts(list, word, set, tail)
  for _, candidate in ipairs(list) do
    if candidate:sub(1, #word) == word then
      set[candidate .. (tail or "")] = true
    end
  end
end

--- Words that could replace the one before the cursor.
---@param line string
---@param point integer bytes before the cursor
---@param env table globals= table; verbs= names; options= function(verb) -> names of its options;
---  methods= names of methods by the __name of a metatable
---@return string[]
function M.words(line, point, env)
  local left = line:sub(1, point)
  local word = left:match("[%w_.:-]*$")
  local before, set = left:sub(1, #left - #word), {}
  local verb = before:match("^%s*([%w_-]+)%s")
  for _, known in ipairs(env.verbs) do
    if verb == known and rawget(env.globals, verb) == nil then
      starts(env.options(verb), word, set, " ")
      return sorted(set)
    end
  end
  -- The editor replaces the whole word; in Lua a "-" in it is a minus.
  local lead, name = word:match("^(.-)([%w_.:]*)$")
  if before:find("^%s*$") and word ~= "" then
    starts(env.verbs, word, set, " ")
  end
  if name ~= "" then
    starts(KEYWORDS, name, set)
  end
  names(env, name, set)
  local out = sorted(set)
  for i, candidate in ipairs(out) do
    out[i] = lead .. candidate
  end
  return out
end

return M
