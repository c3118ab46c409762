-- SPDX-License-Identifier: GPL-3.0-or-later
-- JSON Schema: each keyword of the drafts, references among documents, what is said of a mistake,
-- and schemas as the DMTF builds them.
local http = require "bmc.http"
local jsonschema = require "bmc.jsonschema"
local task = require "bmc.task"

local function read(text)
  local value, e = http.decode(text, { exact = true })
  assert(not e, e and e.text)
  return value
end

local function issues(schema, body, opts)
  return jsonschema.validate_against_schema(read(body), read(schema), opts)
end

-- What is wrong, one line an issue.
local function said(schema, body, opts)
  local out = {}
  for i, issue in ipairs(issues(schema, body, opts)) do
    out[i] = ("%s %s: %s"):format(issue.severity, issue.field, issue.message)
  end
  return table.concat(out, "\n")
end

-- schema, what fits (a list), what does not (a list); all JSON.
local KEYWORDS = {
  type = {
    '{"type":"string"}', { '"x"', '""' }, { "1", "null", "[]", "{}", "true" },
  },
  ["type integer"] = {
    '{"type":"integer"}', { "1", "-3", "1.0", "1e3" }, { "1.5", '"1"', "null" } },
  ["type number"] = { '{"type":"number"}', { "1", "1.5" }, { '"1"', "true" } },
  ["type array and object"] = {
    '{"properties":{"a":{"type":"array"},"o":{"type":"object"}}}',
    { '{"a":[],"o":{}}', '{"a":[1],"o":{"x":1}}' }, { '{"a":{}}', '{"o":[]}', '{"o":null}' },
  },
  ["type list"] = { '{"type":["string","null"]}', { '"x"', "null" }, { "1", "[]" } },
  enum = { '{"enum":["On",1,null,[1],{"a":2}]}', { '"On"', "1", "1.0", "null", "[1]", '{"a":2}' },
    { '"on"', "2", "[]", '{"a":3}', "false" } },
  const = { '{"const":{"a":[]}}', { '{"a":[]}' }, { '{"a":{}}', '{"a":[1]}', "{}" } },
  minimum = { '{"minimum":0}', { "0", "1", '"x"' }, { "-1", "-0.1" } },
  ["minimum, exclusive, draft 4"] = {
    '{"minimum":0,"exclusiveMinimum":true}', { "0.1" }, { "0", "-1" } },
  ["maximum, exclusive, draft 4"] = {
    '{"maximum":3,"exclusiveMaximum":true}', { "2" }, { "3", "4" } },
  ["exclusive limits"] = {
    '{"exclusiveMinimum":0,"exclusiveMaximum":3}', { "1", "2.9" }, { "0", "3" } },
  multipleOf = { '{"multipleOf":0.01}', { "0.07", "1", "0" }, { "0.075" } },
  length = { '{"minLength":2,"maxLength":3}', { '"ab"', '"äöü"', "1" }, { '"a"', '"abcd"' } },
  pattern = { '{"pattern":"^[A-Z]+$"}', { '"ABC"', "7" }, { '"Abc"', '""' } },
  items = { '{"items":{"type":"integer"}}', { "[]", "[1,2]", "{}" }, { '[1,"x"]', "[null]" } },
  ["items in turn, additionalItems"] = {
    '{"items":[{"type":"integer"},{"type":"string"}],"additionalItems":false}',
    { "[]", "[1]", '[1,"x"]' }, { '["x"]', '[1,"x",2]' },
  },
  ["prefixItems, items"] = {
    '{"prefixItems":[{"type":"integer"}],"items":{"type":"string"}}',
    { "[]", '[1,"x","y"]' }, { '["x"]', "[1,2]" },
  },
  ["number of items"] = { '{"minItems":1,"maxItems":2}', { "[1]", "[1,2]" }, { "[]", "[1,2,3]" } },
  uniqueItems = { '{"uniqueItems":true}', { "[1,2]", '["1",1]', "[[1],[2]]", "[]" },
    { "[1,2,1]", "[1,1.0]", '[{"a":1},{"a":1}]', "[null,null]" } },
  contains = { '{"contains":{"minimum":5},"maxContains":2}', { "[1,5]", "[5,6]" },
    { "[1]", "[]", "[5,6,7]" } },
  required = { '{"required":["a","b"]}', { '{"a":1,"b":null}', "[]", "1" }, { '{"a":1}', "{}" } },
  properties = { '{"properties":{"a":{"type":"string"}}}', { "{}", '{"a":"x","b":1}' },
    { '{"a":1}', '{"a":null}' } },
  ["patternProperties, additionalProperties"] = {
    '{"properties":{"a":{}},"patternProperties":{"^x-":{"type":"string"}},'
      .. '"additionalProperties":false}',
    { '{"a":1,"x-b":"y"}' }, { '{"b":1}', '{"x-b":1}' },
  },
  ["additionalProperties, a schema"] = {
    '{"additionalProperties":{"type":"string"}}', { '{"a":"x"}', "{}" }, { '{"a":1}' } },
  ["number of properties"] = {
    '{"minProperties":1,"maxProperties":2}', { '{"a":1}' }, { "{}", '{"a":1,"b":2,"c":3}' } },
  propertyNames = { '{"propertyNames":{"maxLength":2}}', { '{"ab":1}' }, { '{"abc":1}' } },
  ["dependencies, draft 7"] = {
    '{"dependencies":{"a":["b"],"c":{"required":["d"]}}}',
    { '{"a":1,"b":2}', '{"c":1,"d":2}', '{"b":1}' }, { '{"a":1}', '{"c":1}' },
  },
  ["dependentRequired, dependentSchemas"] = {
    '{"dependentRequired":{"a":["b"]},"dependentSchemas":{"c":{"required":["d"]}}}',
    { '{"a":1,"b":2}', '{"c":1,"d":2}' }, { '{"a":1}', '{"c":1}' },
  },
  allOf = { '{"allOf":[{"minimum":1},{"maximum":3}]}', { "2" }, { "0", "4" } },
  anyOf = { '{"anyOf":[{"type":"string"},{"minimum":5}]}', { '"x"', "5" }, { "4" } },
  oneOf = { '{"oneOf":[{"minimum":1},{"maximum":3}]}', { "0", "4" }, { "2" } },
  ["not"] = { '{"not":{"type":"string"}}', { "1" }, { '"x"' } },
  ["if, then, else"] = {
    '{"if":{"properties":{"a":{"const":1}}},"then":{"required":["b"]},"else":{"required":["c"]}}',
    { '{"a":1,"b":2}', '{"a":2,"c":3}' }, { '{"a":1}', '{"a":2}' },
  },
  ["true and false"] = { '{"properties":{"a":true,"b":false}}', { '{"a":1}' }, { '{"b":1}' } },
  ["$ref, definitions, draft 4"] = {
    '{"$schema":"http://json-schema.org/draft-04/schema#","definitions":{"n":{"type":"integer"}},'
      .. '"properties":{"a":{"$ref":"#/definitions/n","minimum":100}}}',
    { '{"a":1}' }, { '{"a":"x"}' },
  },
  ["$ref, $defs, 2020-12: what stands beside it counts"] = {
    '{"$schema":"https://json-schema.org/draft/2020-12/schema","$defs":{"n":{"type":"integer"}},'
      .. '"properties":{"a":{"$ref":"#/$defs/n","minimum":100}}}',
    { '{"a":100}' }, { '{"a":"x"}', '{"a":1}' },
  },
  ["$anchor and a nested $id"] = {
    '{"$id":"http://x/a.json","$defs":{"n":{"$anchor":"here","type":"integer"},'
      .. '"m":{"$id":"b.json","type":"string"}},'
      .. '"properties":{"a":{"$ref":"#here"},"b":{"$ref":"http://x/b.json"}}}',
    { '{"a":1,"b":"x"}' }, { '{"a":"x"}', '{"b":1}' },
  },
  ["pointers with escapes"] = {
    '{"definitions":{"a/b~c %":{"type":"integer"}},'
      .. '"properties":{"a":{"$ref":"#/definitions/a~1b~0c%20%25"}}}',
    { '{"a":1}' }, { '{"a":"x"}' },
  },
  ["a schema within itself"] = {
    '{"properties":{"next":{"$ref":"#"},"n":{"type":"integer"}}}',
    { '{"next":{"next":{"n":1}}}' }, { '{"next":{"next":{"n":"x"}}}' },
  },
  ["what the DMTF adds, and anything unknown"] = {
    '{"type":"object","readonly":true,"longDescription":"…","requiredOnCreate":["x"],'
      .. '"versionAdded":"v1_1_0","deprecated":"…","units":"W","required":[]}', { "{}" }, { "1" },
  },
  ["data that looks like a schema"] = {
    '{"enum":[{"$ref":"#/nowhere"}],"default":{"$id":"x"}}', { '{"$ref":"#/nowhere"}' }, { "1" },
  },
}

