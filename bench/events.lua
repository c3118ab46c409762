-- SPDX-License-Identifier: GPL-3.0-or-later
-- events: what a long event stream costs. `bmcsh bench/events.lua [EVENTS]` takes so many (100,000)
-- from a simulated BMC in the same process and prints, after each tenth, how many came a second
-- and what memory was in use; at the end by how much it has grown since the first tenth.
local bmc = require "bmc"
local sim = require "bmc.sim"
local simulated = require "bmc.sim.events"
local task = bmc.task

local total = math.tointeger(tonumber((...) or 100000))

local function resident()
  local file <close> = assert(io.open("/proc/self/status"))
  return tonumber(file:read("a"):match("VmRSS:%s*(%d+)"))
end

-- KiB in Lua's heap after a full collection, and in the process.
local function memory()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count"), resident()
end

local function measure(events)
  local began, first = task.now(), nil
  local form = "%8d events  %7.0f a second  heap %6.0f KiB  process %6d KiB"
  for n = 1, total do
    local event = events()
    assert(event.message == ("Event number %d."):format(n), event.message)
    if n % (total // 10) == 0 then
      local heap, process = memory()
      first = first or { heap, process }
      print(form:format(n, n / (task.now() - began), heap, process))
      if n == total // 10 * 10 then
        print(("growth since the first tenth: heap %+.0f KiB, process %+d KiB")
          :format(heap - first[1], process - first[2]))
      end
    end
  end
end

local farm <close> = sim.start { vendors = { "openbmc-2.14" }, tls = false }
local m <close> = bmc.open { host = farm.url(1), user = "admin", password = "simulated" }
local events <close> = m:stream_events()
simulated.burst(farm.bmc(1), total)
measure(events)
