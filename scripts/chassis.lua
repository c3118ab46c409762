-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh chassis: faults of the case and its power, and what happens when power comes back.
local cli = require "bmc.cli"
local trail = require "bmc.trail"

local ACTIONS = { "status", "policy" }
-- Words of the command line, and the policies they stand for.
local POLICIES = {
  ["always-on"] = "always_on", previous = "previous", ["always-off"] = "always_off",
}

local function joined(name)
  return function(record)
    local list = record[name]
    if list then
      return #list > 0 and table.concat(list, ", ") or "none"
    end
  end
end

local function yes_no(name)
  return function(record)
    local value = record[name]
    if value ~= nil then
      return value and "yes" or "no"
    end
  end
end

local STATUS = {
  columns = {
    { title = "ON", value = yes_no "power_on" }, { "restore_policy", "POLICY" },
    { title = "FAULTS", value = joined "faults" },
    { title = "INTRUSION", value = yes_no "intrusion" },
    { title = "LAST EVENT", value = joined "last_power_event", extra = true },
    { "restart_cause", "RESTART", extra = true },
  },
  fields = {
    { title = "power on", value = yes_no "power_on" }, { "restore_policy", "restore policy" },
    { title = "faults", value = joined "faults" },
    { title = "last power event", value = joined "last_power_event" },
    { title = "case open", value = yes_no "intrusion" }, { "identify", "identify" },
    { "restart_cause", "restart cause" }, { "power_on_hours", "power-on hours" },
  },
}
local POLICY = {
  columns = { { "restore_policy", "POLICY" }, { "accepted", "ACCEPTED" } },
  one = function(out, data, outcome)
    trail.show(out, outcome, "restore policy " .. (data.restore_policy or data.requested))
  end,
}

local function is_change(args)
  return args.action == "policy"
end

return cli.command {
  name = "chassis",
  summary = "Faults of case and power, restart cause; policy: what happens when power comes back.",
  usage = "[ACTION]",
  examples = {
    { "bmcsh chassis -H ipmi://10.0.5.17 -u admin", "one machine" },
    { "bmcsh chassis -H 'ipmi://node[01-40].mgmt' -u admin --json "
      .. "| jq -r 'select(.data.faults != []) | .host'", "machines with a fault" },
    { "bmcsh chassis policy previous -H 'ipmi://node[01-40].mgmt' -u admin",
      "after a power failure as it was before" },
  },
  options = function(parser)
    parser:argument("action", "status (default), policy"):args("?"):choices(ACTIONS)
    parser:argument("policy", "what policy sets: previous is as it was before"):args("?")
      :choices { "always-on", "previous", "always-off" }
  end,
  check = function(args)
    args.action = args.action or "status"
    if is_change(args) and not args.policy then
      return nil, "which policy? always-on, previous or always-off"
    elseif args.policy and not is_change(args) then
      return nil, "status takes no policy"
    end
    return true
  end,
  write = is_change,
  title = function(args)
    return is_change(args) and "restore policy " .. args.policy or "chassis"
  end,
  view = function(args) return is_change(args) and POLICY or STATUS end,
  run = function(m, args)
    if is_change(args) then
      return trail.tidy(m:set_restore_policy(POLICIES[args.policy]))
    end
    return m:chassis_status { system = args.system }
  end,
}
