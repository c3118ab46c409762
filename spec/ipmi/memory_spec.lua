-- SPDX-License-Identifier: GPL-3.0-or-later
-- What thousands of machines hold at a time: of one that is waited for, and of one that is done.
-- bench/ipmi.lua measures the memory of the whole process.
local fleet = require "bmc.fleet"
local rmcpd = require "bmc.rmcpd"
local secret = require "bmc.secret"
local task = require "bmc.task"

local MACHINES = 200
local LIMIT = 8 -- KiB

-- What Lua holds, in KiB.
local function held()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count")
end

describe("the memory of a sweep over IPMI", function()
  it("is little for a machine that is waited for, and free when it is done", function()
    local source = secret.source { value = "a password" }
    local server <close> = assert(rmcpd.serve {
      bmcs = { { address = "127.0.0.1", guid = ("g"):rep(16), users = {}, suites = { 17 } } },
      handler = function() end,
    })
    server:network(1, { dead = true })
    local list = {}
    for i = 1, MACHINES do
      list[i] = "ipmi://127.0.0.1:" .. server.port
    end
    local function sweep(hosts)
      return fleet.run(hosts, { open = { user = "root", password = source }, keep = false,
        concurrency = MACHINES }, function(m) return m:power_state() end)
    end
    local function cancelled(hosts, f)
      local running = task.spawn(sweep, hosts)
      task.sleep(0.2)
      f()
      running:cancel()
      running:join()
    end
    cancelled({ list[1] }, function() end) -- what is loaded when it is first needed, is
    local before = held()
    cancelled(list, function()
      local each = (held() - before) / MACHINES
      assert.is_true(each < LIMIT, ("%.1f KiB for each machine"):format(each))
      assert.is_true(each > 1, "nothing is waited for")
    end)
    assert.is_true((held() - before) / MACHINES < 0.5)
  end)
end)
