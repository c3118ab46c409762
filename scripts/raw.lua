-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh raw: one request of the operator's own, of Redfish or of IPMI.
local cli = require "bmc.cli"
local bmc = require "bmc"
local hex = require "bmc.hex"
local http = require "bmc.http"
local json = require "bmc.json"
local tbl = require "bmc.tbl"

local SECONDS = 60
local SECONDS_OF_A_TASK = 3600
local ACCEPTED = 202
local METHODS = { get = true, post = true, patch = true, delete = true }

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

-- The words as the bytes of an IPMI command; nil when they are none.
local function bytes_of(words)
  local bytes = {}
  for i, word in ipairs(words) do
    local digits = word:match("^0[xX](%x%x?)$") or word:match("^%x%x?$")
    if not digits then
      return nil
    end
    bytes[i] = tonumber(digits, 16)
  end
  return bytes
end

local function check_ipmi(args, bytes)
  if #bytes < 2 then
    return nil, "an IPMI command has a network function and a number: 06 01"
  elseif bytes[1] % 2 == 1 or bytes[1] > 0x3E then
    return nil, "the network function of a request is even and at most 3e"
  elseif args.body or args.wait then
    return nil, ("%s is Redfish's%s"):format(args.body and "--body" or "--wait",
      args.body and "; the data of an IPMI command follows its number" or "")
  end
  args.method, args.path = bytes[1], bytes[2]
  args.data = string.char(table.unpack(bytes, 3))
  return true
end

local function check_redfish(args)
  args.method, args.path = args.words[1], args.words[2]
  if not METHODS[args.method] or #args.words ~= 2 then
    return nil, "write a method and a path, such as get /redfish/v1/Systems, or the bytes of an "
      .. "IPMI command in hexadecimal, such as 06 01"
  elseif not args.body then
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

local function check(args)
  local bytes = bytes_of(args.words)
  if bytes then
    return check_ipmi(args, bytes)
  end
  return check_redfish(args)
end

local function shown(bytes)
  return hex.of(string.char(table.unpack(bytes)), " ")
end

local function show(out, data)
  if data.completion then
    out:line(("%02Xh %s%s"):format(data.completion, data.meaning,
      #data.bytes > 0 and ": " .. shown(data.bytes) or ""))
    return
  elseif data.text and data.text ~= "" then
    out:write(json.pretty(data.text), "\n")
  else
    out:line(("%d%s"):format(data.status, data.location and " " .. data.location or ""))
  end
  -- Beside the answer, which may go to another program.
  if data.state then
    io.stderr:write(data.state, data.task and " " .. data.task or "",
      data.message and ": " .. data.message or "", "\n")
  elseif data.status == ACCEPTED then
    io.stderr:write("accepted, and not done yet: ", data.location or "the BMC names no task",
      "; --wait follows it to its end\n")
  end
end

-- What --json shows: the answer as it was, null and all, and not twice.
local function as_json(answer)
  if answer.completion then
    return {
      completion = answer.completion, meaning = answer.meaning, bytes = shown(answer.bytes),
    }
  end
  return {
    status = answer.status, location = answer.location, etag = answer.etag,
    state = answer.state, task = answer.task, message = answer.message,
    body = answer.body and http.decode(answer.text, { exact = true }),
  }
end

return cli.command {
  name = "raw",
  summary = "One request of your own: Redfish by method and path, or IPMI by its bytes.",
  usage = "METHOD PATH | NETFN COMMAND [BYTE ...]",
  examples = {
    { "bmcsh raw get /redfish/v1/Systems -H https://10.0.5.17 -u root", "any resource, as JSON" },
    { "bmcsh raw get /redfish/v1/Managers/1 -H 'node[01-40].mgmt' -u root --json "
      .. "| jq -r .data.body.FirmwareVersion", "one field of a fleet" },
    { "bmcsh raw patch /redfish/v1/Systems/1 --body '{\"AssetTag\":\"a7\"}' -H bmc1 --dry-run",
      "what would be sent" },
    { "bmcsh raw post /redfish/v1/EventService/Subscriptions --body @hook.json -H bmc1 -u root",
      "a body from a file; prints where the new resource is" },
    { "bmcsh raw post /redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate --body @fw.json "
      .. "--wait -H bmc1 -u root", "a task, followed to its end" },
    { "bmcsh raw 06 01 -H ipmi://10.0.5.17 -u root", "Get Device ID over IPMI, in hexadecimal" },
  },
  options = function(parser)
    parser:argument("words", "get, post, patch or delete, and a path; or network function, "
      .. "command and data in hexadecimal"):args("+")
      .suggested = function(given) return given[1] and {} or tbl.sorted_keys(METHODS) end
    parser:option("--body", "what to send: JSON, or @FILE"):argname("JSON")
    parser:flag("--wait", "follow a task that was begun to its end")
  end,
  check = check,
  write = function(args)
    if args.data then
      return bmc.op("raw").changes(args.method, args.path, args.data)
    end
    return args.method ~= "get"
  end,
  title = function(args)
    return table.concat(args.words, " ")
  end,
  seconds = function(args)
    return args.wait and SECONDS_OF_A_TASK or SECONDS
  end,
  view = function(args)
    if args.data then
      return {
        columns = {
          { "completion", "CODE" }, { title = "BYTES", value = function(row)
            return row.bytes and shown(row.bytes)
          end },
        },
        one = not args.json and show or nil,
      }
    end
    return {
      columns = { { "status", "STATUS" }, args.wait and { "state", "STATE" }
        or { "location", "LOCATION" }, { "etag", "ETAG" } },
      one = not args.json and show or nil,
    }
  end,
  run = function(m, args)
    local answer = m:raw(args.method, args.path,
      { body = args.data or args.body, wait = args.wait })
    return args.json and as_json(answer) or answer
  end,
}
