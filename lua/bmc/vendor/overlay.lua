-- SPDX-License-Identifier: GPL-3.0-or-later
--- Puts one layer of a profile over another.
--
-- Owns the rule (STYLE V6): maps merge, lists and scalars replace, `unset`
-- removes; and the record of where each value came from, which explain prints.
-- Never changes what it is given: running tasks keep the profile they have.

local schema = require "bmc.schema"
local tbl = require "bmc.tbl"

local M = {}

---@class bmc.vendor.Origin
---@field file string   path of the file, or "--set"
---@field line? integer
---@field note? string  the condition under which it holds
---@field before? bmc.vendor.Origin  what it replaced

local function note_origin(origin, source, path)
  if origin then
    origin[path] = {
      file = source.path, line = source.lines and source.lines[(source.at or "") .. path],
      note = source.note, before = origin[path],
    }
  end
end

--- base with over on top of it.
---@param base table
---@param over table
---@param source { path: string, lines: table?, at: string?, note: string? }
---@param origin? table<string, bmc.vendor.Origin>  path -> where from; added to
---@param path? string  for the recursion
---@return table merged  a new table; untouched parts are shared
function M.overlay(base, over, source, origin, path)
  local out = {}
  for key, value in pairs(base) do
    out[key] = value
  end
  for key, value in pairs(over) do
    local at = path and path .. "." .. key or key
    if schema.is_unset(value) then
      out[key] = nil
      note_origin(origin, source, at)
    elseif tbl.is_map(value) and (out[key] == nil or tbl.is_map(out[key])) and next(value) then
      out[key] = M.overlay(out[key] or {}, value, source, origin, at)
    else
      out[key] = value
      note_origin(origin, source, at)
    end
  end
  return out
end

return M
