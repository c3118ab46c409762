-- SPDX-License-Identifier: GPL-3.0-or-later
-- ECMA regular expressions, as schemas have them.
local regex = require "bmc.jsonschema.regex"
local task = require "bmc.task"

-- pattern = what has a match, and what has none.
local CASES = {
  ["a"] = { { "a", "bab" }, { "", "b", "A" } },
  ["^a$"] = { { "a" }, { "ab", "ba", "a\n" } },
  ["a|bc|"] = { { "", "x" }, {} },
  ["^(a|bc)+$"] = { { "a", "abca" }, { "", "b", "abcb" } },
  ["^ab*c?$"] = { { "a", "abbb", "ac" }, { "b", "acc" } },
  ["^a{2}b{1,}c{0,2}$"] = { { "aab", "aabbcc" }, { "ab", "aac", "aabccc" } },
  ["^a{x}$"] = { { "a{x}" }, { "a" } },
  ["^a+?b*?$"] = { { "a", "aab" }, { "b" } },
  ["^.$"] = { { "a", "é", " " }, { "", "\n", "ab" } },
  ["^[a-c_-]+$"] = { { "a", "-_", "abc" }, { "d", "" } },
  ["^[^a-c]$"] = { { "d", "\n", "é" }, { "a", "" } },
  ["^[\\d\\s]+$"] = { { "1 2\t3" }, { "a" } },
  ["^\\d\\D\\w\\W\\s\\S$"] = { { "1a_- x" }, { "11_- x" } },
  ["^[\\D]$"] = { { "a" }, { "1" } },
  ["\\bon\\b"] = { { "on", "turn on it" }, { "one", "upon" } },
  ["^\\Ba"] = { {}, { "a" } },
  ["^(?:a(?=b)|c(?!d))"] = { { "ab", "ce", "c" }, { "ac", "cd" } },
  ["^(?<year>\\d{4})-(?<month>\\d\\d)$"] = { { "2024-08" }, { "24-08" } },
  ["^\\x41\\u0042\\u{43}\\t\\/\\.\\*$"] = { { "ABC\t/.*" }, { "ABC\t/x*" } },
  ["^\\u00e9[à-ü]$"] = { { "éé" }, { "ee" } },
  ["[]"] = { {}, { "", "a" } },
  ["^[^]$"] = { { "a", "\n" }, { "" } },
  -- What the DMTF's schemas have.
  ["^([a-zA-Z_][a-zA-Z0-9_]*)?@(odata|Redfish|Message)\\.[a-zA-Z_][a-zA-Z0-9_]*$"] = {
    { "@odata.id", "Members@odata.count", "Boot@Redfish.AllowableValues" },
    { "odata.id", "1a@odata.id", "a@other.x", "a@odata." },
  },
  ["^([0-9A-Fa-f]{2}[:-]){5}([0-9A-Fa-f]{2})$"] = {
    { "aa:bb:cc:dd:ee:ff", "A4-BF-01-28-90-AA" }, { "aa:bb:cc:dd:ee", "aabbccddeeff" },
  },
  ["^-?P(\\d+D)?(T(\\d+H)?(\\d+M)?(\\d+(.\\d+)?S)?)?$"] = {
    { "P1D", "-PT1.5S", "PT2H30M" }, { "1D", "P1H" },
  },
  ["^\\S+$"] = { { "abc" }, { "a b", "" } },
}

describe("bmc.jsonschema.regex", function()
  for pattern, case in pairs(CASES) do
    it("matches " .. pattern, function()
      local compiled = assert(regex.compile(pattern))
      for _, text in ipairs(case[1]) do
        assert.is_true(compiled:matches(text), text)
      end
      for _, text in ipairs(case[2]) do
        assert.is_false(compiled:matches(text), text)
      end
    end)
  end

  it("says what is wrong", function()
    for _, pattern in ipairs { "(a", "a)", "*a", "[a", "[z-a]", "a{3,2}", "\xff", "\\" } do
      local compiled, said = regex.compile(pattern)
      assert.is_nil(compiled, pattern)
      assert.is_truthy(said:find("%a"), pattern)
    end
  end)

  it("gives up on expressions that try for ever", function()
    local began = task.now()
    local outcome, why = assert(regex.compile("^(a+)+$")):matches(("a"):rep(200) .. "!")
    assert.is_nil(outcome)
    assert.matches("MATCHLIMIT", why)
    assert.is_true(task.now() - began < 20)
  end)

  it("gives up on what is too long", function()
    local compiled = assert(regex.compile("b$"))
    local outcome, why = compiled:matches(("a"):rep(200000))
    assert.is_nil(outcome)
    assert.equal("the text is too long", why)
  end)
end)
