-- SPDX-License-Identifier: GPL-3.0-or-later
-- What machine it is: from the system and its manager, blanks for nothing.
local bmc = require "bmc"
local scripted = require "support.scripted"

local MANAGER = "/redfish/v1/Managers/1"

describe("system_info", function()
  it("joins the system and its manager, in six requests", function()
    scripted.with({ [scripted.SYSTEM] = scripted.system {
      Manufacturer = "Dell Inc.", Model = "PowerEdge R750  ", SerialNumber = "MXFC4",
      SKU = "CLLV0R3", AssetTag = " ", HostName = "", UUID = "4c4c4544", BiosVersion = "1.13.2" },
      [MANAGER] = { ["@odata.id"] = MANAGER, Id = "iDRAC.Embedded.1", ManagerType = "BMC",
        Model = "15G Monolithic", FirmwareVersion = "7.10.30.00" },
    }, function(m, log)
      assert.same({
        manufacturer = "Dell Inc.", model = "PowerEdge R750", serial_number = "MXFC4",
        sku = "CLLV0R3", uuid = "4c4c4544", bios_version = "1.13.2",
        bmc_firmware_version = "7.10.30.00", bmc_model = "15G Monolithic", vendor = "idrac",
      }, m:system_info())
      m:close()
      assert.equal(6, #log)
    end)
  end)

  it("finds the manager where the system does not say which (R24)", function()
    scripted.with({
      [scripted.SYSTEM] = scripted.system { Links = {} },
      ["/redfish/v1/Managers"] = scripted.collection("/redfish/v1/Managers/empty", MANAGER),
      ["/redfish/v1/Managers/empty"] = { ["@odata.id"] = "/redfish/v1/Managers/empty", Id = "e" },
    }, function(m)
      assert.equal("1.0", m:system_info().bmc_firmware_version)
    end)
  end)

  it("reads Links.Managers of a 1288H (R37)", function()
    scripted.with({ [scripted.SYSTEM] = scripted.system {
      Links = { Managers = { { ["@odata.id"] = MANAGER } } } } }, function(m, log)
      assert.equal("1.0", m:system_info().bmc_firmware_version)
      assert.equal(0, scripted.count(log, "GET", "/redfish/v1/Managers"))
    end)
  end)

  it("gives the system where there is no manager, and says so", function()
    scripted.with({ ["/redfish/v1/Managers"] = false, [MANAGER] = false }, function(m)
      assert.same({ vendor = "redfish-generic" }, m:system_info())
      assert.is_truthy(table.concat(m.trail[1].notes, "\n"):find("no manager", 1, true))
    end)
  end)

  it("takes the vendor it was told", function()
    scripted.with({}, function(m)
      assert.equal("openbmc", m:system_info().vendor)
    end, { vendor = "openbmc" })
  end)

  it("fails with the transport, not with half a record", function()
    scripted.with({ [MANAGER] = function() return "drop" end }, function(m)
      local data, e = bmc.try(m.system_info, m)
      assert.is_nil(data)
      assert.equal("system_info", e.op)
    end)
  end)
end)
