-- SPDX-License-Identifier: GPL-3.0-or-later
--- Judging vendor files before a run depends on them.
--
-- Owns what is said of a file beyond right and wrong: a field that changes
-- nothing. The checks themselves are the loader's (vendor/files, vendor/layers);
-- here they are run on one file that need not lie where it will be used.

local settings = require "bmc.vendor.settings"
local tbl = require "bmc.tbl"
local vendor = require "bmc.vendor"

local M = {}

-- The problems of one file, each once although it may be among those that are loaded anyway; and
-- whether any other has some.
local function own(problems, path)
  local mine, others, told = {}, false, {}
  for _, p in ipairs(problems) do
    local key = ("%s %s"):format(p.field, p.text)
    if p.file ~= path then
      others = true
    elseif not told[key] then
      told[key], mine[#mine + 1] = true, p
    end
  end
  return mine, others
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b
  end
  for k, v in pairs(a) do
    if not same(v, b[k]) then
      return false
    end
  end
  for k in pairs(b) do
    if a[k] == nil then
      return false
    end
  end
  return true
end

-- The draft is what a registry read last.
local function draft_of(registry)
  return registry.state.files[#registry.state.files]
end

-- What would hold without a file, which may itself be among those that are loaded.
local function load_without(file, opts)
  local registry = vendor.load(opts)
  for _, loaded in ipairs(registry and registry.state.files or {}) do
    if loaded.name == file.name and same(loaded.data, file.data) then
      return (vendor.load { shipped = opts.shipped, dirs = opts.dirs, except = loaded.path })
    end
  end
  return registry
end

-- STYLE V2: what equals the value that holds anyway can go.
local function idle_fields(file, opts)
  local without, notes = load_without(file, opts), {}
  if not without or not without:find(file.name) then
    return notes
  end
  local profile = without:profile(file.name)
  for part in pairs(settings.PROFILE.fields) do
    for below, value in tbl.leaves(file.data[part] or {}) do
      local field = part .. "." .. below
      if same(tbl.at(profile, field), value) then
        notes[#notes + 1] = {
          file = file.path, line = file.lines[field], field = field,
          text = "holds without this file too",
        }
      end
    end
  end
  table.sort(notes, function(a, b) return a.field < b.field end)
  return notes
end

--- Checks one file on top of all that are loaded anyway, or all of them.
---@param path? string
---@param opts? bmc.vendor.Options
---@return bmc.vendor.Problem[] problems
---@return bmc.vendor.Problem[] notes  what is not wrong, but worth a word
function M.check(path, opts)
  opts = opts or {}
  local registry, e = vendor.load {
    shipped = opts.shipped, dirs = opts.dirs, set = opts.set, draft = path,
  }
  if not path then
    local notes = {}
    for i, text in ipairs(registry and registry.state.notes or {}) do
      notes[i] = { file = text:match("^(.-) is "), text = text:match(" (is .*)$") }
    end
    return e and e.problems or {}, notes
  elseif registry then
    return {}, idle_fields(draft_of(registry), opts)
  end
  local problems, others = own(e.problems, path)
  local notes = {}
  if others and #problems == 0 then
    notes[1] = { file = path, text = "not checked against the other files: they have problems "
      .. "of their own (bmcsh vendor lint)" }
  end
  return problems, notes
end

return M
