-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh raw: one Redfish request of the operator's own.
local cli = require "bmc.cli"
local http = require "bmc.http"
local json = require "bmc.json"

local SECONDS = 60

-- --body: JSON, or @FILE with JSON in it.
local function body_text(given)
  local path = given:match("^@(.+)$")
  if not path then
    return given
  end
  local file <close>, why = io.open(path, "rb")
  if not file then
    return nil, why
  end
  return file:read("a")
end

local function check(args)
  if not args.body then
    return args.method ~= "patch" or nil, "patch needs --body: what is to be changed"
  elseif args.method == "get" or args.method == "delete" then
    return nil, ("a %s has no body"):format(args.method)
  end
  local text, why = body_text(args.body)
  local value, e = http.decode(text or "")
  if not text then
    return nil, "--body: " .. why
  elseif type(value) ~= "table" then
    return nil, "--body is no JSON object" .. (e and ": " .. e.text or "")
  end
  args.body = text
  return true
end

local function show(out, data)
  if data.text and data.text ~= "" then
    out:write(json.pretty(data.text), "\n")
  else
    out:line(("%d%s"):format(data.status, data.location and " " .. data.location or ""))
  end
end

-- What --json shows: the answer as it was, null and all, and not twice.
local function as_json(answer)
  return {
    status = answer.status, location = answer.location, etag = answer.etag,
    body = answer.body and http.decode(answer.text, { exact = true }),
  }
end

return cli.command {
  name = "raw",
  summary = "One Redfish request of your own: get, post, patch or delete.",
  usage = "METHOD PATH",
  examples = {
    { "bmcsh raw get /redfish/v1/Systems -H https://10.0.5.17 -u root", "any resource, as JSON" },
    { "bmcsh raw get /redfish/v1/Managers/1 -H 'node[01-40].mgmt' -u root --json "
      .. "| jq -r .data.body.FirmwareVersion", "one field of a fleet" },
    { "bmcsh raw patch /redfish/v1/Systems/1 --body '{\"AssetTag\":\"a7\"}' -H bmc1 --dry-run",
      "what would be sent" },
    { "bmcsh raw post /redfish/v1/EventService/Subscriptions --body @hook.json -H bmc1 -u root",
      "a body from a file; prints where the new resource is" },
  },
  options = function(parser)
    parser:argument("method", "get, post, patch or delete"):choices {
      "get", "post", "patch", "delete",
    }
    parser:argument("path", "such as /redfish/v1/Systems")
    parser:option("--body", "what to send: JSON, or @FILE"):argname("JSON")
  end,
  check = check,
  write = function(args)
    return args.method ~= "get"
  end,
  title = function(args)
    return ("%s %s"):format(args.method, args.path)
  end,
  seconds = function()
    return SECONDS
  end,
  view = function(args)
    return {
      columns = { { "status", "STATUS" }, { "location", "LOCATION" }, { "etag", "ETAG" } },
      one = not args.json and show or nil,
    }
  end,
  run = function(m, args)
    local answer = m:raw(args.method, args.path, { body = args.body })
    return args.json and as_json(answer) or answer
  end,
}
