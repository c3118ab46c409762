-- SPDX-License-Identifier: GPL-3.0-or-later
-- Thermal and power records, from both data models and from the forms in between.
local cjson = require "cjson"
local records = require "bmc.records"

local null = cjson.null

describe("records.temperature", function()
  it("takes a sensor of Thermal as it stands", function()
    assert.same({
      name = "CPU1 Temp", reading_c = 26, upper_critical_c = 103, status = "OK",
      physical_context = "CPU",
    }, records.temperature {
      Name = "CPU1 Temp", ReadingCelsius = 26.0, UpperThresholdCritical = 103,
      UpperThresholdNonCritical = null, PhysicalContext = "CPU",
      Status = { State = "Enabled", Health = "OK" },
    })
  end)

  it("has no signal where there is no sensor: X10 reports 0 for all", function()
    assert.same({ name = "CPU Temp", physical_context = "CPU" }, records.temperature {
      Name = "CPU Temp", PhysicalContext = "CPU", Status = { State = "Absent" },
      ReadingCelsius = 0, UpperThresholdCritical = 0, UpperThresholdNonCritical = 0,
    })
  end)

  it("keeps limits that a sensor has although it is absent", function()
    assert.same({ name = "M2", upper_non_critical_c = 92, upper_critical_c = 96 },
      records.temperature { Name = "M2", Status = { State = "Absent" },
        UpperThresholdNonCritical = 92, UpperThresholdCritical = 96 })
  end)

  it("keeps a zero that was measured", function()
    assert.equal(0, records.temperature { ReadingCelsius = 0,
      Status = { State = "Enabled" } }.reading_c)
  end)

  it("finds iLO 4's upper limits under Lower*, where 0 is none", function()
    assert.same({
      name = "01-Inlet Ambient", reading_c = 18, upper_non_critical_c = 42, upper_critical_c = 46,
    }, records.temperature {
      Name = "01-Inlet Ambient", CurrentReading = 18, ReadingCelsius = 18, Units = "Celsius",
      LowerThresholdNonCritical = 42, LowerThresholdCritical = 46,
    })
    assert.same({ name = "02-CPU 1", reading_c = 40, upper_non_critical_c = 70 },
      records.temperature { Name = "02-CPU 1", CurrentReading = 40,
        LowerThresholdNonCritical = 70, LowerThresholdCritical = 0 })
  end)

  it("leaves lower limits alone elsewhere", function()
    assert.same({ name = "Inlet", reading_c = 20 }, records.temperature {
      Name = "Inlet", ReadingCelsius = 20, LowerThresholdNonCritical = 3,
      LowerThresholdCritical = -7,
    })
  end)
end)

describe("records.sensor_temperature", function()
  local sensor = {
    Name = "HMC TEMP", Reading = 30.437, PhysicalContext = "GPU",
    Status = { Health = "OK", State = "Enabled" },
    Thresholds = { UpperCaution = { Reading = 105.0 }, UpperCritical = { Reading = 108 } },
  }

  it("joins an excerpt with its sensor", function()
    assert.same({
      name = "HMC TEMP", reading_c = 31, upper_non_critical_c = 105, upper_critical_c = 108,
      status = "OK", physical_context = "GPU",
    }, records.sensor_temperature({ DeviceName = "HMC", Reading = 31.0 }, sensor))
  end)

  it("makes do with either", function()
    assert.equal(30.437, records.sensor_temperature({}, sensor).reading_c)
    assert.same({ name = "TEMP_PDB", reading_c = 30.312 }, records.sensor_temperature({
      DataSourceUri = "/redfish/v1/Chassis/BMC_0/Sensors/TEMP_PDB", Reading = 30.312 }, nil))
  end)
end)

describe("records.is_decisive", function()
  it("is said of a reading that is placed at a processor, and of no other", function()
    assert.is_true(records.is_decisive { name = "P1", reading_c = 43, physical_context = "CPU" })
    assert.is_false(records.is_decisive { name = "P1", physical_context = "CPU" })
    assert.is_false(records.is_decisive { name = "CPU1 Temp", reading_c = 43 })
    assert.is_false(records.is_decisive { name = "CPU1 VR", reading_c = 43,
      physical_context = "CPU" })
  end)
end)

