-- SPDX-License-Identifier: GPL-3.0-or-later
local splice = require "bmc.sim.splice"

local TEXT = ' { "a" : "x\\"}{" , "b":{"c":[1,{"d":"]"}], "e":null},"f":12 }'

describe("sim.splice", function()
  it("finds values by their names", function()
    assert.equal('"x\\"}{"', splice.get(TEXT, "a"))
    assert.equal('[1,{"d":"]"}]', splice.get(TEXT, "b", "c"))
    assert.equal("null", splice.get(TEXT, "b", "e"))
    assert.equal("12", splice.get(TEXT, "f"))
    assert.equal(TEXT, splice.get(TEXT))
  end)

  it("says that a value is absent", function()
    assert.is_nil(splice.get(TEXT, "d"))
    assert.is_nil(splice.get(TEXT, "f", "g"))
    assert.is_nil(splice.get("{}", "a"))
  end)

  it("replaces a value and leaves every other byte", function()
    assert.equal(' { "a" : "x\\"}{" , "b":{"c":[1,{"d":"]"}], "e":"new"},"f":12 }',
      splice.set(TEXT, '"new"', "b", "e"))
    assert.equal(' { "a" : 1 , "b":{"c":[1,{"d":"]"}], "e":null},"f":12 }',
      splice.set(TEXT, "1", "a"))
  end)

  it("adds what is missing, with the objects round it", function()
    assert.equal('{"a":1}', splice.set("{}", "1", "a"))
    assert.equal('{"a":{"b":1} }', splice.set("{ }", "1", "a", "b"))
    assert.equal('{"b":{"d":2,"c":1}}', splice.set('{"b":{"c":1}}', "2", "b", "d"))
  end)

  it("puts an object where there was none", function()
    assert.equal('{"a":{"b":1}}', splice.set('{"a":null}', "1", "a", "b"))
  end)
end)
