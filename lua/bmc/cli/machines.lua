-- SPDX-License-Identifier: GPL-3.0-or-later
-- cli.machines: owns which machines a command is for, by which ways, and how they are opened: the
-- options about machines, as bmc.open has them.

local err = require "bmc.err"
local hosts = require "bmc.hosts"
local targets = require "bmc.target"
local tbl = require "bmc.tbl"

local NAMED = 4 -- machines named in a question

local M = {}

local function addresses(self, args)
  if #args.host == 0 and self.machines then
    return self.machines(args)
  elseif #args.host == 0 then
    return err.fail("rejected", "which machine? give -H https://NAME or -H ipmi://NAME (ranges "
      .. "and comma lists work), or an inventory: -i FILE")
  end
  local list, e = hosts.expand(args.host)
  for _, name in ipairs(list or {}) do
    local way, why = hosts.way(name)
    if not way then
      return nil, why
    end
  end
  return list, e
end

-- ---- machines of an inventory ----

--- Takes the inventory of BMCSH_INVENTORY where -i is not given, unless each -H is an address with
--- its scheme in front.
---@param args table  parsed options; changed
function M.default_inventory(args)
  local path, named = os.getenv "BMCSH_INVENTORY", not args.host or #args.host == 0
  for _, host in ipairs(args.host or {}) do
    named = named or not host:find("^[%w+.-]+://")
  end
  if not args.inventory and path ~= "" and named then
    args.inventory = path
  end
end

-- Options that say for all machines what the inventory says for each.
local OVER = {
  user = { "user", "password" }, vendor = { "vendor" }, system = { "system" }, way = { "way" },
  timeout = { "timeout" }, kg_env = { "kg" }, verify_tls = { "tls" }, ca = { "tls" },
  pin = { "tls" }, tls = { "tls" }, trust = { "tls" }, audit = { "audit" },
  allow_ipmi_1_5 = { "allow_ipmi_1_5" },
}

local function let_options_win(machine, args)
  for option, fields in pairs(OVER) do
    for _, field in ipairs(args[option] and fields or {}) do
      machine[field] = nil
      if machine.ipmi then
        machine.ipmi[field] = nil
      end
    end
  end
end

local function from_inventory(args, roster)
  if #args.host == 0 and #args.group == 0 then
    return err.fail("rejected", ("which machine of %s? -H NAME, -g GROUP; -g all is all %d of them")
      :format(args.inventory, #roster.names))
  end
  local list, e = roster:select { hosts = args.host, groups = args.group }
  for _, machine in ipairs(list or {}) do
    let_options_win(machine, args)
  end
  return list, e
end

-- Whom a password that stands nowhere in the inventory is for.
local function without_password(list)
  for _, machine in ipairs(list) do
    if machine.user and not machine.password then
      return machine.user
    end
  end
end

-- ---- what a command works on ----

---@class bmc.cli.Chosen  a to-be-closed value
---@field list (string|bmc.roster.Machine)[]
---@field names string[]      as people call them
---@field further? string[]   an IPMI address for each of those that are given by address
---@field user? string        whom the password of the command line is for
local chosen_mt = { __close = function(self)
  if self.roster then
    self.roster:close()
  end
end }

local function names_of(list)
  local out = {}
  for i, machine in ipairs(list) do
    out[i] = type(machine) == "table" and machine.name or machine
  end
  return out
end

-- --ipmi is a further address of machines from wherever.
local function add_further(self, spec)
  local further, why = hosts.further(self.names, spec)
  if not further then
    return nil, err.new(why.code, "--ipmi: " .. why.text)
  end
  for i, machine in ipairs(self.roster and self.list or {}) do
    machine.ipmi = tbl.with(machine.ipmi, { address = further[i] })
  end
  self.further = not self.roster and further or nil
  return self
end

--- The machines of a command.
---@param self table  the command
---@param args table  parsed options
---@return bmc.cli.Chosen?
---@return bmc.err.Value? err
function M.of(self, args)
  local roster, list, e
  if args.inventory and not (self.machines and #args.host + #args.group == 0) then
    roster, e = require("bmc.roster").load(args.inventory)
    if roster then
      list, e = from_inventory(args, roster)
    end
  elseif #args.group > 0 then
    e = err.new("rejected", "-g names a group of an inventory: add -i FILE")
  else
    list, e = addresses(self, args)
  end
  if not list then
    return nil, e
  end
  local chosen = setmetatable({
    list = list, names = names_of(list), roster = roster,
    user = args.user or roster and without_password(list),
  }, chosen_mt)
  if args.ipmi then
    return add_further(chosen, args.ipmi)
  end
  return chosen
end

--- What bmc.open is given for each of them.
---@param args table
---@param password? bmc.secret.Source
---@param kg? bmc.secret.Source
---@param seconds number  one machine may take
---@return table? options
---@return bmc.err.Value? err
function M.options(args, password, kg, seconds)
  local registry, e = require("bmc.vendor").load { set = args.set }
  if registry and args.vendor then
    e = select(2, registry:find(args.vendor))
  end
  if e then
    return nil, e
  end
  local verify = args.verify_tls or args.ca ~= nil
  if args.trust and args.trust ~= "verify" and (verify or args.pin) then
    return err.fail("rejected", ("--trust %s contradicts %s"):format(args.trust,
      args.pin and "--pin" or args.ca and "--ca" or "--verify-tls"))
  end
  return {
    user = args.user, password = password, vendor = args.vendor, registry = registry,
    system = args.system, kg = kg, allow_ipmi_1_5 = args.allow_ipmi_1_5, way = args.way,
    tls = { verify = verify, ca = args.ca, pin = args.pin, profile = args.tls,
      trust = args.trust },
    timeout = seconds, read_only = args.read_only, dry_run = args.dry_run,
    token_cache = args.token_cache, audit = args.audit,
  }
end

-- An inventory may name vendors that there are not.
local function known_vendor(machine, open)
  if type(machine) ~= "table" or not machine.vendor then
    return nil
  end
  return (select(2, open.registry:find(machine.vendor)))
end

--- What is wrong with a machine, said before the first one is asked.
---@param chosen bmc.cli.Chosen
---@param open table  options of bmc.open
---@return bmc.err.Value? why nil: nothing
function M.objection(chosen, open)
  local opts = setmetatable({}, { __index = open })
  for i, machine in ipairs(chosen.list) do
    local name = chosen.names[i]
    if type(machine) == "table" then
      opts = setmetatable(tbl.with(machine, { url = machine.host }), { __index = open })
    else
      opts.url, opts.ipmi = machine, chosen.further and chosen.further[i]
    end
    local e = targets.objection(opts) or known_vendor(machine, open)
    if e then
      local named = e.text:find('"' .. name .. '"', 1, true)
      return named and e or err.new(e.code, ("%s: %s"):format(name, e.text))
    end
  end
end

--- Some of the names, for a question.
---@param list string[]
---@return string
function M.named(list)
  local some = table.concat(list, ", ", 1, math.min(#list, NAMED))
  some = #list > NAMED and ("%s, … %s"):format(some, list[#list]) or some
  return (some:gsub("https://", ""):gsub("ipmi://", ""))
end

return M
