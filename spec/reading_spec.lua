-- SPDX-License-Identifier: GPL-3.0-or-later
-- Single values, in all the shapes BMCs give them.
local cjson = require "cjson"
local reading = require "bmc.reading"

local null = cjson.null

describe("reading.text", function()
  it("takes the padding off, and blanks for nothing", function()
    assert.equal("PWR SPLY,750W", reading.text("PWR SPLY,750W       "))
    assert.equal("SOLUM CO., LTD.", reading.text("\tSOLUM CO., LTD. "))
    for _, nothing in ipairs { "", " ", "\t \n", null, 7, true, {} } do
      assert.is_nil(reading.text(nothing))
    end
  end)
end)

describe("reading.number", function()
  it("reads numbers, strings with and without a unit, and excerpts", function()
    for _, case in ipairs {
      { 27, 27 }, { 27.0, 27 }, { "27", 27 }, { " 12.5 ", 12.5 }, { "-4 C", -4 }, { "36%", 36 },
      { "240.0 V", 240 }, { { Reading = 26.0 }, 26 }, { { Reading = "7" }, 7 }, { 0, 0 },
    } do
      assert.equal(case[2], reading.number(case[1]))
    end
  end)

  it("prints whole numbers as such", function()
    assert.equal("27", tostring(reading.number(27.0)))
    assert.equal("41", tostring(reading.number("41.0")))
  end)

  it("has no number for anything else", function()
    for _, nothing in ipairs {
      null, "", "N/A", "null", "0x1A", "1.2.3", {}, { Reading = null }, true, 0 / 0, math.huge,
      -math.huge, "1e999",
    } do
      assert.is_nil(reading.number(nothing))
    end
  end)
end)

describe("reading.highest", function()
  it("is the highest number of a list, and nil where none says anything", function()
    local function watts(range) return range.W end
    assert.equal(1100, reading.highest({ { W = "1050 W" }, {}, { W = 1100.0 } }, watts))
    for _, nothing in ipairs { null, {}, { { W = 0 } }, { { W = null } } } do
      assert.is_nil(reading.highest(nothing, watts))
    end
  end)
end)

describe("reading.oem", function()
  it("finds a vendor's own field whoever the vendor is", function()
    assert.equal(7, reading.oem({ Oem = { Hpe = "?", Acme = { Left = 7 } } }, "Left"))
    for _, nothing in ipairs { {}, { Oem = { Acme = {} } }, { Oem = "Acme" }, { Oem = null } } do
      assert.is_nil(reading.oem(nothing, "Left"))
    end
  end)
end)

describe("reading.list", function()
  it("wraps a single object, and takes null for empty", function()
    assert.same({ { a = 1 } }, reading.list { a = 1 })
    assert.same({ 1, 2 }, reading.list { 1, 2 })
    assert.same({}, reading.list(null))
    assert.same({}, reading.list("text"))
  end)
end)

describe("reading.link", function()
  it("knows today's links, iLO 4's and Inspur's", function()
    assert.equal("/a", reading.link { ["@odata.id"] = "/a" })
    assert.equal("/b", reading.link { href = "/b" })
    assert.equal("/c", reading.link("/c"))
    assert.is_nil(reading.link { ["@odata.id"] = null })
    assert.is_nil(reading.link(null))
  end)

  it("lists what a list of links points at, and skips what is none", function()
    assert.same({ "/a", "/b" }, reading.links { { ["@odata.id"] = "/a" }, {}, "/b" })
    assert.same({}, reading.links(nil))
  end)

  it("compares without case, the last slash, scheme and host", function()
    assert.equal(reading.same("/redfish/v1/Systems/1/"), reading.same("/redfish/v1/systems/1"))
    assert.equal("/redfish/v1/systems/1", reading.same("https://bmc:8443/redfish/v1/Systems/1"))
    assert.equal("", reading.same(nil))
  end)
end)

describe("reading.tail", function()
  it("is the last part of where something is", function()
    for uri, tail in pairs { ["/a/b"] = "b", ["/a/b//"] = "b", b = "b", ["https://h/a/b"] = "b" } do
      assert.equal(tail, reading.tail(uri))
      assert.equal(tail, reading.tail { ["@odata.id"] = uri })
    end
    for _, none in ipairs { "/", "", {}, 5, null } do
      assert.is_nil(reading.tail(none))
    end
  end)
end)

