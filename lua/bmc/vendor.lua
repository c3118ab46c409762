-- SPDX-License-Identifier: GPL-3.0-or-later
--- Vendor profiles: what is known about each kind of BMC, and from which file.
--
-- Owns the registry: the loaded files in their layers, the profile that comes
-- of them for given facts, and the answer to "which vendor is this". Layers:
-- shipped < /etc/bmcsh/vendors < ~/.config/bmcsh/vendors < --set; within each,
-- generic < what a vendor extends < the vendor. A later layer wins over all of
-- an earlier one, its conditions included.
--
-- The parts: vendor/files (reading, trust), vendor/layers (checks that need all
-- files), vendor/settings (--set), vendor/overlay (merging), vendor/match
-- (detection, conditions). A reload builds everything anew and swaps only if it
-- is right (STYLE V8); a profile that a target holds never changes.

local err = require "bmc.err"
local layers = require "bmc.vendor.layers"
local match = require "bmc.vendor.match"
local overlay = require "bmc.vendor.overlay"
local settings = require "bmc.vendor.settings"
local suggest = require "bmc.suggest"
local tbl = require "bmc.tbl"

local GENERIC = layers.GENERIC
local NONE = {}

-- The name that detect_vendor has for a BMC of no known vendor.
local UNKNOWN = "redfish-generic"


---@class bmc.vendor.Profile
---@field name string     file name, "generic" when the vendor is not known
---@field title string
---@field status "recorded"|"documented"
---@field redfish table   as in vendor_schema.lua
---@field power table
---@field logs table
---@field tls table
---@field ipmi table
---@field decisions? table
---@field quirks table[]

---@class bmc.vendor.Registry
local registry = {}
local registry_mt = { __index = registry, __name = "bmc.vendor.registry" }

