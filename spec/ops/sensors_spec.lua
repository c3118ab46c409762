-- SPDX-License-Identifier: GPL-3.0-or-later
-- The sensors of a machine over Redfish; over IPMI: spec/ipmi/sensors_spec.lua.
local bmc = require "bmc"
local scripted = require "support.scripted"
local sim = require "bmc.sim"

local CHASSIS = "/redfish/v1/Chassis/1"

describe("sensors over Redfish", function()
  it("are the temperatures, the fans and the power supplies", function()
    scripted.with({
      [CHASSIS .. "/Thermal"] = {
        Temperatures = {
          { Name = "CPU1 Temp", ReadingCelsius = 91, UpperThresholdNonCritical = 80,
            UpperThresholdCritical = 90, Status = { State = "Enabled", Health = "Critical" } },
          { Name = "CPU2 Temp", Status = { State = "Absent" } },
        },
        Fans = {
          { Name = "FAN1", Reading = 6000, ReadingUnits = "RPM", LowerThresholdNonCritical = 1200,
            Status = { State = "Enabled", Health = "OK" } },
          { Name = "FAN2", Reading = 30, ReadingUnits = "Percent",
            Status = { State = "Enabled", Health = "Warning" } },
        },
      },
      [CHASSIS .. "/Power"] = {
        PowerSupplies = { { Name = "PSU1", PowerOutputWatts = 210, LineInputVoltage = 229,
          Status = { State = "Enabled", Health = "OK" } } },
      },
    }, function(m, log)
      assert.same({
        { name = "CPU1 Temp", type = "Temperature", value = 91, units = "°C", state = "critical",
          health = "Critical", thresholds = { upper_non_critical = 80, upper_critical = 90 } },
        { name = "CPU2 Temp", type = "Temperature", units = "°C", state = "unavailable" },
        { name = "FAN1", type = "Fan", value = 6000, units = "RPM", state = "ok", health = "OK",
          thresholds = { lower_non_critical = 1200 } },
        { name = "FAN2", type = "Fan", value = 30, units = "%", state = "warning",
          health = "Warning" },
        { name = "PSU1", type = "Power Supply", state = "ok", health = "OK" },
        { name = "PSU1 output", type = "Power Supply", value = 210, units = "W", state = "ok",
          health = "OK" },
        { name = "PSU1 input voltage", type = "Power Supply", value = 229, units = "V",
          state = "ok", health = "OK" },
      }, m:sensors())
      assert.equal(1, scripted.count(log, "GET", CHASSIS .. "/Thermal"))
    end)
  end)

  it("are temperatures of all chassis where they are spread (R30), and fans once", function()
    local resources = { ["/redfish/v1/Chassis"] = scripted.collection(CHASSIS,
      "/redfish/v1/Chassis/2") }
    for i = 1, 2 do
      local at = "/redfish/v1/Chassis/" .. i
      resources[at] = { ["@odata.id"] = at, Id = tostring(i),
        Links = { ComputerSystems = { { ["@odata.id"] = scripted.SYSTEM } } },
        ThermalSubsystem = { ["@odata.id"] = at .. "/ThermalSubsystem" },
        EnvironmentMetrics = { ["@odata.id"] = at .. "/EnvironmentMetrics" } }
      resources[at .. "/ThermalSubsystem"] = {
        ThermalMetrics = { ["@odata.id"] = at .. "/ThermalSubsystem/ThermalMetrics" } }
      resources[at .. "/ThermalSubsystem/ThermalMetrics"] = {
        TemperatureReadingsCelsius = { { DeviceName = "T" .. i, Reading = 30 } } }
      resources[at .. "/EnvironmentMetrics"] = {
        FanSpeedsPercent = { { DeviceName = "FAN", SpeedRPM = 7000 } } }
    end
    scripted.with(resources, function(m)
      local names = {}
      for i, sensor in ipairs(m:sensors()) do
        names[i] = sensor.name
      end
      assert.equal("T1 FAN T2", table.concat(names, " "))
    end, { set = { "generic.redfish.sensors_spread=true" } })
  end)

  it("are as many as the single operations give, at every machine of the simulator", function()
    local farm <close> = sim.start { fleet = 10, tls = false }
    for i = 1, farm.count do
      local m <close> = bmc.open { host = farm.url(i), user = "admin", password = "simulated" }
      local count = {}
      for _, sensor in ipairs(m:sensors()) do
        count[sensor.type] = (count[sensor.type] or 0) + 1
      end
      assert.equal(#m:temperatures(), count.Temperature or 0)
      assert.equal(#m:fans(), count.Fan or 0)
      assert.is_true((count["Power Supply"] or 0) >= #m:power_supplies())
    end
  end)
end)
