-- SPDX-License-Identifier: GPL-3.0-or-later
-- validate_resource: the contract and a schema over what a BMC answers, and answers that are none.
local cjson = require "cjson"
local parts = require "support.parts"
local scripted = require "support.scripted"

local URI = "/redfish/v1/Things/1"

local function thing(fields)
  local body = {
    ["@odata.id"] = URI, ["@odata.type"] = "#Thing.v1_0_0.Thing", Id = "1", Name = "A thing",
  }
  for key, value in pairs(fields or {}) do
    body[key] = value
  end
  return body
end

local function said(issues)
  local out = {}
  for i, issue in ipairs(issues) do
    out[i] = ("%s %s: %s"):format(issue.severity, issue.field, issue.message)
  end
  return table.concat(out, "\n")
end

describe("validate_resource", function()
  it("has nothing to say about what is right", function()
    scripted.with({ [URI] = thing { Status = { State = "Enabled", Health = cjson.null } } },
      function(m) assert.same({}, m:validate_resource(URI)) end)
  end)

  it("tells null from absent, and [] from {}", function()
    scripted.with({ [URI] = thing { Members = cjson.null } }, function(m)
      assert.equal("error Members: Members is a list, not null", said(m:validate_resource(URI)))
    end)
    local schema = { properties = { A = { type = "array" }, O = { type = "object" } },
      required = { "N" } }
    scripted.with({ [URI] = thing { A = cjson.empty_array or {}, N = cjson.null } }, function(m)
      local text = said(m:validate_resource(URI, { schema = schema }))
      assert.is_nil(text:find("N: is missing", 1, true), text)
    end)
  end)

  it("checks against a schema and the documents it refers to", function()
    local schema = { properties = { Depth = { ["$ref"] = "Units.json#/definitions/Mm" } } }
    local units = { definitions = { Mm = { type = "integer", minimum = 0 } } }
    scripted.with({ [URI] = thing { Depth = -1 } }, function(m)
      assert.equal("error Depth: -1 is not at least 0",
        said(m:validate_resource(URI, { schema = schema, documents = { ["Units.json"] = units } })))
      assert.equal("error Depth: -1 is not at least 0",
        said(m:validate_resource(URI, { schema = schema, load = function() return units end })))
      assert.equal("warning Depth: not checked: the schema Units.json was not given",
        said(m:validate_resource(URI, { schema = schema })))
    end)
  end)

  it("says of what cannot be read why, and raises nothing", function()
    scripted.with({ [URI] = parts.fault(403, "Base.1.8.InsufficientPrivilege"),
      ["/redfish/v1/Text"] = function() return 200, "text" end,
      ["/redfish/v1/Lost"] = function() return "drop" end }, function(m)
      for uri, code in pairs { [URI] = "auth", ["/redfish/v1/None"] = "missing",
        ["/redfish/v1/Text"] = "protocol", ["/redfish/v1/Lost"] = "protocol",
        ["no path"] = "rejected" } do
        local issues = m:validate_resource(uri)
        assert.equal(1, #issues, uri)
        assert.same({ "error", "", code }, { issues[1].severity, issues[1].field, issues[1].code })
      end
    end)
  end)

  it("sends one request a resource", function()
    scripted.with({ [URI] = thing() }, function(m, log)
      m:validate_resource(URI)
      assert.equal(1, scripted.count(log, "GET", URI))
      assert.equal(0, scripted.count(log, "GET", "/redfish/v1/Systems"))
    end)
  end)
end)
