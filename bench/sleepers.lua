-- SPDX-License-Identifier: GPL-3.0-or-later
-- sleepers: prints how many bytes a sleeping task takes, of so many of them.
local host = require "_bmcsh.host"
local task = require "bmc.task"

local count = math.tointeger(...)

local function resident()
  local file <close> = assert(io.open("/proc/self/statm"))
  return tonumber(file:read("a"):match("^%d+ (%d+)")) * 4096
end

collectgarbage()
local before = resident()
task.scope(function(scope)
  for _ = 1, count do
    scope:spawn(task.sleep, 3600)
  end
  assert(task.sleep(0)) -- each has run, and sleeps
  collectgarbage()
  assert(host.live().task > count)
  print(("%.0f"):format((resident() - before) / count))
  os.exit(0)
end)
