-- SPDX-License-Identifier: GPL-3.0-or-later
-- tree: writes the Redfish tree that the benchmark's BMCs serve, below the
-- folder given, in the DMTF mockup layout. An invented machine; its resources
-- are as long as the median of those that real BMCs answered with: root
-- 1.3 KB, system 3.4 KB, thermal 8 KB.
local host = require "_bmcsh.host"
local json = require "bmc.json"

local folder = ...

local OK = { State = "Enabled", Health = "OK" }

local function link(path)
  return { ["@odata.id"] = "/redfish/v1" .. path }
end

local function resource(path, kind, fields)
  fields["@odata.id"] = "/redfish/v1" .. path
  fields["@odata.type"] = "#" .. kind
  fields["@odata.context"] = "/redfish/v1/$metadata" .. fields["@odata.type"]
  return fields
end

local function root()
  local t = resource("/", "ServiceRoot.v1_9_0.ServiceRoot", {
    Id = "RootService", Name = "Root Service", RedfishVersion = "1.11.0",
    Product = "Benchmark BMC", UUID = "92384634-2938-2342-8820-489239905423", Vendor = "Benchmark",
    Links = { Sessions = link "/SessionService/Sessions" },
    ProtocolFeaturesSupported = {
      ExcerptQuery = false, FilterQuery = false, OnlyMemberQuery = true, SelectQuery = true,
      ExpandQuery = { ExpandAll = true, Levels = true, Links = true, MaxLevels = 2,
        NoLinks = true },
    },
  })
  for _, name in ipairs { "AccountService", "CertificateService", "Chassis", "EventService",
    "JsonSchemas", "Managers", "Registries", "SessionService", "Systems", "Tasks",
    "TelemetryService", "UpdateService" } do
    t[name] = link("/" .. name)
  end
  return t
end

local function system()
  local at = "/Systems/1"
  local t = resource(at, "ComputerSystem.v1_13_0.ComputerSystem", {
    Id = "1", Name = "System", SystemType = "Physical", Manufacturer = "Benchmark",
    Model = "B-2000", SKU = "B2K-01", SerialNumber = "437XR1138R2", PartNumber = "224071-J23",
    AssetTag = "rack 7", UUID = "38947555-7742-3448-3784-823347823834", HostName = "node-17",
    BiosVersion = "P79 v1.45 (12/06/2021)", PowerState = "On", IndicatorLED = "Off", Status = OK,
    Boot = {
      BootSourceOverrideEnabled = "Disabled", BootSourceOverrideMode = "UEFI",
      BootSourceOverrideTarget = "None", BootOrder = { "Boot0001", "Boot0002", "Boot0003" },
      ["BootSourceOverrideTarget@Redfish.AllowableValues"] = { "None", "Pxe", "Cd", "Hdd", "Usb",
        "BiosSetup", "UefiShell", "UefiHttp" },
    },
    ProcessorSummary = {
      Count = 2, LogicalProcessorCount = 128, Model = "Benchmark CPU 64", Status = OK,
    },
    MemorySummary = { TotalSystemMemoryGiB = 512, MemoryMirroring = "System", Status = OK },
    TrustedModules = { { InterfaceType = "TPM2_0", FirmwareVersion = "7.2.2.0", Status = OK } },
    Links = { Chassis = { link "/Chassis/1" }, ManagedBy = { link "/Managers/1" } },
    Actions = { ["#ComputerSystem.Reset"] = {
      target = "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset",
      ["ResetType@Redfish.AllowableValues"] = { "On", "ForceOff", "GracefulShutdown",
        "GracefulRestart", "ForceRestart", "Nmi", "PowerCycle" },
    } },
    HostWatchdogTimer = {
      FunctionEnabled = false, TimeoutAction = "None", Status = { State = "Disabled" },
    },
    Oem = { Benchmark = {
      PostState = "FinishedPost", UptimeSeconds = 8640211, Warranty = "2031-04-01",
      BootProgress = { LastState = "OSRunning", LastStateTime = "2026-03-04T05:06:07+00:00" },
    } },
  })
  for _, name in ipairs { "Bios", "EthernetInterfaces", "LogServices", "Memory",
    "NetworkInterfaces", "Processors", "SecureBoot", "SimpleStorage", "Storage",
    "VirtualMedia" } do
    t[name] = link(at .. "/" .. name)
  end
  return t
end

local function temperature(i)
  local cpu = i <= 2
  return {
    ["@odata.id"] = "/redfish/v1/Chassis/1/Thermal#/Temperatures/" .. i - 1,
    MemberId = tostring(i - 1), SensorNumber = i,
    Name = cpu and ("CPU%d Temp"):format(i) or ("%02d-Board %d"):format(i, i),
    PhysicalContext = cpu and "CPU" or "SystemBoard", ReadingCelsius = 28 + i, Status = OK,
    UpperThresholdCritical = 90, UpperThresholdNonCritical = 85,
  }
end

local function fan(i)
  return {
    ["@odata.id"] = "/redfish/v1/Chassis/1/Thermal#/Fans/" .. i - 1, MemberId = tostring(i - 1),
    Name = "Fan" .. i, Reading = 5200 + 100 * i, ReadingUnits = "RPM",
    LowerThresholdNonCritical = 900, PhysicalContext = "Backplane", Status = OK,
  }
end

local function list_of(n, f)
  local out = {}
  for i = 1, n do
    out[i] = f(i)
  end
  return out
end

local function thermal()
  return resource("/Chassis/1/Thermal", "Thermal.v1_6_2.Thermal", {
    Id = "Thermal", Name = "Thermal", Status = OK, Temperatures = list_of(22, temperature),
    Fans = list_of(8, fan),
  })
end

local function collection(path, kind, members)
  return resource(path, kind .. "." .. kind, {
    Name = path:sub(2) .. " Collection", Members = members, ["Members@odata.count"] = #members,
  })
end

local function write(path, t)
  local at = folder .. "/redfish/v1" .. path
  assert(host.mkdir_private(at))
  local file <close> = assert(io.open(at .. "/index.json", "w"))
  assert(file:write(json.encode(t)))
end

write("", root())
write("/Systems", collection("/Systems", "ComputerSystemCollection", { link "/Systems/1" }))
write("/Systems/1", system())
write("/Chassis", collection("/Chassis", "ChassisCollection", { link "/Chassis/1" }))
write("/Chassis/1", resource("/Chassis/1", "Chassis.v1_15_0.Chassis", {
  Id = "1", Name = "Chassis", ChassisType = "RackMount", Manufacturer = "Benchmark",
  Model = "B-2000", SerialNumber = "437XR1138R2", PowerState = "On", Status = OK,
  Thermal = link "/Chassis/1/Thermal", Power = link "/Chassis/1/Power",
  Links = { ComputerSystems = { link "/Systems/1" }, ManagedBy = { link "/Managers/1" } },
}))
write("/Chassis/1/Thermal", thermal())
write("/Managers", collection("/Managers", "ManagerCollection", { link "/Managers/1" }))
write("/Managers/1", resource("/Managers/1", "Manager.v1_11_0.Manager", {
  Id = "1", Name = "Manager", ManagerType = "BMC", Model = "B-BMC",
  FirmwareVersion = "1.45.455b66-rev4", DateTime = "2026-03-04T05:06:07+00:00", Status = OK,
  Links = { ManagerForServers = { link "/Systems/1" } },
}))
