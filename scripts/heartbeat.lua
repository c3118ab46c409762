-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh heartbeat: the quickest look at a fleet.
local cli = require "bmc.cli"

return cli.command {
  name = "heartbeat",
  summary = "Is it there: power, health and CPU temperature.",
  examples = {
    { "bmcsh heartbeat -H https://10.0.5.17 -u root", "one machine; asks for the password" },
    { "bmcsh heartbeat -H 'node[01-40].mgmt' -u root --json | jq -r 'select(.ok|not).host'",
      "the names of those that do not answer" },
    { "bmcsh heartbeat -H 'ipmi://node[01-40].mgmt' -u root", "over IPMI" },
  },
  view = {
    columns = { { "power_state", "POWER" }, { "health", "HEALTH" }, { "cpu_temp_c", "CPU °C" } },
    fields = {
      { "online", "online" }, { "power_state", "power" }, { "health", "health" },
      { "cpu_temp_c", "CPU °C" },
    },
  },
  run = function(m)
    return m:heartbeat()
  end,
}
