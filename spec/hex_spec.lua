-- SPDX-License-Identifier: GPL-3.0-or-later
local hex = require "bmc.hex"

describe("hex", function()
  it("writes bytes", function()
    assert.equal("00 0a ff", hex.of("\0\n\xFF", " "))
    assert.equal("000aff", hex.of("\0\n\xFF"))
    assert.equal("", hex.of(""))
  end)

  it("reads them, whatever stands between", function()
    assert.equal("\x02\xB3\x00\xFE", hex.bytes("02:B3:00-fe"))
    assert.equal("", hex.bytes(""))
  end)
end)
