-- SPDX-License-Identifier: GPL-3.0-or-later
-- Whether traits are such as there may be: a name or a value that is none is said at once, with
-- what was expected, and not by a BMC that answers 500. Of what a trait is usually, its kind is
-- what it has to be; where it is usually false, anything goes that no list here forbids.

local tbl = require "bmc.tbl"

local M = {}

-- Traits with names of their own inside, and what stands behind those.
local FREE = { faults = "string", extras = "map", bodies = "map" }
-- What may be false too.
local OR_FALSE = {
  manager_reset_types = true, ["boot.modes"] = true, ["boot.order"] = true, ["fans.low"] = true,
  ["logs.system"] = true,
}
-- Numbers of things.
local WHOLE = {
  count = true, limit = true, page_size = true, slots = true, status = true, busy = true,
  empty = true, need = true, read_max = true, privilege = true,
}
local SIGNED = { ["stream.zone"] = true }
local WORDS = {
  expand = { "honest", "refused", "drops", "partial", "ignored", false },
  ["restart.away"] = { "503", "refuse" },
  ["etags.show"] = { "plain", "weak", "double", "empty", "gzip", "none" },
  ["etags.take"] = { "shown", "strong", "bare", "star", "body" },
  ["etags.actions"] = { "ignored", "refused", "needed" },
  ["boot.at"] = { "system", "settings", "SD" },
  ["media.where"] = { "manager", "system" },
  ["tasks.at"] = { "task", "monitor", "job" }, ["tasks.body"] = { "task", "message", "empty" },
  ["led.form"] = { "IndicatorLED", "LocationIndicatorActive", "both" },
  ["ipmi.ciphers"] = { 17, 3 },
}

local function kind_of(v)
  return type(v) == "table" and (tbl.is_map(v) and next(v) ~= nil and "map" or "list") or type(v)
end

--- The values that a trait may have, or the items of one that is a list.
---@param at string its dotted name
---@return string|nil words nil where it is free
function M.words(at)
  local words = {}
  for i, word in ipairs(WORDS[at] or {}) do words[i] = tostring(word) end
  return words[1] and table.concat(words, ", ")
end

-- What was expected of a number or a word, or nil.
local function bad_scalar(v, at)
  if WORDS[at] and not tbl.contains(WORDS[at], v) then
    return "one of " .. M.words(at)
  elseif type(v) == "number" and not SIGNED[at] and not (v >= 0 and v < math.huge) then
    return "a number from 0 on"
  elseif type(v) == "number" and WHOLE[at:match("[^.]*$")] and not math.tointeger(v) then
    return "a whole number"
  elseif at == "etags.paths" and not pcall(string.find, "", v) then
    return "a Lua pattern"
  end
end

-- Items are of the kinds that there usually are in the list.
local function bad_list(list, usual, at)
  local kinds = {}
  for _, item in ipairs(usual) do kinds[kind_of(item)] = true end
  for _, item in ipairs(list) do
    local kind = kind_of(item)
    if next(kinds) and not kinds[kind] then
      return ("a list of %ss"):format(table.concat(tbl.sorted_keys(kinds), "s and "))
    end
    local expected = type(item) ~= "table" and bad_scalar(item, at)
    if expected then return expected end
  end
end

local function bad_free(map, wanted)
  for _, v in pairs(map) do
    if kind_of(v) ~= wanted then return ("a %s for each name"):format(wanted) end
  end
end

local function bad_value(usual, v, at)
  if v == false and OR_FALSE[at] then return nil end
  local kind, wanted = kind_of(v), FREE[at] and "map" or kind_of(usual)
  local is_empty = type(v) == "table" and next(v) == nil and (wanted == "map" or wanted == "list")
  if usual ~= false and kind ~= wanted and not is_empty then
    return "a " .. wanted
  elseif FREE[at] then
    return bad_free(v, FREE[at])
  elseif wanted == "list" then
    return bad_list(v, usual, at)
  elseif type(v) ~= "table" then
    return bad_scalar(v, at)
  end
end

--- What is wrong with traits.
---@param known table the traits there are, with their usual values
---@param given table
---@param below? string for the recursion
---@return string|nil name of the trait; nil: nothing
---@return string|nil expected in words; nil: there is no trait of that name
function M.problem(known, given, below)
  for _, name in ipairs(tbl.sorted_keys(given)) do
    local at, usual, v = (below or "") .. tostring(name), known[name], given[name]
    if usual == nil then return at end
    local expected = bad_value(usual, v, at)
    if expected then return at, expected end
    if not FREE[at] and kind_of(usual) == "map" then
      local where, why = M.problem(usual, v, at .. ".")
      if where then return where, why end
    end
  end
end

return M
