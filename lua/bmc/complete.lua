-- SPDX-License-Identifier: GPL-3.0-or-later
-- complete: owns what could stand at the cursor of the shell: globals, fields,
-- methods, commands; the words of a command are bmc.complete.command's. It looks, and calls
-- nothing: completing a line must have no effect.
local tbl = require "bmc.tbl"

local MOST = 200 -- candidates; more help nobody
local WORD = "[^ \t\n\"\\'`@$><=;|&{(%[,+*/%%^#~!?)}%]]*$" -- what the editor replaces

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

-- The starts of all words of the list that are n bytes long, and the words that are shorter.
local function starts_of(list, n)
  local out = {}
  for _, word in ipairs(list) do
    local start = word:sub(1, n)
    if start ~= out[#out] then
      out[#out + 1] = start
    end
  end
  return out
end

-- Of too many, their beginnings: the editor types what all have in common, so it must see all.
local function few(list)
  local out, n = list, 0
  while #list > MOST do
    n = n + 1
    local starts = starts_of(list, n)
    if #starts > MOST then
      break
    end
    out = starts
  end
  return out
end

local function sorted(set)
  return few(tbl.sorted_keys(set))
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

-- The words of a command, without what stands before the part that the editor replaces.
local function of_command(env, verb, left)
  local word = left:match("[^%s'\"]*$")
  local before = left:sub(1, #left - #word):gsub("^%s*[%w_-]+", ""):gsub("['\"]$", "")
  local keep, set = #word - #left:match(WORD), {}
  for _, candidate in ipairs(env.command(verb, before, word)) do
    set[candidate:sub(keep + 1)] = true
  end
  return sorted(set)
end

--- Words that could replace the one before the cursor.
---@param line string
---@param point integer bytes before the cursor
---@param env table globals= table; verbs= names; command= function(verb, text between it and the
---  word, word) -> words that could replace it; methods= names of methods by the __name of a
---  metatable
---@return string[]
function M.words(line, point, env)
  local left = line:sub(1, point)
  local verb = left:match("^%s*([%w_-]+)%s")
  if verb and tbl.contains(env.verbs, verb) and rawget(env.globals, verb) == nil then
    return of_command(env, verb, left)
  end
  local word = left:match("[%w_.:-]*$")
  local before, set = left:sub(1, #left - #word), {}
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
