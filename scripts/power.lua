-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh power: read the power state or change it, exactly once (DESIGN 7).
local cli = require "bmc.cli"
local options = require "bmc.options"
local trail = require "bmc.trail"

-- Words of the command line, and the verbs of power_action they stand for.
local VERBS = {
  on = "on", off = "off", ["off-hard"] = "off_hard", cycle = "cycle", reboot = "reboot",
}
local ACTIONS = { "status", "on", "off", "off-hard", "cycle", "reboot" }
local SECONDS = 300 -- for a change: an operating system may take its time to go down

local function is_change(args)
  return args.action ~= "status"
end

-- One machine: what came of it, then how it went.
local function show(out, data, outcome)
  if not data.requested then
    return out:fields({ { "power_state", "power" } }, data)
  end
  trail.show(out, outcome, ("%s %s, now %s"):format(data.requested,
    data.accepted and "accepted" or data.reset_type and "sent, no answer" or "needed nothing",
    data.observed or "-"))
end

return cli.command {
  name = "power",
  summary = "Power: status, on, off, off-hard, cycle, reboot; exactly once.",
  usage = "ACTION",
  examples = {
    { "bmcsh power status -H 'node[01-40].mgmt' -u root", "which machines are on" },
    { "bmcsh power cycle -H https://10.0.5.17 -u root", "one machine; shows how it went" },
    { "bmcsh power off -H https://10.0.5.17 -u root --then off-hard --after 120",
      "asks the operating system; after two minutes without effect, cuts the power" },
    { "bmcsh power on -H 'node[01-40].mgmt' -u root --batch 1,10,100% --yes",
      "one machine first, then ten, then the rest; stops when one fails" },
    { "bmcsh power status -H 'ipmi://node[01-40].mgmt' -u root", "over IPMI" },
    { "bmcsh power cycle -H https://10.0.5.17 --ipmi ipmi://10.0.5.17 -u root",
      "over IPMI where Redfish cannot, and certainly has not" },
  },
  options = function(parser)
    parser:argument("action", "off and reboot ask the operating system, off-hard and cycle do not")
      :choices(ACTIONS)
    parser:option("--then", "off-hard after off, cycle after reboot: what to do when the graceful "
      .. "way has led to nothing"):argname("ACTION"):choices { "off-hard", "cycle" }
    parser:option("--after", "seconds to give the graceful way before --then")
      :argname("S"):convert(options.above_zero)
  end,
  check = function(args)
    local harder = args["then"]
    if args.after and not harder then
      return nil, "--after belongs to --then"
    elseif harder and not (args.action == "off" and harder == "off-hard"
      or args.action == "reboot" and harder == "cycle") then
      return nil, "--then off-hard goes with off, --then cycle with reboot"
    end
    return true
  end,
  write = is_change,
  title = function(args)
    return "power " .. args.action
  end,
  seconds = function(args)
    return is_change(args) and SECONDS + (args.after or 0) or nil
  end,
  view = function(args)
    if not is_change(args) then
      return { columns = { { "power_state", "POWER" } }, one = show }
    end
    return {
      columns = {
        { "observed", "POWER" }, { "accepted", "ACCEPTED" },
        { title = "SENT", value = function(row) return row.reset_type or "nothing" end },
        { "seconds", "SECONDS" },
      },
      one = show,
    }
  end,
  run = function(m, args)
    if not is_change(args) then
      return m:power_state { system = args.system }
    end
    return trail.tidy(m:power_action {
      verb = VERBS[args.action], system = args.system, after = args.after,
      then_ = VERBS[args["then"]],
    })
  end,
}
