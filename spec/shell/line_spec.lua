-- SPDX-License-Identifier: GPL-3.0-or-later
-- What a line of the shell is.
local line = require "bmc.shell.line"

describe("bmc.shell.line", function()
  it("takes an expression, a statement, or the beginning of one", function()
    assert.equal(2, line.compile("1 + 1")())
    assert.same({ 1, 2 }, { line.compile("1, 2")() })
    assert.truthy(line.compile("local x = 1"))
    for _, text in ipairs { "for i = 1, 2 do", "f(", "x = {", "if x then\nprint(1)", "x = [[" } do
      local chunk, incomplete = line.compile(text)
      assert.is_nil(chunk)
      assert.is_true(incomplete, text)
    end
    for _, text in ipairs { "x y", "end", "1 +* 2", "for do" } do
      local chunk, incomplete, why = line.compile(text)
      assert.is_nil(chunk)
      assert.is_false(incomplete, text)
      assert.truthy(why:find("shell:1:", 1, true))
    end
  end)

  it("cuts a command line into words as a shell does", function()
    assert.same({ "power", "status", "-H", "a b", "x'y", "", "c d" },
      line.words([[ power  status -H 'a b' "x'y" '' c\ d ]]))
    assert.same({ "a'b", "ab c" }, line.words([[a\'b a"b c"]]))
    assert.same({ "it's" }, line.words("it's")) -- an open quote is a letter
    assert.same({}, line.words("  "))
  end)

  it("knows a command from Lua", function()
    assert.truthy(line.verb("power status -H m1"))
    assert.truthy(line.verb("heartbeat"))
    assert.truthy(line.verb("  fans -H m1"))
    for _, text in ipairs { "power = 1", "power()", "power.x = 1", "power:x()", "power, b = 1, 2",
      "power{}", "nosuch x", "print 'x'", "1", "" } do
      assert.is_nil(line.verb(text), text)
    end
    _G.fans = 1
    assert.is_nil(line.verb("fans -H m1"))
    _G.fans = nil
  end)

  it("tells which command a line was perhaps meant to be", function()
    assert.equal('no command "powr" (did you mean "power"?)', line.meant("powr status -H m1"))
    for _, text in ipairs { "power status", "nosuchword x", "powr = 1", "powr", "1 x", "" } do
      assert.is_nil(line.meant(text), text)
    end
  end)

  it("keeps what may hold a password out of the history", function()
    for _, text in ipairs { "password = 'x'", "m = bmc.open{ PASSWORD = 'x' }", " x = 1",
      "token = 1", "--password-file x" } do
      assert.is_true(line.is_private(text), text)
    end
    assert.is_false(line.is_private("m:heartbeat()"))
  end)
end)
