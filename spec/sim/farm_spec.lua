-- SPDX-License-Identifier: GPL-3.0-or-later
-- A farm as a whole: how large it may be, and that it may do without Redfish.
local ask = require "support.farm"
local descriptors = require "bmc.sim.descriptors"
local err = require "bmc.err"
local rmcp = require "bmc.rmcp"
local sim = require "bmc.sim"
local support = require "support"
local task = require "bmc.task"

describe("sim.descriptors", function()
  it("says before anything is opened how many are needed, and the way out", function()
    assert.is_true(descriptors.check(1, true, true))
    local _, e = descriptors.check(10000000, true, true)
    assert.equal("busy", e.code)
    assert.matches("^10000000 BMCs over Redfish and IPMI take 20000%d+ open files", e.text)
    assert.matches("the limit is %d+: ulimit %-Hn 20000%d+ as root, or %-%-no%-redfish", e.text)
    _, e = descriptors.check(10000000, false, true)
    assert.matches("^10000000 BMCs take 10000%d+ open files", e.text)
    assert.not_matches("no%-", e.text)
  end)

  it("keeps a farm that is too large from starting", function()
    local check = descriptors.check
    descriptors.check = function() return err.fail("busy", "too many") end
    local ok, e = pcall(sim.start, { tls = false })
    descriptors.check = check
    assert.is_false(ok)
    assert.equal("busy", e.code)
  end)
end)

describe("sim.farm without Redfish", function()
  it("answers IPMI at each address, and /sim at the first", function()
    local farm <close> = sim.start { fleet = 3, redfish = false, ipmi = true, tls = false }
    for i = 1, 3 do
      local host, port = farm.ipmi_url(i):match "^ipmi://(.*):(%d+)$"
      assert(rmcp.ping { host = host, port = tonumber(port), timeout = 5, retry = 0.2 })
    end
    assert.is_nil((ask.ask(farm, 2, "/sim")))
    assert.equal(404, assert(ask.ask(farm, 1, "/redfish/v1/")).status)
    assert.equal(3, #assert(ask.ask(farm, 1, "/sim/farm/state")).json)
  end)

  it("keeps /sim when the first address is dead", function()
    local farm <close> = sim.start { fleet = 2, redfish = false, ipmi = true, tls = false }
    farm:fault(nil, "refuse")
    assert.same({ "refuse" }, assert(ask.ask(farm, 1, "/sim/faults")).json)
    local host, port = farm.ipmi_url(2):match "^ipmi://(.*):(%d+)$"
    assert.is_nil((rmcp.ping { host = host, port = tonumber(port), timeout = 0.3, retry = 0.1 }))
  end)
end)

describe("sim.farm", function()
  it("starts quickly although each BMC has a rule of its own", function()
    local began = task.now()
    local farm <close> = sim.start {
      fleet = 1500, tls = false, traits = { faults = { x = "drop@*/nowhere" } },
    }
    assert.equal(1500, #farm:faults())
    assert.equal(1, #farm:faults(700))
    assert.equal(700, farm:faults(700)[1].only)
    assert.is_true(task.now() - began < 20)
  end)

  it("forgets a restart when it is over", function()
    local farm <close> = sim.start { vendors = { "openbmc" }, tls = false, reset_delay = 0.05 }
    for _ = 1, 2 do
      farm.bmc(1):restart()
      assert.is_truthy(next(farm.away))
      support.eventually(function() return next(farm.away) == nil end)
    end
    assert.equal(200, assert(ask.ask(farm, 1, "/redfish/v1/")).status)
  end)
end)