function registry_mt:__tostring()
  local state = self.state
  return ("vendor registry (%d vendors, %d files, %d settings)")
    :format(#state.names, #state.files, #state.sets)
end

-- ---- profiles ----

-- What of a file makes up the profile; the rest is about the file.
local function parts_of(data)
  local out = {}
  for part in pairs(settings.PROFILE.fields) do
    out[part] = data[part]
  end
  return out
end

-- One file on top of a profile: its fields, then those of its conditions that hold.
local function apply(profile, file, facts, origin)
  profile = overlay.overlay(profile, parts_of(file.data), file, origin)
  for i, condition in ipairs(file.data.when or {}) do
    if match.holds(condition, facts) then
      profile = overlay.overlay(profile, condition.set, {
        path = file.path, lines = origin and file.lines, at = ("when.%d.set."):format(i),
        note = match.describe(condition),
      }, origin)
    end
  end
  return profile
end

local function build(state, name, facts, origin)
  local chain, profile = state.chains[name], {}
  for _, layer in ipairs(state.layers) do
    for _, ancestor in ipairs(chain) do
      local file = layer[ancestor]
      if file then
        profile = apply(profile, file, facts, origin)
      end
    end
  end
  for _, ancestor in ipairs(chain) do
    for _, set in ipairs(state.sets) do
      if set.name == ancestor then
        profile = overlay.overlay(profile, set.data, { path = "--set", note = set.text }, origin)
      end
    end
  end
  local about = state.about[name]
  profile.name, profile.title, profile.status = name, about.title or name, about.status
  profile.quirks = state.quirks[name]
  return profile
end

-- What a profile depends on: only the facts that conditions ask for, and only where there are
-- conditions.
local function cache_key(state, name, facts)
  if not state.conditional[name] then
    return name
  end
  local firmware, model, board = match.firmware_of(facts), facts.system_model, facts.manager_model
  local product = facts.ipmi_product
  if not (firmware or model or board or product) then
    return name
  end
  return table.concat({ name, firmware or "", model or "", board or "", product or "" }, "\0")
end

--- The profile for a vendor and what is known about the machine. Profiles are shared: do not
--- change one.
---@param name string  a name or an alias; unknown ones are misuse and raise
---@param facts? bmc.vendor.Facts
---@return bmc.vendor.Profile
function registry:profile(name, facts)
  local state = self.state
  local canonical = state.aliases[name]
  if not canonical then
    error(("no vendor %q%s"):format(tostring(name), suggest.hint(tostring(name), state.names)), 2)
  end
  facts = facts or {}
  local key = cache_key(state, canonical, facts)
  local profile = state.cache[key]
  if not profile then
    profile = build(state, canonical, facts)
    state.cache[key] = profile
  end
  return profile
end

--- The proper name of a vendor.
---@param name string  a name or an alias
---@return string? canonical
---@return bmc.err.Value? err  rejected, with a suggestion
function registry:find(name)
  local canonical = self.state.aliases[name]
  if canonical then
    return canonical
  end
  return err.fail("rejected", ("no vendor %q%s"):format(name,
    suggest.hint(name, tbl.sorted_keys(self.state.aliases))))
end

--- The vendor that the facts tell of (QUIRKS R35).
---@param facts bmc.vendor.Facts
---@return string name  "redfish-generic" when none
---@return string? clue  by which fact it was known
function registry:detect(facts)
  if next(facts) == nil then -- of each machine, before the first answer
    return UNKNOWN
  end
  local name, clue = match.detect(facts, self.state.index)
  return name or UNKNOWN, clue
end

--- All vendors, in order; generic is not among them.
---@return string[]
function registry:names()
  return table.move(self.state.names, 1, #self.state.names, 1, {})
end

---@class bmc.vendor.About
---@field name string
---@field title string
---@field status "recorded"|"documented"|nil  nil: a vendor of the operator's own
---@field alias string[]
---@field seen string[]     models and firmware whose recorded answers were read
---@field extends? string

--- What a vendor file says of itself, the strongest file first.
---@param name string  a name or an alias
---@return bmc.vendor.About? about
---@return bmc.err.Value? err
function registry:about(name)
  local canonical, e = self:find(name)
  if not canonical then
    return nil, e
  end
  local about = self.state.about[canonical]
  return {
    name = canonical, title = about.title or canonical, status = about.status,
    alias = about.alias or NONE, seen = about.seen or NONE, extends = self.state.parents[canonical],
  }
end

--- The documented factory passwords of a user, of all vendors; to compare with, never to try.
---@param user string
---@return { vendor: string, password: string }[]
function registry:credentials(user)
  return self.state.credentials[user:lower()] or NONE
end

-- ---- explain ----

local function files_of(state, chain)
  local paths = {}
  for _, layer in ipairs(state.layers) do
    for _, ancestor in ipairs(chain) do
      paths[#paths + 1] = layer[ancestor] and layer[ancestor].path
    end
  end
  return paths
end

---@class bmc.vendor.Explained
---@field name string
---@field title string
---@field status string
---@field files string[]   that were read for it, the strongest last
---@field fields { field: string, value: any, origin: bmc.vendor.Origin }[]
---@field quirks table[]    as in the files, `active` where a file set the field
---@field notes string[]    files that were passed over

--- Where each field of a profile comes from.
---@param name string  a name or an alias
---@param facts? bmc.vendor.Facts  for the conditions
---@return bmc.vendor.Explained? explained
---@return bmc.err.Value? err
function registry:explain(name, facts)
  local state = self.state
  local canonical, e = self:find(name)
  if not canonical then
    return nil, e
  end
  local origin = {}
  local profile = build(state, canonical, facts or {}, origin)
  local out = {
    name = canonical, title = profile.title, status = profile.status,
    files = files_of(state, state.chains[canonical]), fields = {}, quirks = {}, notes = state.notes,
  }
  for field, value in tbl.leaves(parts_of(profile)) do
    out.fields[#out.fields + 1] = { field = field, value = value, origin = origin[field] }
  end
  local generic = state.layers[1][GENERIC].path
  for _, quirk in ipairs(profile.quirks) do
    local from = origin[quirk.field]
    local row = tbl.copy(quirk)
    row.active = from ~= nil and (from.file ~= generic or from.note ~= nil)
    out.quirks[#out.quirks + 1] = row
  end
  return out
end

-- ---- loading ----

local M = {}

---@class bmc.vendor.Options
---@field shipped? string  folder of the shipped files
---@field dirs? string[]   folders of override files, the last one wins
---@field set? string[]    "dell.power.settle=40"
---@field draft? string    a file to put on top of them all, wherever it lies: for lint
---@field except? string   path of a file to do without: for lint

--- Reads all vendor files and settings.
---@param opts? bmc.vendor.Options
---@return bmc.vendor.Registry? registry
---@return bmc.err.Value? err  rejected; `problems` lists all, with file, line and field
function M.load(opts)
  local state, e = layers.load(opts or {})
  if not state then
    return nil, e
  end
  return setmetatable({ state = state, opts = opts or {} }, registry_mt)
end

--- Reads everything anew; on a problem the old state stays. Targets keep the profile they have.
---@return true? ok
---@return bmc.err.Value? err
function registry:reload()
  local state, e = layers.load(self.opts)
  if not state then
    return nil, e
  end
  self.state = state
  return true
end

return M
