-- SPDX-License-Identifier: GPL-3.0-or-later
-- Drives in all their places, each once.
local bmc = require "bmc"
local parts = require "support.parts"
local scripted = require "support.scripted"

local collect, column, fault, link, notes, put = parts.collect, parts.column, parts.fault,
  parts.link, parts.notes, parts.put
local SYSTEM, CHASSIS = scripted.SYSTEM, "/redfish/v1/Chassis/1"
local STORAGE, SMART = SYSTEM .. "/Storage", SYSTEM .. "/SmartStorage"

-- A drive with this serial number.
local function drive(serial, fields)
  local body = { Name = "Drive", Model = "M", SerialNumber = serial, CapacityBytes = 480e9 }
  for k, v in pairs(fields or {}) do
    body[k] = v
  end
  return body
end

-- A Storage that lists drives below itself.
local function storage(resources, id, drives)
  local links = {}
  for i, d in ipairs(drives) do
    links[i] = put(resources, ("%s/%s/Drives/%d"):format(STORAGE, id, i), d)
  end
  return { id, { Name = id, Drives = links } }
end

local function with(resources, system, f, options)
  resources[SYSTEM] = scripted.system(system)
  scripted.with(resources, f, options)
end

describe("drive_inventory", function()
  it("gives the values of a drive, and nothing for what says nothing", function()
    local resources = {}
    local controller = storage(resources, "RAID", {
      { Name = "SSD 1 ", Model = "PM1643 ", Manufacturer = "SAMSUNG", SerialNumber = "S1",
        CapacityBytes = 1920383410176, MediaType = "SSD", Protocol = "SAS", RotationSpeedRPM = 0,
        PredictedMediaLifeLeftPercent = 99.0, FailurePredicted = false,
        Status = { Health = "OK" } },
      { Name = "Disk 2", MediaType = "HDD", RotationSpeedRPM = 10500, FailurePredicted = true,
        PredictedMediaLifeLeftPercent = 0, Status = { Health = "Critical" } },
      { Name = "Worn", MediaType = "SSD", PredictedMediaLifeLeftPercent = 0 },
      { Name = "Odd", PredictedMediaLifeLeftPercent = 255, FailurePredicted = "false" },
      { Name = "Empty Bay", Status = { State = "Absent", Health = "OK" } },
    })
    with(resources, { Storage = collect(resources, STORAGE, { controller }) }, function(m)
      assert.same({
        { id = "1", name = "SSD 1", model = "PM1643", manufacturer = "SAMSUNG",
          serial_number = "S1", capacity_bytes = 1920383410176, media_type = "SSD",
          protocol = "SAS", predicted_life_left_percent = 99, status = "OK",
          failure_predicted = false },
        { id = "2", name = "Disk 2", media_type = "HDD", rotation_speed_rpm = 10500,
          status = "Critical", failure_predicted = true },
        { id = "3", name = "Worn", media_type = "SSD", predicted_life_left_percent = 0 },
        { id = "4", name = "Odd", failure_predicted = false },
        { id = "5", name = "Empty Bay", status = "OK" },
      }, m:drive_inventory())
    end)
  end)

  it("goes on behind a controller that cannot be read, by way of the chassis", function()
    local resources = {}
    local one = storage(resources, "One", { drive "A", drive "B" })
    local lost = storage(resources, "Lost", { drive "C" })
    lost[2] = fault(500)
    resources[CHASSIS] = { ["@odata.id"] = CHASSIS, Id = "1", Links = {
      Drives = { link(STORAGE .. "/One/Drives/1"), link(STORAGE .. "/Lost/Drives/1") },
      Storage = { link(STORAGE .. "/One"), link(STORAGE .. "/Lost") },
    } }
    with(resources, { Storage = collect(resources, STORAGE, { one, lost }) }, function(m, log)
      assert.equal("A B C", column(m:drive_inventory(), "serial_number"))
      assert.is_truthy(notes(m):find(STORAGE .. "/Lost (500)", 1, true))
      assert.equal(1, scripted.count(log, "GET", STORAGE .. "/Lost"))
      assert.equal(1, scripted.count(log, "GET", STORAGE .. "/One/Drives/1"))
    end)
  end)

  it("finds the bays of chassis, and Storage that only chassis or the root link", function()
    local resources = {}
    put(resources, "/redfish/v1/Chassis/Box/Storage", { Name = "S",
      Drives = { put(resources, "/redfish/v1/Chassis/Box/Drives/1", drive "A") } })
    put(resources, "/redfish/v1/Chassis/Box", {
      Links = { Storage = { link "/redfish/v1/Chassis/Box/Storage" } },
      Drives = collect(resources, "/redfish/v1/Chassis/Box/Drives", {
        { "1", drive "A" }, { "2", { Name = "Empty Bay" } } }) })
    resources["/redfish/v1/Chassis"] = scripted.collection(CHASSIS, "/redfish/v1/Chassis/Box")
    resources["/redfish/v1"] = {
      Systems = link "/redfish/v1/Systems", Chassis = link "/redfish/v1/Chassis",
      Managers = link "/redfish/v1/Managers",
      Links = { Sessions = link "/redfish/v1/SessionService/Sessions" },
      Storage = collect(resources, "/redfish/v1/Storage", { { "J", {
        Name = "JBOD", Drives = { put(resources, "/redfish/v1/Storage/J/Drives/1", drive "Z") },
      } } }),
    }
    with(resources, {}, function(m)
      assert.equal("Drive Drive Empty Bay", column(m:drive_inventory(), "name"))
    end)
  end)

  it("takes drives that are a collection, that stand inline, or that are twice there", function()
    local resources = {}
    local links = collect(resources, STORAGE .. "/A/Drives", { { "1", drive "A" },
      { "2", drive "B" } })
    with(resources, { Storage = collect(resources, STORAGE, {
      { "A", { Name = "A", Drives = links } },
      { "B", { Name = "B", Drives = { drive("C", { Id = "c" }), link(STORAGE .. "/A/Drives/2"),
        link(STORAGE .. "/A/Drives/2/") } } },
      { "C", { Name = "C", Drives = false } },
    }) }, function(m)
      assert.equal("A B C", column(m:drive_inventory(), "serial_number"))
    end)
  end)

  it("takes what is behind a link that leads to a collection of drives", function()
    local resources = {}
    local links = collect(resources, CHASSIS .. "/Drives", { { "1", drive "A" },
      { "2", drive "B" } })
    put(resources, CHASSIS, { Links = { Drives = { links } } })
    with(resources, { Storage = collect(resources, STORAGE, { { "R", { Name = "R",
      Drives = { link(CHASSIS .. "/Drives/2") } } } }) }, function(m)
      assert.equal("B A", column(m:drive_inventory(), "serial_number"))
      assert.equal("B", column(m:drive_inventory { max_drives = 1 }, "serial_number"))
    end)
  end)

  it("takes the rest of the life of a drive from where Inspur has it", function()
    local resources = {}
    local controller = storage(resources, "R", { { Oem = { Public = { TimeLeft = 93 } } },
      { PredictedMediaLifeLeftPercent = 90, Oem = { Public = { TimeLeft = 0 } } } })
    with(resources, { Storage = collect(resources, STORAGE, { controller }) }, function(m)
      assert.equal("93 90", column(m:drive_inventory(), "predicted_life_left_percent"))
    end)
  end)

  it("follows a link to Storages where the resource is Storage (R26)", function()
    local resources = {}
    collect(resources, STORAGE, { storage(resources, "R", { drive "A" }) })
    with(resources, { Storage = link(SYSTEM .. "/Storages") }, function(m)
      assert.equal("A", column(m:drive_inventory(), "serial_number"))
    end)
  end)

  -- SmartStorage with one controller and these drives.
  local function smart(resources, drives)
    local at = SMART .. "/ArrayControllers/0"
    put(resources, SMART, { Links = {
      ArrayControllers = collect(resources, SMART .. "/ArrayControllers", { { "0", {
        Links = {
          PhysicalDrives = collect(resources, at .. "/DiskDrives", drives),
          UnconfiguredDrives = link(at .. "/UnconfiguredDrives"),
        } } } }),
      HostBusAdapters = link(SMART .. "/HostBusAdapters"),
    } })
    resources[at .. "/UnconfiguredDrives"] = scripted.collection(at .. "/DiskDrives/0")
    resources[SMART .. "/HostBusAdapters"] = scripted.collection()
  end

  it("adds SmartStorage's drives but those that are there already (R10)", function()
    local resources = {}
    local own = storage(resources, "DE00", { drive("A", { Id = "7" }) })
    smart(resources, {
      { "0", { Model = "M", SerialNumber = "A   ", CapacityMiB = 457862 } },
      { "1", { Model = "MB", SerialNumber = "B", CapacityLogicalBlocks = 937703088,
        BlockSizeBytes = 512, CapacityMiB = 457862, MediaType = "SSD", InterfaceType = "SATA",
        SSDEnduranceUtilizationPercentage = 1, DiskDriveStatusReasons = { "None" } } },
      { "2", { Model = "EG0300", SerialNumber = "C", CapacityMiB = 286102, MediaType = "HDD",
        RotationalSpeedRpm = 10000, InterfaceType = "SAS", SSDEnduranceUtilizationPercentage = 164,
        DiskDriveStatusReasons = { "PredictiveFailure" }, Status = { Health = "Warning" } } },
    })
    with(resources, { Storage = collect(resources, STORAGE, { own }),
      Oem = { Hpe = { Links = { SmartStorage = link(SMART) } } } }, function(m)
      local list = m:drive_inventory()
      assert.equal("7 1 2", column(list, "id"))
      assert.same({
        { id = "1", model = "MB", serial_number = "B", capacity_bytes = 480103981056,
          media_type = "SSD", protocol = "SATA", predicted_life_left_percent = 99,
          failure_predicted = false },
        { id = "2", model = "EG0300", serial_number = "C", capacity_bytes = 299999690752,
          media_type = "HDD", protocol = "SAS", rotation_speed_rpm = 10000, status = "Warning",
          failure_predicted = true },
      }, { list[2], list[3] })
    end)
  end)

  it("finds iLO 4's SmartStorage by its links (R10)", function()
    local resources = {}
    local at = SMART .. "/ArrayControllers/0"
    put(resources, SMART, { links = {
      ArrayControllers = { href = SMART .. "/ArrayControllers/" } } })
    collect(resources, SMART .. "/ArrayControllers", { { "0", {
      links = { PhysicalDrives = { href = at .. "/DiskDrives/" } } } } })
    collect(resources, at .. "/DiskDrives", { { "0", drive "A" } })
    with(resources, { Oem = { Hp = { links = { SmartStorage = { href = SMART .. "/" } } } } },
      function(m)
        assert.equal("A", column(m:drive_inventory(), "serial_number"))
      end)
  end)

  it("keeps drives apart that have the same serial number in one place", function()
    local resources = {}
    local usb = storage(resources, "USB", { drive("AAAA", { Name = "u0" }),
      drive("AAAA", { Name = "u1" }) })
    with(resources, { Storage = collect(resources, STORAGE, { usb }) }, function(m)
      assert.equal("u0 u1", column(m:drive_inventory(), "name"))
    end)
  end)

  describe("of SimpleStorage", function()
    local SIMPLE = SYSTEM .. "/SimpleStorage"

    it("is all there is", function()
      local resources = {}
      local simple = collect(resources, SIMPLE, { { "1", { Devices = {
        { Name = "SATA Bay 1", Manufacturer = "Contoso", Model = "3000GT8",
          CapacityBytes = 8000000000000, Status = { Health = "OK" } },
        { Name = "SATA Bay 2", Status = { State = "Absent" } },
        { Name = "PCIe SSD Backplane 1", Model = "PCIe SSD Backplane 1" },
      } } } })
      with(resources, { SimpleStorage = simple }, function(m)
        assert.same({
          { name = "SATA Bay 1", manufacturer = "Contoso", model = "3000GT8",
            capacity_bytes = 8000000000000, status = "OK" },
          { name = "SATA Bay 2" },
        }, m:drive_inventory())
      end)
    end)

    it("is left out where a Storage shows the same controller", function()
      local resources = {}
      local own = collect(resources, STORAGE, { storage(resources, "RAID", { drive "A" }),
        storage(resources, "AHCI", { drive "B" }) })
      local device = { { Name = "other name", Model = "other" } }
      local simple = collect(resources, SIMPLE, {
        { "RAID", { Devices = device } },                                  -- the same Id
        { "2", { Devices = device, Links = { Storage = link(STORAGE .. "/AHCI") } } },
        { "3", { Devices = { { Name = "Drive", Model = "x" },              -- known by its name
          { Name = "y", Model = "M" },                                     -- by its model
          { Name = "z", Model = "M", CapacityBytes = 1 } } } },            -- another drive
      })
      with(resources, { Storage = own, SimpleStorage = simple }, function(m, log)
        assert.equal("Drive Drive z", column(m:drive_inventory(), "name"))
        assert.equal(0, scripted.count(log, "GET", SIMPLE .. "/RAID"))
      end)
    end)

    it("stands in for a Storage that cannot be read", function()
      local resources = {}
      local simple = collect(resources, SIMPLE, { { "1", {
        Devices = { { Name = "d", Model = "x" } },
        Links = { Storage = link(STORAGE .. "/RAID") } } } })
      with(resources, { SimpleStorage = simple,
        Storage = collect(resources, STORAGE, { { "RAID", fault(404) } }) }, function(m)
        assert.equal("d", column(m:drive_inventory(), "name"))
      end)
    end)
  end)

  it("reads no more than max_drives", function()
    local resources, drives = {}, {}
    for i = 1, 20 do
      drives[i] = drive("S" .. i)
    end
    local many = storage(resources, "Many", drives)
    smart(resources, { { "0", drive "X" } })
    with(resources, { Storage = collect(resources, STORAGE, { many }),
      Oem = { Hpe = { Links = { SmartStorage = link(SMART) } } } }, function(m, log)
      assert.equal("S1 S2 S3", column(m:drive_inventory { max_drives = 3 }, "serial_number"))
      local read = 0
      for _, r in ipairs(log) do
        read = read + (r.path:find("/Drives/") and 1 or 0)
      end
      assert.equal(3, read)
      assert.equal(0, scripted.count(log, "GET", SMART))
      assert.equal(21, #m:drive_inventory { max_drives = 50 })
    end)
  end)

  it("fails when the service does, and not with an empty list", function()
    with({ [STORAGE] = fault(500) }, { Storage = link(STORAGE) }, function(m)
      local list, e = bmc.try(m.drive_inventory, m)
      assert.is_nil(list)
      assert.equal(500, e.status)
    end)
    local resources = {}
    local lost = storage(resources, "R", { drive "A", function() return "drop" end })
    with(resources, { Storage = collect(resources, STORAGE, { lost }) }, function(m)
      local list, e = bmc.try(m.drive_inventory, m)
      assert.is_nil(list)
      assert.equal("protocol", e.code)
    end)
  end)
end)
