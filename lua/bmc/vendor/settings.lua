-- SPDX-License-Identifier: GPL-3.0-or-later
--- Fields of profiles given on a command line: dell.power.settle=40.
--
-- Owns how such a text is read: the vendor, the field, and the value as the
-- schema wants it. Which fields make up a profile stands here too, since those
-- are what can be set. What is wrong is added to the problems of the state.

local schema = require "bmc.schema"
local suggest = require "bmc.suggest"
local tbl = require "bmc.tbl"
local vendor_schema = require "bmc.vendor_schema"

local M = {}

--- The schema of a profile: what of a vendor file is about BMCs, and not about the file.
M.PROFILE = vendor_schema.fields.when.of.fields.set

-- A setting, or nil and what is wrong with it.
local function read_setting(state, text)
  local name, path, value = text:match("^([%w-]+)%.([%w_.]+)=(.*)$")
  if not name then
    return nil, "VENDOR.FIELD=VALUE expected, as dell.power.settle=40"
  end
  local vendor = state.aliases[name]
  if not vendor then
    return nil, ("no vendor %q%s"):format(name, suggest.hint(name, tbl.sorted_keys(state.aliases)))
  end
  local node, wrong, names = schema.at(M.PROFILE, path)
  if not node then
    return nil, ("no field %q%s"):format(wrong, suggest.hint(wrong, names))
  end
  local read = schema.read(node, value)
  if read == nil then
    return nil, ("%q is no %s"):format(value, node.type)
  end
  local problem = schema.check(node, read)[1]
  if problem then
    return nil, problem.text
  end
  local data = {}
  tbl.put(data, path, read)
  return { name = vendor, data = data, text = text }
end

--- Reads settings into state.sets.
---@param state bmc.vendor.State  with all its vendors
---@param texts? string[]
function M.read(state, texts)
  for _, text in ipairs(texts or {}) do
    local set, why = read_setting(state, text)
    state.sets[#state.sets + 1] = set
    if not set then
      state.problems[#state.problems + 1] = { file = "--set " .. text, text = why }
    end
  end
end

return M
