-- SPDX-License-Identifier: GPL-3.0-or-later
-- Sensor data records from their bytes.
local core = require "_bmcsh.sdr"
local repository = require "bmc.ipmi.sdr.repository"
local sdrs = require "support.sdrs"

local function named(bytes)
  return core.parse(sdrs.compact { name_bytes = bytes }).name
end

describe("a sensor data record", function()
  it("of a full sensor tells what it is and where", function()
    local r = core.parse(sdrs.full { id = 0x0102, owner = 0x2C, lun = 3, channel = 6, number = 0x31,
      entity = 3, instance = 2, type = 1, name = "CPU2 Temp", units = { 0, 1, 0 },
      limits = { 0x3B, 5, 2, 0, 80, 90, 100 } })
    local sensor = r.sensor
    r.sensor = nil
    assert.same({
      id = 0x0102, type = 1, kind = "full", whole = true, name = "CPU2 Temp", entity_id = 3,
      entity_instance = 2, entity = "Processor", owner = 0x2C, lun = 3, channel = 6, number = 0x31,
      sensor_type = 1, event_type = 1, class = "threshold", numeric = true, nonlinear = false,
      units = "°C", limits_access = "settable", limits = "\x3B\5\2\0\80\90\100",
    }, r)
    assert.equal("Temperature", sensor:type())
    assert.equal(40, sensor:value(40))
    assert.equal("integer", math.type(sensor:value(40)))
  end)

  it("of a compact sensor has states and no number", function()
    local r = core.parse(sdrs.compact { name = "PS1 Status", type = 8, entity = 10 })
    assert.same({ "compact", false, "specific", "Power Supply" },
      { r.kind, r.numeric, r.class, r.entity })
    assert.is_nil(r.limits)
    assert.is_nil(r.units)
    assert.is_nil(r.sensor:value(1))
    assert.same({ "Presence detected", "Power Supply Failure detected" }, r.sensor:states(3))
    assert.same({ "OK", "Critical" }, { r.sensor:health(1), r.sensor:health(3) })
    assert.same({}, r.sensor:states(0))
  end)

  it("of events only, of devices, associations and makers", function()
    local r = core.parse(sdrs.event_only { name = "Watchdog", number = 9 })
    assert.same({ "event_only", 9, "Watchdog", 0x23, "Watchdog 2" },
      { r.kind, r.number, r.name, r.sensor_type, r.sensor:type() })
    r = core.parse(sdrs.fru { device = 3, lun = 2, entity = 10, instance = 4, name = "PS4 FRU" })
    assert.same({ "fru_locator", 3, 2, true, 0x20, 4, "PS4 FRU" },
      { r.kind, r.address, r.lun, r.logical, r.access, r.entity_instance, r.name })
    r = core.parse(sdrs.record(1, 0x12, "\x20\x05\0\xBF\0\0\0\7\1\0\xC3BMC"))
    assert.same({ "mc_locator", 0x20, 5, 0xBF, "System Board", "BMC" },
      { r.kind, r.address, r.channel, r.capabilities, r.entity, r.name })
    r = core.parse(sdrs.record(1, 0x10, "\x20\xA1\x5B\0\0\8\2\32\1\0\xC4DIMM"))
    assert.same({ "generic_locator", 0xA0, 10, 3, 3, 8, 2, "DIMM" }, { r.kind, r.address,
      r.channel, r.lun, r.bus, r.device_type, r.device_modifier, r.name })
    r = core.parse(sdrs.record(1, 0x08, "\10\1\x80\10\2\10\5\0\0\0\0"))
    assert.same({ "entity_association", 10, 1, true, { { entity_id = 10, entity_instance = 2 },
      { entity_id = 10, entity_instance = 5 } } },
      { r.kind, r.entity_id, r.entity_instance, r.ranges, r.contained })
    r = core.parse(sdrs.record(1, 0x09, "\10\1\x20\0\0\x22\0\3\1\x24\0\3\2" .. ("\0"):rep(8)))
    assert.same({ "device_entity_association", false, 2, 2 },
      { r.kind, r.ranges, #r.contained, r.contained[2].entity_instance })
    r = core.parse(sdrs.record(1, 0x13, "\x20\1\x70\2\21\2\x7C\x2A\0\x34\x12" .. ("g"):rep(16)))
    assert.same({ "mc_confirmation", 0x20, 10876, 0x1234 },
      { r.kind, r.address, r.manufacturer, r.product })
    r = core.parse(sdrs.record(1, 0xC0, "\x7C\x2A\0\1\2\3"))
    assert.same({ "oem", 10876, "\1\2\3" }, { r.kind, r.manufacturer, r.data })
    assert.equal("channels", core.parse(sdrs.record(1, 0x14, ("\0"):rep(11))).kind)
    assert.equal("unknown", core.parse(sdrs.record(1, 0x55, "xyz")).kind)
  end)

  it("has its name in any of the four encodings", function()
    assert.equal("Fan 1", named "\xC5Fan 1")
    assert.equal("Fan 1", named "\xC8  Fan 1 ")
    assert.equal("Fan", named "\xC6Fan\0xy")
    assert.equal("Fan", named "\xC6Fan\xFFxy")
    assert.equal("Fühler", named "\xC6F\xFChler")
    assert.equal("IPMI", named "\x83\x29\xDC\xA6")
    assert.equal("12-5. :,_", named "\x45\x12\xB5\xCA\xDE\xFA")
    assert.is_nil(named "\xC0")
    assert.is_nil(named "\xC4    ")
    assert.equal("Fan", named "\xDFFan")
  end)

  it("has its units with rates and modifiers", function()
    local function units(first, base, other)
      return core.parse(sdrs.full { name = "x", units = { first, base, other } }).units
    end
    assert.same({ "°C", "°F", "K", "V", "W", "RPM", "C" }, { units(0, 1, 0), units(0, 2, 0),
      units(0, 3, 0), units(0, 4, 0), units(0, 6, 0), units(0, 18, 0), units(0, 8, 0) })
    assert.equal("%", units(1, 0, 0))
    assert.equal("CFM per minute", units(0x20, 17, 0))
    assert.equal("V / A", units(2, 4, 5))
    assert.equal("N * m", units(4, 16, 34))
    assert.is_nil(units(0, 0, 0))
    assert.is_nil(units(0, 200, 0))
  end)
end)

describe("a reading", function()
  local function sensor(o)
    o.name = "x"
    return core.parse(sdrs.full(o)).sensor
  end

  it("is y = (Mx + B * 10^k1) * 10^k2, without digits that nobody measured", function()
    assert.equal(12.06, sensor { m = 6, r = -2 }:value(201))
    assert.equal(6000, sensor { m = 60 }:value(100))
    assert.equal(-23, sensor { m = 1, b = -128 }:value(105))
    assert.equal(110, sensor { m = 1, b = 1, b_exp = 2 }:value(10))
    assert.equal(1.05, sensor { m = 1, b = 5, b_exp = -2 }:value(1))
    assert.equal(-5110, sensor { m = -511, r = 1 }:value(1))
  end)

  it("may be one's or two's complement, or no number", function()
    assert.equal(-2, sensor { format = 2 }:value(0xFE))
    assert.equal(-1, sensor { format = 1 }:value(0xFE))
    assert.is_nil(sensor { format = 3 }:value(0xFE))
  end)

  it("may be bent", function()
    assert.equal(100, sensor { linear = 8 }:value(10))    -- square
    assert.equal(0.25, sensor { linear = 7 }:value(4))    -- 1/x
    assert.is_nil(sensor { linear = 1 }:value(0))         -- ln 0
    assert.equal(2.99573, sensor { linear = 1 }:value(20)) -- ln
  end)

  it("of a nonlinear sensor needs the factors of its own", function()
    local s = sensor { linear = 0x70, m = 1 }
    assert.is_nil(s:value(10))
    assert.equal(30, s:value(10, "\3\0\0\0\0\0"))
    assert.equal(-6.9, s:value(10, "\3\x00\x9D\xC0\0\xF0"))
    assert.is_nil(s:value(10, "\3\0"))
  end)

  it("is well, a warning or critical by the limits that it passes", function()
    local s = sensor {}
    assert.same({ "OK", "Warning", "Critical", "Critical", "Warning", "Critical", "Critical" },
      { s:health(0), s:health(1), s:health(2), s:health(4), s:health(8), s:health(0x18),
        s:health(0x38) })
    assert.same({ "At or Above (>=) Upper Critical Threshold" }, s:states(0x18))
  end)

  it("of a maker's sensor is judged by nobody, and named where FreeIPMI knows it", function()
    local s = core.parse(sdrs.compact { name = "x", type = 0xC0, event = 0x70 }).sensor
    assert.is_nil(s:health(1, 99999, 1))
    assert.same({ "OEM Event = 0001h" }, s:states(1, 99999, 1))
  end)
end)

describe("bytes that are no whole record", function()
  local whole = {
    sdrs.full { name = "CPU1 Temp", limits = { 0x3F, 1, 2, 3, 4, 5, 6 } },
    sdrs.compact { name = "Fan", count = 3 }, sdrs.event_only { name = "Watchdog" },
    sdrs.fru { name = "Board" }, sdrs.record(1, 0x12, "\x20\x05\0\xBF\0\0\0\7\1\0\xC3BMC"),
    sdrs.record(1, 0x08, "\10\1\x80\10\2\10\5\0\0\0\0"), sdrs.record(1, 0xC0, "\x7C\x2A\0\1\2\3"),
  }

  it("are kept as far as they go, or refused", function()
    for _, bytes in ipairs(whole) do
      for n = 0, #bytes - 1 do
        local r, e = core.parse(bytes:sub(1, n))
        if r then
          assert.is_false(r.whole)
        else
          assert.equal("protocol", e.code)
        end
      end
    end
    local r = core.parse(whole[1]:sub(1, 38))
    assert.equal(0x30, r.limits:byte()) -- the upper two are there
    assert.is_nil(r.name)
    r = core.parse(whole[1]:sub(1, 28))
    assert.is_false(r.numeric)
    assert.is_nil(r.sensor:value(40))
  end)

  it("do not count beyond the length that the record announces", function()
    local r = core.parse(whole[1] .. "garbage")
    assert.same({ true, "CPU1 Temp" }, { r.whole, r.name })
    assert.same("\1\2\3", core.parse(whole[7] .. "more").data)
  end)

  it("never do harm, whatever they are", function()
    math.randomseed(4)
    local list = {}
    for i = 1, 20000 do
      local bytes = { whole[i % #whole + 1]:byte(1, -1) }
      for _ = 1, math.random(1, 8) do
        bytes[math.random(#bytes)] = math.random(0, 255)
      end
      local text = string.char(table.unpack(bytes)):sub(1, math.random(0, #bytes))
      local r = core.parse(text)
      if r and r.sensor then
        r.sensor:value(math.random(0, 255))
        r.sensor:states(math.random(0, 0xFFFF), 10876, 1)
        r.sensor:health(math.random(0, 0xFFFF), 674, 2)
        r.sensor:type(343, 3)
      end
      list[#list + 1] = i % 10 == 0 and text or nil
    end
    assert.equal(2000, #repository.new(list).records + #repository.new(list).notes)
  end)

  it("are no excuse to be called wrongly", function()
    local s = core.parse(whole[1]).sensor
    for _, wrong in ipairs { { 256 }, { -1 }, { 1.5 }, { "x" } } do
      assert.is_false(pcall(s.value, s, table.unpack(wrong)))
      assert.is_false(pcall(s.states, s, 0x10000))
      assert.is_false(pcall(s.health, s, 1, 1 << 24))
    end
    assert.is_false(pcall(core.parse, nil))
  end)
end)

describe("a repository", function()
  it("finds sensors by owner, LUN and number", function()
    local r = repository.new {
      sdrs.full { number = 1, name = "A" }, sdrs.full { number = 1, lun = 1, name = "B" },
      sdrs.full { number = 1, owner = 0x2C, name = "C" },
      sdrs.event_only { number = 2, name = "D" },
      sdrs.fru { device = 4, name = "Board", lun = 1 },
    }
    assert.same({ "A", "B", "C", "D" }, { r:name(0x20, 0, 1), r:name(0x20, 1, 1),
      r:name(0x2C, 0, 1), r:name(0x20, 0, 2) })
    assert.is_nil(r:find(0x20, 2, 1))
    assert.is_nil(r:name(0x20, 0, 3))
    assert.equal(3, #r:sensors())
    local fru = r:frus()[1]
    assert.same({ 4, "Board", 1, true }, { fru.device_id, fru.name, fru.lun, fru.logical })
    assert.equal("SDR repository (5 records, 3 sensors)", tostring(r))
  end)

  it("has each sensor of a record that stands for several", function()
    local r = repository.new { sdrs.compact { number = 0x10, entity = 10, instance = 1,
      name = "PS", count = 3, offset = 1, entities = true },
      sdrs.compact { number = 0x20, name = "DIMM", count = 2, offset = 25, letters = true },
      sdrs.compact { number = 0x30, name = "One", count = 1 } }
    local names, instances = {}, {}
    for i, sensor in ipairs(r:sensors()) do
      names[i], instances[i] = sensor.name, sensor.entity_instance
    end
    assert.same({ "PS 1", "PS 2", "PS 3", "DIMM Z", "DIMM AA", "One" }, names)
    assert.same({ 1, 2, 3, 1, 1, 1 }, instances)
    assert.equal("PS 3", r:name(0x20, 0, 0x12))
    assert.equal("DIMM AA", r:name(0x20, 0, 0x21))
  end)

  it("leaves out what is no record, and says so", function()
    local r = repository.new { "", sdrs.full { name = "A" }, "\1\0\x51\1\3abc" }
    assert.same({ 1, 2 }, { #r.records, #r.notes })
    assert.matches("ends before", r.notes[2])
  end)
end)
