-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh health: the BMC's own judgement, as an exit code for scripts.
local cli = require "bmc.cli"

-- Short headings: a row has to fit a terminal.
local PARTS = {
  { "overall", "OVERALL" }, { "system", "SYSTEM" }, { "processor", "CPU" },
  { "memory", "MEMORY" }, { "storage", "DISKS", extra = true }, { "power", "POWER" },
  { "thermal", "TEMP" }, { "network", "NET", extra = true }, { "bmc", "BMC" },
}

local fields = {}
for i, part in ipairs(PARTS) do
  fields[i] = { part[1], part[1] }
end

return cli.command {
  name = "health",
  summary = "Health of the machine and its parts; exit code 3 if it is not OK.",
  examples = {
    { "bmcsh health -H https://10.0.5.17 -u root || page-oncall", "one machine, for a script" },
    { "bmcsh health -H 'node[01-40].mgmt' -u root", "one row a machine" },
    { "bmcsh health -H ipmi://10.0.5.17 -u root", "as its sensors say, over IPMI" },
  },
  view = { columns = PARTS, fields = fields },
  unhealthy = function(health)
    return health.overall ~= "OK"
  end,
  run = function(m)
    return m:chassis_health()
  end,
}