describe("records.processor_temperature", function()
  local function choose(...)
    local record, processor = records.processor_temperature { ... }
    return record and record.name, processor
  end

  it("prefers what is placed at a processor", function()
    assert.same({ "P1_TEMP_SENS", true }, { choose(
      { name = "CPU_INLET", reading_c = 20, physical_context = "Intake" },
      { name = "P1_TEMP_SENS", reading_c = 43, physical_context = "CPU" }) })
  end)

  it("passes over a socket without a reading", function()
    assert.same({ "CPU2 Temp", true }, { choose(
      { name = "CPU1 Temp", physical_context = "CPU" },
      { name = "CPU2 Temp", reading_c = 30, physical_context = "CPU" }) })
  end)

  it("goes by the name where the place says nothing", function()
    assert.same({ "CPU0_TEMP", true }, { choose(
      { name = "Inlet", reading_c = 20, physical_context = "Intake" },
      { name = "CPU0_TEMP", reading_c = 40, physical_context = "Intake" }) })
    assert.same({ "P1 Temperature", true }, { choose(
      { name = "BB CPU1 VR Temp", reading_c = 27 }, { name = "P1 Therm Margin", reading_c = -71 },
      { name = "P1 DIMM Thrm 1", reading_c = -58 }, { name = "P1 Temperature", reading_c = 28 }) })
  end)

  it("is not misled by what is near a processor", function()
    assert.same({ "CPU2 Temp", true }, { choose(
      { name = "CPU1_VRMIN Temp", reading_c = 32, physical_context = "CPU" },
      { name = "CPU 1 DTS", reading_c = -51, physical_context = "CPU" },
      { name = "CPU2 Temp", reading_c = 30, physical_context = "CPU" }) })
    assert.same({ "48-12V TMP", false }, { choose(
      { name = "48-12V TMP", reading_c = 46, physical_context = "VoltageRegulator" },
      { name = "CPU0 SOC_S0", reading_c = 40, physical_context = "VoltageRegulator" }) })
  end)

  it("falls back to the first reading, and says that it did", function()
    assert.same({ "Inlet", false }, { choose(
      { name = "CPU1 Temp", physical_context = "CPU" }, { name = "Inlet", reading_c = 15 }) })
    assert.is_nil((choose({ name = "CPU1 Temp" })))
    assert.is_nil((choose()))
  end)
end)

describe("records.fan", function()
  it("goes by the unit: RPM or percent", function()
    assert.same({ name = "FAN1", reading_rpm = 9840, status = "OK", lower_non_critical_rpm = 840 },
      records.fan { Name = "FAN1", Reading = 9840, ReadingUnits = "RPM",
        LowerThresholdNonCritical = 840, Status = { Health = "OK", State = "Enabled" } })
    assert.same({ name = "Fan 1", reading_percent = 29 },
      records.fan { Name = "Fan 1", Reading = 29, ReadingUnits = "Percent",
        LowerThresholdNonCritical = 20 })
  end)

  it("believes a unit that looks wrong: XD665 says RPM for a percentage", function()
    assert.same({ name = "FanE1_PWM", reading_rpm = 36 },
      records.fan { Name = "FanE1_PWM", Reading = 36, ReadingUnits = "RPM" })
  end)

  it("reads iLO 4's words", function()
    assert.same({ name = "Fan 1", reading_percent = 81, status = "OK" },
      records.fan { FanName = "Fan 1", CurrentReading = 81, Units = "Percent",
        Status = { Health = "OK", State = "Enabled" } })
  end)

  it("has no speed for a fan that is not there", function()
    assert.same({ name = "FAN1" }, records.fan { Name = "FAN1", Reading = 0, ReadingUnits = "RPM",
      LowerThresholdNonCritical = 0, Status = { State = "Absent" } })
  end)
end)

describe("records.fan_unit", function()
  it("reads a Fan's SpeedPercent, with either speed in it", function()
    assert.same({ name = "Fan Bay 1", reading_rpm = 2200, reading_percent = 45, status = "OK" },
      records.fan_unit({ Reading = 45, SpeedRPM = 2200 },
        { Name = "Fan Bay 1", Status = { Health = "OK", State = "Enabled" } }))
    assert.same({ name = "Fan 1A", reading_rpm = 9840 },
      records.fan_unit({ SpeedRPM = 9840 }, { Name = "Fan 1A" }))
  end)

  it("takes limits of a sensor in RPM only", function()
    local limits = { LowerCaution = { Reading = 2204 } }
    assert.equal(2204, records.fan_unit({ SpeedRPM = 9 },
      { ReadingUnits = "RPM", Thresholds = limits }).lower_non_critical_rpm)
    assert.is_nil(records.fan_unit({ Reading = 9 },
      { ReadingUnits = "%", Thresholds = limits }).lower_non_critical_rpm)
  end)
end)

