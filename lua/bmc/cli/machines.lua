-- SPDX-License-Identifier: GPL-3.0-or-later
-- cli.machines: owns which machines a command is for, by which ways, and how they are opened: the
-- options about machines, as bmc.open has them.

local err = require "bmc.err"
local hosts = require "bmc.hosts"
local targets = require "bmc.target"

local NAMED = 4 -- machines named in a question

local M = {}

local function names(self, args)
  if #args.host == 0 and self.machines then
    return self.machines(args)
  elseif #args.host == 0 then
    return err.fail("rejected", "which machine? give -H https://NAME or -H ipmi://NAME; ranges and "
      .. "comma lists work")
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

--- The machines of a command, and for each of them its further IPMI address where there is one.
---@param self table  the command
---@param args table  parsed options
---@return string[]? list
---@return string[]|bmc.err.Value|nil further
function M.of(self, args)
  local list, e = names(self, args)
  if not list or not args.ipmi then
    return list, e
  end
  local further, why = hosts.further(list, args.ipmi)
  if not further then
    return nil, err.new(why.code, "--ipmi: " .. why.text)
  end
  return list, further
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
  return {
    user = args.user, password = password, vendor = args.vendor, registry = registry,
    system = args.system, kg = kg, allow_ipmi_1_5 = args.allow_ipmi_1_5, way = args.way,
    tls = { verify = verify, ca = args.ca, pin = args.pin, profile = args.tls },
    timeout = seconds, read_only = args.read_only, dry_run = args.dry_run,
    token_cache = args.token_cache,
  }
end

--- What is wrong with a name, said before the first machine is asked.
---@param list string[]
---@param further? string[]
---@param open table  options of bmc.open
---@return bmc.err.Value? why nil: nothing
function M.objection(list, further, open)
  local opts = setmetatable({}, { __index = open })
  for i, name in ipairs(list) do
    opts.url, opts.ipmi = name, further and further[i]
    local e = targets.objection(opts)
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
