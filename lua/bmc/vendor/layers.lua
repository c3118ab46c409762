-- SPDX-License-Identifier: GPL-3.0-or-later
--- The vendor files together: layers, names, ancestors, and what must fit.
--
-- Owns the state of a registry, made at one go and not changed afterwards, and
-- all checks that one file alone cannot answer: aliases that clash, parents
-- that do not exist, quirks about fields there are not.

local err = require "bmc.err"
local files = require "bmc.vendor.files"
local match = require "bmc.vendor.match"
local overlay = require "bmc.vendor.overlay"
local schema = require "bmc.schema"
local settings = require "bmc.vendor.settings"
local suggest = require "bmc.suggest"
local tbl = require "bmc.tbl"
local trusted = require "bmc.trusted"
local vendor_schema = require "bmc.vendor_schema"

local M = { GENERIC = "generic" }

---@class bmc.vendor.State
---@field layers table<string, bmc.vendor.File>[]  by vendor name, shipped first
---@field files bmc.vendor.File[]
---@field names string[]                  all but generic, in order
---@field aliases table<string, string>   every name and alias -> name
---@field about table<string, table>      title, status, match, extends, alias, seen, own quirks
---@field quirks table<string, table[]>   with those of its ancestors
---@field parents table<string, string>
---@field chains table<string, string[]>  generic first, the vendor last
---@field matches table<string, table>
---@field index bmc.vendor.Index
---@field conditional table<string, boolean>  whether any `when` concerns it
---@field sets table[]
---@field credentials table<string, table[]>  by user, in lower case
---@field notes string[]
---@field problems bmc.vendor.Problem[]
---@field cache table<string, bmc.vendor.Profile>

local function complain(state, file, field, text)
  state.problems[#state.problems + 1] = {
    file = file.path, line = field and file.lines[field], field = field, text = text,
  }
end

-- ---- names ----

local function claim(state, file, alias, name, field)
  local holder = state.aliases[alias]
  if holder and holder ~= name then
    complain(state, file, field, ("%q is already a name of %s"):format(alias, holder))
  end
  state.aliases[alias] = name
end

local function claim_aliases(state, file)
  for i, alias in ipairs(file.data.alias or {}) do
    claim(state, file, alias, file.name, ("alias.%d"):format(i))
  end
end

-- The first layer defines names; a later file is about a vendor there is, by name or alias, or
-- a new one that says how it is known.
local function settle_name(state, file, first)
  local known = state.aliases[file.name]
  if known then
    file.name = known
  elseif first or file.data.match then
    claim(state, file, file.name, file.name)
  else
    complain(state, file, nil, ("there is no vendor %q%s; a new one needs `match`")
      :format(file.name, suggest.hint(file.name, tbl.sorted_keys(state.aliases))))
  end
end

