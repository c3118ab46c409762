-- SPDX-License-Identifier: GPL-3.0-or-later
-- What completion codes mean.
local codes = require "bmc.ipmi.codes"

describe("a completion code", function()
  it("is one of the errors that plans know", function()
    for code, kind in pairs {
      [0xC0] = "busy", [0xC1] = "unsupported", [0xC2] = "unsupported", [0xC5] = "busy",
      [0xC9] = "rejected", [0xCB] = "missing", [0xCC] = "rejected", [0xCD] = "unsupported",
      [0xD0] = "busy", [0xD4] = "auth", [0xD5] = "rejected", [0xD6] = "unsupported",
      [0xFF] = "internal", [0x80] = "rejected", [0x01] = "rejected",
    } do
      local e = codes.error("Get Nothing", code)
      assert.same({ kind, code, "none" }, { e.code, e.completion, e.effect })
      assert.matches(("^Get Nothing: completion code %02XH, "):format(code):upper(),
        e.text:upper())
    end
  end)

  it("has words, whatever it is", function()
    for code = 0, 255 do
      assert.is_true(#codes.text(code) > 2, code)
    end
    assert.same({ "done", "OEM", "specific to this command", "reserved" },
      { codes.text(0), codes.text(0x7E), codes.text(0x80), codes.text(0xBF) })
  end)

  it("of a write says whether it may have been done", function()
    assert.same({ "unknown", "unknown", "none", "none" },
      { codes.effect(0xC3), codes.effect(0xFF), codes.effect(0xC0), codes.effect(0xD5) })
  end)
end)
