-- SPDX-License-Identifier: GPL-3.0-or-later
-- Firmware and software in the lists of the standard and of vendors.
local bmc = require "bmc"
local parts = require "support.parts"
local scripted = require "support.scripted"

local collect, column, fault, link = parts.collect, parts.column, parts.fault, parts.link
local SYSTEM, UPDATE = scripted.SYSTEM, "/redfish/v1/UpdateService"
local FIRMWARE, SOFTWARE = UPDATE .. "/FirmwareInventory", UPDATE .. "/SoftwareInventory"

-- A service with this UpdateService.
local function with(resources, update, f)
  resources[UPDATE] = update
  scripted.with(resources, f)
end

describe("firmware_inventory", function()
  it("gives the values of firmware and software, and no false dates (F21)", function()
    local resources = {}
    with(resources, {
      FirmwareInventory = collect(resources, FIRMWARE, {
        { "BIOS", { Name = "BIOS ", Version = "1.13.2", Manufacturer = "Dell",
          ReleaseDate = "2023-12-20T00:00:00Z", SoftwareId = "159", Updateable = true } },
        { "SSD", { Name = "SSD", Version = "N/A", ReleaseDate = "00:00:00Z",
          Updateable = false } },
        { "NIC", { Version = "2", ReleaseDate = "0000-00-00T00:00:00Z" } },
      }),
      SoftwareInventory = collect(resources, SOFTWARE, { { "DC", { Name = "Connector" } } }),
    }, function(m, log)
      assert.same({
        { id = "BIOS", name = "BIOS", version = "1.13.2", manufacturer = "Dell",
          release_date = "2023-12-20T00:00:00Z", software_id = "159", updatable = true },
        { id = "SSD", name = "SSD", updatable = false },
        { id = "NIC", version = "2" },
        { id = "DC", name = "Connector" },
      }, m:firmware_inventory())
      assert.equal(0, scripted.count(log, "GET", SYSTEM))
    end)
  end)

  it("adds what a vendor's own list has besides, under other ids (F11)", function()
    local own = UPDATE .. "/Oem/Supermicro/FirmwareInventory"
    local resources = {}
    with(resources, {
      FirmwareInventory = collect(resources, FIRMWARE, {
        { "1", { Name = "BIOS", Version = "1.4" } }, { "2", { Name = "PSU", Version = "7" } },
        { "3", { Name = "PSU", Version = "7" } } }),
      Oem = { Supermicro = { FirmwareInventory = collect(resources, own, {
        { "1", { Name = "CPLD", Version = "F1" } }, { "2", { Name = "BIOS", Version = "1.4" } },
      }) } },
    }, function(m)
      local list = m:firmware_inventory()
      assert.equal("1 2 3 1:CPLD", column(list, "id"))
      assert.equal("BIOS PSU PSU CPLD", column(list, "name"))
    end)
    resources = {}
    with(resources, {
      SmcFirmwareInventory = collect(resources, UPDATE .. "/SmcFirmwareInventory",
        { { "BIOS", { Name = "BIOS", Version = "3.2" } } }),
    }, function(m)
      assert.equal("3.2", column(m:firmware_inventory(), "version"))
    end)
  end)

  it("takes items that stand where the link belongs", function()
    local resources = {}
    collect(resources, FIRMWARE, { { "a", { Name = "A" } }, { "b", { Name = "B" } } })
    with(resources, { FirmwareInventory = { link(FIRMWARE .. "/a"), link(FIRMWARE .. "/b") } },
      function(m) assert.equal("A B", column(m:firmware_inventory(), "name")) end)
  end)

  it("finds the inventories of a service that links none", function()
    local resources = {}
    collect(resources, SOFTWARE, { { "BMC", { Version = "1" } } })
    with(resources, {}, function(m) assert.equal("BMC", column(m:firmware_inventory(), "id")) end)
  end)

  it("reads iLO 4's list below the system (R10)", function()
    local at = SYSTEM .. "/FirmwareInventory"
    scripted.with({
      [SYSTEM] = scripted.system { Oem = { Hp = { links = {
        FirmwareInventory = { href = at .. "/" } } } } },
      [at] = { Name = "HpFWInventory", Current = {
        SystemRomActive = { { Name = "System ROM", VersionString = "I36 v2.40",
          Location = "System Board" } },
        PowerSupplies = { { Name = "Power Supply", VersionString = "1.00" },
          { Name = "Power Supply", VersionString = "1.00" } },
      } },
    }, function(m)
      assert.same({
        { id = "PowerSupplies", name = "Power Supply", version = "1.00" },
        { id = "PowerSupplies:Power Supply", name = "Power Supply", version = "1.00" },
        { id = "SystemRomActive", name = "System ROM", version = "I36 v2.40" },
      }, m:firmware_inventory())
    end)
  end)

  it("reads iRMC's inventory below the system, kind by kind", function()
    local at = SYSTEM .. "/Oem/ts_fujitsu/FirmwareInventory"
    scripted.with({
      [SYSTEM] = scripted.system { Oem = { ts_fujitsu = { FirmwareInventory = link(at) } } },
      [at] = { ["@odata.id"] = at, Id = "FirmwareInventory", SystemBIOS = "V5.0.0.9 R1.36.0",
        BMCFirmware = "3.03S", BMCFirmwareRunning = "HighFWImage", NIC = link(at .. "/NIC"),
        Storage = link(at .. "/Storage"), FC = link(at .. "/FC") },
      [at .. "/NIC"] = { Ports = { { AdapterName = "PLAN EP X710", FirmwareVersion = "7.20",
        SlotId = 0, PortId = 1 }, { ModuleName = "I350", FirmwareVersion = "1.63" } } },
      [at .. "/Storage"] = { Adapters = { { ModuleName = "PRAID EP540i",
        FWPackageVersion = "51.16.0-4296" } } },
    }, function(m)
      assert.same({
        { id = "SystemBIOS", name = "SystemBIOS", version = "V5.0.0.9 R1.36.0" },
        { id = "BMCFirmware", name = "BMCFirmware", version = "3.03S" },
        { id = "NIC", name = "PLAN EP X710", version = "7.20" },
        { id = "NIC:I350", name = "I350", version = "1.63" },
        { id = "Storage", name = "PRAID EP540i", version = "51.16.0-4296" },
      }, m:firmware_inventory())
    end)
  end)

  it("is empty where there is none, and fails where there is one that fails", function()
    scripted.with({}, function(m) assert.same({}, m:firmware_inventory()) end)
    with({ [FIRMWARE] = fault(500) }, { FirmwareInventory = link(FIRMWARE) }, function(m)
      local list, e = bmc.try(m.firmware_inventory, m)
      assert.is_nil(list)
      assert.equal(500, e.status)
    end)
  end)

  it("gives the others where a link is none, or a whole collection", function()
    local resources = {}
    collect(resources, FIRMWARE, { { "BIOS", { Version = "1" } } })
    table.insert(resources[FIRMWARE].Members, { ["@odata.id"] = "see the manual" })
    with(resources, { FirmwareInventory = link(FIRMWARE),
      SoftwareInventory = link "n/a" }, function(m)
      assert.equal("BIOS", column(m:firmware_inventory(), "id"))
    end)
  end)
end)
