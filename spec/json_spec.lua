-- SPDX-License-Identifier: GPL-3.0-or-later
-- JSON as it is printed.
local cjson = require "cjson"
local json = require "bmc.json"

describe("bmc.json", function()
  it("sorts keys, so that runs can be compared", function()
    assert.equal('{"a":1,"b":{"c":true,"d":"x"}}',
      json.encode { b = { d = "x", c = true }, a = 1 })
  end)

  it("writes an empty table as a list", function()
    assert.equal('{"trail":[]}', json.encode { trail = {} })
    assert.equal("[1,2]", json.encode { 1, 2 })
  end)

  it("keeps slashes, escapes what must be, and mends UTF-8", function()
    assert.equal('"https://h/"', json.encode("https://h/"))
    assert.equal([["\"\\\n\u001b\u007f"]], json.encode('"\\\n\27\127'))
    assert.equal('"\u{fffd}"', json.encode("\xff"))
  end)

  it("writes every character so that it can be read", function()
    local all = {}
    for i = 0, 127 do
      all[#all + 1] = string.char(i)
    end
    local text = table.concat(all) .. "é€\u{10ffff}"
    local shown = json.encode(text)
    assert.is_nil(shown:find("%c"))
    assert.equal(text, cjson.decode(shown))
    assert.equal([["\b\f\n\r\t\u0000\u001f"]], json.encode("\b\f\n\r\t\0\31"))
    assert.equal('"\u{fffd}\u{fffd}a\u{fffd}\u{fffd}"', json.encode("\xc0\x80a\xe2\x82"))
  end)

  it("makes names of keys that are none", function()
    assert.equal('{"2":"b","false":1}', json.encode { [2] = "b", [false] = 1 })
  end)

  it("writes numbers that read back the same", function()
    for _, n in ipairs { 0, -1, 51.5, 1e300, 0.1, 9007199254740993, math.mininteger } do
      local text = json.encode(n)
      assert.equal(n, math.type(n) == "integer" and math.tointeger(text) or tonumber(text))
    end
    assert.equal("51", json.encode(51.0))
    assert.equal("[null,null,null]", json.encode { 0 / 0, math.huge, -math.huge })
  end)

  it("gives what other readers understand", function()
    local value = { name = 'Fan "1" °', list = { 1, 2.5, "x" }, deep = { { { ok = false } } } }
    assert.same(value, cjson.decode(json.encode(value)))
  end)

  it("keeps the order of an object made of pairs and leaves nil out", function()
    assert.equal('{"host":"h","ok":false}',
      json.object { { "host", "h" }, { "ok", false }, { "way", nil }, { "data", nil } })
  end)

  it("writes what was read exactly as it was: null, [] and {}", function()
    local http = require "bmc.http"
    local text = '{"a":[],"b":{},"c":null,"d":[null,1,{"x":[]}]}'
    local value = assert(http.decode(text, { exact = true }))
    assert.equal(text, json.encode(value))
    assert.equal(http.null, value.c)
    assert.equal('{"a":[],"b":[],"d":[false,1,{"x":[]}]}', json.encode(http.decode(text)))
  end)

  it("writes an empty record as an object, when told that it is one", function()
    assert.equal("[]", json.encode {})
    assert.equal("{}", json.encode(json.as_object {}))
    assert.equal('{"a":1}', json.encode(json.as_object { a = 1 }))
    local named = setmetatable({}, { __name = "other" })
    assert.equal("other", getmetatable(json.as_object(named)).__name)
  end)

  it("breaks text into lines and changes nothing else", function()
    assert.equal('{\n  "b": [\n    1.50,\n    {},\n    "x, \\"{y"\n  ],\n  "a": null,\n'
      .. '  "c": []\n}', json.pretty('{"b" :[1.50,{ },"x, \\"{y"],"a":null ,"c":[\n]}'))
    for _, text in ipairs { "", "7", "<a b='c'>", '"open' } do
      assert.equal(text, json.pretty(text))
    end
    assert.truthy(json.pretty('{"a":"open'):find('"open', 1, true))
    assert.truthy(json.pretty("]]}}"))
  end)

  it("refuses a table that holds itself", function()
    local t = {}
    t.t = t
    assert.has_error(function() json.encode(t) end)
  end)
end)
