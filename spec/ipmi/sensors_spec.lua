-- SPDX-License-Identifier: GPL-3.0-or-later
-- Readings of sensors at a BMC that answers by itself, so that it can be any.
local err = require "bmc.err"
local health = require "bmc.ipmi.health"
local sdrs = require "support.sdrs"
local sensors = require "bmc.ipmi.sensors"
local supplies = require "bmc.ipmi.supplies"
local thermal = require "bmc.ipmi.thermal"

local LIMITS = { 0x3F, 5, 2, 1, 80, 90, 100 }

local function call()
  local notes = {}
  return { notes = notes, note = function(text) notes[#notes + 1] = text end }
end

-- Bytes of Get Sensor Reading: value, flags, states.
local function reply(value, states, flags)
  return ("<BBI2"):pack(value, flags or 0xC0, states or 0)
end

local function bmc(records, readings, o)
  o = o or {}
  o.readings, o.added, o.erased = readings, 0, 0
  return sdrs.bmc(records, o)
end

local function list(c)
  local told = call()
  local found, e = sensors.list(c.target, {}, told)
  return found, e, told.notes
end

local function first(record, answer, o)
  return assert(list(bmc({ record }, { [1] = answer }, o)))[1]
end

describe("the sensors of a BMC", function()
  it("have a value, a state and limits", function()
    local s = first(sdrs.full { name = "CPU", entity = 3, limits = LIMITS }, reply(93, 0xC018),
      { limits = { "\x1B\6\3\0\81\91\0" } })
    assert.same({
      name = "CPU", type = "Temperature", value = 93, units = "°C", state = "critical",
      health = "Critical", states = { "At or Above (>=) Upper Critical Threshold" },
      thresholds = { lower_non_critical = 6, lower_critical = 3, upper_non_critical = 81,
        upper_critical = 91 },
      entity = "Processor 1", owner = 0x20, lun = 0, number = 1, raw = "5dc018",
    }, s)
  end)

  it("have the limits of the record where the BMC gives none", function()
    local whole = { lower_non_critical = 5, lower_critical = 2, lower_non_recoverable = 1,
      upper_non_critical = 80, upper_critical = 90, upper_non_recoverable = 100 }
    for _, answer in ipairs { 0xC1, 0xCB, "\x3F\1" } do
      local s = first(sdrs.full { name = "CPU", limits = LIMITS }, reply(1),
        { limits = { answer } })
      assert.same(whole, s.thresholds)
    end
    -- Fixed ones are not asked for, and which there are stands elsewhere.
    local c = bmc({ sdrs.full { name = "CPU", limits = LIMITS, access = 3, upper_mask = 0x3000 } },
      { [1] = reply(1) })
    assert.same({ upper_non_critical = 80, upper_critical = 90 }, list(c)[1].thresholds)
    assert.is_nil(c.asked["Get Sensor Thresholds"])
    local none = first(sdrs.full { name = "CPU", limits = LIMITS, access = 0 }, reply(1))
    assert.is_nil(none.thresholds)
  end)

  it("are asked at their LUN", function()
    local records, readings, seen = {}, {}, {}
    for lun = 0, 3 do
      records[lun + 1] = sdrs.full { name = "LUN " .. lun, lun = lun, number = 7 }
      readings[lun << 8 | 7] = reply(10 + lun)
    end
    local c = bmc(records, readings, { on = function(name, _, _, lun)
      if name == "Get Sensor Thresholds" then
        seen[#seen + 1] = lun
      end
    end })
    for i, s in ipairs(list(c)) do
      assert.same({ i - 1, 9 + i, "LUN " .. i - 1 }, { s.lun, s.value, s.name })
    end
    assert.same({ 0, 1, 2, 3 }, seen)
  end)

  it("of other controllers and of software are not asked, unless the profile says so", function()
    local records = {
      sdrs.full { name = "A", owner = 0x2C }, sdrs.full { name = "B", owner = 0x41 },
    }
    local c = bmc(records, { [1] = reply(40) })
    local found = list(c)
    assert.same({ "unavailable", "of controller 2Ch" },
      { found[1].state, found[1].why })
    assert.matches("of system software", found[2].why)
    assert.is_nil(c.asked["Get Sensor Reading"])
    c = bmc(records, { [1] = reply(40) }, { profile = { assume_bmc_owner = true } })
    found = list(c)
    assert.same({ 40, "unavailable" }, { found[1].value, found[2].state })
  end)

  it("may have no reading", function()
    local s = first(sdrs.full { name = "DIMM" }, reply(0, 0xC000, 0xE0))
    assert.same({ "unavailable", "no reading", "00e000" }, { s.state, s.why, s.raw })
    assert.is_nil(s.value)
    assert.is_nil(s.health)
    s = first(sdrs.full { name = "DIMM" }, reply(21, 0, 0x80))
    assert.same({ "unavailable", "not scanned" }, { s.state, s.why })
    s = first(sdrs.full { name = "DIMM" }, reply(21, 0, 0x80),
      { profile = { ignore_scanning_disabled = true } })
    assert.same({ 21, "ok" }, { s.value, s.state })
    for code, words in pairs { [0xCB] = "not present", [0xC1] = "invalid command",
      [0xD5] = "present state", [0xCE] = "no answer" } do
      s = first(sdrs.full { name = "DIMM" }, code)
      assert.equal("unavailable", s.state)
      assert.matches(words, s.why)
    end
    assert.matches("too short", first(sdrs.full { name = "DIMM" }, "\40").why)
  end)

  it("may have a value and no states", function()
    local s = first(sdrs.full { name = "CPU" }, "\40\xC0")
    assert.equal(40, s.value)
    assert.is_nil(s.state)
    assert.is_nil(s.health)
  end)

  it("of an unknown kind are not judged", function()
    local s = first(sdrs.compact { name = "X", type = 0xD0, event = 0x72 }, reply(0, 1))
    assert.is_nil(s.state)
    assert.same({ "OEM Event = 0001h" }, s.states)
  end)

  it("that are bent by the reading have factors for each reading and limit", function()
    local c = bmc({ sdrs.full { name = "V", linear = 0x71, units = { 0, 4, 0 },
      limits = { 0x10, 0, 0, 0, 0, 100, 0 } } }, { [1] = reply(50) }, {
      limits = { "\x10\0\0\0\0\100\0" },
      on = function(name, data)
        if name == "Get Sensor Reading Factors" then
          return "\0" .. data:sub(2) .. "\0\0\0\0\xE0" -- M is the reading, in hundredths
        end
      end })
    local s = list(c)[1]
    assert.same({ 25, { upper_critical = 100 } }, { s.value, s.thresholds })
    -- Without them there is no number, and still a state.
    s = first(sdrs.full { name = "V", linear = 0x71 }, reply(50, 8))
    assert.is_nil(s.value)
    assert.equal("warning", s.state)
  end)

  it("that are discrete have a number where the profile says so", function()
    local record = sdrs.full { name = "Fan", event = 0x0A, type = 4, units = { 1, 0, 0 } }
    assert.is_nil(first(record, reply(40, 1)).value)
    local s = first(record, reply(40, 1), { profile = { discrete_reading = true } })
    assert.same({ 40, "%" }, { s.value, s.units })
  end)

  it("have up to fifteen states", function()
    local s = first(sdrs.compact { name = "Drive", type = 0x0D }, reply(0, 0x8101))
    assert.same({ "Drive Presence", "Rebuild/Remap Aborted (was not completed normally)" },
      { s.states[1], s.states[2] })
    assert.equal(2, #s.states)
  end)

  it("are numbered where one record stands for several", function()
    local found = list(bmc({ sdrs.compact { name = "PS", number = 1, count = 2, offset = 1 } },
      { [1] = reply(0, 1), [2] = reply(0, 3) }))
    assert.same({ "PS 1", "ok", "PS 2", "critical" },
      { found[1].name, found[1].state, found[2].name, found[2].state })
  end)

  it("are all lost with the BMC, not one by one", function()
    for n = 1, 3 do
      local found, e = list(bmc({ sdrs.full { name = "A" }, sdrs.full { id = 2, name = "B" } },
        { [1] = reply(1) }, { on = function(name, _, k)
          return name == "Get Sensor Thresholds" and k >= n % 2 + 1
            and err.new("timeout", "no answer") or nil
        end }))
      assert.is_nil(found)
      assert.equal("timeout", e.code)
    end
  end)

  it("come with what the repository lacks", function()
    local _, _, notes = list(bmc({ sdrs.full { name = "A" }, "\2\0\x51\1\0" }, { [1] = reply(1) }))
    assert.matches("ends before", notes[1])
  end)
end)

describe("temperatures and fans", function()
  it("are the analog sensors of these types", function()
    local c = bmc({
      sdrs.full { name = "CPU1 Temp", entity = 3, limits = LIMITS },
      sdrs.full { name = "Inlet", number = 2, entity = 0x40, units = { 0, 2, 0 } },
      sdrs.full { name = "Margin", number = 3, units = { 0, 3, 0 } },
      sdrs.full { name = "Empty", number = 4, entity = 0x20 },
      sdrs.compact { name = "PROCHOT", number = 5, type = 1, event = 7 },
      sdrs.full { name = "FAN1", number = 6, type = 4, m = 60, units = { 0, 18, 0 },
        limits = { 1, 20, 0, 0, 0, 0, 0 } },
      sdrs.full { name = "FAN2", number = 7, type = 4, units = { 1, 0, 0 },
        limits = { 1, 20, 0, 0, 0, 0, 0 } },
      sdrs.compact { name = "Fan present", number = 8, type = 4, event = 8 },
    }, { reply(82, 8), reply(77), reply(100), reply(0, 0, 0xE0), reply(0, 1), reply(19, 1),
      reply(30), reply(0, 1) })
    assert.same({
      { name = "CPU1 Temp", reading_c = 82, upper_non_critical_c = 80, upper_critical_c = 90,
        status = "Warning", physical_context = "CPU" },
      { name = "Inlet", reading_c = 25.0, status = "OK", physical_context = "Intake" },
      { name = "Margin", reading_c = -173.1, status = "OK", physical_context = "SystemBoard" },
      { name = "Empty", physical_context = "Memory" },
    }, thermal.temperatures(c.target, {}, call()))
    assert.equal(4, c.asked["Get Sensor Reading"])
    assert.same({
      { name = "FAN1", reading_rpm = 1140, status = "Warning", lower_non_critical_rpm = 1200 },
      { name = "FAN2", reading_percent = 30, status = "OK" },
    }, thermal.fans(c.target, {}, call()))
  end)
end)

describe("power supplies", function()
  it("are what the sensors of one entity tell", function()
    local function ps(o)
      o.entity = 10
      return (o.units and sdrs.full or sdrs.compact)(o)
    end
    local c = bmc({
      ps { name = "PS1 Status", number = 1, instance = 1 },
      ps { name = "PS1 Power In", number = 2, instance = 1, type = 0x0B, units = { 0, 6, 0 } },
      ps { name = "PS1 POUT", number = 3, instance = 1, type = 0x0B, units = { 0, 6, 0 } },
      ps { name = "PS1 Volts", number = 4, instance = 1, type = 2, units = { 0, 4, 0 } },
      ps { name = "PS1 12V out", number = 5, instance = 1, type = 2, units = { 0, 4, 0 } },
      ps { name = "PS1 Temp", number = 6, instance = 1, type = 1, units = { 0, 1, 0 } },
      ps { name = "PS1 Watts", number = 7, instance = 1, type = 0x0B, units = { 0, 6, 0 } },
      ps { name = "Status", number = 8, instance = 2 },
      ps { name = "PS3 Status", number = 9, instance = 3 },
      sdrs.compact { name = "PS Redundancy", number = 10, type = 9, event = 0x0B, entity = 0x13 },
      sdrs.full { name = "CPU", number = 11 },
    }, { reply(0, 1), reply(250), reply(230), reply(229), reply(12), reply(40, 8), reply(99),
      reply(0, 9), reply(0, 0), reply(0, 2), reply(1) })
    assert.same({
      { name = "PS1", status = "Warning", power_output_w = 230, input_power_w = 250,
        input_voltage_v = 229, redundancy_status = "Critical" },
      { name = "Power Supply 2", status = "Critical", redundancy_status = "Critical" },
      { name = "PS3" },
    }, supplies.list(c.target, {}, call()))
    assert.equal(10, c.asked["Get Sensor Reading"])
    assert.is_nil(c.asked["Get Sensor Thresholds"])
  end)
end)

describe("the health of a machine", function()
  local records = {
    sdrs.full { name = "CPU Temp", number = 1 },
    sdrs.full { name = "FAN1", number = 2, type = 4, units = { 0, 18, 0 } },
    sdrs.compact { name = "PS1", number = 3 },
    sdrs.compact { name = "DIMM", number = 4, type = 0x0C },
    sdrs.compact { name = "CPU", number = 5, type = 7 },
    sdrs.compact { name = "HDD", number = 6, type = 0x0D },
    sdrs.compact { name = "Watchdog", number = 7, type = 0x23 },
    sdrs.compact { name = "Board", number = 8, type = 0xD0, event = 0x72 },
  }
  local fine = { reply(1), reply(1), reply(0, 1), reply(0, 0), reply(0, 0x80), reply(0, 1),
    reply(0, 0), reply(0, 1) }

  local function read(o, changes)
    local readings = {}
    for i, answer in ipairs(fine) do
      readings[i] = changes and changes[i] or answer
    end
    local told = call()
    local record, e = health.read(bmc(records, readings, o).target, {}, told)
    return record, e, told.notes
  end

  it("is that of its sensors, part by part", function()
    local record, _, notes = read()
    assert.same({ overall = "OK", thermal = "OK", power = "OK", memory = "OK", processor = "OK",
      storage = "OK", system = "OK" }, record)
    assert.same({}, notes)
    record, _, notes = read(nil, { [1] = reply(82, 8), [4] = reply(0, 2) })
    assert.same({ "Critical", "Warning", "Critical", "OK" },
      { record.overall, record.thermal, record.memory, record.power })
    assert.equal("CPU Temp is warning: At or Above (>=) Upper Non-Critical Threshold", notes[1])
    assert.matches("^DIMM is critical: Uncorrectable", notes[2])
  end)

  it("is not harmed by what is not there", function()
    assert.equal("OK", read(nil, { [1] = reply(0, 0xFF, 0xE0), [3] = 0xCB }).overall)
  end)

  it("has the faults of the chassis status", function()
    for bytes, part in pairs { ["\x03\0\0"] = "power", ["\x09\0\0"] = "power",
      ["\1\0\4"] = "storage", ["\1\0\8"] = "thermal" } do
      local record, _, notes = read { chassis = bytes }
      assert.same({ "Critical", "Critical" }, { record[part], record.overall })
      assert.matches("the chassis status has a", notes[1])
    end
    assert.equal("OK", read({ chassis = "\1\0\3" }).overall) -- open, and its panel locked
  end)

  it("is that of the chassis alone where there are no sensors", function()
    local record, _, notes = read { on = function(name)
      return name ~= "Get Chassis Status" and 0xC1 or nil
    end }
    assert.same({ power = "OK", overall = "OK" }, record)
    assert.matches("no sensor data records", notes[1])
  end)

  it("is not told when the BMC is gone", function()
    for _, command in ipairs { "Get Chassis Status", "Get Sensor Reading", "Get SDR" } do
      local record, e = read { on = function(name)
        return name == command and err.new("timeout", "no answer") or nil
      end }
      assert.is_nil(record)
      assert.equal("timeout", e.code)
    end
  end)
end)
