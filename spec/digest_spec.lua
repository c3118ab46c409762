-- SPDX-License-Identifier: GPL-3.0-or-later
-- Lists of records as one row.
local digest = require "bmc.digest"

local FANS = {
  { name = "a", status = "OK", reading_rpm = 4000 },
  { name = "b", status = "Critical", reading_rpm = 900 },
  { name = "c", status = "Warning" },
  { name = "d" },
}

describe("bmc.digest", function()
  it("finds the worst status, whatever its spelling", function()
    assert.equal("Critical", digest.worst(FANS))
    assert.equal("Ok", digest.worst { { status = "Ok" }, {} })
    assert.is_nil(digest.worst { {}, { status = "Absent" } })
    assert.is_nil(digest.worst {})
  end)

  it("adds up signals; none is not zero", function()
    assert.equal(4900, digest.sum(FANS, "reading_rpm"))
    assert.is_nil(digest.sum(FANS, "reading_percent"))
  end)

  it("finds the record with the least", function()
    local function rpm(fan) return fan.reading_rpm end
    assert.equal("b", digest.least(FANS, rpm).name)
    assert.is_nil(digest.least({ {} }, rpm))
  end)

  it("selects records", function()
    local odd = digest.select(FANS, function(fan) return fan.status ~= "OK" and fan.status end)
    assert.same({ FANS[2], FANS[3] }, odd)
    assert.same({}, digest.select({}, error))
  end)
end)
