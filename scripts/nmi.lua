-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh nmi: makes an operating system that hangs write its dump.
local cli = require "bmc.cli"
local trail = require "bmc.trail"

return cli.command {
  name = "nmi",
  summary = "Send a non-maskable interrupt: the operating system panics and writes its dump.",
  examples = {
    { "bmcsh nmi -H https://10.0.5.17 -u root", "asks first; what came of it, its log tells" },
    { "bmcsh nmi -H https://10.0.5.17 -u root --dry-run", "what would be sent" },
    { "bmcsh nmi -H ipmi://10.0.5.17 -u root", "over IPMI" },
  },
  write = true,
  title = "nmi",
  view = {
    columns = { { "accepted", "ACCEPTED" }, { "observed", "POWER" } },
    one = function(out, data, outcome)
      trail.show(out, outcome, ("NMI accepted, the machine is %s"):format(data.observed or "-"))
    end,
  },
  run = function(m, args)
    return trail.tidy(m:nmi_trigger { system = args.system })
  end,
}
