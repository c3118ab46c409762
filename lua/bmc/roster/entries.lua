-- SPDX-License-Identifier: GPL-3.0-or-later
-- roster.entries: owns which machines and groups an inventory's document names: ranges spread out,
-- entries laid over each other, groups within groups resolved.

local fields = require "bmc.roster.fields"
local schema = require "bmc.schema"
local suggest = require "bmc.suggest"
local tbl = require "bmc.tbl"

local DEEP = { ipmi = true, tls = true } -- overlaid field by field, others whole

local M = {}

--- An entry with another one over it: field by field, secrets whole; null takes a field away.
---@param under? table
---@param over any  as the document has it
---@return table
function M.overlay(under, over)
  local out = tbl.with(under, {})
  for name, value in pairs(fields.full(over)) do
    if schema.is_unset(value) then
      out[name] = nil
    elseif DEEP[name] and out[name] then
      out[name] = M.overlay(out[name], value)
    else
      out[name] = value
    end
  end
  return out
end

local function add_problem(self, line, text, ...)
  self.problems[#self.problems + 1] = { line = line, text = text:format(...) }
end

-- Entries of single machines come after those of ranges, so that they go over them.
local function add_entries(self, hosts, lines)
  local ranges, own = {}, {}
  for _, key in ipairs(tbl.sorted_keys(hosts)) do
    table.insert(key:find("[%[,]") and ranges or own, key)
  end
  for _, keys in ipairs { ranges, own } do
    for _, key in ipairs(keys) do
      local names, why = fields.names(key)
      if not names then
        add_problem(self, lines[key], "hosts: %s", why)
      end
      for _, name in ipairs(names or {}) do
        local there = self.entries[name]
        if there and keys == ranges then
          add_problem(self, lines[key], "hosts: %s is in two ranges, %s and %s", name,
            there.key, key)
          break
        end
        self.entries[name] = { key = key, layers = { there and there.layers[1] or hosts[key],
          there and hosts[key] } }
      end
    end
  end
end

-- The machines of one item of a group: those of another group, or of a range.
local function members(self, raw, item, path)
  if raw[item] ~= nil then
    if tbl.contains(path, item) then
      return nil, ("the group %s is in itself"):format(item)
    end
    local out = {}
    for _, inner in ipairs(raw[item]) do
      local names, why = members(self, raw, inner, { item, table.unpack(path) })
      if not names then
        return nil, why
      end
      table.move(names, 1, #names, #out + 1, out)
    end
    return out
  end
  local names, why = fields.names(item)
  for _, name in ipairs(names or {}) do
    if not self.entries[name] then
      return nil, ("no machine and no group is named %q%s"):format(name,
        suggest.hint(name, self.names))
    end
  end
  return names, why
end

local function add_groups(self, raw, lines)
  for _, group in ipairs(tbl.sorted_keys(raw)) do
    if self.entries[group] then
      add_problem(self, lines[group], "groups.%s: a machine is named so too", group)
    end
    local names, why = members(self, raw, group, {})
    if not names then
      add_problem(self, lines[group], "groups.%s: %s", group, why)
    end
    self.groups[group] = names
  end
end

--- Adds what a document says to a new roster: defaults, entries, names, groups; and problems.
---@param self bmc.Roster
---@param document table
---@param lines table  see roster.yaml
function M.add(self, document, lines)
  self.defaults = M.overlay(nil, document.defaults or {})
  add_entries(self, document.hosts, lines[document.hosts])
  self.names = tbl.sorted_keys(self.entries)
  if fields.is_table(document.groups) then
    add_groups(self, document.groups, lines[document.groups])
  end
  self.groups.all = self.names
end

return M
