-- SPDX-License-Identifier: GPL-3.0-or-later
-- Power verbs at all the machines that the simulator has: each does what it means, once.
local bmc = require "bmc"
local sim = require "bmc.sim"

local QUICK = {
  "generic.power.settle=0", "generic.power.poll=0.05", "generic.power.budget=10",
  "generic.power.restart_watch=2", "generic.power.retry_wait=0.05",
}
local VENDORS = { "idrac", "ilo", "supermicro", "lenovo-xcc", "openbmc" }

local function with(vendor, f)
  local farm <close> = sim.start { fleet = 1, vendors = { vendor }, tls = false, reset_delay = 0.1 }
  local m <close> = bmc.open {
    host = farm.url(1), user = "admin", password = "simulated", set = QUICK,
  }
  f(m, farm.bmc(1), farm)
  m:close()
  assert.equal(0, farm.bmc(1).counters.live_sessions)
end

describe("power_action at", function()
  for _, vendor in ipairs(VENDORS) do
    it(vendor .. ": off_hard, on, cycle, and nothing twice", function()
      with(vendor, function(m, machine)
        for i, case in ipairs { { "off_hard", "off" }, { "on", "on" }, { "cycle", "on" } } do
          local data = m:power_action(case[1])
          assert.equal(case[2], data.observed)
          assert.is_true(data.accepted)
          assert.equal(i, machine.counters.resets)
        end
        m:power_action("on")
        assert.equal(3, machine.counters.resets)
      end)
    end)

    it(vendor .. ": an answer that is lost is not a second reset", function()
      with(vendor, function(m, machine, farm)
        farm:fault(1, "drop@POST,*/Actions/*")
        local data = m:power_action("off_hard")
        assert.equal("off", data.observed)
        assert.is_nil(data.accepted)
        assert.equal(1, machine.counters.resets)
      end)
    end)
  end

  -- Once, a restart that was over before the first look was waited for to the end of the budget.
  for _, model in ipairs { "idrac9-7", "ilo6", "x13", "openbmc-2.14" } do
    it(model .. ": a restart faster than the first look is proven all the same", function()
      local farm <close> = sim.start { vendors = { model }, tls = false, reset_delay = 0.05 }
      local m <close> = bmc.open {
        host = farm.url(1), user = "admin", password = "simulated",
        set = { "generic.power.settle=1", "generic.power.budget=60" },
      }
      local data = m:power_action("cycle")
      assert.is_true(data.seconds < 20)
      assert.is_truthy(tostring(data.trail[2] and data.trail[2].why):find("has restarted", 1, true))
      assert.equal(1, farm.bmc(1).counters.resets)
    end)
  end
end)
