-- SPDX-License-Identifier: GPL-3.0-or-later
-- A BMC that is reset goes away and comes back, without its sessions.
local ask = require "support.farm"
local sim = require "bmc.sim"
local support = require "support"

local function start(vendor, restart)
  return sim.start {
    vendors = { vendor }, tls = false, reset_delay = 1, traits = { restart = restart },
  }
end

local function reset(farm, body)
  return assert(ask.basic(farm, 1, {
    path = farm.bmc(1).source.manager .. "/Actions/Manager.Reset", method = "POST", json = body,
  }))
end

local function reach(farm)
  return ask.ask(farm, 1, { path = "/redfish/v1/", timeout = 2, fresh = true })
end

local GRACEFUL = { ResetType = "GracefulRestart" }

describe("sim: a restart of the BMC", function()
  it("leaves nobody at the address for a while", function()
    local farm <close> = start("x12", { away = "refuse" })
    local token = assert(ask.login(farm, 1)).headers["x-auth-token"]
    assert.equal(204, reset(farm, GRACEFUL).status)
    support.eventually(function()
      local _, e = reach(farm)
      return e and e.code == "refused"
    end)
    support.eventually(function() return reach(farm) end)
    local systems = assert(ask.ask(farm, 1, { path = "/redfish/v1/Systems", token = token }))
    assert.equal(401, systems.status)
    assert.equal(1, farm.bmc(1).counters.bmc_resets)
    assert.equal(0, farm.bmc(1).counters.live_sessions)
  end)

  it("goes on answering for a moment before that (P21)", function()
    local farm <close> = start("x12", { away = "503", linger = 1 })
    reset(farm, GRACEFUL)
    assert.equal(200, assert(reach(farm)).status)
    support.eventually(function() return reach(farm).status == 503 end)
    support.eventually(function() return reach(farm).status == 200 end)
  end)

  it("takes only what is allowed, and on iLO no ResetType at all (P19, P20)", function()
    local dell <close> = start("idrac9-7", { away = "503", linger = 0 })
    assert.equal(400, reset(dell, { ResetType = "ForceRestart" }).status)
    local hpe <close> = start("ilo5", { away = "503" })
    local entry = assert(ask.basic(hpe, 1, "/redfish/v1/Managers/1")).json.Actions["#Manager.Reset"]
    assert.is_nil(entry["ResetType@Redfish.AllowableValues"])
    assert.equal(400, reset(hpe, GRACEFUL).status)
    assert.equal(0, hpe.bmc(1).counters.bmc_resets)
    assert.equal(200, reset(hpe, {}).status)
    assert.equal(1, hpe.bmc(1).counters.bmc_resets)
  end)

  it("ends with the farm, whenever that is closed", function()
    local farm <close> = start("x12", { away = "refuse" })
    reset(farm, GRACEFUL)
  end)
end)
