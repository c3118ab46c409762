-- SPDX-License-Identifier: GPL-3.0-or-later
-- The quickest look: what it costs, and what it does without.
local bmc = require "bmc"
local scripted = require "support.scripted"
local sim = require "bmc.sim"

local THERMAL = "/redfish/v1/Chassis/1/Thermal"
local HOT = { Temperatures = { { Name = "CPU1", ReadingCelsius = 51.5, PhysicalContext = "CPU" } } }

local function notes(m)
  return table.concat(m.trail[#m.trail].notes or {}, "\n")
end

describe("heartbeat", function()
  it("takes six requests on one connection, login and logout counted", function()
    scripted.with({ [THERMAL] = HOT }, function(m, log)
      assert.same({ online = true, power_state = "On", cpu_temp_c = 51.5, health = "OK" },
        m:heartbeat())
      m:close()
      assert.equal(6, #log)
      local seen = {}
      for i, r in ipairs(log) do
        seen[i] = r.method
        assert.equal(log[1].peer, r.peer)
      end
      assert.equal("GET POST GET GET GET DELETE", table.concat(seen, " "))
    end)
  end)

  it("takes no more of the five vendors of the simulator", function()
    local farm <close> = sim.start { fleet = 5, tls = false }
    for i = 1, farm.count do
      local m <close> = bmc.open { host = farm.url(i), user = "admin", password = "simulated" }
      local data = m:heartbeat()
      m:close()
      assert.same({ true, "On", "number" },
        { data.online, data.power_state, type(data.cpu_temp_c) })
      assert.is_true(farm.bmc(i).counters.requests <= 6, farm.bmc(i).counters.requests)
      assert.equal(0, farm.bmc(i).counters.live_sessions)
    end
  end)

  it("stands without a temperature", function()
    scripted.with({ [THERMAL] = function() return 500, { error = { message = "sensors!" } } end },
      function(m)
        assert.same({ online = true, power_state = "On", health = "OK" }, m:heartbeat())
        assert.is_truthy(notes(m):find("no temperature", 1, true))
      end)
  end)

  it("says which temperature stands for the processor's", function()
    scripted.with({ [THERMAL] = { Temperatures = {
      { Name = "CPU1", PhysicalContext = "CPU", Status = { State = "Absent" }, ReadingCelsius = 0 },
      { Name = "Inlet", ReadingCelsius = 22 } } } }, function(m)
      assert.equal(22, m:heartbeat().cpu_temp_c)
      assert.is_truthy(notes(m):find("Inlet stands for it", 1, true))
    end)
  end)

  it("is the worse of health and its roll-up", function()
    scripted.with({ [THERMAL] = HOT, [scripted.SYSTEM] = scripted.system {
      Status = { Health = "Critical", HealthRollup = "Warning" } } }, function(m)
      assert.equal("Critical", m:heartbeat().health)
    end)
  end)

  it("leaves out what the BMC does not say", function()
    scripted.with({ [THERMAL] = HOT, [scripted.SYSTEM] = { ["@odata.id"] = scripted.SYSTEM,
      Id = "1", PowerState = "", Status = {} } }, function(m)
      assert.same({ online = true }, m:heartbeat())
    end)
  end)

  it("fails where there is no system, or not yet", function()
    scripted.with({ ["/redfish/v1/Systems"] = scripted.collection() }, function(m)
      local data, e = bmc.try(m.heartbeat, m)
      assert.is_nil(data)
      assert.same({ "heartbeat", "redfish" }, { e.op, e.way })
    end)
  end)
end)
