-- SPDX-License-Identifier: GPL-3.0-or-later
-- raw: one request of the operator's own, for what no operation does.

local err = require "bmc.err"
local http = require "bmc.http"
local redfish = require "bmc.redfish"

local METHODS = { get = true, post = true, patch = true, delete = true }
local WITH_BODY = { post = true, patch = true }
local AS_IT_COMES = { bodiless = true } -- $metadata is XML

local function refuse(text, ...)
  return err.fail("rejected", text:format(...), { effect = "none" })
end

-- The body as a table: one, or its JSON text, of which null and [] are kept.
local function body_of(method, body)
  if body ~= nil and not WITH_BODY[method] then
    return refuse("a %s has no body", method:upper())
  elseif method == "patch" and body == nil then
    return refuse("a PATCH needs a body: what is to be changed")
  elseif type(body) ~= "string" then
    return body
  end
  local value, e = http.decode(body, { exact = true })
  if type(value) ~= "table" then
    return refuse("the body is no JSON object%s", e and ": " .. e.text or "")
  end
  return value
end

local function over_redfish(target, args)
  local method = type(args.method) == "string" and args.method:lower()
  if not METHODS[method] then
    return refuse("%s is none of get, post, patch, delete", tostring(args.method))
  elseif type(args.path) ~= "string" then
    return refuse("a path is wanted, such as /redfish/v1/Systems")
  end
  local body, bad = body_of(method, args.body)
  if bad then
    return nil, bad
  end
  local rf = redfish.of(target)
  local answer, response
  if WITH_BODY[method] then
    answer, response = rf[method](rf, args.path, body)
  else
    answer, response = rf[method](rf, args.path, method == "get" and AS_IT_COMES or nil)
  end
  if not answer then
    return nil, response
  end
  local text = response.body
  return {
    status = response.status, body = next(answer) and answer or nil, text = text,
    location = response.headers.location, etag = response.headers.etag,
  }
end

--- One request: m:raw("get", "/redfish/v1/Systems"),
--- m:raw("patch", path, { body = { AssetTag = "a7" } }), m:raw("post", path, '{"Levels":[]}').
---
--- method is get, post, patch or delete; body a table or JSON text. status and, where the answer
--- has one, body (as the other operations see it: null is absent), text (the same as it came),
--- location (of what was made, or of a task) and etag. A PATCH carries the If-Match that the BMC
--- wants; a write is sent once, and one that may have happened is an error with effect "unknown".
--- Errors: those of the transport and of the BMC's answer; rejected (no such method, no JSON).
---@type bmc.plan.Op
return {
  name = "raw",
  write = true,
  params = { "method", "path", "body" },
  record = { "status", "body", "text", "location", "etag", "way", "seconds", "trail" },
  ways = { redfish = over_redfish },
}
