-- SPDX-License-Identifier: GPL-3.0-or-later
-- What real BMCs refuse, each switched on by a trait, as a personality has it: a stranger is
-- refused, and bmcsh gets through where that can be done, or says in its own words why not.

local ask = require "support.farm"
local bmc = require "bmc"
local changes = require "support.changes"

local ISO = "https://files.example/boot.iso"
local LED = { IndicatorLED = "Lit" }

local function stranger(farm, path, method, json, headers)
  return ask.basic(farm, 1, { path = path, method = method, json = json, headers = headers })
end

local function message_of(response)
  return response.json.error["@Message.ExtendedInfo"][1].MessageId
end

describe("a refusal of real BMCs", function()
  for _, status in ipairs { 412, 428 } do
    it(status .. " of a change without the right If-Match (E01)", function()
      changes.with({ etags = { need = status, take = { "shown" } } }, function(m, sim, farm)
        local path = sim:system()
        assert.equal(status, assert(stranger(farm, path, "PATCH", LED)).status)
        assert.equal(412,
          assert(stranger(farm, path, "PATCH", LED, { ["if-match"] = '"old"' })).status)
        m:set_next_boot("Pxe")
        assert.equal("Pxe", changes.value(sim, path, "Boot", "BootSourceOverrideTarget"))
      end)
    end)
  end

  it("400 of a ResetType that is not listed", function()
    changes.with({ reset_types = { "On", "ForceOff" } }, function(m, sim, farm)
      assert.equal(400, assert(ask.reset(farm, 1, "ForceRestart")).status)
      assert.equal(0, sim.counters.resets)
      assert.equal("on", m:power_action("cycle").observed)
      assert.same({ "ForceOff", "On" }, { sim.resets[1].type, sim.resets[2].type })
    end)
  end)

  it("409 of an insert into a slot that is busy", function()
    local slots = { { id = "CD1", types = { "CD" } } }
    changes.with({ media = { busy = 409, slots = slots } }, function(m, sim, farm)
      local target = sim.source.manager .. "/VirtualMedia/CD1/Actions/VirtualMedia.InsertMedia"
      assert.equal(204, assert(stranger(farm, target, "POST", { Image = ISO })).status)
      assert.equal(409, assert(stranger(farm, target, "POST", { Image = ISO })).status)
      assert.equal("CD1", m:insert_virtual_media(ISO).slot)
      assert.equal(2, sim.counters.media_inserted)
    end)
  end)

  it("405 of a login at the wrong place (T02)", function()
    local wrong = "/redfish/v1/SessionService/Sessions"
    local sessions = { path = "/redfish/v1/Sessions", wrong = wrong }
    changes.with({ sessions = sessions }, function(m, sim, farm)
      local login = { UserName = "admin", Password = "simulated" }
      assert.equal(405,
        assert(ask.ask(farm, 1, { path = wrong, method = "POST", json = login })).status)
      m:system_info()
      assert.equal(1, sim.counters.logins)
    end)
  end)

  it("403 with the message of a licence that is missing (T12)", function()
    changes.with({ faults = { licence = "licence@*/Processors" } }, function(m, sim, farm)
      local response = assert(stranger(farm, sim:system() .. "/Processors"))
      assert.equal(403, response.status)
      assert.matches("OemLicenseNotPassed$", message_of(response))
      local _, e = bmc.try(m.processor_inventory, m)
      assert.equal("licence", e.code)
      assert.truthy(m:memory_inventory()[1])
      assert.equal(1, sim.counters.logins)
    end, { vendor = "supermicro" })
  end)

  it("503 RAC0218 of a login for which there is no session", function()
    local full = { status = 503, id = "IDRAC.2.8.RAC0218", text = "No free session." }
    changes.with({ vendor = "idrac", sessions = { limit = 1, full = full } },
      function(m, sim, farm)
        assert.equal(201, assert(ask.login(farm, 1)).status)
        local response = assert(ask.login(farm, 1))
        assert.equal(503, response.status)
        assert.matches("RAC0218$", message_of(response))
        local _, e = bmc.try(m.system_info, m)
        assert.equal("sessions_full", e.code)
        sim.sessions:clear()
        assert.truthy(m:system_info())
      end)
  end)

  it("401 whose body breaks off (T04)", function()
    changes.with({ faults = { broken = "broken_401" } }, function(m, sim, farm)
      assert.equal("protocol", select(2, ask.ask(farm, 1, sim:system())).code)
      m:system_info()
      sim.sessions:clear()
      m:system_info()
      assert.equal(2, sim.counters.logins)
    end)
  end)
end)
