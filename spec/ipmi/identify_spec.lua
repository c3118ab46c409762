-- SPDX-License-Identifier: GPL-3.0-or-later
local err = require "bmc.err"
local fake = require "support.ipmifake"

-- A BMC whose LED can be seen. `seconds_only`: it knows no "until told otherwise".
local function bmc(seconds_only)
  local identify = 0
  return {
    ["Chassis Identify"] = function(data)
      if seconds_only and #data > 1 then
        return 0xC7
      end
      identify = data:byte(2) == 1 and 2 or data:byte() > 0 and 1 or 0
      return ""
    end,
    ["Get Chassis Status"] = function() return string.char(1, 0, 0x40 | identify << 4) end,
  }
end

describe("indicator_led over IPMI", function()
  it("lights the LED until told otherwise, and puts it out", function()
    local replies = bmc()
    local result, _, c = fake.run("indicator_led", replies, { state = "on" })
    assert.same({ "on", true, "on" }, { result.requested, result.accepted, result.observed })
    assert.same({ "\0\1" }, c:data_of "Chassis Identify")
    result, _, c = fake.run("indicator_led", replies, { state = "off" })
    assert.equal("off", result.observed)
    assert.same({ "\0" }, c:data_of "Chassis Identify")
  end)

  it("cannot promise that it blinks", function()
    local result, trail = fake.run("indicator_led", bmc(), { state = "blink" })
    assert.same({ "blinking", "on" }, { result.requested, result.observed })
    assert.matches("up to the machine", trail[#trail].notes[1])
  end)

  it("lights it for some seconds", function()
    local result, _, c = fake.run("indicator_led", bmc(), { state = "on", seconds = 60 })
    assert.equal("on", result.observed)
    assert.same({ "\60" }, c:data_of "Chassis Identify")
    for _, seconds in ipairs { 0, 256, 1.5, "ten" } do
      local _, e = fake.run("indicator_led", bmc(), { state = "on", seconds = seconds })
      assert.equal("rejected", e.code)
    end
  end)

  it("does with seconds where a BMC knows nothing else", function()
    local result, trail, c = fake.run("indicator_led", bmc(true), { state = "on" })
    assert.equal("on", result.observed)
    assert.same({ "\0\1", "\255" }, c:data_of "Chassis Identify")
    assert.matches("255 s at most", table.concat(trail[#trail].notes, "\n"))
  end)

  it("says what it does not see", function()
    local result, trail = fake.run("indicator_led",
      { ["Chassis Identify"] = "", ["Get Chassis Status"] = "\1\0\0" }, { state = "on" })
    assert.is_nil(result.observed)
    assert.matches("does not tell", trail[#trail].notes[1])
    local _, e = fake.run("indicator_led",
      { ["Chassis Identify"] = "", ["Get Chassis Status"] = "\1\0\x40" }, { state = "on" })
    assert.same({ "rejected", "unknown", "off" }, { e.code, e.effect, e.observed })
  end)

  it("only says what it would send", function()
    local result, trail = fake.run("indicator_led", bmc(), { state = "on" }, { dry_run = true })
    assert.is_nil(result.accepted)
    assert.equal("would send Chassis Identify, on", trail[1].step)
  end)
end)

describe("led_state over IPMI", function()
  it("tells lit from not lit, where the BMC does", function()
    local function led(byte)
      return fake.run("led_state", { ["Get Chassis Status"] = string.char(1, 0, byte) })
    end
    assert.equal("off", led(0x40).led)
    assert.equal("on", led(0x50).led)
    assert.equal("on", led(0x60).led)
    assert.equal("unsupported", select(2, led(0x60 & ~0x40)).code)
  end)
end)

describe("nmi_trigger over IPMI", function()
  it("sends one pulse to a machine that is on", function()
    local result, _, c = fake.run("nmi_trigger",
      { ["Get Chassis Status"] = "\1\0\0", ["Chassis Control"] = "" })
    assert.same({ "Nmi", true, "on" }, { result.requested, result.accepted, result.observed })
    assert.same({ "\4" }, c:data_of "Chassis Control")
  end)

  it("sends none to one that is off", function()
    local _, e, c = fake.run("nmi_trigger", { ["Get Chassis Status"] = "\0\0\0" })
    assert.same({ "rejected", "none" }, { e.code, e.effect })
    assert.same({}, c:data_of "Chassis Control")
  end)

  it("is sent no second time when the answer is lost", function()
    local _, e, c = fake.run("nmi_trigger", { ["Get Chassis Status"] = "\1\0\0",
      ["Chassis Control"] = err.new("timeout", "no answer", { effect = "unknown" }) })
    assert.same({ "timeout", "unknown" }, { e.code, e.effect })
    assert.equal(1, #c:data_of "Chassis Control")
  end)

  it("is not known to every BMC", function()
    for _, code in ipairs { 0xC1, 0xCC } do
      local _, e = fake.run("nmi_trigger",
        { ["Get Chassis Status"] = "\1\0\0", ["Chassis Control"] = code })
      assert.same({ "unsupported", "none" }, { e.code, e.effect })
    end
  end)

  it("only says what it would send", function()
    local result = fake.run("nmi_trigger", { ["Get Chassis Status"] = "\1\0\0" }, nil,
      { dry_run = true })
    assert.is_nil(result.accepted)
  end)
end)
