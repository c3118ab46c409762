-- SPDX-License-Identifier: GPL-3.0-or-later
local ask = require "support.farm"
local sim = require "bmc.sim"

local function admin(farm, i, method, path, body)
  local response, e = ask.ask(farm, i, { path = "/sim" .. path, method = method, json = body })
  return response and response.json, response and response.status, e
end

describe("sim.admin", function()
  it("shows state and counters of one BMC, and of all", function()
    local farm <close> = sim.start { fleet = 3, tls = false }
    assert(ask.login(farm, 2))
    assert.equal(1, admin(farm, 2, "GET", "/counters").live_sessions)
    assert.equal(0, admin(farm, 1, "GET", "/counters").live_sessions)
    assert.equal(1, admin(farm, 1, "GET", "/farm/counters").logins)
    local state = admin(farm, 1, "GET", "/state")
    assert.equal("idrac", state.vendor)
    assert.same({ ["/redfish/v1/Systems/System.Embedded.1"] = "On" }, state.power)
    assert.equal(3, #admin(farm, 1, "GET", "/farm/state"))
  end)

  it("is not counted, and no fault touches it", function()
    local farm <close> = sim.start { tls = false, faults = { "drop_early" } }
    assert.equal(0, admin(farm, 1, "GET", "/counters").requests)
    assert.is_nil((ask.ask(farm, 1, "/redfish/v1/")))
    assert.is_true(admin(farm, 1, "GET", "/counters").requests >= 1)
  end)

  it("refuses a state or a count that cannot be", function()
    local farm <close> = sim.start { tls = false }
    for _, change in ipairs { { power_state = "Banana" }, { power_state = 5 }, { health = 1 } } do
      assert.equal(400, select(2, admin(farm, 1, "PATCH", "/state", change)))
    end
    assert.equal("On", select(2, next(admin(farm, 1, "GET", "/state").power)))
    assert.equal(400, select(2, admin(farm, 1, "POST", "/events", { count = -1 })))
    assert.equal(400, select(2, admin(farm, 1, "POST", "/events", { count = "many" })))
  end)

  it("adds, lists and removes faults", function()
    local farm <close> = sim.start { fleet = 2, tls = false }
    assert.same({ "busy=3" }, admin(farm, 2, "POST", "/faults", { fault = "busy=3" }))
    assert.equal(503, assert(ask.ask(farm, 2, "/redfish/v1/")).status)
    assert.equal(200, assert(ask.ask(farm, 1, "/redfish/v1/")).status)
    admin(farm, 1, "POST", "/farm/faults", { fault = "html@GET" })
    assert.same({ "busy=3", "html@GET" }, admin(farm, 1, "GET", "/farm/faults"))
    assert.same({ "html@GET" }, admin(farm, 2, "DELETE", "/faults/busy"))
    assert.equal(502, assert(ask.ask(farm, 2, "/redfish/v1/")).status)
    admin(farm, 1, "DELETE", "/farm/faults")
    assert.equal(200, assert(ask.ask(farm, 2, "/redfish/v1/")).status)
  end)

  it("answers before it cuts the address it was asked at", function()
    local farm <close> = sim.start { fleet = 2, tls = false }
    assert.same({ "refuse" }, admin(farm, 1, "POST", "/faults", { fault = "refuse" }))
    assert.equal("refused", select(2, ask.ask(farm, 1, "/redfish/v1/")).code)
    admin(farm, 2, "DELETE", "/farm/faults")
    assert.equal(200, assert(ask.ask(farm, 1, "/redfish/v1/")).status)
  end)

  it("sets power and health, and ends sessions", function()
    local farm <close> = sim.start { fleet = 5, tls = false }
    for i = 1, 5 do
      admin(farm, i, "PATCH", "/state", { power_state = "Off", health = "Critical" })
      local system = ask.system(farm, i)
      assert.equal("Off", system.PowerState)
      assert.equal("Critical", system.Status.Health)
      assert.equal("Critical", system.Status.HealthRollup)
      assert(ask.login(farm, i))
      admin(farm, i, "DELETE", "/sessions")
      assert.equal(0, farm.bmc(i).counters.live_sessions)
      assert.equal(0, farm.bmc(i).counters.resets)
      assert.equal(0, admin(farm, i, "DELETE", "/counters").logins)
    end
  end)

  it("explains itself, and says what it does not understand", function()
    local farm <close> = sim.start { tls = false }
    local help = admin(farm, 1, "GET", "")
    assert.is_truthy(help["GET /sim/state"])
    assert.is_truthy(help.faults.drop)
    assert.equal(404, select(2, admin(farm, 1, "GET", "/moon")))
    assert.equal(401, select(2, admin(farm, 1, "GET", "ilar"))) -- that is no path of ours
    assert.equal(400, select(2, admin(farm, 1, "POST", "/faults", { fault = "quake" })))
    assert.equal(400, select(2, admin(farm, 1, "POST", "/faults", { "x" })))
    assert.equal(400, select(2, admin(farm, 1, "PATCH", "/state")))
  end)
end)
