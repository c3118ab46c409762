-- SPDX-License-Identifier: GPL-3.0-or-later
-- The checker, with bad data above all (STYLE S7).
local schema = require "bmc.schema"

local NODE = {
  type = "map",
  fields = {
    name = { type = "string", required = true },
    level = { type = "number", integer = true, min = 1, max = 9, required = true },
    share = { type = "number" },
    on = { type = "boolean" },
    mode = { type = "string", one_of = { "fast", "slow" } },
    look = { type = "string", pattern = true },
    code = { type = "string", matches = "^%u+$", like = "upper case" },
    names = { type = "list", min = 1, of = { type = "string" } },
    deep = { type = "map", required = true, fields = { x = { type = "number", required = true } } },
    free = { type = "map", of = { type = "number" } },
  },
}

local function first(value)
  local p = schema.check(NODE, value)[1]
  return p and p.path .. ": " .. p.text
end

describe("bmc.schema", function()
  it("passes what is right", function()
    assert.is_nil(first { name = "a", level = 3, share = 0.5, on = false, mode = "fast",
      look = "^x+", code = "AB", names = { "a" }, deep = { x = 1 }, free = { any = 1 } })
    assert.is_nil(first { free = {} })
  end)

  it("names the path and the reason of what is not", function()
    local cases = {
      { { nam = "x" }, 'nam: unknown field (did you mean "name"?)' },
      { { deep = { y = 1 } }, "deep.y: unknown field" },
      { { qqqqq = 1 }, "qqqqq: unknown field" },
      { { level = "3" }, 'level: a number expected, not "3"' },
      { { level = 12 }, "level: 12 is out of range (1 to 9)" },
      { { level = 0 / 0 }, "level: " .. tostring(0 / 0) .. " is out of range (1 to 9)" },
      { { level = 1.5 }, "level: 1.5 is no whole number" },
      { { on = "yes" }, 'on: a boolean expected, not "yes"' },
      { { mode = "fats" }, 'mode: "fats" is none of fast, slow (did you mean "fast"?)' },
      { { code = "ab" }, 'code: "ab" is not upper case' },
      { { names = {} }, "names: needs at least 1" },
      { { names = { "a", 2 } }, "names.2: a string expected, not 2" },
      { { names = { "a", x = "b" } }, "names.x: this is a list: it has no names and no holes" },
      { { names = "a" }, 'names: a list expected, not "a"' },
      { { deep = { 1 } }, "deep: a table with names expected, not a list" },
      { { free = { a = "b" } }, 'free.a: a number expected, not "b"' },
      { { print }, ": a table with names expected, not a list" },
      { 7, ": a table with names expected, not 7" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], first(case[1]))
    end
    assert.truthy(first({ look = "[a" }):find('look: "[a" is no Lua pattern', 1, true))
  end)

  it("lets optional fields be unset, and no others", function()
    assert.is_nil(first { share = schema.unset })
    assert.equal("level: cannot be unset: bmcsh needs a value here", first { level = schema.unset })
    assert.equal("unset", tostring(schema.unset))
  end)

  it("lists what a complete value lacks", function()
    local paths = {}
    for i, p in ipairs(schema.missing(NODE, { name = "a", deep = {} })) do
      paths[i] = p.path
    end
    assert.same({ "deep.x", "level" }, paths)
  end)

  it("finds the node of a path, or where the path goes wrong", function()
    assert.equal("number", schema.at(NODE, "deep.x").type)
    assert.equal("number", schema.at(NODE, "free.anything").type)
    local node, wrong, names = schema.at(NODE, "deep.z")
    assert.is_nil(node)
    assert.equal("z", wrong)
    assert.same({ "x" }, names)
    assert.is_nil((schema.at(NODE, "name.x")))
  end)

  it("reads values from a command line", function()
    assert.equal(40, schema.read(NODE.fields.level, "40"))
    assert.equal(true, schema.read(NODE.fields.on, "true"))
    assert.equal("a=b", schema.read(NODE.fields.name, "a=b"))
    assert.same({ "a", "b" }, schema.read(NODE.fields.names, "a,b"))
    assert.equal(schema.unset, schema.read(NODE.fields.on, "unset"))
    assert.is_nil(schema.read(NODE.fields.level, "forty"))
    assert.is_nil(schema.read(NODE.fields.on, "yes"))
    assert.is_nil(schema.read(NODE.fields.deep, "x"))
  end)
end)
