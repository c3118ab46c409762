-- SPDX-License-Identifier: GPL-3.0-or-later
-- sweep: the CPU seconds of asking so many hosts whether they are on, so many times over:
--
--   bmcsh sweep.lua CONCURRENCY TIMES HOSTS …
--
-- HOSTS are ranges. What the start of the program costs is not in it.

local fleet = require "bmc.fleet"
local hosts = require "bmc.hosts"

local words = { ... }
local concurrency, times = math.tointeger(words[1]), math.tointeger(words[2])
local list = {}
for i = 3, #words do
  local names = assert(hosts.expand(words[i]))
  table.move(names, 1, #names, #list + 1, list)
end

local function sweep()
  local summary = fleet.run(list, {
    open = { user = "root", password = assert(os.getenv("BMC_PASSWORD")) },
    concurrency = concurrency, keep = false,
  }, function(m)
    return m:power_state()
  end)
  assert(summary.failed == 0, "not every BMC has answered")
end

sweep() -- what is loaded when it is first needed, is
local began = os.clock()
for _ = 1, times do
  sweep()
end
print(os.clock() - began)
