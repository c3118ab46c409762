-- SPDX-License-Identifier: GPL-3.0-or-later
-- JSON as bmc.http reads and writes it (src/l_json.c).

local http = require "bmc.http"
local support = require "support"

local decode = http.decode

local function problem(text, opts)
  local value, e = decode(text, opts)
  assert.is_nil(value)
  assert.equal("protocol", e.code)
  return e.text
end

describe("http.decode", function()
  it("reads every kind of value", function()
    assert.same({ a = { 1, "two", true, false, {} }, b = { c = "d" } },
      decode ' { "a" : [ 1 , "two",true,false, [] ],\r\n\t"b":{"c":"d"} } ')
    assert.equal("bare", decode '"bare"')
    assert.same({}, decode "{}")
    assert.same({}, decode "[]")
  end)

  it("keeps whole numbers whole", function()
    local t = decode "[0, -7, 123456789012345678, 1.5, -2e3, 1E2, 0.5e-1, 92233720368547758070]"
    assert.same({ 0, -7, 123456789012345678, 1.5, -2000.0, 100.0, 0.05, 92233720368547758070 }, t)
    for i, n in ipairs(t) do
      assert.equal(i <= 3 and "integer" or "float", math.type(n))
    end
    assert.equal(math.maxinteger, decode(tostring(math.maxinteger)))
  end)

  it("leaves out fields that are null, and keeps places in a list", function()
    assert.same({ a = 1 }, decode '{"a":1,"b":null}')
    assert.same({ false, 2, false }, decode "[null,2,null]")
    assert.same({}, { decode "null" })
  end)

  it("takes one of two fields with one name", function()
    assert.same({ a = 1 }, decode '{"a":1,"a":2}')
  end)

  it("reads escapes and surrogate pairs", function()
    assert.equal('"\\/\b\f\n\r\t', decode [["\"\\\/\b\f\n\r\t"]])
    assert.equal("é€😀\0", decode [["\u00e9\u20AC\ud83d\ude00\u0000"]])
    assert.equal("\u{fffd}x\u{fffd}\u{fffd}A", decode [["\ud83dx\udE00\ud83d\u0041"]])
  end)

  it("reads tables of any length", function()
    for _, n in ipairs { 31, 32, 33, 64, 65, 1000, 5000 } do
      local list, object = {}, {}
      for i = 1, n do
        list[i] = tostring(i)
        object[i] = ('"k%d":%d'):format(i, i)
      end
      local got = decode("[" .. table.concat(list, ",") .. "]")
      assert.equal(n, #got)
      assert.equal(n, got[n])
      got = decode("{" .. table.concat(object, ",") .. "}")
      assert.equal(n, got["k" .. n])
      assert.equal(1, got.k1)
    end
  end)

  it("replaces bytes that are no UTF-8 and keeps those that are (R39)", function()
    assert.equal("é€😀", decode '"é€😀"')
    for bad, good in pairs {
      ["a\xffb"] = "a?b", ["\xc3"] = "?", ["\xc3("] = "?(", ["\xe2\x82"] = "??",
      ["\xc0\xaf"] = "??", ["\xed\xa0\x80"] = "???", ["\xf4\x90\x80\x80"] = "????",
      ["\xe9t\xe9"] = "?t?", ["\xf0\x9f\x98"] = "???",
    } do
      assert.equal((good:gsub("%?", "\u{fffd}")), decode('"' .. bad .. '"'))
    end
    assert.equal("\u{fffd}é", decode('["\xffé"]')[1])
  end)

  it("tolerates what some BMCs write (R40)", function()
    assert.equal("two\nlines\1", decode '"two\nlines\1"')
    assert.same({ "\u{feff}" }, { decode '\u{feff}"\u{feff}"' })
    assert.same({ ["@odata.etag"] = 'W/"1f3a"', b = 1 }, decode '{"@odata.etag": "W/"1f3a"","b":1}')
    assert.same({ ["@odata.etag"] = '"1f3a"' }, decode '{"@odata.etag":""1f3a""}')
    assert.same({ ["@odata.etag"] = "" }, decode '{"@odata.etag":""}')
  end)

  it("refuses to go deeper than it was told", function()
    assert.same({ { {} } }, decode("[[[]]]", { max_depth = 3 }))
    assert.matches("deeper than 2 levels", problem("[[[]]]", { max_depth = 2 }))
    assert.matches("deeper than 64 levels", problem(("["):rep(10000) .. ("]"):rep(10000)))
    assert.matches("deeper than 64 levels", problem(('{"a":'):rep(10000)))
  end)

  it("says where it stopped", function()
    assert.matches("a value expected at byte 1$", problem "<html>")
    assert.matches("at byte 5$", problem '{"a"')
    assert.matches("unknown escape in a string at byte 3$", problem '"a\\')
    for _, text in ipairs { "", " ", "{", "[", "[1", "[1,", "[1 2]", '{"a":}', '{"a":1,}', "{a:1}",
      "[1,]", '"', '"\\', '"\\u12', '"\\x"', '"a\0', "01", "1.", "1e", "-", "+1", ".5", "tru",
      "nul", "NaN", "{} x", "[]]", '{"a":1]', "1" .. ("0"):rep(100), "'a'", "\0" } do
      assert.matches("^no valid JSON: ", problem(text))
    end
  end)

  -- Every beginning of a document, and every document with one byte changed.
  it("survives damage", function()
    local text = [[{"a":[1,-2.5e3,"x\u00e9\n",null,true],"b":{"c":"é","d":{}},]]
      .. [["@odata.etag":"W/\"1\""}]]
    assert.is_table(decode(text))
    for i = 1, #text - 1 do
      problem(text:sub(1, i))
    end
    for i = 1, #text do
      for _, byte in ipairs { "\0", '"', "\\", "{", "}", "[", "]", ",", ":", "\xff", "9" } do
        local value, e = decode(text:sub(1, i - 1) .. byte .. text:sub(i + 1))
        assert.is_true(value ~= nil or e.code == "protocol")
      end
    end
  end)
end)

describe("http.decode of some fields only", function()
  local ONLY = { only = http.names { "b", "C", "d" } }

  it("passes the others over, at any depth", function()
    assert.same({ b = 1, c = { { d = 2 } } }, decode('{"a":0,"b":1,"c":[{"a":[],"d":2}]}', ONLY))
    assert.same({ "a" }, decode('["a"]', ONLY))
    assert.same({}, decode("{}", ONLY))
    for _, value in ipairs { "null", "-1.5e3", "true", '""', [["]}\""]], [["\\"]], [["\u00e9,"]],
      "[]", "{}", '{"x":"}","y":[{}]}', " [ 1 , [ 2 ] ] ", '"\0"', "[\0]" } do
      assert.same({ b = 1 }, decode(('{"a":%s,"b":1}'):format(value), ONLY))
      assert.same({ b = 1 }, decode(('{"b":1,"a" : %s }'):format(value), ONLY))
    end
  end)

  it("knows them in any case, and gives them as they are written", function()
    assert.same({ B = 1, C = 2, d = 3 }, decode('{"B":1,"C":2,"d":3,"bc":4,"":5}', ONLY))
    local long = ("x"):rep(31)
    assert.same({ [long:upper()] = 1 }, decode(('{"%s":1,"%sx":2}'):format(long:upper(), long),
      { only = http.names { long } }))
  end)

  it("finds each of many names", function()
    local names, fields = {}, {}
    for i = 1, 32 do
      names[i] = "Field" .. i
      fields[i] = ('"field%d":%d,"other%d":0'):format(i, i, i)
    end
    local value = decode("{" .. table.concat(fields, ",") .. "}", { only = http.names(names) })
    for i = 1, 32 do
      assert.equal(i, value["field" .. i])
    end
    assert.is_nil(value.other1)
  end)

  it("still needs the others to end", function()
    for _, value in ipairs { "", "[", "{", '"', [["\]], [["\"]], "[{]", '["]', "\0" } do
      problem(('{"a":%s'):format(value), ONLY)
      problem(('{"a":%s}'):format(value), ONLY)
    end
    problem('{"a":,"b":1}', ONLY)
    problem('{"a":]', ONLY)
    problem('{"a"', ONLY)
    problem('{"a', ONLY)
    problem('{"a"1}', ONLY)
  end)

  it("does not mind how deep they are", function()
    local deep = ("["):rep(10000) .. ("]"):rep(10000)
    assert.same({ b = 1 }, decode('{"a":' .. deep .. ',"b":1}', ONLY))
  end)

  it("takes names that can be told apart", function()
    for _, names in ipairs { { "" }, { ("x"):rep(32) }, { {} } } do
      assert.is_false((pcall(http.names, names)))
    end
    local many = {}
    for i = 1, 33 do
      many[i] = "n" .. i
    end
    assert.is_false((pcall(http.names, many)))
  end)
end)

describe("http.decode of lists up to what is enough", function()
  local function up_to(wanted)
    return { enough = function(item) return item == wanted end }
  end

  it("passes the rest over", function()
    assert.same({ { 1, 2 }, 5 }, decode('[[1,2,{"x":[]},4],5]', up_to(2)))
    assert.same({ a = { 1, 2 }, b = 3 }, decode('{"a":[1 , 2 , {"x":"]"} ,"y"],"b":3}', up_to(2)))
    assert.same({ 1, 2 }, decode("[1,2]", up_to(2)))
    assert.same({ 1, 2 }, decode("[1,2]", up_to(9)))
    assert.same({}, decode("[]", up_to(1)))
  end)

  it("still needs the list to end", function()
    for _, text in ipairs { "[1", "[1,", "[1,]", "[1,2", "[1 2]", "[1,2}" } do
      problem(text, up_to(1))
    end
  end)

  it("raises what the function raises", function()
    local ok, e = pcall(decode, "[1]", { enough = function() error("boom", 0) end })
    assert.is_false(ok)
    assert.equal("boom", e)
  end)
end)

describe("http.decode of what was read before", function()
  -- More strings than are remembered, in an order that puts some in place of others.
  it("gives the same text again", function()
    local list = {}
    for i = 1, 3000 do
      list[i] = ("%s%d"):format(("x"):rep(i % 40), i % 700)
    end
    for _ = 1, 2 do
      assert.same(list, decode(http.encode(list)))
    end
    assert.same({ "", "a", "ab", "abc", "\0" }, decode [==[["","a","ab","abc","\u0000"]]==])
  end)
end)

describe("http.json", function()
  it("reads an answer", function()
    support.with_server(function() return 200, nil, '{"a":1}' end, function(url)
      assert.same({ a = 1 }, http.json(assert(http.request { url = url })))
    end)
  end)

  it("names URL, status and content type of what is none", function()
    support.with_server(function()
      return 503, { ["Content-Type"] = "text/html" }, "<html>busy</html>"
    end, function(url)
      local value, e = http.json(assert(http.request { url = url .. "/redfish/v1/" }))
      assert.is_nil(value)
      assert.same({ "protocol", 503 }, { e.code, e.status })
      assert.matches(url .. "/redfish/v1/: 503, text/html: ", e.text, 1, true)
    end)
  end)
end)

describe("http.encode", function()
  it("writes what decode reads, with plain slashes", function()
    local value = { path = "/redfish/v1", quote = '\\/"', list = { 1, 2 }, nested = { a = true } }
    assert.same(value, decode(http.encode(value)))
    assert.equal('"/a\\\\/"', http.encode "/a\\/")
    assert.equal("{}", http.encode {})
  end)
end)
