-- SPDX-License-Identifier: GPL-3.0-or-later
-- The hottest places of a fleet: every machine is asked at once, those that do
-- not answer are told at the end.
--
--   bmcsh examples/hot.lua 'https://node[01-40].mgmt' root 5
--   (the password is taken from BMC_PASSWORD)
local fleet = require "bmc.fleet"
local hosts = require "bmc.hosts"
local secret = require "bmc.secret"

local names = assert(hosts.expand(arg[1] or error("which machines?", 0)))
local password <close> = secret.source { env = "BMC_PASSWORD" }

-- One list over all machines. No lock is needed: tasks change places only
-- where one of them waits.
local places = {}
local run = fleet.run(names, {
  open = { user = arg[2] or "root", password = password },
  timeout = 20, -- seconds a machine, for everything together
  patience = 2, -- a silent machine lends its place to the next one
}, function(m)
  for _, sensor in ipairs(m:temperatures()) do
    if sensor.reading_c then
      places[#places + 1] = { m.host, sensor.name, sensor.reading_c }
    end
  end
end)

table.sort(places, function(a, b)
  return a[3] > b[3]
end)
for i = 1, math.min(tonumber(arg[3]) or 5, #places) do
  print(("%5.1f °C  %s: %s"):format(places[i][3], places[i][1], places[i][2]))
end
for _, outcome in pairs(run.outcomes) do
  if not outcome.ok then
    print("no answer: " .. tostring(outcome.error))
  end
end
return run.failed == 0