local FORMATS = {
  ["date-time"] = {
    { "2024-02-29T12:00:00Z", "2024-08-15T12:00:00.123+05:30", "1999-12-31T23:59:60Z" },
    { "2023-02-29T12:00:00Z", "2024-08-15 12:00:00Z", "2024-08-15T12:00:00", "2024-13-01T00:00:00Z",
      "2024-08-15T24:00:00Z", "2024-08-15T12:00:00+25:00", "" },
  },
  date = { { "2024-08-15" }, { "2024-8-15", "2024-04-31" } },
  time = { { "12:00:00Z" }, { "12:00", "12:61:00Z" } },
  duration = { { "P1D", "PT2H30M", "P1Y2M3DT4H5M6.5S", "P2W" }, { "P", "1D", "PT", "P1S" } },
  uri = { { "https://h/p?q#f", "urn:uuid:1", "mailto:a@b" },
    { "/p", "h", "https://h/ x", "h:%zz" } },
  ["uri-reference"] = { { "/redfish/v1", "../a", "" }, { "a b", "%zz", "a#b#c" } },
  uuid = { { "f4e8e18c-6c28-4c75-8814-bfbe341d0620" }, { "f4e8e18c6c284c758814bfbe341d0620", "" } },
  ipv4 = { { "10.0.5.17", "0.0.0.0" }, { "10.0.5", "256.0.0.1", "01.2.3.4", "1.2.3.4.5" } },
  ipv6 = { { "::", "fe80::1", "1:2:3:4:5:6:7:8", "::ffff:10.0.0.1" },
    { "1::2::3", "12345::", "1:2:3", "fe80::1%eth0", "" } },
  hostname = { { "node-1.mgmt", "a" }, { "-a", "a_b", "" } },
  email = { { "a@b" }, { "a", "a@b@c" } },
  regex = { { "^a+$" }, { "(" } },
  ["json-pointer"] = { { "", "/a/~0" }, { "a", "/~2" } },
  nonsense = { { "anything" }, {} },
}

