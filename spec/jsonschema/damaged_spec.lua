-- SPDX-License-Identifier: GPL-3.0-or-later
-- A schema with a keyword of the wrong kind: said, never a fault of ours.
local http = require "bmc.http"
local jsonschema = require "bmc.jsonschema"

local EXACT = { exact = true }
local KEYWORDS = {
  "type", "enum", "const", "allOf", "anyOf", "oneOf", "not", "if", "minimum", "exclusiveMinimum",
  "multipleOf", "minLength", "maxLength", "pattern", "format", "prefixItems", "items",
  "additionalItems", "minItems", "uniqueItems", "contains", "minContains", "required", "properties",
  "patternProperties", "additionalProperties", "minProperties", "propertyNames",
  "dependentRequired", "dependentSchemas", "dependencies", "$ref", "$id", "$anchor", "definitions",
}
local WRONG = {
  "null", "true", "7", "1.5", "-1", '"x"', '"("', "[]", "{}", "[1]", '["a"]', "[null]", "[[]]",
  '{"a":1}', '{"(":true}',
}
local BODIES = { '{"a":"x","b":[1,2,2]}', '[1,"a",null]', '"text"', "7", "null" }

local function issues(schema, body)
  return jsonschema.validate_against_schema(http.decode(body, EXACT), http.decode(schema, EXACT))
end

describe("a schema that is damaged", function()
  for _, keyword in ipairs(KEYWORDS) do
    it(("does not stop the check: %s"):format(keyword), function()
      for _, wrong in ipairs(WRONG) do
        -- With the keywords that look at each other's arguments.
        local schema = ('{"%s":%s,"additionalProperties":{},"contains":{}}'):format(keyword, wrong)
        for _, body in ipairs(BODIES) do
          local ok, found = pcall(issues, schema, body)
          assert.truthy(ok and found, ("%s against %s: %s"):format(body, schema, tostring(found)))
        end
      end
    end)
  end

  it("is said to be so", function()
    local found = issues('{"minLength":"2","enum":{"a":1}}', '"x"')
    assert.equal("warning", found[1].severity)
    assert.equal("not checked: enum, which is no array in the schema", found[1].message)
    assert.equal("not checked: minLength, which is no integer in the schema", found[2].message)
    assert.equal(2, #found)
  end)
end)
