-- SPDX-License-Identifier: GPL-3.0-or-later
-- The locator LED: which property, whose, with which word, and what it reads.
local bmc = require "bmc"
local changes = require "support.changes"
local scripted = require "support.scripted"

local CHASSIS = "/redfish/v1/Chassis/1"

-- A machine whose system and chassis have these fields; a PATCH that `refuses` answers 400.
-- f(m, sent) with sent = { { path, body }, … }.
local function with(system, chassis, f, more)
  more = more or {}
  local sent = {}
  local function resource(path, fields, whole)
    return function() return whole(fields) end, function(_, body)
      if more.refuses and more.refuses(path, body) then
        return 400, { error = { ["@Message.ExtendedInfo"] = { {
          MessageId = "Base.1.8.PropertyNotWritable" } } } }
      end
      sent[#sent + 1] = { path, body }
      for name, value in pairs(more.deaf and {} or body) do
        fields[name] = value
      end
      return 204
    end
  end
  local get_system, patch_system = resource(scripted.SYSTEM, system, scripted.system)
  local get_chassis, patch_chassis = resource(CHASSIS, chassis, function(fields)
    fields["@odata.id"], fields.Id = CHASSIS, "1"
    return fields
  end)
  scripted.with({
    [scripted.SYSTEM] = get_system, ["PATCH " .. scripted.SYSTEM] = patch_system,
    [CHASSIS] = get_chassis, ["PATCH " .. CHASSIS] = patch_chassis,
  }, function(m) f(m, sent) end, more.open)
end

describe("indicator_led", function()
  it("lights the newer property where there is one, and the older one to blink", function()
    with({ LocationIndicatorActive = false, IndicatorLED = "Off" }, {}, function(m, sent)
      local data = m:indicator_led("on")
      assert.same({ "on", true, "on", scripted.SYSTEM },
        { data.requested, data.accepted, data.observed, data.uri })
      m:indicator_led("blink")
      m:indicator_led("off")
      assert.same({ { LocationIndicatorActive = true }, { IndicatorLED = "Blinking" },
        { LocationIndicatorActive = false } }, { sent[1][2], sent[2][2], sent[3][2] })
    end)
  end)

  it("uses the words of the BMC", function()
    with({ IndicatorLED = "Off" }, {}, function(m, sent)
      assert.equal("on", m:indicator_led("lit").observed)
      assert.same({ IndicatorLED = "Lit" }, sent[1][2])
    end)
    with({ IndicatorLED = "Off", ["IndicatorLED@Redfish.AllowableValues"] = { "Blinking", "Off" } },
      {}, function(m, sent)
        assert.equal("blinking", m:indicator_led("on").observed)
        assert.same({ IndicatorLED = "Blinking" }, sent[1][2])
      end)
    with({ IndicatorLED = "Off" }, {}, function(m)
      assert.equal("blinking", m:indicator_led("on").observed)
    end, { refuses = function(_, body) return body.IndicatorLED == "Lit" end })
  end)

  it("tells the chassis where the system has none, or refuses (R45)", function()
    with({}, { LocationIndicatorActive = false }, function(m)
      assert.same({ CHASSIS, "on" }, { m:indicator_led("on").uri, m:led_state().led })
    end)
    local function refuse(path) return path == scripted.SYSTEM end
    with({ IndicatorLED = "Off" }, { IndicatorLED = "Off" }, function(m)
      assert.equal(CHASSIS, m:indicator_led("on").uri)
    end, { refuses = refuse })
    with({ IndicatorLED = "Off" }, { IndicatorLED = "Off" }, function(m, sent)
      m:indicator_led("on")
      assert.equal(CHASSIS, sent[1][1])
    end, { open = { set = { "generic.led.write=chassis" } } })
    changes.with({ led = { chassis_refused = true } }, function(m)
      assert.equal("on", m:indicator_led("on").observed)
    end)
  end)

  it("is unsupported without an LED, or without that state", function()
    with({}, {}, function(m)
      local _, e = bmc.try(m.indicator_led, m, "on")
      assert.same({ "unsupported", "none" }, { e.code, e.effect })
      assert.equal("unsupported", select(2, bmc.try(m.led_state, m)).code)
    end)
    with({ LocationIndicatorActive = true }, {}, function(m, sent)
      local _, e = bmc.try(m.indicator_led, m, "blinking")
      assert.equal("unsupported", e.code)
      assert.same({}, sent)
    end)
  end)

  it("refuses a state that there is not", function()
    with({ IndicatorLED = "Off" }, {}, function(m)
      assert.equal("rejected", select(2, bmc.try(m.indicator_led, m, "dim")).code)
      assert.equal("rejected", select(2, bmc.try(m.indicator_led, m)).code)
    end)
  end)

  it("reads words of all ages", function()
    for word, state in pairs { Lit = "on", On = "on", Blinking = "blinking", Off = "off",
      Unknown = "unknown" } do
      with({ IndicatorLED = word }, {}, function(m) assert.equal(state, m:led_state().led) end)
    end
  end)

  it("names what it would send in a dry run, and sends nothing", function()
    local event
    with({ LocationIndicatorActive = false }, {}, function(m, sent)
      local data = m:indicator_led("on")
      assert.same({}, sent)
      assert.is_nil(data.accepted)
      assert.same({ "PATCH", scripted.SYSTEM, { LocationIndicatorActive = true } },
        { event.method, event.uri, event.body })
    end, { open = { dry_run = true, trace = function(e)
      event = e.kind == "dry-run" and e or event
    end } })
  end)
end)
