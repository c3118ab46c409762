-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh inventory: what an inventory says, as the other commands take it; asks no BMC.
local cli = require "bmc.cli"
local json = require "bmc.json"
local out = require "bmc.out"
local roster = require "bmc.roster"
local tbl = require "bmc.tbl"

local USAGE = 2

local MACHINES = {
  { "name", "NAME", name = true }, { "redfish", "REDFISH" }, { "ipmi", "IPMI" },
  { "user", "USER" }, { "password", "PASSWORD" }, { "vendor", "VENDOR" }, { "mac", "MAC" },
  { "groups", "GROUPS" },
}
local GROUPS = { { "name", "GROUP", name = true }, { "count", "MACHINES" } }

-- Where it comes from, never what it is.
local function described(source)
  return source and tostring(source):match("%((.*)%)")
end

local function row_of(site, machine)
  local over_ipmi = machine.host:find("^ipmi://")
  return {
    name = machine.name, redfish = not over_ipmi and machine.host or nil,
    ipmi = over_ipmi and machine.host or machine.ipmi and machine.ipmi.address, user = machine.user,
    password = described(machine.password), vendor = machine.vendor, mac = site:mac(machine.name),
    groups = site:groups_of(machine.name),
  }
end

local function show_groups(site, args)
  local rows = {}
  for i, name in ipairs(tbl.sorted_keys(site.groups)) do
    rows[i] = { name = name, count = #site.groups[name] }
  end
  if not args.json then
    return out.new():table(GROUPS, rows)
  end
  for _, row in ipairs(rows) do
    print(json.encode { group = row.name, machines = site.groups[row.name] })
  end
end

local function show_machines(site, args, list)
  local rows = {}
  for i, machine in ipairs(list) do
    rows[i] = row_of(site, machine)
    if args.json then
      print(json.encode(rows[i]))
    end
    rows[i].groups = table.concat(rows[i].groups, " ")
  end
  if not args.json then
    out.new():table(MACHINES, rows)
  end
end

local function complain(text)
  io.stderr:write("bmcsh inventory: ", text, "\n")
  return USAGE
end

-- All that is wrong with the file, a line each, as a compiler says it.
local function refuse(path, e)
  for _, problem in ipairs(e.problems or {}) do
    io.stderr:write(path, problem.line and ":" .. problem.line or "", ": ", problem.text, "\n")
  end
  return e.problems and USAGE or complain(e.text)
end

local function run(args)
  local site <close>, e = roster.load(args.inventory)
  if not site then
    return refuse(args.inventory, e)
  elseif args.groups then
    return show_groups(site, args)
  end
  if site.unspoken[1] and not args.quiet then
    io.stderr:write(("bmcsh inventory: this bmcsh does not speak %s: left alone\n")
      :format(table.concat(site.unspoken, ", ")))
  end
  local all = #args.host + #args.group == 0
  local list, why = site:select { hosts = args.host, groups = all and { "all" } or args.group }
  if not list then
    return complain(why.text)
  end
  show_machines(site, args, list)
end

return cli.command {
  name = "inventory",
  summary = "The machines of an inventory file, as the other commands see them.",
  examples = {
    { "bmcsh inventory -i site.yaml", "every machine: addresses, user, where its password is" },
    { "bmcsh inventory -i site.yaml -g rack7 --json", "those of a group, a line of JSON each" },
    { "bmcsh inventory -i site.yaml --groups", "the groups, and how many are in each" },
    { "bmcsh power status -i site.yaml -g rack7", "what an inventory is for; doc/inventory.md" },
  },
  targets = false,
  options = function(parser)
    parser:option("-i --inventory", "the file, YAML or CSV; what is wrong in it is told with its "
      .. "line"):argname("FILE")
    parser:option("-H --host", "only these: names, ranges, comma lists"):argname("NAME"):count("*")
    parser:option("-g --group", "only these groups"):argname("NAME"):count("*")
    parser:flag("--groups", "the groups instead of the machines")
  end,
  check = function(args)
    return args.inventory ~= nil, "which inventory? -i FILE, or BMCSH_INVENTORY"
  end,
  run = run,
}
