-- SPDX-License-Identifier: GPL-3.0-or-later
-- Volumes of controllers new and old, each once.
local parts = require "support.parts"
local scripted = require "support.scripted"

local collect, column, fault, link, notes, put = parts.collect, parts.column, parts.fault,
  parts.link, parts.notes, parts.put
local SYSTEM, CHASSIS = scripted.SYSTEM, "/redfish/v1/Chassis/1"
local STORAGE, SMART = SYSTEM .. "/Storage", SYSTEM .. "/SmartStorage"

local function with(resources, system, f)
  resources[SYSTEM] = scripted.system(system)
  scripted.with(resources, f)
end

-- A Storage with these volumes.
local function storage(resources, id, volumes)
  return { id, { Name = id,
    Volumes = collect(resources, ("%s/%s/Volumes"):format(STORAGE, id), volumes) } }
end

-- SmartStorage with these logical drives.
local function smart(resources, logical)
  local at = SMART .. "/ArrayControllers/0"
  put(resources, SMART, { Links = {
    ArrayControllers = collect(resources, SMART .. "/ArrayControllers", { { "0", {
      Links = { LogicalDrives = collect(resources, at .. "/LogicalDrives", logical) } } } }) } })
  return { Hpe = { Links = { SmartStorage = link(SMART) } } }
end

describe("volume_inventory", function()
  it("gives the values of volumes, and what says nothing is absent", function()
    local resources = {}
    local one = storage(resources, "R", {
      { "0", { Name = "boot", RAIDType = "RAID1", CapacityBytes = 239989686272,
        BlockSizeBytes = 512, Status = { Health = "OK" },
        Links = { Drives = { link "/d/1", link "/d/2" } } } },
      { "1", { Name = "", VolumeType = "RawDevice", BlockSizeBytes = 0,
        Links = { Drives = {} } } },
      { "2", { VolumeType = "NonRedundant", Oem = { Huawei = { VolumeRaidLevel = "RAID0" } } } },
    })
    with(resources, { Storage = collect(resources, STORAGE, { one,
      { "Empty", { Volumes = link(STORAGE .. "/Empty/Volumes") } }, { "None", {} } }) },
      function(m)
        assert.same({
          { id = "0", name = "boot", raid_type = "RAID1", capacity_bytes = 239989686272,
            block_size_bytes = 512, status = "OK", drives = { "/d/1", "/d/2" } },
          { id = "1", raid_type = "RawDevice" }, { id = "2", raid_type = "RAID0" },
        }, m:volume_inventory())
        assert.is_truthy(notes(m):find(STORAGE .. "/Empty/Volumes", 1, true))
      end)
  end)

  it("takes volumes that are listed where the link to them belongs", function()
    local resources = {}
    local one = put(resources, STORAGE .. "/R/Volumes/1", { RAIDType = "RAID5" })
    with(resources, { Storage = collect(resources, STORAGE, { { "R", { Volumes = { one } } } }) },
      function(m)
        assert.same({ { id = "1", raid_type = "RAID5" } }, m:volume_inventory())
      end)
  end)

  it("adds SmartStorage's logical drives but those that are there already (R10)", function()
    local resources = {}
    local own = storage(resources, "R", { { "1", { Name = "SR", Identifiers = {
      { DurableName = "600508B1-001C-2F66-07D3-27AE65E786C6", DurableNameFormat = "UUID" } } } } })
    local data = SMART .. "/ArrayControllers/0/LogicalDrives/2/DataDrives"
    local oem = smart(resources, {
      { "1", { VolumeUniqueIdentifier = "600508B1001C2F6607D327AE65E786C6", Raid = "1" } },
      { "2", { VolumeUniqueIdentifier = "600508B1001C000000000000000000FF", Raid = "5",
        LogicalDriveName = "Data", Name = "HpeSmartStorageLogicalDrive", CapacityMiB = 457830,
        Links = { DataDrives = link(data) }, Status = { Health = "OK" } } },
    })
    resources[data] = scripted.collection("/d/8", "/d/9")
    with(resources, { Storage = collect(resources, STORAGE, { own }), Oem = oem },
      function(m, log)
        local list = m:volume_inventory()
        assert.equal("SR Data", column(list, "name"))
        assert.same({ id = "2", name = "Data", raid_type = "RAID5", capacity_bytes = 480069550080,
          status = "OK", drives = { "/d/8", "/d/9" } }, list[2])
        assert.equal(0, scripted.count(log, "GET", "/d/8"))
      end)
  end)

  it("finds volumes by their drives where a Storage or its Volumes cannot be read", function()
    local resources = {}
    local function drive(path, ...)
      local volumes = {}
      for i, volume in ipairs { ... } do
        volumes[i] = link(volume)
      end
      return put(resources, path, { Links = { Volumes = volumes } })
    end
    for _, id in ipairs { "a", "b", "c" } do
      put(resources, "/v/" .. id, { Name = id })
    end
    resources[CHASSIS] = { ["@odata.id"] = CHASSIS, Id = "1", Links = {
      Drives = { link "/d/1", drive("/d/2", "/v/a", "/v/b"), drive("/d/3", "/v/b", "/v/gone") },
    } }
    with(resources, { Storage = collect(resources, STORAGE, {
      { "Lost", fault(404) },
      { "Half", { Drives = { drive("/d/1", "/v/c") }, Volumes = link "/gone" } },
    }) }, function(m)
      assert.equal("c a b", column(m:volume_inventory(), "name"))
      assert.is_truthy(notes(m):find("/v/gone (404)", 1, true))
    end)
  end)

  it("does not read drives where all Volumes could be read", function()
    local resources = {}
    local one = storage(resources, "R", { { "1", { Name = "v" } } })
    one[2].Drives = { put(resources, "/d/1", { Name = "d" }) }
    with(resources, { Storage = collect(resources, STORAGE, { one }) }, function(m, log)
      assert.equal("v", column(m:volume_inventory(), "name"))
      assert.equal(0, scripted.count(log, "GET", "/d/1"))
    end)
  end)
end)
