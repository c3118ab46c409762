-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmc: what a runbook opens machines with.
--
--   local bmc = require "bmc"
--   local m <close> = bmc.open { host = "https://10.0.5.17", user = "root", password = secret }
--   print(m:heartbeat().cpu_temp_c)
--   m:power_action("off", { then_ = "off_hard", after = 120 })
--
-- A machine has one method for each operation, the file in bmc/ops of that name. Methods raise
-- the error value, so that a runbook that forgets to look stops instead of going on to the next
-- machine; bmc.try gives nil, err instead. Owns nothing but this face.

local err = require "bmc.err"
local host = require "_bmcsh.host"
local plan = require "bmc.plan"
local suggest = require "bmc.suggest"
local targets = require "bmc.target"
local task = require "bmc.task"
local vendor = require "bmc.vendor"
local ways = require "bmc.target.ways"

local M = { err = err, task = task }

-- Further modules of the library, loaded when first named: bmc.fleet.run(…).
local MODULES = {
  fleet = true, hosts = true, http = true, jsonschema = true, roster = true, secret = true,
  vendor = true,
}

setmetatable(M, {
  __index = function(_, name)
    return MODULES[name] and require("bmc." .. name) or nil
  end,
})

-- ---- operations ----

--- The names of all operations.
---@return string[] names in order
function M.ops()
  local names = {}
  for _, file in ipairs(host.listdir(host.root .. "/lua/bmc/ops") or {}) do
    names[#names + 1] = file:match("^([%w_]+)%.lua$")
  end
  return names
end

--- An operation by its name: what it is called with and what it returns.
---@param name string
---@return bmc.plan.Op? op nil when there is none of that name
function M.op(name)
  if type(name) ~= "string" or not name:find("^[%a_]+$") then
    return nil
  end
  local module = "bmc.ops." .. name
  if package.loaded[module] == nil and not package.searchpath(module, package.path) then
    return nil
  end
  return require(module)
end

-- ("cycle", { after = 60 }) as { verb = "cycle", after = 60 }.
local function arguments(op, ...)
  local args, params = {}, op.params or {}
  for i = 1, select("#", ...) do
    local v = select(i, ...)
    if i == select("#", ...) and type(v) == "table" then
      for name, value in pairs(v) do
        args[name] = value
      end
    elseif params[i] then
      args[params[i]] = v
    else
      error(("%s takes %s and a table of options"):format(op.name,
        #params > 0 and table.concat(params, ", ") or "nothing"), 3)
    end
  end
  return args
end

-- ---- machines ----

---@class bmc.Machine
---@field host string            display name
---@field target bmc.target.Target
---@field way? string            by which way the last operation was done
---@field trail? bmc.plan.Step[] what the last operation did and decided
local machine = {}
local machine_mt = { __name = "bmc.machine" }

-- Absent until an operation has run; not mistyped operations.
local FIELDS = { way = true, trail = true }

local function method(name)
  local op = M.op(name)
  return op and function(self, ...)
    local data, trail = plan.run(self.target, op, arguments(op, ...))
    if err.is(trail) then
      self.trail = trail.trail
      error(trail, 0)
    end
    self.way, self.trail = trail[#trail].way, trail
    return data
  end
end

function machine_mt.__index(_, name)
  if machine[name] == nil and not FIELDS[name] then
    local made = method(name)
    if not made then
      error(("a machine has no operation %q%s"):format(tostring(name),
        suggest.hint(tostring(name), M.ops())), 2)
    end
    machine[name] = made
  end
  return machine[name]
end

-- What is not known yet has a profile that is named after Redfish.
function machine_mt:__tostring()
  local t = self.target
  local known = t.url or t.vendor ~= "redfish-generic"
  return ("machine %s (%s)"):format(self.host, known and t.vendor or "IPMI, vendor not known")
end

-- Machines that are open: bmc.boot closes, at the end of the program, those that a runbook or
-- the shell has left open. A session that stays takes a slot at the BMC for half an hour.
local opened = {}

--- Ends the machine's sessions. Called by `local m <close>`; may wait, never fails.
function machine:close()
  self.target:close()
  opened[self] = nil
end

machine_mt.__close = machine.close

-- ---- opening ----

-- One registry for all machines opened with the same settings: reading the vendor files takes
-- longer than asking a BMC.
local registries = setmetatable({}, { __mode = "k" })
local DEFAULTS = {}

local function registry_of(set)
  local key = set or DEFAULTS
  if not registries[key] then
    local registry, e = vendor.load { set = set }
    if not registry then
      error(e, 0)
    end
    registries[key] = registry
  end
  return registries[key]
end

--- Reads the vendor files anew, for the machines that are opened from now on. Raises what is
--- wrong in them, and then they hold as they were.
function M.reload()
  for _, registry in pairs(registries) do
    local ok, e = registry:reload()
    if not ok then
      error(e, 0)
    end
  end
end

---@class bmc.open.Options
---@field host string           "https://10.0.5.17", "http://127.0.0.1:8000", "ipmi://10.0.5.17",
---  or a bare name
---@field name? string          as it is shown and reported, instead of its address
---@field ipmi? string|table     a further way: "ipmi://10.0.5.17", or { address=, user=, password=,
---  kg= } where the credentials are others
---@field way? string            "redfish" or "ipmi": only this one
---@field user? string
---@field password? string|bmc.Secret|bmc.secret.Source|table  a table is one for
---  bmc.secret.source, such as { env = "BMC_PASSWORD" }; keep it, it is read once
---@field kg? string|bmc.Secret|bmc.secret.Source|table  the BMC's IPMI key K_g, its bytes;
---  { env = "KG", hex = true } takes 0x… too
---@field allow_ipmi_1_5? boolean  speak IPMI 1.5 to a BMC that has no 2.0
---@field vendor? string        instead of detecting it
---@field system? string        Id, Name or HostName, where a BMC has several
---@field set? string[]         "dell.power.settle=40"; keep the table, it is read once
---@field registry? bmc.vendor.Registry  instead of the shipped and local vendor files
---@field tls? table            verify, ca, pin, profile; trust = "first-use" holds the machine to
---  the key that it shows at the first contact
---@field timeout? number       seconds for one operation
---@field read_only? boolean    refuse every write
---@field dry_run? boolean      report writes to `trace` instead of sending them
---@field audit? string         file to which every write is added, with its outcome
---@field token_cache? boolean  share the session with other processes, and leave it to them
---@field trace? fun(event: table)

local SECRETS = { password = true, kg = true }

-- A copy of the options in which secrets are sources.
local function with_sources(opts)
  local out = {}
  for name, value in pairs(opts) do
    out[name] = value
    if SECRETS[name] then
      local ok, source = pcall(ways.source_of, value)
      if not ok then
        error(("bmc.open: %s: %s"):format(name, tostring(source):gsub("^.-%.lua:%d+: ", "")), 3)
      end
      out[name] = source
    end
  end
  return out
end

--- Opens a machine. Nothing is sent before the first operation.
---@param opts bmc.open.Options
---@return bmc.Machine machine to-be-closed; raises `rejected` for a malformed host
function M.open(opts)
  if type(opts) ~= "table" or type(opts.host) ~= "string" then
    error("bmc.open: a table with host expected", 2)
  end
  local settings = with_sources(opts)
  settings.host, settings.set = nil, nil
  settings.ipmi = type(opts.ipmi) == "table" and with_sources(opts.ipmi) or opts.ipmi
  settings.url = opts.host:find("://", 1, true) and opts.host or "https://" .. opts.host
  settings.registry = opts.registry or registry_of(opts.set)
  local target, e = targets.new(settings)
  if not target then
    error(e, 0)
  end
  local m = setmetatable({ target = target, host = target.host }, machine_mt)
  opened[m] = true
  return m
end

--- Closes every machine that is still open, side by side. May wait, never fails.
function M.close_all()
  task.shield(math.huge, task.scope, function(scope)
    for m in pairs(opened) do
      scope:spawn(m.close, m)
    end
  end)
end

-- ---- errors ----

local function settle(ok, ...)
  if ok then
    return ...
  end
  local e = ...
  if not err.is(e) then
    error(e, 0)
  end
  return nil, e
end

--- Calls f and returns what it returns, or nil and the error value it raised. A mistake in the
--- script (an error that is no error value) is raised on.
---@param f function
---@return any ... results, or nil, err
function M.try(f, ...)
  return settle(pcall(f, ...))
end

return M
