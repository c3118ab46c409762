-- SPDX-License-Identifier: GPL-3.0-or-later
-- raw: one request of the operator's own, for what no operation does.

local codes = require "bmc.ipmi.codes"
local commands = require "bmc.ipmi.commands"
local err = require "bmc.err"
local http = require "bmc.http"
local ipmi = require "bmc.ipmi"
local redfish = require "bmc.redfish"

local METHODS = { get = true, post = true, patch = true, delete = true }
local WITH_BODY = { post = true, patch = true }
local AS_IT_COMES = { bodiless = true } -- $metadata is XML

-- ---- Redfish ----

-- The body as a table: one, or its JSON text, of which null and [] are kept.
local function body_of(method, body)
  if body ~= nil and not WITH_BODY[method] then
    return err.refuse("rejected", "a %s has no body", method:upper())
  elseif method == "patch" and body == nil then
    return err.refuse("rejected", "a PATCH needs a body: what is to be changed")
  elseif type(body) ~= "string" then
    return body
  end
  local value, e = http.decode(body, { exact = true })
  if type(value) ~= "table" then
    return err.refuse("rejected", "the body is no JSON object%s", e and ": " .. e.text or "")
  end
  return value
end

-- What a write has begun, to its end.
local function waited(rf, record, answer, response)
  local outcome, e = rf:follow(answer, response)
  if not outcome then
    return nil, e
  end
  record.state, record.task, record.message = outcome.state, outcome.uri, outcome.text
  return record
end

local function over_redfish(target, args)
  local method = type(args.method) == "string" and args.method:lower()
  if not METHODS[method] then
    return err.refuse("rejected", "%s is none of get, post, patch, delete", tostring(args.method))
  elseif type(args.path) ~= "string" then
    return err.refuse("rejected", "a path is wanted, such as /redfish/v1/Systems")
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
  local record = {
    status = response.status, body = next(answer) and answer or nil, text = response.body,
    location = response.headers.location, etag = response.headers.etag,
  }
  if args.wait then
    return waited(rf, record, answer, response)
  end
  return record
end

-- ---- IPMI ----

local function is_byte(v)
  return math.type(v) == "integer" and v >= 0 and v <= 0xFF
end

-- Request data: a string of bytes, or a list of numbers.
local function data_of(data)
  if type(data) ~= "table" then
    return data or ""
  end
  for _, byte in ipairs(data) do
    if not is_byte(byte) then
      return err.refuse("rejected", "%s is no byte", tostring(byte))
    end
  end
  return string.char(table.unpack(data))
end

-- What is not known may change something, and is sent once.
local function command_of(netfn, cmd, data)
  return commands.numbered(netfn, cmd, data) or {
    name = ("raw %02Xh %02Xh"):format(netfn, cmd), netfn = netfn, cmd = cmd, privilege = "user",
    write = true, once = true,
  }
end

local function over_ipmi(target, args)
  local netfn, cmd = args.method, args.path
  if not is_byte(netfn) or not is_byte(cmd) or netfn > 0x3E or netfn % 2 == 1 then
    return err.refuse("rejected", "a network function (even, 0 to 3Eh) and a command (0 to FFh) "
      .. "are wanted")
  end
  local data, bad = data_of(args.data or args.body)
  if bad then
    return nil, bad
  end
  local reply, code = ipmi.of(target):request(command_of(netfn, cmd, data), data,
    { lun = args.lun })
  if not reply then
    return nil, code
  end
  return { completion = code, meaning = codes.text(code), bytes = { reply:byte(1, -1) } }
end

-- Numbers are for IPMI, words for Redfish.
local function route(args)
  return math.type(args.method) and math.type(args.path) and "ipmi" or "redfish"
end

--- Whether an IPMI command may change something: one that is not known may.
---@param netfn integer
---@param cmd integer
---@param data string
---@return boolean
local function changes(netfn, cmd, data)
  return command_of(netfn, cmd, data).write
end

--- One request: m:raw("get", "/redfish/v1/Systems"),
--- m:raw("patch", path, { body = { AssetTag = "a7" } }), m:raw("post", path, '{"Levels":[]}');
--- over IPMI by network function, command and data, m:raw(0x06, 0x01), m:raw(0x00, 0x04, "\x05").
---
--- method is get, post, patch or delete; body a table or JSON text. status and, where the answer
--- has one, body (as the other operations see it: null is absent), text (the same as it came),
--- location (of what was made, or of a task) and etag. A PATCH carries the If-Match that the BMC
--- wants; a write is sent once, and one that may have happened is an error with effect "unknown".
--- With { wait = true } a task that was begun is followed to its end: state ("done", or
--- "scheduled", "accepted", "vanished": see bmc.redfish.follow), task (its uri) and message.
---
--- Of IPMI data is a string of bytes, or { data = { 5, 0 } }, a list of numbers; completion (0,
--- with its meaning) and bytes, a list of numbers, are the answer; lun an option. A command that
--- bmcsh does not know counts as a write, and is sent once. A completion code that is not 0 is an
--- error.
---
--- Errors: those of the transport and of the BMC's answer; rejected (no such method, no JSON).
---@type bmc.plan.Op
return {
  name = "raw",
  write = true,
  params = { "method", "path", "body" },
  record = {
    "status", "body", "text", "location", "etag", "state", "task", "message", "completion",
    "meaning", "bytes", "way", "seconds", "trail",
  },
  ways = { redfish = over_redfish, ipmi = over_ipmi },
  route = route,
  changes = changes,
}