describe("records.supply", function()
  local function supply(item, power, index)
    return records.supply(item, power or {}, index or 1)
  end

  it("takes a supply of Power as it stands", function()
    assert.same({
      name = "PS1 Status", model = "PWR SPLY,1400W", serial_number = "CNDED0", status = "OK",
      power_capacity_w = 1400, power_output_w = 122.875, input_voltage_v = 240,
      input_power_w = 126.25, line_input_voltage_type = "AC240V",
    }, supply {
      Name = "PS1 Status", Model = "PWR SPLY,1400W   ", SerialNumber = "CNDED0",
      PowerCapacityWatts = 1400.0, PowerOutputWatts = 122.875, LastPowerOutputWatts = 122.875,
      PowerInputWatts = 126.25, LineInputVoltage = 240, LineInputVoltageType = "AC240V",
      Status = { Health = "OK", State = "Enabled" },
    })
  end)

  it("takes the last output where there is no present one", function()
    assert.equal(75, supply({ LastPowerOutputWatts = 75, PowerCapacityWatts = 800 }).power_output_w)
    assert.equal(179, supply({ LastPowerOutputWatts = 635, PowerOutputWatts = 179 }).power_output_w)
  end)

  it("takes the capacity from the kinds of input where it stands only there", function()
    assert.equal(1100, supply({ InputRanges = { { OutputWattage = 1050 },
      { OutputWattage = 1100 } } }).power_capacity_w)
    assert.equal(800, supply({ PowerCapacityWatts = 800, InputRanges = { { OutputWattage = 9 } } })
      .power_capacity_w)
    assert.equal(400, records.supply_unit({ InputRanges = { { CapacityWatts = 350 },
      { CapacityWatts = 400 } } }, nil, {}).power_capacity_w)
  end)

  it("does not take iDRAC 8's capacity for a reading", function()
    local record = supply { LastPowerOutputWatts = 750, PowerCapacityWatts = 750 }
    assert.is_nil(record.power_output_w)
    assert.equal(750, record.power_capacity_w)
  end)

  it("finds the redundancy group of a supply, however it is linked", function()
    local function group(link)
      return { Redundancy = { { Status = { Health = "Warning" },
        RedundancySet = { { ["@odata.id"] = link } } } } }
    end
    local function status(link, index)
      return supply({ ["@odata.id"] = "/c/Power#/PowerSupplies/1" }, group(link), index)
        .redundancy_status
    end
    assert.equal("Warning", status("/c/Power#/PowerSupplies/1", 2))
    assert.equal("Warning", status("/c/Power#PowerSupplies/1", 2))
    assert.equal("Warning", status("/C/Power#/PowerSupplies/1/", 1))
    assert.is_nil(status("/c/Power#/PowerSupplies/0", 2))
    assert.is_nil(supply({}, { Redundancy = null }).redundancy_status)
  end)

  it("knows nothing of a supply that says nothing (R44)", function()
    assert.same({ name = "nil" }, supply { Name = "nil" })
  end)
end)

describe("records.supply_unit", function()
  it("joins a PowerSupply with its metrics and its group", function()
    assert.same({
      name = "Bay 1", power_capacity_w = 400, power_output_w = 937.4, input_voltage_v = 230.2,
      input_power_w = 937.4, line_input_voltage_type = "AC200To240V", redundancy_status = "OK",
    }, records.supply_unit({
      ["@odata.id"] = "/p/Bay1", Name = "Bay 1", PowerCapacityWatts = 400,
      InputNominalVoltageType = "AC200To240V",
    }, {
      InputVoltage = { Reading = 230.2 }, InputPowerWatts = { Reading = 937.4 },
      OutputPowerWatts = { Reading = 937.4 },
    }, {
      PowerSupplyRedundancy = { { RedundancyGroup = { { ["@odata.id"] = "/p/Bay1" } },
        Status = { Health = "OK" } } },
    }))
  end)
end)

describe("records.power", function()
  it("takes the first control that says anything", function()
    assert.same({ consumed_w = 708, average_w = 635, min_w = 633, max_w = 639 }, records.power {
      PowerControl = {
        { PowerConsumedWatts = null },
        { PowerConsumedWatts = 708, PowerLimit = { LimitInWatts = null }, PowerMetrics = {
          AverageConsumedWatts = 635, MinConsumedWatts = 633, MaxConsumedWatts = 639 } },
        { PowerConsumedWatts = 99 },
      },
    })
  end)

  it("takes numbers as strings, an object for the list, a list for the object (R23)", function()
    assert.same({ consumed_w = 120, limit_w = 500 }, records.power { PowerControl = {
      PowerConsumedWatts = "120", PowerLimit = { LimitInWatts = "500" }, PowerMetrics = {} } })
  end)

  it("reads iLO 4's copy at the top when there is no control", function()
    assert.same({ consumed_w = 73, average_w = 87 }, records.power {
      PowerConsumedWatts = 73, PowerMetrics = { AverageConsumedWatts = 87 } })
  end)

  it("has no signal where there is no meter: X10 has never drawn a watt", function()
    assert.same({}, records.power { PowerControl = { { PowerConsumedWatts = 0, PowerMetrics = {
      MinConsumedWatts = 0, MaxConsumedWatts = 0, AverageConsumedWatts = 0 } } } })
  end)

  it("keeps the zero of a machine that is off", function()
    assert.same({ consumed_w = 0 }, records.power { PowerControl = {
      { PowerConsumedWatts = 0, PowerMetrics = {} } } })
  end)
end)

describe("records.environment_power", function()
  it("reads watts and the limit", function()
    assert.same({ consumed_w = 374, limit_w = 500 }, records.environment_power {
      PowerWatts = { Reading = 374 }, PowerLimitWatts = { SetPoint = 500, AllowableMax = 1000 } })
    assert.same({}, records.environment_power { PowerWatts = null, PowerLimitWatts = {} })
  end)
end)
