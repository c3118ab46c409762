-- SPDX-License-Identifier: GPL-3.0-or-later
-- What is built into a generated machine: processors, memory, storage with its drives and
-- volumes, network adapters and interfaces. How much of it there is, and of what make, stands in
-- the personality; here is only how Redfish shows it.

local M = {}

local OK = { State = "Enabled", Health = "OK" }

local function each(count, f)
  local out = {}
  for i = 1, count do out[i] = f(i) end
  return out
end

-- A collection of `count` resources below `path`, linked from a resource under a name.
local function add_list(tree, list, count, id, build)
  local ids = each(count, function(i)
    local name = id:format(i)
    tree:add(list.path .. "/" .. name, list.kind, function(machine)
      return build(machine, i, name)
    end)
    return name
  end)
  tree:add_collection(list.path, list.kind .. "Collection", ids)
  tree:hang(list.from, list.as, list.path)
end

local function add_processors(tree)
  local p = tree.traits.processors
  local list = {
    from = tree.system, as = "Processors", path = tree.system .. "/Processors", kind = "Processor",
  }
  add_list(tree, list, p.count, p.id, function(_, i, id)
    return {
      Name = "Processor " .. i, Socket = id, ProcessorType = "CPU", Model = p.model,
      Manufacturer = p.maker, InstructionSet = p.isa, ProcessorArchitecture = "x86",
      MaxSpeedMHz = p.mhz, TotalCores = p.cores, TotalThreads = p.threads, Status = OK,
    }
  end)
end

local function add_memory(tree)
  local m = tree.traits.memory
  local list = {
    from = tree.system, as = "Memory", path = tree.system .. "/Memory", kind = "Memory",
  }
  add_list(tree, list, m.count, m.id, function(machine, i, id)
    return {
      Name = id, DeviceLocator = id, CapacityMiB = m.gib * 1024, MemoryDeviceType = m.type,
      MemoryType = "DRAM", OperatingSpeedMhz = m.mhz, AllowedSpeedsMHz = { m.mhz },
      Manufacturer = m.maker, PartNumber = m.part, Status = OK,
      SerialNumber = machine:part_serial("dimm" .. i, "########"),
      MemoryLocation = { Socket = i * 2 > m.count and 2 or 1, Channel = (i - 1) % 8, Slot = 1 },
    }
  end)
end

-- ---- storage ----

local function drive_path(base, i)
  return ("%s/Drives/Disk%d"):format(base, i - 1)
end

local function add_drive(tree, base, unit, i)
  local d = unit.drives
  tree:add(drive_path(base, i), "Drive", function(machine)
    return {
      Name = ("Disk %d"):format(i - 1), Model = d.model, Manufacturer = d.maker,
      SerialNumber = machine:part_serial(unit.id .. i, "S5########"),
      CapacityBytes = d.gb * 1000000000, Protocol = d.protocol, MediaType = d.media or "SSD",
      RotationSpeedRPM = d.rpm, PredictedMediaLifeLeftPercent = not d.rpm and 97 or nil,
      FailurePredicted = false, Status = OK,
    }
  end)
  return tree:link(drive_path(base, i))
end

local function add_volume(tree, base, unit, i)
  local v, id = unit.volumes[i], ("Volume%d"):format(i - 1)
  local sizes = { RAID0 = #v.drives, RAID1 = 1, RAID5 = #v.drives - 1, RAID10 = #v.drives // 2 }
  tree:add(base .. "/Volumes/" .. id, "Volume", function()
    return {
      Name = ("Volume %d"):format(i - 1), RAIDType = v.raid, BlockSizeBytes = 512, Status = OK,
      CapacityBytes = unit.drives.gb * 1000000000 * (sizes[v.raid] or 1),
      Links = { Drives = each(#v.drives, function(k)
        return tree:link(drive_path(base, v.drives[k]))
      end) },
    }
  end)
  return id
end

local function add_storage(tree)
  local path, ids = tree.system .. "/Storage", {}
  for n, unit in ipairs(tree.traits.storage) do
    local base = path .. "/" .. unit.id
    local drives = each(unit.drives.count, function(i) return add_drive(tree, base, unit, i) end)
    tree:add(base, "Storage", function(machine)
      return {
        Name = unit.name, Drives = drives, ["Drives@odata.count"] = #drives, Status = OK,
        StorageControllers = { {
          ["@odata.id"] = base .. "#/StorageControllers/0", MemberId = "0", Name = unit.name,
          Model = unit.model, SerialNumber = machine:part_serial(unit.id, "SK#######"), Status = OK,
        } },
        Volumes = tree:link(base .. "/Volumes"),
      }
    end)
    local volumes = each(#(unit.volumes or {}), function(i)
      return add_volume(tree, base, unit, i)
    end)
    tree:add_collection(base .. "/Volumes", "VolumeCollection", volumes)
    ids[n] = unit.id
  end
  tree:add_collection(path, "StorageCollection", ids)
  tree:hang(tree.system, "Storage", path)
end

-- ---- network ----

-- The machine's n-th network address, all of them its own.
local function mac_of(machine, n)
  return (machine.mac:gsub("^02", ("%02x"):format(2 + 4 * n)))
end

local function add_interfaces(tree)
  local nics = tree.traits.nics
  local list = {
    from = tree.system, as = "EthernetInterfaces", path = tree.system .. "/EthernetInterfaces",
    kind = "EthernetInterface",
  }
  add_list(tree, list, nics.count, nics.id, function(machine, i)
    return {
      Name = "Host interface " .. i, MACAddress = mac_of(machine, i), SpeedMbps = nics.mbps,
      LinkStatus = "LinkUp", InterfaceEnabled = true, Status = OK,
    }
  end)
end

local function add_adapter(tree, path, a)
  local base, ports = path .. "/" .. a.id, a.ports or 2
  tree:add(base, "NetworkAdapter", function(machine)
    return {
      Name = a.name or "Network Adapter", Model = a.model, Manufacturer = a.maker,
      PartNumber = a.part or a.model, SerialNumber = machine:part_serial(a.id, "MT########"),
      Controllers = { {
        FirmwarePackageVersion = a.version,
        ControllerCapabilities = { NetworkPortCount = ports },
      } },
      Status = OK,
    }
  end)
end

local function add_adapters(tree)
  local path, ids = tree.chassis .. "/NetworkAdapters", {}
  for i, a in ipairs(tree.traits.adapters) do
    add_adapter(tree, path, a)
    ids[i] = a.id
  end
  tree:add_collection(path, "NetworkAdapterCollection", ids)
  tree:hang(tree.chassis, "NetworkAdapters", path)
end

--- Adds the resources that the traits name.
---@param tree table
function M.add(tree)
  add_processors(tree)
  add_memory(tree)
  add_storage(tree)
  add_interfaces(tree)
  add_adapters(tree)
end

return M
