-- SPDX-License-Identifier: GPL-3.0-or-later
-- What is in a generated machine, and the services around it: the counts and links hold together.
local ask = require "support.farm"
local personality = require "bmc.sim.personality"
local sim = require "bmc.sim"

local function members(farm, i, owner, ...)
  local here = owner
  for _, name in ipairs { ... } do
    here = assert(ask.basic(farm, i, here)).json[name]
    if not here then return nil end
    here = here["@odata.id"]
  end
  return assert(ask.basic(farm, i, here)).json.Members
end

describe("sim.parts", function()
  it("are in every machine, as many as the traits say", function()
    local farm <close> = sim.start {
      fleet = 3 * #personality.all(), vendors = personality.all(), tls = false,
    }
    for i = 1, farm.count do
      local traits, source = farm.bmc(i).traits, farm.bmc(i).source
      assert.equal(traits.processors.count, #members(farm, i, source.system, "Processors"))
      assert.equal(traits.memory.count, #members(farm, i, source.system, "Memory"))
      assert.equal(traits.nics.count, #members(farm, i, source.system, "EthernetInterfaces"))
      assert.equal(#traits.adapters, #members(farm, i, source.chassis, "NetworkAdapters"))
      assert.equal(1, #members(farm, i, source.manager, "EthernetInterfaces"))
      assert.equal(2 + #traits.firmware,
        #members(farm, i, "/redfish/v1/", "UpdateService", "FirmwareInventory"))
      assert.equal(math.max(2, traits.slots),
        #members(farm, i, "/redfish/v1/", "AccountService", "Accounts"))
    end
  end)

  it("have drives and volumes that belong together", function()
    local farm <close> = sim.start { vendors = { "idrac9-7" }, tls = false }
    local drives, volumes = 0, 0
    for _, unit in ipairs(members(farm, 1, farm.bmc(1).source.system, "Storage")) do
      local body, known = assert(ask.basic(farm, 1, unit["@odata.id"])).json, {}
      for _, drive in ipairs(body.Drives) do
        known[drive["@odata.id"]] = assert(ask.basic(farm, 1, drive["@odata.id"])).json
        drives = drives + 1
      end
      for _, member in ipairs(members(farm, 1, unit["@odata.id"], "Volumes")) do
        local volume = assert(ask.basic(farm, 1, member["@odata.id"])).json
        for _, drive in ipairs(volume.Links.Drives) do
          assert.is_truthy(known[drive["@odata.id"]])
        end
        volumes = volumes + 1
      end
    end
    assert.equal(8, drives)
    assert.equal(2, volumes)
  end)

  it("have the licences of their vendor, where it keeps them", function()
    local farm <close> = sim.start {
      vendors = { "idrac9-4", "ilo6", "x13", "xcc-2" }, fleet = 4, tls = false,
    }
    for i, path in ipairs {
      "/redfish/v1/LicenseService/Licenses/FD00000027623441",
      "/redfish/v1/Managers/1/LicenseService/1",
      "/redfish/v1/Managers/1/LicenseManager/QueryLicense",
      "/redfish/v1/LicenseService/Licenses/XCC_Advanced",
    } do
      assert.equal(200, assert(ask.basic(farm, i, path)).status, path)
    end
  end)

  it("light up where the vendor has its light (R45)", function()
    local farm <close> = sim.start { vendors = { "ilo6", "openbmc", "xcc-1" }, fleet = 3,
      tls = false, traits = { etags = { need = false } } }
    local function light(i, path, body)
      return assert(ask.basic(farm, i, { path = path, method = "PATCH", json = body })).status
    end
    assert.is_nil(ask.system(farm, 1).IndicatorLED)
    assert.equal(200, light(1, "/redfish/v1/Systems/1", { LocationIndicatorActive = true }))
    assert.equal(400, light(1, "/redfish/v1/Systems/1", { LocationIndicatorActive = "Lit" }))
    assert.is_true(ask.system(farm, 1).LocationIndicatorActive)
    assert.equal(200, light(2, "/redfish/v1/Systems/system", { IndicatorLED = "Blinking" }))
    assert.equal(400, light(2, "/redfish/v1/Systems/system", { IndicatorLED = "Green" }))
    assert.equal(400, light(3, "/redfish/v1/Chassis/1", { IndicatorLED = "Lit" }))
    assert.equal(200, light(3, "/redfish/v1/Systems/1", { IndicatorLED = "Lit" }))
    assert.equal(400, light(3, "/redfish/v1/Systems/1", { SerialNumber = "X" }))
  end)
end)
