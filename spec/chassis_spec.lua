-- SPDX-License-Identifier: GPL-3.0-or-later
-- Where thermal and power data are looked for, and when the looking stops.
local bmc = require "bmc"
local scripted = require "support.scripted"

local CHASSIS = "/redfish/v1/Chassis/1"
local OTHER = "/redfish/v1/Chassis/2"

local function link(path)
  return { ["@odata.id"] = path }
end

local function chassis(path, fields)
  local body = { ["@odata.id"] = path, Id = path:match "[^/]+$" }
  for k, v in pairs(fields) do
    body[k] = v
  end
  return body
end

local function temperatures(...)
  local list = {}
  for i, name in ipairs { ... } do
    list[i] = { Name = name, ReadingCelsius = 20 + i }
  end
  return { Temperatures = list }
end

local function names(list)
  local out = {}
  for i, record in ipairs(list) do
    out[i] = record.name
  end
  return out
end

local function asked(log, path)
  return scripted.count(log, "GET", path) > 0
end

describe("the walk to the chassis", function()
  it("does not read the chassis when its Thermal is where the schema says", function()
    scripted.with({ [CHASSIS .. "/Thermal"] = temperatures "Inlet" }, function(m, log)
      assert.same({ "Inlet" }, names(m:temperatures()))
      assert.is_false(asked(log, CHASSIS))
    end)
  end)

  it("follows the chassis' own link when it is not", function()
    scripted.with({
      [CHASSIS] = chassis(CHASSIS, { Thermal = link "/redfish/v1/Thermals/7" }),
      ["/redfish/v1/Thermals/7"] = temperatures "Inlet",
    }, function(m)
      assert.same({ "Inlet" }, names(m:temperatures()))
      assert.is_truthy(m.trail[#m.trail].notes[1]:find("/Chassis/1/Thermal", 1, true))
    end)
  end)

  it("puts several chassis together in their order", function()
    scripted.with({
      [scripted.SYSTEM] = scripted.system { Links = { Chassis = { link(CHASSIS), OTHER } } },
      [CHASSIS .. "/Thermal"] = temperatures("a", "b"), [OTHER .. "/Thermal"] = temperatures "c",
    }, function(m)
      assert.same({ "a", "b", "c" }, names(m:temperatures()))
    end)
  end)

  it("asks the other chassis that claim the system, and no others (R30)", function()
    scripted.with({
      ["/redfish/v1/Chassis"] = scripted.collection(CHASSIS, OTHER, "/redfish/v1/Chassis/3"),
      [OTHER] = chassis(OTHER, { Thermal = link(OTHER .. "/Thermal"),
        Links = { ComputerSystems = { link(scripted.SYSTEM .. "/") } } }),
      [OTHER .. "/Thermal"] = temperatures "GPU",
      ["/redfish/v1/Chassis/3"] = chassis("/redfish/v1/Chassis/3", {
        Thermal = link "/redfish/v1/Chassis/3/Thermal" }),
      ["/redfish/v1/Chassis/3/Thermal"] = temperatures "of somebody else",
    }, function(m)
      assert.same({ "GPU" }, names(m:temperatures()))
    end)
  end)

  it("looks among the sensors for temperatures where a Thermal has none, not for fans", function()
    local sensor = CHASSIS .. "/Sensors/Inlet"
    scripted.with({
      [CHASSIS] = chassis(CHASSIS, { Thermal = link(CHASSIS .. "/Thermal"),
        Sensors = link(CHASSIS .. "/Sensors") }),
      [CHASSIS .. "/Thermal"] = { Temperatures = {}, Fans = {} },
      [CHASSIS .. "/Sensors"] = scripted.collection(sensor),
      [sensor] = { Id = "Inlet", Name = "Inlet", ReadingType = "Temperature", Reading = 24 },
    }, function(m, log)
      assert.same({}, m:fans())
      assert.is_false(asked(log, CHASSIS .. "/Sensors"))
      assert.same({ "Inlet" }, names(m:temperatures()))
    end)
  end)

  -- OpenBMC: the root says nothing of it, and the system links one of two chassis.
  local function openbmc(second)
    local resources = {
      ["/redfish/v1/Managers/1"] = { ["@odata.id"] = "/redfish/v1/Managers/1", Id = "1",
        ManagerType = "BMC", Model = "OpenBmc" },
      ["/redfish/v1/Chassis"] = scripted.collection(CHASSIS, OTHER),
      [CHASSIS .. "/Thermal"] = { Temperatures = { { Name = "board", ReadingCelsius = 30 } },
        Fans = { { Name = "F1", Reading = 5000 } } },
      [CHASSIS .. "/Power"] = { PowerSupplies = { { Name = "P1" } } },
    }
    for at, body in pairs(second) do
      resources[at] = body
    end
    resources[OTHER] = chassis(OTHER, resources[OTHER])
    resources[OTHER].Links = { ComputerSystems = { link(scripted.SYSTEM) } }
    return resources
  end

  local function has_both(m)
    assert.same({ "board", "riser" }, names(m:temperatures()))
    assert.same({ "F1", "F2" }, names(m:fans()))
    assert.same({ "P1", "P2" }, names(m:power_supplies()))
    assert.equal(6, #m:sensors())
    assert.equal("Critical", m:chassis_health().thermal)
  end

  it("goes on where each chassis of a system has sensors of its own (R30)", function()
    scripted.with(openbmc {
      [OTHER] = { Thermal = link(OTHER .. "/Thermal"), Power = link(OTHER .. "/Power") },
      [OTHER .. "/Thermal"] = { Temperatures = { { Name = "riser", ReadingCelsius = 40 } },
        Fans = { { Name = "F2", Reading = 6000, Status = { Health = "Critical" } } } },
      [OTHER .. "/Power"] = { PowerSupplies = { { Name = "P2" } } },
    }, has_both)
  end)

  it("goes on in the new model too, and asks no manager that the root has named", function()
    local thermal, power = OTHER .. "/ThermalSubsystem", OTHER .. "/PowerSubsystem"
    local resources = openbmc {
      [OTHER] = { ThermalSubsystem = link(thermal), PowerSubsystem = link(power) },
      [thermal] = { Fans = link(thermal .. "/Fans"), ThermalMetrics = link(thermal .. "/Metrics") },
      [thermal .. "/Metrics"] = {
        TemperatureReadingsCelsius = { { DeviceName = "riser", Reading = 40 } } },
      [thermal .. "/Fans"] = scripted.collection(thermal .. "/Fans/2"),
      [thermal .. "/Fans/2"] = { Id = "2", Name = "F2", SpeedPercent = { SpeedRPM = 6000 },
        Status = { Health = "Critical" } },
      [power] = { PowerSupplies = link(power .. "/PowerSupplies") },
      [power .. "/PowerSupplies"] = scripted.collection(power .. "/PowerSupplies/2"),
      [power .. "/PowerSupplies/2"] = { Id = "2", Name = "P2" },
    }
    scripted.with(resources, has_both)
    scripted.with(resources, function(m, log)
      m:temperatures()
      assert.is_false(asked(log, "/redfish/v1/Managers/1"))
    end, { vendor = "openbmc" })
  end)

  it("goes by the same id, or by there being no claims, where nothing is linked", function()
    local unlinked = scripted.system { Links = {} }
    scripted.with({
      [scripted.SYSTEM] = unlinked,
      ["/redfish/v1/Chassis"] = scripted.collection(CHASSIS, OTHER),
      [CHASSIS] = chassis(CHASSIS, { Thermal = link(CHASSIS .. "/Thermal") }),
      [CHASSIS .. "/Thermal"] = temperatures "mine",
      [OTHER] = chassis(OTHER, { Thermal = link(OTHER .. "/Thermal") }),
      [OTHER .. "/Thermal"] = temperatures "enclosure",
    }, function(m)
      assert.same({ "mine" }, names(m:temperatures()))
    end)
    scripted.with({
      [scripted.SYSTEM] = unlinked,
      ["/redfish/v1/Chassis"] = scripted.collection(OTHER),
      [OTHER] = chassis(OTHER, { Thermal = link(OTHER .. "/Thermal") }),
      [OTHER .. "/Thermal"] = temperatures "only",
    }, function(m)
      assert.same({ "only" }, names(m:temperatures()))
    end)
  end)

  it("takes no chassis of another system because neither it nor the system has an Id", function()
    local system, other = scripted.system { Links = {} }, chassis(OTHER, {
      Thermal = link(OTHER .. "/Thermal"), Links = { ComputerSystems = { link "/redfish/v1/B" } },
    })
    system.Id, other.Id = nil, nil
    scripted.with({
      [scripted.SYSTEM] = system,
      ["/redfish/v1/Chassis"] = scripted.collection(OTHER, CHASSIS),
      [OTHER] = other, [OTHER .. "/Thermal"] = temperatures "not mine",
      [CHASSIS] = chassis(CHASSIS, { Thermal = link(CHASSIS .. "/Thermal") }),
      [CHASSIS .. "/Thermal"] = temperatures "mine",
    }, function(m)
      assert.same({ "mine" }, names(m:temperatures()))
    end)
  end)

  it("leaves alone what the profile says not to touch (R02)", function()
    local raid = "/redfish/v1/Chassis/RAID.Slot.3"
    scripted.with({
      [scripted.SYSTEM] = scripted.system { Links = { Chassis = { link(CHASSIS), link(raid) } } },
      [CHASSIS .. "/Thermal"] = temperatures "Inlet", [raid .. "/Thermal"] = temperatures "crash",
    }, function(m, log)
      assert.same({ "Inlet" }, names(m:temperatures()))
      assert.is_false(asked(log, raid .. "/Thermal"))
    end, { vendor = "idrac" })
  end)

  it("ends with an empty list that names what lacks, where there is nothing", function()
    scripted.with({}, function(m)
      assert.same({}, m:temperatures())
      assert.is_truthy(m.trail[#m.trail].notes[1]:find(CHASSIS .. "/Thermal", 1, true))
    end)
  end)

  it("is not content with a web server that knows nothing of Redfish", function()
    scripted.with({ ["/redfish/v1"] = false, ["/redfish/v1/Systems"] = false,
      ["/redfish/v1/Chassis"] = false, ["/redfish/v1/Managers"] = false,
      [scripted.SYSTEM] = false }, function(m)
      for _, name in ipairs { "temperatures", "fans", "power_supplies", "power_metrics",
        "detect_vendor" } do
        local data, e = bmc.try(m[name], m)
        assert.is_nil(data)
        assert.equal("missing", e.code)
      end
    end)
  end)

  it("ends with the error of what is there and cannot be read", function()
    scripted.with({ [CHASSIS .. "/Thermal"] = function() return 500, {} end }, function(m)
      local data, e = bmc.try(m.temperatures, m)
      assert.is_nil(data)
      assert.same({ "protocol", "temperatures" }, { e.code, e.op })
    end)
  end)

  it("gives what it has when one chassis of several fails, and says so", function()
    scripted.with({
      [scripted.SYSTEM] = scripted.system { Links = { Chassis = { link(CHASSIS), link(OTHER) } } },
      [CHASSIS .. "/Thermal"] = temperatures "a",
      [OTHER .. "/Thermal"] = function() return 500, {} end,
    }, function(m)
      assert.same({ "a" }, names(m:temperatures()))
      assert.is_truthy(m.trail[#m.trail].notes[1]:find("incomplete", 1, true))
    end)
  end)
end)

describe("the new data model", function()
  local THERMAL = CHASSIS .. "/ThermalSubsystem"
  local METRICS = CHASSIS .. "/EnvironmentMetrics"
  local SENSORS = CHASSIS .. "/Sensors"

  local function sensor(name, fields)
    local body = { ["@odata.id"] = SENSORS .. "/" .. name, Id = name, Name = name,
      Status = { State = "Enabled", Health = "OK" } }
    for k, v in pairs(fields) do
      body[k] = v
    end
    return body
  end

  it("gives readings of ThermalMetrics with the limits of their sensors", function()
    scripted.with({
      [CHASSIS] = chassis(CHASSIS, { ThermalSubsystem = link(THERMAL) }),
      [THERMAL] = { ThermalMetrics = link(THERMAL .. "/ThermalMetrics") },
      [THERMAL .. "/ThermalMetrics"] = { TemperatureReadingsCelsius = {
        { Reading = 41.0, DataSourceUri = SENSORS .. "/CPU1" },
        { Reading = 24.5, DeviceName = "Intake", DataSourceUri = SENSORS .. "/gone" } } },
      [SENSORS .. "/CPU1"] = sensor("CPU1", { PhysicalContext = "CPU",
        Thresholds = { UpperCaution = { Reading = 90 }, UpperCritical = { Reading = 100 } } }),
    }, function(m, log)
      assert.same({
        { name = "CPU1", reading_c = 41, upper_non_critical_c = 90, upper_critical_c = 100,
          status = "OK", physical_context = "CPU" },
        { name = "Intake", reading_c = 24.5 },
      }, m:temperatures())
      assert.is_truthy(m.trail[1].notes[2]:find("1 of 2 sensors", 1, true))
      local before = scripted.count(log, "GET", SENSORS .. "/CPU1")
      assert.equal(41, m:heartbeat().cpu_temp_c)
      assert.equal(before, scripted.count(log, "GET", SENSORS .. "/CPU1"))
    end)
  end)

  it("gives a reading whose sensor, and a supply whose metrics, cannot be read", function()
    local power = CHASSIS .. "/PowerSubsystem"
    local unit = power .. "/PowerSupplies/1"
    local function stuck() return 500, {} end
    scripted.with({
      [CHASSIS] = chassis(CHASSIS, { PowerSubsystem = link(power),
        EnvironmentMetrics = link(METRICS) }),
      [METRICS] = { FanSpeedsPercent = {
        { DeviceName = "FAN_1", SpeedRPM = 7200, DataSourceUri = SENSORS .. "/F1" },
        { DeviceName = "FAN_2", SpeedRPM = 7300, DataSourceUri = SENSORS .. "/F2" } } },
      [SENSORS .. "/F1"] = stuck, [SENSORS .. "/F2"] = sensor("F2", {}),
      [power] = { PowerSupplies = link(power .. "/PowerSupplies") },
      [power .. "/PowerSupplies"] = scripted.collection(unit),
      [unit] = { ["@odata.id"] = unit, Name = "PSU 1", Metrics = link(unit .. "/Metrics") },
      [unit .. "/Metrics"] = stuck,
    }, function(m)
      assert.same({ { name = "FAN_1", reading_rpm = 7200 },
        { name = "F2", reading_rpm = 7300, status = "OK" } }, m:fans())
      assert.same({ { name = "PSU 1" } }, m:power_supplies())
    end)
  end)

  it("passes over what stands among readings and is none", function()
    scripted.with({
      [CHASSIS] = chassis(CHASSIS, { ThermalSubsystem = link(THERMAL) }),
      [THERMAL] = { ThermalMetrics = link(THERMAL .. "/ThermalMetrics") },
      [THERMAL .. "/ThermalMetrics"] = { TemperatureReadingsCelsius = {
        7, false, "hot", { Reading = 24.5, DeviceName = "Intake" } } },
    }, function(m)
      assert.same({ { name = "Intake", reading_c = 24.5 } }, m:temperatures())
    end)
  end)

  it("walks the sensors of a chassis that has no metrics", function()
    scripted.with({
      [CHASSIS] = chassis(CHASSIS, { Sensors = link(SENSORS) }),
      [SENSORS] = scripted.collection(SENSORS .. "/T", SENSORS .. "/F", SENSORS .. "/V"),
      [SENSORS .. "/T"] = sensor("T", { ReadingType = "Temperature", Reading = 30 }),
      [SENSORS .. "/F"] = sensor("F", { ReadingUnits = "RPM", Reading = 7200 }),
      [SENSORS .. "/V"] = sensor("V", { ReadingType = "Voltage", Reading = 12 }),
    }, function(m)
      assert.same({ { name = "T", reading_c = 30, status = "OK" } }, m:temperatures())
      assert.same({ { name = "F", reading_rpm = 7200, status = "OK" } }, m:fans())
    end)
  end)

  it("does not walk them for a blade, whose Thermal has no fans", function()
    scripted.with({
      [CHASSIS] = chassis(CHASSIS, { Sensors = link(SENSORS) }),
      [CHASSIS .. "/Thermal"] = temperatures "Inlet",
      [SENSORS] = scripted.collection(SENSORS .. "/F"),
      [SENSORS .. "/F"] = sensor("F", { ReadingUnits = "RPM", Reading = 7200 }),
    }, function(m, log)
      assert.same({}, m:fans())
      assert.is_false(asked(log, SENSORS))
    end)
  end)

  it("gives the fans of ThermalSubsystem, else of EnvironmentMetrics", function()
    local fan = THERMAL .. "/Fans/1"
    scripted.with({
      [CHASSIS] = chassis(CHASSIS, { ThermalSubsystem = link(THERMAL) }),
      [THERMAL] = { Fans = link(THERMAL .. "/Fans") },
      [THERMAL .. "/Fans"] = scripted.collection(fan),
      [fan] = { ["@odata.id"] = fan, Name = "Fan 1",
        SpeedPercent = { Reading = 45, SpeedRPM = 2200 } },
    }, function(m)
      assert.same({ { name = "Fan 1", reading_rpm = 2200, reading_percent = 45 } }, m:fans())
    end)
    scripted.with({
      [CHASSIS] = chassis(CHASSIS, { EnvironmentMetrics = link(METRICS) }),
      [METRICS] = { FanSpeedsPercent = { { DeviceName = "Fan #1", SpeedRPM = 26568 } } },
    }, function(m)
      assert.same({ { name = "Fan #1", reading_rpm = 26568 } }, m:fans())
    end)
  end)

  it("gives supplies with their metrics and redundancy, and the power of the whole", function()
    local power = CHASSIS .. "/PowerSubsystem"
    local unit = power .. "/PowerSupplies/1"
    scripted.with({
      [CHASSIS] = chassis(CHASSIS, { PowerSubsystem = link(power),
        EnvironmentMetrics = link(METRICS) }),
      [power] = { PowerSupplies = link(power .. "/PowerSupplies"), PowerSupplyRedundancy = {
        { RedundancyGroup = { link(unit) }, Status = { Health = "OK" } } } },
      [power .. "/PowerSupplies"] = scripted.collection(unit),
      [unit] = { ["@odata.id"] = unit, Name = "PSU 1", Metrics = link(unit .. "/Metrics") },
      [unit .. "/Metrics"] = { InputPowerWatts = { Reading = 173 } },
      [METRICS] = { PowerWatts = { Reading = 374 }, PowerLimitWatts = { SetPoint = 500 } },
    }, function(m)
      assert.same({ { name = "PSU 1", input_power_w = 173, redundancy_status = "OK" } },
        m:power_supplies())
      assert.same({ consumed_w = 374, limit_w = 500 }, m:power_metrics())
    end)
  end)
end)
