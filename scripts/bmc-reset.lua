-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh bmc-reset: restarts the BMC; the machine goes on.
local cli = require "bmc.cli"
local trail = require "bmc.trail"

local SECONDS, WAITING = 60, 900

local function words(data)
  return ("%s %s%s"):format(data.requested, data.accepted and "accepted" or "sent, no answer",
    data.observed and ", the BMC is " .. data.observed or "")
end

return cli.command {
  name = "bmc-reset",
  summary = "Restart the BMC itself; the machine goes on.",
  examples = {
    { "bmcsh bmc-reset --wait -H https://10.0.5.17 -u root", "until it is really back" },
    { "bmcsh bmc-reset -H 'node[01-40].mgmt' -u root --batch 1,10,100% --wait --yes",
      "one first, then ten, then the rest; stops when one does not come back" },
    { "bmcsh bmc-reset -H bmc1 -u root --dry-run", "which reset it would be" },
    { "bmcsh bmc-reset --wait -H ipmi://10.0.5.17 -u admin", "where only IPMI still answers" },
  },
  options = function(parser)
    parser:flag("--wait", "until it is back: answers several times in a row, and works")
    parser:flag("--hard", "the least gentle reset that the BMC allows")
    parser:flag("--warm", "over IPMI the Warm Reset, where a BMC has it; else it is the Cold Reset")
    parser:option("--manager", "this manager, of a service that has several"):argname("ID")
  end,
  write = true,
  title = "bmc-reset",
  seconds = function(args) return args.wait and WAITING or SECONDS end,
  view = {
    columns = {
      { "requested", "RESET" }, { "accepted", "ACCEPTED" }, { "observed", "BMC" },
      { "seconds", "SECONDS" },
    },
    one = function(out, data, outcome) trail.show(out, outcome, words(data)) end,
  },
  run = function(m, args)
    return trail.tidy(m:reset_bmc {
      wait = args.wait, hard = args.hard, warm = args.warm, manager = args.manager,
      system = args.system,
    })
  end,
}
