-- SPDX-License-Identifier: GPL-3.0-or-later
-- How the shell shows values.
local err = require "bmc.err"
local printer = require "bmc.print"

describe("bmc.print", function()
  it("sorts keys and quotes what Lua would have to", function()
    assert.equal('{ 1, 2, ["a b"] = true, ["end"] = 3, x = "q" }',
      printer.value { 1, 2, x = "q", ["a b"] = true, ["end"] = 3 })
  end)

  it("breaks what is longer than a line", function()
    local shown = printer.value { first = ("x"):rep(60), second = ("y"):rep(60) }
    assert.equal(4, select(2, shown:gsub("[^\n]+", "")))
    assert.truthy(shown:find("\n  second = ", 1, true))
  end)

  it("is bounded in items, depth and length, and says so", function()
    local many, deep = {}, {}
    for i = 1, 1000 do
      many[i] = i
    end
    local at = deep
    for _ = 1, 100 do
      at.next = {}
      at = at.next
    end
    assert.truthy(printer.value(many):find("… (800 more)", 1, true))
    assert.truthy(printer.value(deep):find("{ … }", 1, true))
    assert.truthy(#printer.value(("é"):rep(100000)) < 1000)
    assert.truthy(printer.value(("é"):rep(100000)):find("(200000 bytes)", 1, true))
  end)

  it("survives a table that holds itself", function()
    local t = {}
    t.me = t
    assert.equal("{ me = { … itself } }", printer.value(t))
  end)

  it("prints objects by their own words", function()
    local e = err.new("timeout", "no answer", { host = "bmc1" })
    assert.equal("bmc1: timeout: no answer", printer.value(e))
  end)

  it("lets nothing act on the terminal", function()
    assert.equal([["\x1b[2Jx"]], printer.value("\27[2Jx"))
    assert.is_nil(printer.value({ ["k\27"] = "v\27" }):find("\27", 1, true))
  end)

  it("knows a list of flat records, name first", function()
    assert.same({
      { "name", "name", name = true }, { "reading_c", "reading_c" }, { "status", "status" },
    }, printer.records { { name = "a", status = "OK" }, { name = "b", reading_c = 1 } })
    assert.is_nil(printer.records { 1, 2 })
    assert.is_nil(printer.records { { deep = {} } })
    assert.is_nil(printer.records {})
    assert.is_nil(printer.records { err.new("timeout", "x") })
  end)
end)