describe("bmc.jsonschema", function()
  for name, case in pairs(KEYWORDS) do
    it("knows " .. name, function()
      for _, body in ipairs(case[2]) do
        assert.equal("", said(case[1], body), body)
      end
      for _, body in ipairs(case[3]) do
        assert.truthy(said(case[1], body):find("^error "), body)
      end
    end)
  end

  for name, case in pairs(FORMATS) do
    it("knows the format " .. name, function()
      local schema = ('{"format":"%s"}'):format(name)
      for _, text in ipairs(case[1]) do
        assert.equal("", said(schema, '"' .. text .. '"'), text)
      end
      for _, text in ipairs(case[2]) do
        assert.truthy(said(schema, '"' .. text .. '"') ~= "", text)
      end
      assert.equal("", said(schema, "7"))
    end)
  end

  it("says where it is wrong, and how", function()
    assert.equal("error Status/Health: \"Bad\" is none of \"OK\", \"Warning\"",
      said('{"properties":{"Status":{"properties":{"Health":{"enum":["OK","Warning"]}}}}}',
        '{"Status":{"Health":"Bad"}}'))
    assert.equal("error Members/1/Id: is missing\nerror Members/2: null is no object",
      said('{"properties":{"Members":{"items":{"type":"object","required":["Id"]}}}}',
        '{"Members":[{"Id":"1"},{},null]}'))
    assert.equal('error Extra: is not in the schema',
      said('{"additionalProperties":false}', '{"Extra":1}'))
  end)

  it("speaks of the alternative that was meant", function()
    -- "or null" is no alternative to speak of.
    assert.equal('error : "x" is none of "On", "Off"',
      said('{"anyOf":[{"enum":["On","Off"]},{"type":"null"}]}', '"x"'))
    assert.equal("error : fits none of 2 alternatives; the closest:\nerror b: is missing",
      said('{"anyOf":[{"required":["a","b"]},{"required":["x","y","z"]}]}', '{"a":1}'))
    assert.equal("error : fits 2 of 2 alternatives, where one is expected",
      said('{"oneOf":[{},{}]}', "1"))
  end)

  it("follows references into documents that are given", function()
    local schema = '{"$id":"http://r/Chassis.v1_0_0.json",'
      .. '"properties":{"Status":{"$ref":"http://r/Resource.json#/definitions/Status"}}}'
    local resource = read(
      '{"definitions":{"Status":{"anyOf":[{"$ref":"Health.json#/definitions/S"}]}}}')
    local health = read('{"$id":"http://other/Health.json","definitions":{"S":{"type":"object"}}}')
    local given = { ["Resource.json"] = resource, ["Health.json"] = health }
    assert.equal("", said(schema, '{"Status":{}}', { documents = given }))
    assert.equal("error Status: 7 is no object",
      said(schema, '{"Status":7}', { documents = given }))
  end)

  it("asks for further documents once each, by the last part of their address", function()
    local asked = {}
    local function load(name)
      asked[#asked + 1] = name
      return name == "There.json" and read('{"definitions":{"X":{"type":"string"}}}') or nil
    end
    local schema = '{"properties":{"a":{"$ref":"http://r/There.json#/definitions/X"},'
      .. '"b":{"$ref":"http://r/There.json#/definitions/X"},"c":{"$ref":"http://r/Not.json#/X"},'
      .. '"d":{"$ref":"http://r/Not.json#/Y"}}}'
    assert.equal("error a: 1 is no string\n"
      .. "warning c: not checked: the schema http://r/Not.json was not given",
      said(schema, '{"a":1,"b":"x","c":1,"d":1}', { load = load }))
    assert.same({ "There.json", "Not.json" }, asked)
  end)

  it("warns of what it could not check, and takes it as right", function()
    assert.equal("warning a: not checked: the schema #/nowhere leads nowhere",
      said('{"properties":{"a":{"$ref":"#/nowhere"}}}', '{"a":1}'))
    assert.truthy(said('{"pattern":"(?<=a+)b"}', '"ab"')
      :find("^warning : not checked: the pattern"))
    assert.equal("warning : not checked: unevaluatedProperties",
      said('{"unevaluatedProperties":false}', '{"a":1}'))
  end)

  it("comes to an end whatever the schema is", function()
    for _, schema in ipairs {
      '{"$ref":"#"}', '{"allOf":[{"$ref":"#"},{"$ref":"#"}]}',
      '{"definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}},'
        .. '"$ref":"#/definitions/a"}',
      '{"anyOf":[{"not":{"$ref":"#"}},{"not":{"$ref":"#"}}]}',
    } do
      local began = task.now()
      assert.truthy(said(schema, "1"):find("not checked to the end", 1, true), schema)
      assert.truthy(task.now() - began < 20, "it takes too long")
    end
    assert.equal(100, #issues('{"items":{"type":"string"}}', "[" .. ("1,"):rep(500) .. "1]"))
  end)

  it("takes tables of a script's own", function()
    local schema = {
      type = "object", required = { "a" },
      properties = { a = { type = "array" }, b = { type = { "object", "null" } } },
    }
    local check = jsonschema.validate_against_schema
    assert.same({}, check({ a = {}, b = {} }, schema))
    assert.same({}, check({ a = { 1 }, b = http.null }, schema))
    assert.equal("a", check({ b = { 1 } }, schema)[1].field)
    assert.same({}, check({ a = 1 }, true))
    assert.equal("nothing is allowed here", check({}, false)[1].message)
  end)
end)

-- As the DMTF's files are built: an unversioned one lists the versions, each a document of its
-- own; all of them share Resource.json and odata-v4.json.
describe("bmc.jsonschema over Redfish's form", function()
  local ODATA = "^([a-zA-Z_][a-zA-Z0-9_]*)?@(odata|Redfish|Message)\\\\.[a-zA-Z_][a-zA-Z0-9_]*$"

  local function version(name, more)
    return read(([[{
      "$id": "http://redfish.dmtf.org/schemas/v1/%s.json", "$ref": "#/definitions/Thing",
      "$schema": "http://redfish.dmtf.org/schemas/v1/redfish-schema-v1.json",
      "definitions": { "Thing": {
        "type": "object", "additionalProperties": false, "longDescription": "…",
        "patternProperties": { "%s": { "type": ["array", "boolean", "integer", "number", "null",
          "object", "string"] } },
        "properties": {
          "@odata.id":
            { "$ref": "http://redfish.dmtf.org/schemas/v1/odata-v4.json#/definitions/id" },
          "@odata.type": { "type": "string" },
          "Id": { "$ref": "http://redfish.dmtf.org/schemas/v1/Resource.json#/definitions/Id",
            "readonly": true },
          "Power": { "anyOf": [ { "$ref": "#/definitions/Power" }, { "type": "null" } ],
            "versionAdded": "v1_1_0" }%s
        },
        "required": ["@odata.id", "@odata.type", "Id"], "requiredOnCreate": ["Id"] },
        "Power": { "enum": ["On", "Off"], "type": "string",
          "enumDescriptions": { "On": "…", "Off": "…" } } } }]]):format(name, ODATA, more))
  end

  local DOCUMENTS = {
    ["Thing.v1_0_2.json"] = version("Thing.v1_0_2", ""),
    ["Thing.v1_1_0.json"] = version("Thing.v1_1_0", ',"Depth": { "type": "number", "minimum": 0 }'),
    ["Resource.json"] = read [[{ "$id": "http://redfish.dmtf.org/schemas/v1/Resource.json",
      "definitions": { "Id": { "anyOf": [
        { "$ref": "http://redfish.dmtf.org/schemas/v1/Resource.v1_1_0.json#/definitions/Id" }
      ] } } }]],
    ["Resource.v1_1_0.json"] = read [[{ "definitions": { "Id": { "type": "string" } } }]],
    ["odata-v4.json"] = read [[{ "definitions": { "id": { "type": "string", "format":
      "uri-reference" }, "idRef": { "type": "object", "additionalProperties": false,
      "properties": { "@odata.id": { "$ref": "#/definitions/id" } } } } }]],
  }
  local THING = [[{ "$id": "http://redfish.dmtf.org/schemas/v1/Thing.json",
    "$schema": "http://redfish.dmtf.org/schemas/v1/redfish-schema-v1.json",
    "$ref": "#/definitions/Thing", "definitions": { "Thing": { "anyOf": [
      { "$ref": "http://redfish.dmtf.org/schemas/v1/odata-v4.json#/definitions/idRef" },
      { "$ref": "http://redfish.dmtf.org/schemas/v1/Thing.v1_0_2.json#/definitions/Thing" },
      { "$ref": "http://redfish.dmtf.org/schemas/v1/Thing.v1_1_0.json#/definitions/Thing" } ],
      "deletable": false, "uris": [ "/redfish/v1/Things/{ThingId}" ] } } }]]

  local function said_of(body)
    return said(THING, body, { documents = DOCUMENTS })
  end

  it("accepts what fits any version", function()
    assert.equal("", said_of '{"@odata.id":"/redfish/v1/Things/1"}')
    assert.equal("", said_of [[{"@odata.id":"/redfish/v1/Things/1","@odata.type":
      "#Thing.v1_1_0.Thing","Id":"1","Power":null,"Depth":1.5,"Power@Redfish.AllowableValues":[]}]])
  end)

  it("judges a resource by the version that it says it is of", function()
    assert.equal("error : fits none of 3 alternatives; the closest:\n"
      .. 'error Power: "Maybe" is none of "On", "Off"\nerror Depth: is not in the schema',
      said_of [[{"@odata.id":"/redfish/v1/Things/1","@odata.type":"#Thing.v1_0_5.Thing","Id":"1",
        "Power":"Maybe","Depth":1}]])
    assert.truthy(said_of [[{"@odata.id":"a b","@odata.type":"#Thing.v1_1_0.Thing","Id":"1"}]]
      :find('error @odata.id: "a b" is no uri-reference', 1, true))
  end)
end)