describe("reading.texts", function()
  it("are the words of a list, and nil where there are none", function()
    assert.same({ "a", "b" }, reading.texts { "a", null, " b ", 5, {}, "" })
    assert.same({ "a" }, reading.texts { "a" })
    assert.is_nil(reading.texts { 1, null })
    assert.is_nil(reading.texts(null))
  end)
end)

describe("reading.below", function()
  it("is where the standard has a resource", function()
    assert.equal("/redfish/v1/Systems/1/Memory",
      reading.below({ ["@odata.id"] = "http://bmc/redfish/v1/Systems/1/" }, "Memory"))
    assert.is_nil(reading.below({}, "Memory"))
  end)
end)

describe("reading.placed", function()
  it("knows where a resource is that does not say so, and believes one that does", function()
    assert.equal("/a", reading.placed({}, "/a")["@odata.id"])
    assert.equal("/a", reading.placed({ ["@odata.id"] = 5 }, "/a")["@odata.id"])
    assert.equal("/b", reading.placed({ ["@odata.id"] = "/b" }, "/a")["@odata.id"])
  end)
end)

describe("reading.health", function()
  it("knows every spelling", function()
    for word, health in pairs {
      OK = "OK", Ok = "OK", ok = "OK", ["OK "] = "OK", NORMAL = "OK", INFORMATIONAL = "OK",
      Warning = "Warning", WARNING = "Warning", Degraded = "Warning", ["Non-Critical"] = "Warning",
      Critical = "Critical", Fatal = "Critical", FAILED = "Critical",
    } do
      assert.equal(health, reading.health { Health = word })
      assert.equal(health, reading.health(word))
    end
  end)

  it("has no word for what says nothing", function()
    for _, nothing in ipairs { {}, { Health = null }, { Health = "" }, { State = "On" }, "" } do
      assert.is_nil(reading.health(nothing))
    end
    assert.is_nil(reading.health(nil))
    assert.is_nil(reading.health(null))
  end)

  it("finds health and state that are swapped (R20, R21)", function()
    assert.equal("OK", reading.health { Health = "Enabled", State = "OK" })
    assert.is_true(reading.idle { Status = { Health = "Absent", State = "OK" } })
  end)

  it("takes the roll-up in both spellings, and the worse of the two", function()
    assert.equal("Warning", reading.rollup { HealthRollup = "Warning" })
    assert.equal("Warning", reading.rollup { HealthRollUp = "Warning", Health = "OK" })
    assert.equal("Critical", reading.rollup { HealthRollup = "OK", Health = "Critical" })
    assert.equal("OK", reading.rollup { HealthRollup = null, Health = "OK" })
    assert.is_nil(reading.rollup(null))
  end)

  it("ranks", function()
    assert.equal("Critical", reading.worse("OK", "Critical"))
    assert.equal("Critical", reading.worse("Critical", "Warning"))
    assert.equal("OK", reading.worse(nil, "OK"))
    assert.is_nil(reading.worse(nil, nil))
  end)
end)

describe("reading.idle", function()
  it("is for what is absent or disabled, and for nothing else", function()
    assert.is_true(reading.idle { Status = { State = "Absent" } })
    assert.is_true(reading.idle { Status = { State = "Disabled", Health = "OK" } })
    assert.is_false(reading.idle { Status = { State = "Enabled" } })
    assert.is_false(reading.idle { Status = { State = "StandbyOffline" } })
    assert.is_false(reading.idle {})
    assert.is_false(reading.idle { Status = null })
  end)
end)

describe("reading.power_state", function()
  it("has one word for each state", function()
    for state, word in pairs {
      On = "on", OFF = "off", PoweringOn = "powering_on", ["Powering Off"] = "powering_off",
      Paused = "on", Sleeping = "unknown",
    } do
      assert.equal(word, reading.power_state { PowerState = state })
    end
    assert.equal("on", reading.power_state { Power = "ON" })
    assert.equal("unknown", reading.power_state { PowerState = null })
    assert.equal("unknown", reading.power_state {})
  end)
end)

describe("reading.time", function()
  it("has no time for never", function()
    assert.equal("2024-08-23T17:25:40+00:00", reading.time("2024-08-23T17:25:40+00:00"))
    assert.is_nil(reading.time("0000-00-00T00:00:00+00:00"))
    assert.is_nil(reading.time("1970-01-01T00:02:17+00:00"))
    assert.is_nil(reading.time(null))
  end)
end)
