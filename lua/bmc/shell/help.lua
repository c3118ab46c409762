-- SPDX-License-Identifier: GPL-3.0-or-later
-- shell.help: owns what a session offers beyond Lua, in one table, and what
-- help says about it. Operations and commands tell about themselves.
local bmc = require "bmc"
local printer = require "bmc.print"
local verbs = require "bmc.verbs"

-- Name, text, and the module that the name stands for.
local OFFERS = {
  { "bmc", "bmc.open{ host=, user=, password= } opens a machine; bmc.reload() reads vendor files "
    .. "that were edited", module = "bmc" },
  { "task", "tasks that run side by side: spawn, map, deadline, sleep", module = "bmc.task" },
  { "fleet", "fleet.run(names, options, f) calls f for every machine", module = "bmc.fleet" },
  { "hosts", 'hosts.expand "node[01-40].mgmt" lists names', module = "bmc.hosts" },
  { "_", "the last value" },
  { "help", "this text; help NAME about a name, an operation or a command" },
  { "exit", "leaves; so do Ctrl-D and a second Ctrl-C" },
}

local M = {}

local function overview()
  local lines = {
    "A line is Lua; its values are printed. A line that begins with a command is that command:",
    "  heartbeat -H https://10.0.5.17 -u root", "", "Names:",
  }
  for _, offer in ipairs(OFFERS) do
    lines[#lines + 1] = ("  %-10s %s"):format(offer[1], offer[2])
  end
  lines[#lines + 1] = "\nOperations of a machine, m = bmc.open{…}:"
  lines[#lines + 1] = "  m:" .. table.concat(bmc.ops(), "()\n  m:") .. "()"
  lines[#lines + 1] = "\nCommands (NAME --help tells more):"
  for _, verb in ipairs(verbs.list()) do
    lines[#lines + 1] = ("  %-10s %s"):format(verb.name, verb.summary)
  end
  return table.concat(lines, "\n")
end

local function about_operation(op)
  local fields = table.concat(op.record or {}, ", ")
  return ("m:%s(%s) returns %s%s"):format(op.name, table.concat(op.params or {}, ", "),
    op.list and "a list of " or "", fields)
end

local function about(name)
  for _, offer in ipairs(OFFERS) do
    if offer[1] == name or offer.module and package.loaded[offer.module] == name then
      return offer[2]
    end
  end
  local op = bmc.op(name)
  if op then
    return about_operation(op)
  end
  for _, verb in ipairs(verbs.list()) do
    if verb.name == name then
      return ("%s: %s\n%s --help tells more"):format(verb.name, verb.summary, verb.name)
    end
  end
  return ("nothing is known about %s; help lists what is"):format(printer.value(name))
end

--- Prints what there is, or about one thing.
---@param name? any a name, or the module it stands for
function M.help(name)
  print(name == nil and overview() or about(name))
end

--- Puts the names into the globals.
function M.install()
  for _, offer in ipairs(OFFERS) do
    if offer.module then
      _G[offer[1]] = require(offer.module)
    end
  end
  _G.help = M.help
end

return M
