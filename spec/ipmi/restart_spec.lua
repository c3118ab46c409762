-- SPDX-License-Identifier: GPL-3.0-or-later
-- Whether a BMC that was restarted is there again, by what it says of itself.
local fake = require "support.ipmifake"
local restart = require "bmc.ipmi.restart"

local function ready(reply)
  return restart.looks((fake.target { ["Get Device ID"] = reply })):ready()
end

describe("a BMC that comes back over IPMI", function()
  it("is ready when it says so", function()
    assert.is_true(ready "\x20\x01\x02\x15\x02\xBF\x7C\x2A\x00\x34\x12")
  end)

  it("is busy while its firmware is being started", function()
    local there, e = ready "\x20\x01\x82\x15\x02\xBF\x7C\x2A\x00\x34\x12"
    assert.same({ false, "busy" }, { there, e.code })
  end)

  it("is not ready with an answer that is cut, or none", function()
    local there, e = ready "\x20\x01"
    assert.same({ false, "protocol" }, { there, e.code })
    there, e = ready(0xC0)
    assert.same({ false, "busy" }, { there, e.code })
  end)
end)
