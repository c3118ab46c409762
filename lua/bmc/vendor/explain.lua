-- SPDX-License-Identifier: GPL-3.0-or-later
--- Of what the registry explains, what somebody asked about.
--
-- Owns how fields and quirks belong together, and how the origin of a value is
-- written. What is printed of it is the command's.

local host = require "_bmcsh.host"
local schema = require "bmc.schema"
local suggest = require "bmc.suggest"
local vendor_schema = require "bmc.vendor_schema"

local M = {}

--- A path as a person would type it: below the program's folder, or below home.
---@param path string
---@return string
function M.short(path)
  local home = os.getenv "HOME" or ""
  if path:sub(1, #host.root + 1) == host.root .. "/" then
    return path:sub(#host.root + 2)
  elseif #home > 1 and path:sub(1, #home + 1) == home .. "/" then
    return "~" .. path:sub(#home + 1)
  end
  return path
end

--- Where a value is from: file, line, and the condition under which it holds. A shipped file is
--- named without its folder, so that the line fits beside the value.
---@param origin bmc.vendor.Origin
---@return string
function M.where(origin)
  local at = M.short(origin.file):gsub("^lua/vendors/", "")
  at = at .. (origin.line and ":" .. origin.line or "")
  return origin.note and ("%s (%s)"):format(at, origin.note) or at
end

local function below(field, path)
  return field == path or field:sub(1, #path + 1) == path .. "."
end

--- The quirks behind a field: about it, about what it lies in, or about a part of it.
---@param explained bmc.vendor.Explained
---@param field string
---@return table[]
function M.quirks(explained, field)
  local rows = {}
  for _, quirk in ipairs(explained.quirks) do
    if below(field, quirk.field) or below(quirk.field, field) then
      rows[#rows + 1] = quirk
    end
  end
  return rows
end

--- The fields at and below a path, their quirks, and what the path means.
---@param explained bmc.vendor.Explained
---@param path? string  all by default
---@return table[]? fields
---@return table[]|string quirks  or why there is no such field
---@return string? doc
function M.select(explained, path)
  if not path then
    return explained.fields, explained.quirks
  end
  local node, wrong, names = schema.at(vendor_schema, path)
  if not node then
    return nil, ("there is no field %q%s"):format(path, suggest.hint(wrong, names))
  end
  local rows = {}
  for _, row in ipairs(explained.fields) do
    if below(row.field, path) then
      rows[#rows + 1] = row
    end
  end
  return rows, M.quirks(explained, path), node.doc
end

return M
