-- SPDX-License-Identifier: GPL-3.0-or-later
-- Parts that are there although no link leads to them; and that nobody else pays for the search.
local parts = require "support.parts"
local scripted = require "support.scripted"

local collect, column, fault, link, notes = parts.collect, parts.column, parts.fault, parts.link,
  parts.notes
local SYSTEM, CHASSIS = scripted.SYSTEM, "/redfish/v1/Chassis/1"

-- A machine that links nothing; `fill` puts in what it has all the same.
local function with(system, fill, f)
  local resources = { [SYSTEM] = scripted.system(system) }
  fill(resources)
  scripted.with(resources, f)
end

local function nothing() end

describe("parts that no link leads to", function()
  for _, case in ipairs {
    { "processor_inventory", "Processors", { ProcessorSummary = { Count = 2 } } },
    { "memory_inventory", "Memory", { MemorySummary = { TotalSystemMemoryGiB = 64 } } },
  } do
    local op, name, summary = table.unpack(case)

    it("are found where the standard has them, if they are counted: " .. op, function()
      with(summary, function(resources)
        collect(resources, SYSTEM .. "/" .. name, { { "A1", {} }, { "A2", {} } })
      end, function(m)
        assert.equal("A1 A2", column(m[op](m), "id"))
        assert.is_truthy(notes(m):find("found, though nothing links it", 1, true), notes(m))
      end)
    end)

    it("are not looked for where none is counted, or a link leads to some: " .. op, function()
      with({}, nothing, function(m, log)
        assert.same({}, m[op](m))
        assert.equal(0, scripted.count(log, "GET", SYSTEM .. "/" .. name))
      end)
      local elsewhere = { [name] = link(SYSTEM .. "/Other"), table.unpack(summary) }
      with(elsewhere, function(resources)
        collect(resources, SYSTEM .. "/Other", { { "B1", {} } })
      end, function(m, log)
        assert.equal("B1", column(m[op](m), "id"))
        assert.equal(0, scripted.count(log, "GET", SYSTEM .. "/" .. name))
      end)
    end)

    it("may well not be there, or not be readable: " .. op, function()
      with(summary, nothing, function(m) assert.same({}, m[op](m)) end)
      with(summary, function(resources)
        resources[SYSTEM .. "/" .. name] = fault(500)
      end, function(m) assert.same({}, m[op](m)) end)
    end)
  end

  it("are drives and volumes, for want of any other", function()
    with({}, function(resources)
      local storage = SYSTEM .. "/Storage"
      collect(resources, storage, { { "RAID", {
        Drives = { parts.put(resources, storage .. "/D1", { Name = "disk" }) },
        Volumes = collect(resources, storage .. "/RAID/Volumes", { { "V1", {} } }),
      } } })
    end, function(m)
      assert.equal("D1", column(m:drive_inventory(), "id"))
      assert.equal("V1", column(m:volume_inventory(), "id"))
    end)
  end)

  it("are drives below the chassis, for want of any storage", function()
    local drives = CHASSIS .. "/Drives"
    with({}, function(resources)
      collect(resources, drives, { { "Disk0", {} }, { "Disk1", {} } })
    end, function(m)
      assert.equal("Disk0 Disk1", column(m:drive_inventory(), "id"))
      assert.is_truthy(notes(m):find(drives .. ": found", 1, true), notes(m))
    end)
    with({}, function(resources)
      collect(resources, drives, { { "Disk0", {} } })
      resources[SYSTEM].Storage = collect(resources, SYSTEM .. "/Storage", { { "RAID", {
        Drives = { parts.put(resources, SYSTEM .. "/D1", {}) } } } })
    end, function(m, log)
      assert.equal("D1", column(m:drive_inventory(), "id"))
      assert.equal(0, scripted.count(log, "GET", drives))
    end)
  end)

  it("are drives of a resource whose link has another name (R26)", function()
    with({ Storage = link(SYSTEM .. "/Storages") }, function(resources)
      collect(resources, SYSTEM .. "/Storage", { { "RAID", {
        Drives = { parts.put(resources, SYSTEM .. "/D1", {}) } } } })
    end, function(m) assert.equal("D1", column(m:drive_inventory(), "id")) end)
  end)

  it("are adapters of the chassis, else interfaces", function()
    with({}, function(resources)
      collect(resources, CHASSIS .. "/NetworkAdapters", { { "NIC.1", {} } })
      collect(resources, SYSTEM .. "/EthernetInterfaces", { { "eth0", {} } })
    end, function(m) assert.equal("NIC.1", column(m:network_adapter_inventory(), "id")) end)
    with({}, function(resources)
      collect(resources, SYSTEM .. "/EthernetInterfaces", { { "eth0", {} } })
    end, function(m) assert.equal("eth0", column(m:network_adapter_inventory(), "id")) end)
  end)
end)

describe("processors that only sensors name", function()
  local THERMAL = CHASSIS .. "/Thermal"

  local function related(uri)
    return { Name = uri, RelatedItem = { link(uri) } }
  end

  local function off(power, f)
    with({ PowerState = power, Processors = link(SYSTEM .. "/Processors") }, function(resources)
      local at = SYSTEM .. "/Processors"
      collect(resources, at, { { "CPU.1", { Socket = "CPU.1" } }, { "CPU.2", {} } })
      resources[at] = scripted.collection()
      resources[THERMAL] = { Temperatures = {
        related(at .. "/CPU.1"), { Name = "inlet", RelatedItem = { link(CHASSIS) } },
        related(at .. "/CPU.1/"), related(at .. "/CPU.2"), related(at .. "/CPU.2/SubProcessors/1"),
        { Name = "bare" },
      } }
    end, f)
  end

  it("are given of a machine that is off", function()
    off("Off", function(m)
      assert.same({ { id = "CPU.1", socket = "CPU.1" }, { id = "CPU.2" } },
        m:processor_inventory())
      assert.is_truthy(notes(m):find("its sensors name 2", 1, true), notes(m))
    end)
  end)

  it("are not looked for at a chassis that must not be asked (R02)", function()
    local at, bay = SYSTEM .. "/Processors", "/redfish/v1/Chassis/Enclosure.1"
    local resources = { [SYSTEM] = scripted.system { PowerState = "Off", Processors = link(at),
      Links = { Chassis = { link(bay) } } }, [at] = scripted.collection() }
    scripted.with(resources, function(m, log)
      assert.same({}, m:processor_inventory())
      assert.equal(0, scripted.count(log, "GET", bay .. "/Thermal"))
    end, { set = { "generic.redfish.chassis_skip=Enclosure" } })
  end)

  it("are not looked for of one that is on", function()
    off("On", function(m, log)
      assert.same({}, m:processor_inventory())
      assert.equal(0, scripted.count(log, "GET", THERMAL))
    end)
  end)
end)
