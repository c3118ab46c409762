-- SPDX-License-Identifier: GPL-3.0-or-later
local expect = require "bmc.sol.expect"

local function found(text, ...)
  local match = expect.find(text, { ... })
  return match and { match.first, match.last, match.index, table.unpack(match.captures) }
end

describe("what a script waits for", function()
  it("is found where it comes first", function()
    assert.same({ 1, 1, 1 }, found("aab", "a"))
    assert.same({ 3, 3, 2 }, found("xxab", "b", "a"))
    assert.same({ 3, 4, 1 }, found("xxab", "ab", "a"))
    assert.same({ 1, 6, 1, "u", "12" }, found("u is12", "(%a) is(%d+)"))
    assert.is_nil(found("login", "login: $"))
    assert.same({ 2, 4, 1 }, found("\0=> ", "=> $"))
  end)

  it("is a pattern, or a list of them", function()
    assert.same({ "a" }, expect.patterns "a")
    assert.same({ "a", "b" }, expect.patterns { "a", "b" })
    for _, wrong in ipairs { 5, {}, { "(" }, "%", { "a", "[" } } do
      assert.error_matches(function() expect.patterns(wrong) end, "console:expect: ")
    end
  end)

  it("is looked for in what has come last, however much comes", function()
    local text = ""
    for i = 1, 3000 do
      text = expect.add(text, ("%099d\n"):format(i))
    end
    assert.is_true(#text <= 65536 and #text >= 32768)
    assert.truthy(text:find("03000\n$"))
  end)

  it("is told from the end of what was seen, in one line", function()
    assert.equal([["a\r\n$ "]], expect.tail("a\r\n$ "))
    local tail = expect.tail(("x"):rep(500) .. "end")
    assert.equal(#"…" + 2 + 200, #tail)
    assert.truthy(tail:find('end"$'))
  end)
end)