local function add_layer(state, list, first)
  local layer = {}
  for i = #list, 1, -1 do
    if list[i].path == state.except then
      table.remove(list, i)
    end
  end
  for _, file in ipairs(list) do
    settle_name(state, file, first)
    if layer[file.name] then
      complain(state, file, nil, ("%s is about %s too"):format(layer[file.name].path, file.name))
    end
    layer[file.name] = file
    state.files[#state.files + 1] = file
  end
  for _, file in ipairs(list) do
    claim_aliases(state, file)
  end
  state.layers[#state.layers + 1] = layer
end

-- ---- what a vendor is ----

local function about(state, name)
  local out, quirks = {}, {}
  for _, layer in ipairs(state.layers) do
    local file = layer[name]
    if file then
      local data = file.data
      out = overlay.overlay(out, {
        title = data.title, status = data.status, match = data.match, extends = data.extends,
        credentials = data.credentials, alias = data.alias, seen = data.seen,
      }, file)
      table.move(data.quirks or {}, 1, #(data.quirks or {}), #quirks + 1, quirks)
    end
  end
  out.quirks = quirks
  return out
end

local function defining_file(state, name)
  for _, layer in ipairs(state.layers) do
    if layer[name] then
      return layer[name]
    end
  end
end

-- generic, grandparent, parent, name.
local function chain_of(state, name)
  local chain, seen = {}, {}
  local at = name
  while at and at ~= M.GENERIC do
    if seen[at] or not state.about[at] then
      local file = defining_file(state, name)
      complain(state, file, "extends", seen[at] and "extends itself in the end"
        or ("there is no vendor %q%s"):format(at, suggest.hint(at, state.names)))
      break
    end
    seen[at] = true
    table.insert(chain, 1, at)
    at = state.parents[at]
  end
  table.insert(chain, 1, M.GENERIC)
  return chain
end

local function has_condition(state, chain)
  for _, layer in ipairs(state.layers) do
    for _, name in ipairs(chain) do
      if layer[name] and layer[name].data.when then
        return true
      end
    end
  end
  return false
end

local function name_vendors(state)
  for _, file in ipairs(state.files) do
    if not state.about[file.name] then
      state.about[file.name] = about(state, file.name)
      if file.name ~= M.GENERIC then
        state.names[#state.names + 1] = file.name
      end
    end
  end
  table.sort(state.names)
  for name, a in pairs(state.about) do
    state.parents[name] = state.aliases[a.extends] or a.extends
    state.matches[name] = a.match or {}
  end
end

-- What holds for a vendor through its ancestors.
local function link_vendors(state)
  for name, a in pairs(state.about) do
    local chain, quirks = chain_of(state, name), {}
    for _, ancestor in ipairs(chain) do
      local own = state.about[ancestor] and state.about[ancestor].quirks or {}
      table.move(own, 1, #own, #quirks + 1, quirks)
    end
    state.chains[name], state.quirks[name] = chain, quirks
    state.conditional[name] = has_condition(state, chain)
    for _, c in ipairs(a.credentials or {}) do
      local of_user = state.credentials[c.user:lower()] or {}
      state.credentials[c.user:lower()] = of_user
      of_user[#of_user + 1] = { vendor = name, password = c.password }
    end
  end
end

-- ---- checks over files ----

local function check_quirks(state, file)
  for i, quirk in ipairs(file.data.quirks or {}) do
    local field = ("quirks.%d.field"):format(i)
    local node, wrong, names = schema.at(vendor_schema, quirk.field)
    if not node then
      complain(state, file, field, ("%s: there is no field %q%s")
        :format(quirk.field, wrong, suggest.hint(wrong, names)))
    end
  end
end

local function check_all(state)
  for _, file in ipairs(state.files) do
    check_quirks(state, file)
    if file.name ~= M.GENERIC and not next(state.matches[file.name]) then
      complain(state, file, "match", "is missing: how is this vendor known?")
    end
  end
  local generic = state.layers[1][M.GENERIC]
  if not generic then
    state.problems[#state.problems + 1] = { file = "generic.lua", text = "is missing" }
    return
  end
  for _, p in ipairs(schema.missing(settings.PROFILE, generic.data)) do
    complain(state, generic, p.path, p.text)
  end
end

-- ---- all of it ----

local function new_state()
  return {
    layers = {}, files = {}, names = {}, aliases = {}, about = {}, parents = {}, chains = {},
    matches = {}, conditional = {}, quirks = {}, sets = {}, credentials = {}, notes = {},
    problems = {}, cache = {},
  }
end

local function failure(problems)
  local text = files.describe(problems[1])
  if #problems > 1 then
    text = ("%s; bmcsh vendor lint lists all %d problems"):format(text, #problems)
  end
  return err.fail("rejected", text, { problems = problems, effect = "none" })
end

--- Reads all folders and settings into a state.
---@param opts bmc.vendor.Options
---@return bmc.vendor.State? state
---@return bmc.err.Value? err  rejected, with `problems`
function M.load(opts)
  local state = new_state()
  state.except = opts.except
  add_layer(state, files.load_folder(opts.shipped or files.shipped(), true, state.problems,
    state.notes), true)
  for _, folder in ipairs(opts.dirs or trusted.folders("vendors")) do
    add_layer(state, files.load_folder(folder, false, state.problems, state.notes), false)
  end
  if opts.draft then
    add_layer(state, { files.load_draft(opts.draft, state.problems) }, false)
  end
  -- Half-read files would only give complaints about what the real problem made.
  if not state.problems[1] then
    name_vendors(state)
    link_vendors(state)
    check_all(state)
    state.index = match.index(state.names, state.matches, state.parents)
    settings.read(state, opts.set)
  end
  if state.problems[1] then
    return failure(state.problems)
  end
  return state
end

return M
