-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh validate: do resources keep to what Redfish promises, and to a schema.
local cli = require "bmc.cli"
local err = require "bmc.err"
local http = require "bmc.http"

local SECONDS = 60
local ROOT = "/redfish/v1/"

local function read_schema(path)
  local file <close>, why = io.open(path, "rb")
  if not file then
    return nil, why
  end
  local schema, e = http.decode(file:read("a"), { exact = true })
  if type(schema) ~= "table" then
    return nil, path .. ": " .. (e and e.text or "it is no JSON object")
  end
  return schema
end

-- Schemas refer to each other by URL and lie side by side: the folder of the first one.
local function neighbours(path)
  local folder = path:match("^(.*/)") or ""
  return function(name)
    return name:find("^[%w._-]+%.json$") and read_schema(folder .. name) or nil
  end
end

local function check(args)
  if #args.uri == 0 then
    args.uri = { ROOT }
  end
  if not args.schema then
    return true
  end
  local schema, why = read_schema(args.schema)
  if not schema then
    return nil, "--schema: " .. why
  end
  args.load, args.schema = neighbours(args.schema), schema
  return true
end

-- A resource that the BMC refuses is a finding; a BMC that does not answer is not.
local function validate(m, args)
  local out = {}
  for _, uri in ipairs(args.uri) do
    for _, issue in ipairs(m:validate_resource(uri, { schema = args.schema, load = args.load })) do
      if issue.code and not issue.status then
        error(err.new(issue.code, issue.message, { host = m.host, effect = "none" }), 0)
      end
      out[#out + 1] = {
        uri = uri, severity = issue.severity, field = issue.field, message = issue.message,
      }
    end
  end
  return out
end

local function count(issues, severity)
  local n = 0
  for _, issue in ipairs(issues) do
    n = n + (issue.severity == severity and 1 or 0)
  end
  return n
end

local function show(many)
  local columns = {
    { "severity", "SEVERITY" }, { "field", "FIELD" }, { "message", "MESSAGE", wrap = true },
  }
  if many then
    table.insert(columns, 1, { "uri", "RESOURCE" })
  end
  return function(out, issues, outcome)
    if #issues > 0 then
      out:table(columns, issues)
    else
      out:line(outcome.host .. ": nothing wrong")
    end
  end
end

return cli.command {
  name = "validate",
  summary = "Check resources against the Redfish contract and a JSON Schema; exit code 3 if wrong.",
  usage = "[URI…]",
  examples = {
    { "bmcsh validate /redfish/v1/Systems/1 /redfish/v1/Chassis -H https://10.0.5.17 -u root",
      "ids, types, counts, states and links of two resources" },
    { "bmcsh validate /redfish/v1/Chassis/1 --schema json-schema/Chassis.json -H bmc1 -u root",
      "against the DMTF's schema too; those it refers to are read from the same folder" },
  },
  options = function(parser)
    parser:argument("uri", ("resources to check (default %s)"):format(ROOT)):args("*")
    parser:option("--schema", "a JSON Schema, drafts 4 to 2020-12, that they have to fit too")
      :argname("FILE")
  end,
  check = check,
  seconds = SECONDS,
  view = function(args)
    return {
      columns = { { "errors", "ERRORS" }, { "warnings", "WARNINGS" }, { "first", "FIRST" } },
      digest = function(issues)
        return {
          errors = count(issues, "error"), warnings = count(issues, "warning"),
          first = issues[1] and issues[1].field .. ": " .. issues[1].message,
        }
      end,
      one = show(#args.uri > 1),
    }
  end,
  unhealthy = function(issues)
    return count(issues, "error") > 0
  end,
  run = validate,
}
