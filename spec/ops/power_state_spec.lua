-- SPDX-License-Identifier: GPL-3.0-or-later
local scripted = require "support.scripted"

describe("power_state", function()
  it("has one word for each state", function()
    local WORDS = { On = "on", Off = "off", PoweringOn = "powering_on", Odd = "unknown" }
    for state, word in pairs(WORDS) do
      scripted.with({ [scripted.SYSTEM] = scripted.system { PowerState = state } }, function(m)
        assert.same({ power_state = word }, m:power_state())
      end)
    end
  end)
end)
