-- SPDX-License-Identifier: GPL-3.0-or-later
-- The judgement of the parts and of the whole.
local bmc = require "bmc"
local scripted = require "support.scripted"

local CHASSIS = "/redfish/v1/Chassis/1"
local STORAGE = scripted.SYSTEM .. "/Storage"

local function well(name, state)
  return { Name = name, Status = { Health = "OK", State = state or "Enabled" } }
end

local function ill(name, health, state)
  return { Name = name, Status = { Health = health, State = state or "Enabled" } }
end

local function tables(more)
  local all = {
    [scripted.SYSTEM] = scripted.system {
      ProcessorSummary = { Status = { HealthRollup = "OK" } },
      MemorySummary = { Status = { Health = "OK" } },
      Storage = { ["@odata.id"] = STORAGE },
    },
    [STORAGE] = scripted.collection(STORAGE .. "/1"),
    [STORAGE .. "/1"] = well "RAID",
    [CHASSIS .. "/Thermal"] = { Temperatures = { well "CPU" }, Fans = { well "FAN1" } },
    [CHASSIS .. "/Power"] = { PowerSupplies = { well "PSU1" } },
  }
  for path, resource in pairs(more or {}) do
    all[path] = resource
  end
  return all
end

local function judged(more, f)
  scripted.with(tables(more), function(m)
    f(m:chassis_health(), m)
  end)
end

describe("chassis_health", function()
  it("judges each part, and the whole by the worst", function()
    judged({}, function(health)
      assert.same({ overall = "OK", system = "OK", processor = "OK", memory = "OK", storage = "OK",
        power = "OK", thermal = "OK", bmc = "OK" }, health)
    end)
    judged({ [CHASSIS .. "/Thermal"] = { Fans = { well "FAN1", ill("FAN2", "Warning") } } },
      function(health)
        assert.same({ "Warning", "Warning", "OK" },
          { health.overall, health.thermal, health.power })
      end)
    judged({ [STORAGE .. "/1"] = ill("RAID", "Critical") }, function(health)
      assert.same({ "Critical", "Critical" }, { health.overall, health.storage })
    end)
  end)

  it("counts a lost redundancy", function()
    judged({ [CHASSIS .. "/Power"] = {
      PowerSupplies = { { ["@odata.id"] = CHASSIS .. "/Power#/PowerSupplies/0", Name = "PSU1",
        Status = { Health = "OK" } } },
      Redundancy = { { Status = { Health = "Critical" }, RedundancySet = {
        { ["@odata.id"] = CHASSIS .. "/Power#/PowerSupplies/0" } } } },
    } }, function(health)
      assert.equal("Critical", health.power)
    end)
  end)

  it("does not call ill what is not there (R24, R46)", function()
    judged({
      [STORAGE .. "/1"] = ill("empty bay", "Critical", "Absent"),
      [CHASSIS .. "/Power"] = { PowerSupplies = {} },
    }, function(health)
      assert.equal("OK", health.overall)
      assert.is_nil(health.storage)
      assert.is_nil(health.power)
    end)
  end)

  it("judges storage by what can be read, and says what cannot", function()
    judged({ [STORAGE] = function() return 500, {} end }, function(health, m)
      assert.is_nil(health.storage)
      assert.equal("OK", health.overall)
      assert.is_truthy(table.concat(m.trail[1].notes, "\n"):find("Storage not judged", 1, true))
    end)
  end)

  it("never says OK of fans it could not see", function()
    scripted.with(tables { [CHASSIS .. "/Thermal"] = function() return 500, {} end }, function(m)
      local data, e = bmc.try(m.chassis_health, m)
      assert.is_nil(data)
      assert.equal("protocol", e.code)
    end)
  end)
end)
