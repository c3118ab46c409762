-- SPDX-License-Identifier: GPL-3.0-or-later
-- validate_resource: does a resource keep to what Redfish promises of every resource, and, where
-- a schema is given, to that.

local contract = require "bmc.contract"
local err = require "bmc.err"
local http = require "bmc.http"
local jsonschema = require "bmc.jsonschema"
local redfish = require "bmc.redfish"

local EXACT = { exact = true }

-- A resource that cannot be read is the worst that can be said of it.
local function unreadable(e)
  return { {
    severity = "error", field = "", message = e.text or e.code, code = e.code, status = e.status,
  } }
end

local function over_redfish(target, args)
  if type(args.uri) ~= "string" then
    return err.refuse("rejected", "the URI of a resource is wanted")
  end
  local body, response = redfish.of(target):get(args.uri)
  if not body and response.code == "cancelled" then
    return nil, response
  elseif not body then
    return unreadable(response)
  end
  local exact = http.decode(response.body, EXACT)
  local issues = contract.check(exact, args.uri)
  if args.schema then
    local more = jsonschema.validate_against_schema(exact, args.schema,
      { documents = args.documents, load = args.load })
    table.move(more, 1, #more, #issues + 1, issues)
  end
  return issues
end

--- What is wrong with a resource: severity ("error", "warning"), field (a path into the body, as
--- "Status/Health"), message; an empty list when nothing is. A resource that cannot be read is
--- such an issue too, with the error's code and, if there was an answer, its status: only a cancel
--- is an error.
---
--- `schema`: a JSON Schema to check against as well; `documents` and `load`: the others that it
--- refers to. See bmc.jsonschema, whose validate_against_schema does the same for a body at hand.
---@type bmc.plan.Op
return {
  name = "validate_resource",
  list = true,
  params = { "uri" },
  record = { "severity", "field", "message" },
  ways = { redfish = over_redfish },
}
