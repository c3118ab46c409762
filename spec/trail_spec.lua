-- SPDX-License-Identifier: GPL-3.0-or-later
-- How a change is shown: for people, and as data.
local trail = require "bmc.trail"

describe("bmc.trail", function()
  it("shows what came of it, the steps, and the notes", function()
    local lines = {}
    local out = { line = function(_, s) lines[#lines + 1] = s end }
    trail.show(out, { host = "bmc1", way = "redfish", data = { seconds = 1.26, trail = {
      { step = "PATCH /x", ok = false, code = "rejected", why = "400" },
      { step = "PATCH /y", ok = true }, { ok = true, notes = { "said twice" } },
    } } }, "done")
    assert.same({ "bmc1: done, 1.3 s over redfish", "  rejected  PATCH /x: 400",
      "  ok        PATCH /y", "  note      said twice" }, lines)
  end)

  it("tidies data: the way stands beside it, seconds to the millisecond", function()
    assert.same({ seconds = 1.235, trail = { { seconds = 0.001 }, {} } }, trail.tidy {
      way = "redfish", seconds = 1.23456, trail = { { seconds = 0.0009 }, {} } })
  end)
end)
