-- SPDX-License-Identifier: GPL-3.0-or-later
-- roster: owns inventories (DESIGN 9): files in which a site says which machines it has, by which
-- addresses and with whose credentials they are reached, and in which groups they are.
--
--   local site <close> = assert(roster.load "site.yaml")
--   fleet.run(assert(site:select { groups = { "rack7" } }), {}, function(m) … end)
--
-- What a machine is made of: the defaults, over them the range that names it, over that its own
-- entry, field by field. {name} in an address or a source is the machine's name. Nothing is opened
-- here, and no password read: a source is, by the login that first needs it.
-- (bmc.inventory is what is in a machine.)

local csv = require "bmc.roster.csv"
local entries = require "bmc.roster.entries"
local err = require "bmc.err"
local fields = require "bmc.roster.fields"
local secret = require "bmc.secret"
local suggest = require "bmc.suggest"
local tbl = require "bmc.tbl"
local trusted = require "bmc.trusted"
local yaml = require "bmc.roster.yaml"

local MAX_SIZE = 64 * 1024 * 1024

local M = {}

---@class bmc.Roster  a to-be-closed value: closing it wipes the passwords that were read
---@field path string
---@field names string[]   of all machines, in order
---@field groups table<string, string[]>
---@field unspoken string[]  ways that it names and bmcsh does not speak
local roster = {}
local roster_mt = { __index = roster, __name = "bmc.roster" }

