-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh trust: the keys that --trust first-use has remembered.
local address = require "bmc.target.address"
local cli = require "bmc.cli"
local hosts = require "bmc.hosts"
local json = require "bmc.json"
local known = require "bmc.known"
local out = require "bmc.out"

local OK, FAILED, USAGE = 0, 1, 2

local function complain(text)
  io.stderr:write("bmcsh trust: ", text, "\n")
end

local function shown(url)
  return (url:gsub("^https://", ""):gsub(":443$", ""))
end

local COLUMNS = {
  { title = "HOST", name = true, value = function(key) return shown(key.url) end },
  { title = "SINCE", value = function(key) return os.date("%Y-%m-%d %H:%M:%S", key.at // 1) end },
  { "pin", "KEY" }, { "subject", "CERTIFICATE OF" },
}

local function list(args)
  local keys, e = known.list()
  if not keys then
    error(e, 0)
  end
  local screen = out.new()
  if args.json then
    for _, key in ipairs(keys) do
      screen:line(json.object {
        { "host", shown(key.url) }, { "pin", key.pin }, { "subject", key.subject },
        { "since", os.date("!%Y-%m-%dT%H:%M:%SZ", key.at // 1) },
      })
    end
  elseif #keys > 0 then
    screen:table(COLUMNS, keys)
  elseif not args.quiet then
    screen:line("no key is remembered")
  end
  return OK
end

-- A name as it stands in the books: https://HOST:PORT.
local function place_of(name)
  local url, e = address.redfish(name)
  return url and ("%s://%s:%d"):format(url.scheme, url.host, url.port), e
end

local function forget(args)
  local names, e = hosts.expand(args.host)
  if not names then
    complain(e.text)
    return USAGE
  end
  local code = OK
  for _, name in ipairs(names) do
    local place, why = place_of(name)
    local ok
    if place then
      ok, why = known.forget(place)
    end
    if not ok then
      complain(name .. ": " .. why.text)
      code = FAILED
    end
  end
  return code
end

return cli.command {
  name = "trust",
  summary = "Keys of BMCs that --trust first-use has remembered: list them, forget some.",
  usage = "ACTION [HOST …]",
  examples = {
    { "bmcsh power status -H bmc1 -u root --trust first-use", "the first time its key is "
      .. "remembered; from then on nothing is sent to whoever shows another one" },
    { "bmcsh trust list", "which keys, and since when" },
    { "bmcsh trust forget bmc1", "after it has got a new certificate: the next key is taken" },
    { "bmcsh trust forget 'https://127.0.[0-3].[1-250]:8443'", "ranges work as with -H" },
  },
  targets = false,
  options = function(parser)
    parser:argument("action", "list or forget"):choices { "list", "forget" }
    parser:argument("host", "whose keys: as with -H"):args "*"
  end,
  check = function(args)
    if args.action == "forget" and #args.host == 0 then
      return nil, "forget which? bmcsh trust forget HOST"
    elseif args.action == "list" and #args.host > 0 then
      return nil, "list shows all; HOST belongs to forget"
    end
    return true
  end,
  run = function(args)
    return args.action == "list" and list(args) or args.action == "forget" and forget(args)
  end,
}
