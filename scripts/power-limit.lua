-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh power-limit: how many watts a machine may draw.
local cli = require "bmc.cli"
local options = require "bmc.options"
local trail = require "bmc.trail"

local ACTIONS = { "status", "set", "off" }
-- Words of the command line, and what they stand for.
local EXCEPTIONS = { none = "none", log = "log", ["power-off"] = "power_off" }

local function is_change(args)
  return args.action ~= "status"
end

local function limit(record)
  if record.limit_w then
    return ("%d W%s"):format(record.limit_w, record.active and "" or ", not active")
  end
  return record.active == false and "none" or nil
end

local STATUS = {
  columns = {
    { title = "LIMIT", value = limit }, { "exception_action", "IF EXCEEDED" },
    { "correction_time_ms", "WITHIN ms" },
  },
  fields = {
    { title = "limit", value = limit }, { "exception_action", "if it cannot be kept" },
    { "correction_time_ms", "to be kept within, ms" },
    { "sampling_period_s", "sampling period, s" },
  },
}
local CHANGE = {
  columns = { { title = "LIMIT", value = limit }, { "accepted", "ACCEPTED" } },
  one = function(out, data, outcome)
    trail.show(out, outcome, "limit " .. (limit(data) or data.requested))
  end,
}

local function check(args)
  args.action = args.action or "status"
  local own = args.exception or args.correction or args.period
  if args.action == "set" and not args.watts then
    return nil, "set how many watts? for example: bmcsh power-limit set 400"
  elseif args.action ~= "set" and (args.watts or own) then
    return nil, ("%s takes no limit"):format(args.action)
  end
  return true
end

return cli.command {
  name = "power-limit",
  summary = "The power limit of a machine: status, set WATTS, off.",
  usage = "[ACTION] [WATTS]",
  examples = {
    { "bmcsh power-limit -H 10.0.5.17 -u admin", "the limit, and whether it holds" },
    { "bmcsh power-limit set 400 -H 'ipmi://node[01-40].mgmt' -u admin",
      "400 W each, at once; what cannot be kept is logged" },
    { "bmcsh power-limit set 400 --exception power-off --correction 5000 -H ipmi://bmc1 -u admin",
      "off, when it is above that for five seconds" },
    { "bmcsh power-limit off -H 'ipmi://node[01-40].mgmt' -u admin", "no limit any more" },
  },
  options = function(parser)
    parser:argument("action", "status (default), set, off"):args("?"):choices(ACTIONS)
    parser:argument("watts", "the limit in W"):args("?"):convert(options.whole)
    parser:option("--exception", "what the BMC does when it cannot be kept: none, log, power-off")
      :argname("ACTION"):choices { "none", "log", "power-off" }
    parser:option("--correction", "milliseconds until it has to be kept")
      :argname("MS"):convert(options.whole)
    parser:option("--period", "seconds over which power is measured (over IPMI)")
      :argname("S"):convert(options.whole)
  end,
  check = check,
  write = is_change,
  title = function(args)
    return args.watts and ("power limit %d W"):format(args.watts) or "power limit " .. args.action
  end,
  view = function(args) return is_change(args) and CHANGE or STATUS end,
  run = function(m, args)
    if not is_change(args) then
      return m:power_limit()
    end
    return trail.tidy(m:set_power_limit(args.watts or "off", {
      exception_action = EXCEPTIONS[args.exception], correction_time_ms = args.correction,
      sampling_period_s = args.period,
    }))
  end,
}
