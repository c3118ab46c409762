-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh psu: power supplies, what they give and what they can.
local cli = require "bmc.cli"
local digest = require "bmc.digest"

return cli.command {
  name = "psu",
  summary = "Power supplies: output, capacity, input, redundancy.",
  examples = {
    { "bmcsh psu -H https://10.0.5.17 -u root", "every power supply of one machine" },
    { "bmcsh psu -H 'node[01-40].mgmt' -u root", "of each machine the sums" },
    { "bmcsh psu -H ipmi://10.0.5.17 -u root", "as far as its sensors tell, over IPMI" },
  },
  view = {
    columns = {
      { "supplies", "SUPPLIES" }, { "power_output_w", "OUTPUT W" },
      { "power_capacity_w", "CAPACITY W" }, { "status", "STATUS" },
    },
    digest = function(list)
      return {
        supplies = #list, power_output_w = digest.sum(list, "power_output_w"),
        power_capacity_w = digest.sum(list, "power_capacity_w"), status = digest.worst(list),
      }
    end,
    list = {
      { "name", "SUPPLY", name = true }, { "model", "MODEL", extra = true },
      { "serial_number", "SERIAL", extra = true, whole = true },
      { "power_output_w", "OUTPUT W" }, { "power_capacity_w", "CAPACITY W" },
      { "input_power_w", "INPUT W" }, { "input_voltage_v", "INPUT V" },
      { "redundancy_status", "REDUNDANCY", extra = true }, { "status", "STATUS" },
    },
  },
  run = function(m)
    return m:power_supplies()
  end,
}
