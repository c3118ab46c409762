-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh sessions: what bmcsh has open at BMCs, and the end of what was left behind.
local cli = require "bmc.cli"
local json = require "bmc.json"
local ledger = require "bmc.ledger"
local out = require "bmc.out"
local reap = require "bmc.redfish.reap"
local tokens = require "bmc.tokens"

local function is_reap(args)
  return args.action == "reap"
end

local function shown(url)
  return (url:gsub("^https://", ""):gsub(":443$", ""))
end

-- Every session in the books and in the token cache: url, uri, user, at, state, pid.
local function all_sessions()
  local list, e = ledger.list()
  if not list then
    error(e, 0)
  end
  for _, entry in ipairs(list) do
    entry.state = entry.alive and "open" or "stale"
  end
  for _, slot in ipairs(tokens.slots() or {}) do
    local about = slot.about
    list[#list + 1] = about and {
      url = about.url, uri = about.uri, user = about.user, at = about.at, state = "cached",
    }
    slot:close()
  end
  return list
end

-- ---- list ----

local COLUMNS = {
  { title = "HOST", name = true, value = function(s) return shown(s.url) end },
  { "user", "USER" },
  { title = "OPENED", value = function(s) return os.date("%Y-%m-%d %H:%M:%S", s.at // 1) end },
  { "state", "STATE" }, { "pid", "PROCESS" }, { "uri", "SESSION" },
}

local function list_all(args)
  local sessions, screen = all_sessions(), out.new()
  if args.json then
    for _, s in ipairs(sessions) do
      screen:line(json.object {
        { "host", shown(s.url) }, { "user", s.user }, { "uri", s.uri },
        { "opened_at", os.date("!%Y-%m-%dT%H:%M:%SZ", s.at // 1) }, { "state", s.state },
        { "pid", s.pid and math.tointeger(tonumber(s.pid)) },
      })
    end
  elseif #sessions > 0 then
    screen:table(COLUMNS, sessions)
  elseif not args.quiet then
    screen:line("no session of bmcsh is known to be open")
  end
  return 0
end

-- ---- reap ----

-- The different values of a field of the sessions that nobody uses.
local function left(field)
  local values, seen = {}, {}
  for _, s in ipairs(all_sessions()) do
    if s.state ~= "open" and not seen[s[field]] then
      values[#values + 1], seen[s[field]] = s[field], true
    end
  end
  return values
end

-- Without -H: every BMC at which something is left.
local function left_behind()
  local urls = left "url"
  if #urls == 0 then
    io.stderr:write("bmcsh sessions: nothing is left behind\n")
  end
  return urls
end

-- Without -u, it is the user of the inventory, or else the one whose sessions they are.
local function check(args)
  if not is_reap(args) then
    return not args.forget or nil, "--forget belongs to reap"
  elseif args.user or args.forget or args.inventory and #args.host + #args.group > 0 then
    return true
  end
  local users = left "user"
  if #users > 1 then
    return nil, ("sessions of several users are left (%s): say with -u as whom to log in")
      :format(table.concat(users, ", "))
  end
  args.user = users[1]
  return true
end

local function end_them(m, args)
  if args.forget then
    return { forgotten = reap.forget(m.target.base) }
  end
  local done = m:reap_sessions()
  return { deleted = done.deleted, gone = done.gone, left = done.left }
end

return cli.command {
  name = "sessions",
  summary = "Sessions that bmcsh holds at BMCs: list them, reap what was left behind.",
  usage = "ACTION",
  examples = {
    { "bmcsh sessions list", "open ones, stale ones of killed processes, cached logins" },
    { "bmcsh sessions reap -u root", "log in and delete stale and cached ones, everywhere" },
    { "bmcsh sessions reap -H https://10.0.5.17 -u root", "at one BMC" },
    { "bmcsh sessions reap -H https://10.0.5.99 --forget", "strike out those of a dead BMC" },
  },
  options = function(parser)
    parser:argument("action", "list asks no BMC; reap does"):choices { "list", "reap" }
    parser:flag("--forget", "reap: strike them out without asking the BMC")
  end,
  check = check,
  targets = is_reap,
  machines = left_behind,
  write = is_reap,
  title = "sessions reap",
  view = function(args)
    local columns = { { "deleted", "DELETED" }, { "gone", "WERE GONE" }, { "left", "LEFT" } }
    return { columns = args.forget and { { "forgotten", "FORGOTTEN" } } or columns }
  end,
  run = function(m, args)
    if not args then -- once, without machines
      return list_all(m)
    end
    return end_them(m, args)
  end,
}
