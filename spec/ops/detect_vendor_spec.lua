-- SPDX-License-Identifier: GPL-3.0-or-later
-- Whose BMC it is, by what it says of itself (R35). The recorded ones are in mockups_spec.
local bmc = require "bmc"
local ipmifake = require "support.ipmifake"
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

  it("goes over IPMI by the maker's number, and names no Redfish that was not asked", function()
    assert.equal("ipmi-generic", (ipmifake.run("detect_vendor", {})))
    assert.equal("ipmi-generic", ipmifake.run("system_info", {}).vendor)
    local _, e = ipmifake.run("post_code", {})
    assert.matches("ipmi%-generic", e.text)
    local dell = "\x20\x01\x02\x15\x02\xBF\xA2\x02\x00\x34\x12\0\0\0\0"
    assert.equal("idrac", (ipmifake.run("detect_vendor", { ["Get Device ID"] = dell })))
  end)

  it("takes the name that it gives as one to be told", function()
    local m <close> = bmc.open { host = "ipmi://127.0.0.1", user = "admin", password = "x",
      vendor = "ipmi-generic" }
    assert.equal("generic", m.target.profile.name)
  end)
end)
