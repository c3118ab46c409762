-- SPDX-License-Identifier: GPL-3.0-or-later
local fake = require "support.ipmifake"
local glance = require "bmc.ipmi.glance"
local sdrs = require "support.sdrs"

-- A heartbeat of a BMC with these sensors: the record, its notes, and how often which command came.
-- Readings are bytes of Get Sensor Reading by the sensor's number.
local function look(records, readings)
  local notes = {}
  local c = sdrs.bmc(records, {
    readings = readings, added = 0, erased = 0,
    on = function(name) return name == "Get Chassis Status" and "\1\0\0" or nil end,
  })
  local record = assert(glance.heartbeat(c.target, {}, {
    note = function(text) notes[#notes + 1] = text end,
  }))
  return record, table.concat(notes, "\n"), c.asked
end

local function reads(celsius)
  return string.char(celsius, 0xC0, 0xC0)
end
local NOT_THERE = "\0\xE0\xC0"

describe("a heartbeat over IPMI", function()
  local INLET = sdrs.full { id = 1, number = 1, name = "Inlet", entity = 0x37 }
  local DIMM = sdrs.full { id = 2, number = 2, name = "CPU1 DIMM A", entity = 0x20 }
  local CPU1 = sdrs.full { id = 3, number = 3, name = "Temp", entity = 3 }
  local CPU2 = sdrs.full { id = 4, number = 4, name = "CPU2 Temp", entity = 7 }

  it("reads the temperatures of processors only", function()
    local record, notes, asked = look({ INLET, DIMM, CPU1, CPU2 },
      { reads(21), reads(35), reads(58), reads(61) })
    assert.equal(58, record.cpu_temp_c)
    assert.equal(2, asked["Get Sensor Reading"])
    assert.equal("", notes)
  end)

  it("takes the next one where the first is not there", function()
    assert.equal(61, look({ INLET, DIMM, CPU1, CPU2 },
      { reads(21), reads(35), NOT_THERE, reads(61) }).cpu_temp_c)
  end)

  it("takes another one where no processor has any, and says so", function()
    local record, notes = look({ INLET, DIMM }, { reads(21), reads(35) })
    assert.equal(21, record.cpu_temp_c)
    assert.matches("Inlet stands for it", notes)
  end)

  it("stands without", function()
    local record, notes = look({ CPU1 }, { [3] = NOT_THERE })
    assert.is_nil(record.cpu_temp_c)
    assert.is_true(record.online)
    assert.equal("no temperature", notes)
    local other, trail = fake.run("heartbeat", { ["Get Chassis Status"] = "\0\0\0" })
    assert.same({ online = true, power_state = "Off", health = "OK" }, setmetatable(other, nil))
    assert.matches("^no temperature: ", trail[#trail].notes[1])
  end)

  it("is ill with a fault of power, drives or cooling", function()
    for bits, health in pairs {
      ["\2\0\0"] = "Critical", ["\8\0\0"] = "Critical", ["\16\0\0"] = "Critical",
      ["\0\0\4"] = "Critical", ["\0\0\8"] = "Critical", ["\4\0\3"] = "OK",
    } do
      assert.equal(health, fake.run("heartbeat", { ["Get Chassis Status"] = bits }).health)
    end
  end)
end)
