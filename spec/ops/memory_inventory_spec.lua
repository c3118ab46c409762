-- SPDX-License-Identifier: GPL-3.0-or-later
-- Memory modules, old and new, and empty slots.
local parts = require "support.parts"
local scripted = require "support.scripted"

local SYSTEM = scripted.SYSTEM
local AT = SYSTEM .. "/Memory"

local function with(members, fields, f)
  local resources = {}
  local link = parts.collect(resources, AT, members)
  resources[SYSTEM] = scripted.system(fields(link))
  scripted.with(resources, f)
end

local function standard(link)
  return { Memory = link }
end

describe("memory_inventory", function()
  it("gives modules, and empty slots without a size", function()
    with({
      { "DIMM1", { Name = "DIMM A1", CapacityMiB = 32768, OperatingSpeedMhz = 2933,
        AllowedSpeedsMHz = { 2400, 3200, 2933 }, Manufacturer = "Samsung ", PartNumber = "M393  ",
        SerialNumber = "50D2", MemoryDeviceType = "DDR4", MemoryType = "DRAM",
        MemoryLocation = { Channel = 0, Slot = 1 }, Status = { Health = "OK" } } },
      { "DIMM2", { Name = "DIMM A2", CapacityMiB = 0, OperatingSpeedMhz = 0,
        AllowedSpeedsMHz = { 0 }, Manufacturer = "Unknown", SerialNumber = "NO DIMM",
        MemoryType = "DRAM", Status = { State = "Absent" } } },
    }, standard, function(m)
      assert.same({
        { id = "DIMM1", name = "DIMM A1", capacity_mib = 32768, operating_speed_mhz = 2933,
          rated_speed_mhz = 3200, manufacturer = "Samsung", part_number = "M393",
          serial_number = "50D2", memory_type = "DDR4", channel = 0, status = "OK" },
        { id = "DIMM2", name = "DIMM A2", memory_type = "DRAM" },
      }, m:memory_inventory())
    end)
  end)

  it("adds up the parts of a module that has no size (an NVDIMM-N)", function()
    with({
      { "1", { MemoryType = "NVDIMM_N", VolatileSizeMiB = 8192, NonVolatileSizeMiB = 8192 } },
      { "2", { CapacityMiB = 16384, VolatileSizeMiB = 8192 } },
    }, standard, function(m)
      assert.equal("16384 16384", parts.column(m:memory_inventory(), "capacity_mib"))
    end)
  end)

  it("takes the rated speed from what the vendor adds", function()
    with({ { "1", { OperatingSpeedMhz = 2666, Oem = { Hpe = { MaxOperatingSpeedMTs = 3200 } } } } },
      standard, function(m)
        assert.same({ { id = "1", operating_speed_mhz = 2666, rated_speed_mhz = 3200 } },
          m:memory_inventory())
      end)
  end)

  it("finds and reads iLO 4's own (R10)", function()
    with({
      { "proc1dimm1", { Name = "HpMemory", SocketLocator = "PROC 1 DIMM 1", SizeMB = 16384,
        DIMMType = "DDR4", MaximumFrequencyMHz = 2133, DIMMStatus = "GoodInUse",
        Manufacturer = "HP", PartNumber = "752369-081" } },
      { "proc1dimm2", { Name = "HpMemory", SocketLocator = "PROC 1 DIMM 2", SizeMB = 0,
        DIMMStatus = "NotPresent" } },
    }, function(link)
      return { Memory = { TotalSystemMemoryGB = 16, Status = { HealthRollUp = "OK" } },
        Oem = { Hp = { links = { Memory = { href = link["@odata.id"] .. "/" } } } } }
    end, function(m)
      assert.same({
        { id = "proc1dimm1", name = "PROC 1 DIMM 1", capacity_mib = 16384, rated_speed_mhz = 2133,
          manufacturer = "HP", part_number = "752369-081", memory_type = "DDR4", status = "OK" },
        { id = "proc1dimm2", name = "PROC 1 DIMM 2" },
      }, m:memory_inventory())
    end)
  end)
end)