function roster_mt:__tostring()
  return ("roster %s (%d machines)"):format(self.path, #self.names)
end

function roster_mt:__close()
  self:close()
end

-- ---- one machine ----

-- Relative to the inventory, wherever bmcsh was started.
local function beside(self, path)
  return path:sub(1, 1) == "/" and path or self.folder .. path
end

-- One source for all machines that name the same place: it is read once.
local function source_of(self, spec, name, hex)
  if not spec then
    return nil
  end
  local kind, from = next(spec)
  from = from:gsub("{name}", name)
  from = kind == "file" and beside(self, from) or from
  local key = kind .. " " .. from
  self.sources[key] = self.sources[key] or secret.source { [kind] = from, hex = hex }
  return self.sources[key]
end

local function ipmi_of(self, entry, name)
  local ipmi = entry.ipmi or {}
  return ipmi.address and {
    address = ipmi.address:gsub("{name}", name), user = ipmi.user,
    password = source_of(self, ipmi.password, name), kg = source_of(self, ipmi.kg, name, true),
  }
end

local function tls_of(self, tls)
  return tls and {
    verify = tls.verify or tls.ca ~= nil, ca = tls.ca and beside(self, tls.ca), pin = tls.pin,
    profile = tls.profile, trust = tls.trust,
  }
end

---@class bmc.roster.Machine  what bmc.open is given, and mac beside it
---@field name string
---@field host string          the first way's address
---@field ipmi? table          the second way's, with credentials of its own where it has some
---@field user? string
---@field password? bmc.secret.Source
---@field kg? bmc.secret.Source
---@field vendor? string
---@field system? string
---@field timeout? number      seconds
---@field tls? table
---@field allow_ipmi_1_5? boolean
---@field way? string
---@field audit? string

-- All that is said of a machine.
local function entry_of(self, name)
  local entry = self.defaults
  for _, layer in ipairs(self.entries[name].layers) do
    entry = entries.overlay(entry, layer)
  end
  return entry
end

--- One machine by its name, as bmc.open takes it.
---@param name string
---@return bmc.roster.Machine? machine
---@return bmc.err.Value? err missing: there is none of that name
function roster:machine(name)
  if not self.entries[name] then
    return err.fail("missing", ("%s has no machine %q%s"):format(self.path, name,
      suggest.hint(name, self.names)))
  end
  local entry = entry_of(self, name)
  local ipmi = ipmi_of(self, entry, name)
  local redfish = entry.redfish or not ipmi and "{name}"
  local machine = {
    name = name, host = redfish and redfish:gsub("{name}", name), ipmi = ipmi, user = entry.user,
    password = source_of(self, entry.password, name), vendor = entry.vendor,
    system = entry.system, timeout = tonumber(entry.timeout), tls = tls_of(self, entry.tls),
    allow_ipmi_1_5 = entry.allow_ipmi_1_5, way = entry.way,
    audit = entry.audit and beside(self, entry.audit),
  }
  if not redfish then
    machine.host, machine.ipmi = "ipmi://" .. ipmi.address:gsub("^ipmi://", ""), nil
    machine.user, machine.kg = ipmi.user or machine.user, ipmi.kg
    machine.password = ipmi.password or machine.password
  end
  return machine
end

--- The MAC address of a machine's network port, where the inventory names it.
---@param name string
---@return string?
function roster:mac(name)
  return entry_of(self, name).mac
end

--- The groups that a machine is in, without `all`.
---@param name string
---@return string[]
function roster:groups_of(name)
  local out = {}
  for _, group in ipairs(tbl.sorted_keys(self.groups)) do
    if group ~= "all" and tbl.contains(self.groups[group], name) then
      out[#out + 1] = group
    end
  end
  return out
end

-- ---- several ----

local function names_of(self, which)
  local out = {}
  for _, spec in ipairs(which.hosts or {}) do
    local names, why = fields.names(spec)
    if not names then
      return err.fail("rejected", why)
    end
    table.move(names, 1, #names, #out + 1, out)
  end
  for _, group in ipairs(which.groups or {}) do
    local names = self.groups[group]
    if not names then
      return err.fail("rejected", ("%s has no group %q%s; it has %s"):format(self.path, group,
        suggest.hint(group, tbl.sorted_keys(self.groups)),
        table.concat(tbl.sorted_keys(self.groups), ", ")))
    end
    table.move(names, 1, #names, #out + 1, out)
  end
  return out
end

--- Machines by their names and groups, each once, in the order given.
---@param which { hosts: string[]?, groups: string[]? }  hosts may be ranges and comma lists
---@return bmc.roster.Machine[]? machines
---@return bmc.err.Value? err rejected, missing
function roster:select(which)
  local names, e = names_of(self, which)
  local out, seen = {}, {}
  for _, name in ipairs(names or {}) do
    if not seen[name] then
      seen[name] = true
      out[#out + 1], e = self:machine(name)
      if e then
        return nil, e
      end
    end
  end
  return names and out, e
end

--- Wipes the passwords that were read.
function roster:close()
  for _, source in pairs(self.sources) do
    source:close()
  end
end

-- ---- the file ----

local function text_of(path)
  -- It says which commands are run for a password.
  local why = trusted.objection(path)
  if why then
    return err.fail("rejected", why:find(path, 1, true) and why or ("%s: %s"):format(path, why))
  end
  local file <close>, problem = io.open(path, "rb")
  local text = file and file:read(MAX_SIZE + 1)
  if file and text and #text > MAX_SIZE then
    return err.fail("too_large", ("%s: more than %d MiB"):format(path, MAX_SIZE >> 20))
  end
  return file and (text or ""), not file and err.new("rejected", problem) or nil
end

-- One line for the first of them, and the list.
local function refuse(path, problems)
  local first = problems[1]
  local more = #problems > 1 and ("; bmcsh inventory -i %s lists all %d problems")
    :format(path, #problems) or ""
  return err.fail("rejected", ("%s%s: %s%s"):format(path, first.line and ":" .. first.line or "",
    first.text, more), { problems = problems })
end

--- Reads an inventory: CSV where the path ends so, else YAML.
---@param path string
---@return bmc.Roster? roster  to-be-closed
---@return bmc.err.Value? err  rejected, too_large; `problems` are all that were found, each with
---  line and text
function M.load(path)
  local text, e = text_of(path)
  if not text then
    return nil, e
  end
  local reader = path:lower():find("%.csv$") and csv or yaml
  local document, lines = reader.read(text)
  if not document and lines.text then
    return refuse(path, { lines })
  end
  local problems = fields.problems(document, lines)
  if problems[1] then
    return refuse(path, problems)
  end
  local self = setmetatable({
    path = path, folder = path:match("^(.*/)") or "", problems = problems, entries = {},
    groups = {}, sources = {}, unspoken = fields.unspoken(document),
  }, roster_mt)
  entries.add(self, document, lines)
  if problems[1] then
    return refuse(path, problems)
  end
  return self
end

return M
