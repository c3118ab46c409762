-- SPDX-License-Identifier: GPL-3.0-or-later
-- Width, cutting and cleaning of text for a terminal.
local text = require "bmc.text"

describe("bmc.text", function()
  it("lets nothing through that acts on a terminal", function()
    local dirty = "a\27[31mb\tc\r\nd\0\127\u{9b}31m\u{202e}e\u{2066}"
    local clean = text.clean(dirty)
    assert.is_nil(clean:find("[%c]"))
    assert.is_nil(clean:find("\u{9b}", 1, true))
    assert.is_nil(clean:find("\u{202e}", 1, true))
    assert.is_nil(clean:find("\u{2066}", 1, true))
    assert.truthy(clean:find("b c d", 1, true))
  end)

  it("makes broken UTF-8 valid and keeps the rest", function()
    assert.equal("ä\u{fffd}b\u{fffd}", text.valid("ä\xffb\xc3"))
    assert.equal("ä", text.valid("ä"))
  end)

  it("counts columns, not bytes", function()
    assert.equal(5, text.width("CPU °"))
    assert.equal(6, text.width("日本語"))
    assert.equal(1, text.width("e\u{301}"))
    assert.equal(2, text.width("🔥"))
  end)

  it("cuts to columns and shows the cut", function()
    assert.equal("abc", text.cut("abc", 3))
    assert.equal("ab…", text.cut("abcd", 3))
    assert.equal("日…", text.cut("日本語", 4))
    assert.equal("", text.cut("abc", 0))
  end)

  it("never gives more columns than asked for", function()
    for n = 0, 12 do
      assert.truthy(text.width(text.cut("日本語のホスト", n)) <= n)
      assert.truthy(text.width(text.cut("日本語のホスト", n, true)) <= n)
    end
  end)

  it("cuts names in the middle", function()
    assert.equal("nod…017", text.cut("node-rack-0017", 7, true))
  end)

  it("breaks at blanks", function()
    assert.same({ "no answer", "within 10", "s" }, text.wrap("no answer within 10 s", 9))
    assert.same({ "an", "unbreaka", "ble word" }, text.wrap("an unbreakable word", 8))
    assert.same({ "日本", "語" }, text.wrap("日本語", 5))
    assert.same({ "日", "本" }, text.wrap("日本", 1))
    assert.same({ "" }, text.wrap("", 8))
  end)

  it("fills up to columns", function()
    assert.equal("日本  ", text.pad("日本", 6))
    assert.equal("  ab", text.pad("ab", 4, true))
    assert.equal("abcde", text.pad("abcde", 4))
  end)

  it("writes numbers with the decimals they need", function()
    for n, expected in pairs {
      [42] = "42", [100] = "100", [10.8] = "10.8", [3.3120000000000003] = "3.312",
      [-0.5] = "-0.5", [1e7] = "10000000", [0.0001] = "0", [-0.0001] = "0", [1200.50] = "1200.5",
    } do
      assert.equal(expected, text.number(n))
    end
  end)
end)
