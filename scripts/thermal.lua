-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh thermal: temperatures and their limits.
local cli = require "bmc.cli"
local digest = require "bmc.digest"

-- Degrees to the critical limit; sensors without a limit cannot be compared.
local function margin(sensor)
  local limit = sensor.upper_critical_c
  return sensor.reading_c and limit and limit - sensor.reading_c
end

local function coolest_last(sensor)
  return sensor.reading_c and -sensor.reading_c
end

return cli.command {
  name = "thermal",
  summary = "Temperatures and their limits.",
  examples = {
    { "bmcsh thermal -H https://10.0.5.17 -u root", "every sensor of one machine" },
    { "bmcsh thermal -H 'node[01-40].mgmt' -u root",
      "of each machine the sensor nearest to its critical limit" },
    { "bmcsh thermal -H ipmi://10.0.5.17 -u root", "over IPMI" },
  },
  view = {
    columns = {
      { "sensors", "SENSORS" }, { "name", "NEAREST TO ITS LIMIT" }, { "reading_c", "°C" },
      { "upper_critical_c", "CRITICAL °C" }, { "status", "STATUS" },
    },
    digest = function(list)
      local near = digest.least(list, margin) or digest.least(list, coolest_last) or {}
      return {
        sensors = #list, name = near.name, reading_c = near.reading_c,
        upper_critical_c = near.upper_critical_c, status = digest.worst(list),
      }
    end,
    list = {
      { "name", "SENSOR", name = true }, { "reading_c", "°C" },
      { "upper_non_critical_c", "WARNING °C" },
      { "upper_critical_c", "CRITICAL °C" }, { "status", "STATUS" },
      { "physical_context", "WHERE", extra = true },
    },
  },
  run = function(m)
    return m:temperatures()
  end,
}
