-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh watchdog: what restarts the machine when it hangs, and how to stop it.
local cli = require "bmc.cli"
local trail = require "bmc.trail"

local ACTIONS = { "status", "off" }

local function is_change(args)
  return args.action == "off"
end

local function state(record)
  return record.running and "running" or "stopped"
end

local function expired(record)
  return #record.expired > 0 and table.concat(record.expired, ", ") or nil
end

local STATUS = {
  columns = {
    { title = "WATCHDOG", value = state }, { "use", "USE" }, { "action", "ACTION" },
    { "countdown_s", "COUNTDOWN s" }, { "remaining_s", "LEFT s" },
    { title = "EXPIRED", value = expired },
  },
  fields = {
    { title = "watchdog", value = state }, { "use", "use" }, { "action", "action" },
    { "countdown_s", "countdown, s" }, { "remaining_s", "left, s" },
    { "pretimeout_interrupt", "interrupt before" }, { "pretimeout_s", "so long before, s" },
    { title = "expired", value = expired },
  },
}
local OFF = {
  columns = { { "observed", "WATCHDOG" }, { "accepted", "ACCEPTED" } },
  one = function(out, data, outcome)
    trail.show(out, outcome, ("watchdog %s"):format(data.observed or "would be stopped"))
  end,
}

return cli.command {
  name = "watchdog",
  summary = "The watchdog timer of the machine: status, off (over IPMI).",
  usage = "[ACTION]",
  examples = {
    { "bmcsh watchdog -H ipmi://10.0.5.17 -u admin", "whether one runs, and what it would do" },
    { "bmcsh watchdog off -H ipmi://10.0.5.17 -u admin",
      "before long work in the firmware's setup" },
    { "bmcsh watchdog -H 'ipmi://node[01-40].mgmt' -u admin --json "
      .. "| jq -r 'select(.data.expired != []) | .host'", "machines that one has restarted" },
  },
  options = function(parser)
    parser:argument("action", "status (default), off"):args("?"):choices(ACTIONS)
  end,
  check = function(args)
    args.action = args.action or "status"
    return true
  end,
  write = is_change,
  title = function(args) return "watchdog " .. args.action end,
  view = function(args) return is_change(args) and OFF or STATUS end,
  run = function(m, args)
    if is_change(args) then
      return trail.tidy(m:watchdog_off())
    end
    return m:watchdog_status()
  end,
}
