-- SPDX-License-Identifier: GPL-3.0-or-later
local tbl = require "bmc.tbl"

describe("bmc.tbl", function()
  it("digs through what may not be there", function()
    local body = { Links = { Sessions = { ["@odata.id"] = "/s" } }, Oem = "text" }
    assert.equal("/s", tbl.dig(body, "Links", "Sessions", "@odata.id"))
    assert.is_nil(tbl.dig(body, "Oem", "Dell", "x"))
    assert.is_nil(tbl.dig(nil, "a"))
    assert.is_nil(tbl.dig(7, "a"))
    assert.equal(body, tbl.dig(body))
  end)

  it("reads and writes dotted paths", function()
    local t = { a = { b = { 1, { c = "x" } } } }
    assert.equal("x", tbl.at(t, "a.b.2.c"))
    assert.is_nil(tbl.at(t, "a.z.c"))
    assert.is_nil(tbl.at(t, "a.b.1.c"))
    tbl.put(t, "p.q.r", 5)
    assert.equal(5, t.p.q.r)
    tbl.put(t, "top", 1)
    assert.equal(1, t.top)
  end)

  it("tells maps from lists", function()
    assert.is_true(tbl.is_map {})
    assert.is_true(tbl.is_map { a = 1 })
    assert.is_false(tbl.is_map { 1 })
    assert.is_false(tbl.is_map "a")
  end)

  it("matches one of some patterns, and what is no text matches none", function()
    assert.is_true(tbl.matches("HGX_1", { "^Self$", "^HGX_" }))
    assert.is_false(tbl.matches("Self2", { "^Self$" }))
    assert.is_false(tbl.matches("x", {}))
    assert.is_false(tbl.matches(nil, { "." }))
    assert.is_false(tbl.matches({}, { "." }))
  end)

  it("has the values of a map in the order of a field", function()
    local t = { [10] = { n = 10 }, [9] = { n = 9 }, x = { n = 11 } }
    assert.same({ { n = 9 }, { n = 10 }, { n = 11 } }, tbl.by(t, "n"))
    assert.same({}, tbl.by({}, "n"))
  end)

  it("copies all the way down", function()
    local t = { a = { b = { 1, 2 } } }
    local copy = tbl.copy(t)
    copy.a.b[1] = 9
    assert.equal(1, t.a.b[1])
  end)

  it("lists leaves in the order of their paths", function()
    local out = {}
    for path, value in tbl.leaves { b = { y = 1, x = { 1, 2 } }, a = true, c = {} } do
      out[#out + 1] = path .. "=" .. type(value)
    end
    assert.same({ "a=boolean", "b.x=table", "b.y=number", "c=table" }, out)
  end)
end)
