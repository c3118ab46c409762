-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh fans: speed and state of every fan.
local cli = require "bmc.cli"
local digest = require "bmc.digest"

local function speed(fan)
  return fan.reading_rpm or fan.reading_percent
end

return cli.command {
  name = "fans",
  summary = "Speed and state of every fan.",
  examples = {
    { "bmcsh fans -H https://10.0.5.17 -u root", "every fan of one machine" },
    { "bmcsh fans -H 'node[01-40].mgmt' -u root", "of each machine the slowest fan" },
    { "bmcsh fans -H ipmi://10.0.5.17 -u root", "over IPMI" },
  },
  view = {
    columns = {
      { "fans", "FANS" }, { "name", "SLOWEST" }, { "reading_rpm", "RPM" },
      { "reading_percent", "%" }, { "status", "STATUS" },
    },
    digest = function(list)
      local slowest = digest.least(list, speed) or {}
      return {
        fans = #list, name = slowest.name, reading_rpm = slowest.reading_rpm,
        reading_percent = slowest.reading_percent, status = digest.worst(list),
      }
    end,
    list = {
      { "name", "FAN", name = true }, { "reading_rpm", "RPM" }, { "reading_percent", "%" },
      { "lower_non_critical_rpm", "LOW RPM", extra = true },
      { "upper_non_critical_rpm", "HIGH RPM", extra = true },
      { "status", "STATUS" },
    },
  },
  run = function(m)
    return m:fans()
  end,
}
