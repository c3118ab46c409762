-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh health: the BMC's own judgement, as an exit code for scripts.
local cli = require "bmc.cli"

local PARTS = { "system", "processor", "memory", "storage", "power", "thermal", "network", "bmc" }

local columns, fields = { { "overall", "OVERALL" } }, { { "overall", "overall" } }
for _, part in ipairs(PARTS) do
  columns[#columns + 1] = { part, part:upper() }
  fields[#fields + 1] = { part, part }
end

return cli.command {
  name = "health",
  summary = "Health of the machine and its parts; exit code 3 if it is not OK.",
  examples = {
    { "bmcsh health -H https://10.0.5.17 -u root || page-oncall", "one machine, for a script" },
    { "bmcsh health -H 'node[01-40].mgmt' -u root", "one row a machine" },
  },
  view = { columns = columns, fields = fields },
  unhealthy = function(health)
    return health.overall ~= "OK"
  end,
  run = function(m)
    return m:chassis_health()
  end,
}
