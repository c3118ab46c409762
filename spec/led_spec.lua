-- SPDX-License-Identifier: GPL-3.0-or-later
-- What an LED says, and by what it is told.
local led = require "bmc.led"

describe("bmc.led", function()
  it("reads either property, and both", function()
    for _, case in ipairs {
      { { IndicatorLED = "Lit" }, "on" }, { { IndicatorLED = "Blinking" }, "blinking" },
      { { IndicatorLED = "Off" }, "off" }, { { LocationIndicatorActive = true }, "on" },
      { { LocationIndicatorActive = false, IndicatorLED = "Lit" }, "off" }, -- R750
      { { LocationIndicatorActive = false, IndicatorLED = "Blinking" }, "blinking" },
      { { LocationIndicatorActive = true, IndicatorLED = "Off" }, "on" }, { {}, nil },
    } do
      assert.equal(case[2], led.state(case[1]))
    end
  end)

  it("has the bodies for a state, the best first", function()
    local words = { "Lit", "Blinking" }
    local both = { body = { LocationIndicatorActive = false, IndicatorLED = "Off" } }
    assert.same({ { LocationIndicatorActive = true }, { IndicatorLED = "Lit" },
      { IndicatorLED = "Blinking" } }, led.bodies(both, "on", words))
    assert.same({ { IndicatorLED = "Blinking" } }, led.bodies(both, "blinking", words))
    local blinks = { body = { LocationIndicatorActive = true, IndicatorLED = "Blinking" } }
    assert.same({ { IndicatorLED = "Lit" }, { LocationIndicatorActive = true } },
      led.bodies(blinks, "on", { "Lit" }))
    assert.same({ { LocationIndicatorActive = false }, { IndicatorLED = "Off" } },
      led.bodies(blinks, "off", words))
    assert.same({}, led.bodies({ body = { LocationIndicatorActive = true } }, "blinking", words))
  end)
end)
