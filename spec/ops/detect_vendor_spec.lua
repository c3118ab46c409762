-- SPDX-License-Identifier: GPL-3.0-or-later
-- Whose BMC it is, by what it says of itself (R35). The recorded ones are in mockups_spec.
local bmc = require "bmc"
local scripted = require "support.scripted"
local sim = require "bmc.sim"

describe("detect_vendor", function()
  it("knows each vendor of the simulator", function()
    for _, vendor in ipairs { "idrac", "ilo", "supermicro", "lenovo-xcc", "openbmc" } do
      local farm <close> = sim.start { fleet = 3, vendors = { vendor }, tls = false }
      for i = 1, farm.count do
        local m <close> = bmc.open { host = farm.url(i), user = "admin", password = "simulated" }
        assert.equal(vendor, m:detect_vendor())
        assert.equal(vendor, m.target.profile.name)
      end
    end
  end)

  it("says so when it does not know", function()
    scripted.with({}, function(m)
      assert.equal("redfish-generic", m:detect_vendor())
      assert.equal("generic", m.target.profile.name)
    end)
  end)

  it("needs no system", function()
    scripted.with({ ["/redfish/v1/Systems"] = false,
      ["/redfish/v1/Managers/1"] = { ["@odata.id"] = "/redfish/v1/Managers/1",
        Id = "iDRAC.Embedded.1", ManagerType = "BMC" } }, function(m)
      assert.equal("idrac", m:detect_vendor())
    end)
  end)
end)
