-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh sel: the event log and the other logs of a machine, newest entry first.
local cli = require "bmc.cli"
local logs = require "bmc.logs"
local record = require "bmc.logs.record"

local SECONDS = 120 -- a long log of a slow BMC takes its time

local function whole(text)
  local n = text:find("^%d+$") and math.tointeger(tonumber(text))
  if not n then
    return nil, ("%q is no whole number"):format(text)
  end
  return n
end

-- What there is to say of an entry: some have an id alone.
local function message(entry)
  return entry.message or entry.message_id
end

-- The place of a log, where its name alone would not tell. Over IPMI there is one.
local function log_of(entry)
  if not entry.log_uri then
    return entry.log
  end
  return (entry.log_uri:gsub("^/redfish/v1/", ""):gsub("LogServices/", ""):gsub("/$", ""))
end

-- An entry from before the BMC knew the time says how long it had been up.
local function time(entry)
  return entry.created or entry.uptime_s and ("up %d s"):format(entry.uptime_s)
end

-- One row of a fleet: how many entries, the worst of them.
local function digest(entries)
  local worst = entries[1] or {}
  for _, entry in ipairs(entries) do
    if (record.rank(entry.severity) or 0) > (record.rank(worst.severity) or 0) then
      worst = entry
    end
  end
  return {
    entries = #entries, severity = worst.severity, created = time(worst),
    message = message(worst),
  }
end

local LIST = {
  { title = "TIME", value = time }, { "severity", "SEVERITY" }, { title = "LOG", value = log_of },
  { "id", "ID" }, { title = "MESSAGE", value = message, wrap = true },
}
local FLEET = {
  { "entries", "ENTRIES" }, { "severity", "WORST" }, { "created", "ITS TIME" },
  { "message", "MESSAGE", wrap = true },
}
local CLEARED = {
  { title = "log", value = log_of }, { "entries", "entries cleared" }, { "left", "entries now" },
  { "saved", "saved in" },
}
local CLEARED_FLEET = {
  { "log", "LOG" }, { "entries", "CLEARED" }, { "left", "NOW" }, { "saved", "SAVED IN" },
}

local function check(args)
  local _, e = logs.wish { limit = args.limit, since = args.since, severity = args.severity }
  if e then
    return nil, e.text
  elseif args.save and not args.clear then
    return nil, "--save belongs to --clear; to keep entries alone, use --json"
  elseif args.clear and (args.limit or args.since or args.severity) then
    return nil, "--clear empties a log as a whole: it goes with --log and --save only"
  elseif args.clear and args.log == "all" then
    return nil, "--clear empties one log: name it with --log"
  end
  return true
end

local function add_options(parser)
  parser:option("--log", "another log than the event log: its name as in \"IEL\" or "
    .. "\"Managers/1/Log1\", or \"all\""):argname("NAME")
  parser:option("--limit", "the newest N entries (default 100; 0: all)"):argname("N")
    :convert(whole)
  parser:option("--since", "not older than a time such as 2024-08-15T12:00:00Z, or than 90m, 2h, "
    .. "3d, 1w by the BMC's clock"):argname("T")
  parser:option("--severity", "ok, warning or critical: this or worse"):argname("WORD")
    .suggested = { "ok", "warning", "critical" }
  parser:flag("--clear", "empty the log")
  parser:option("--save", "with --clear: before that, write all entries to a new file, one JSON "
    .. "object a line; {host} in its name is the machine"):argname("FILE")
end

return cli.command {
  name = "sel",
  summary = "The event log and all other logs, newest entry first; --clear empties one.",
  examples = {
    { "bmcsh sel -H https://10.0.5.17 -u root", "the newest hundred entries of the event log" },
    { "bmcsh sel -H https://10.0.5.17 -u root --log all --since 2h --severity warning",
      "what went wrong in two hours, from all logs" },
    { "bmcsh sel -H 'node[01-40].mgmt' -u root --severity critical",
      "of each machine the newest of the worst" },
    { "bmcsh sel -H ipmi://10.0.5.17 -u ADMIN --limit 20", "the newest twenty, over IPMI" },
    { "bmcsh sel -H 'node[01-40].mgmt' -u root --clear --save 'sel-{host}.jsonl'",
      "empties the event logs; what was in them is in the files" },
  },
  options = add_options,
  check = check,
  write = function(args)
    return args.clear
  end,
  title = function(args)
    return args.clear and "sel --clear" or "sel"
  end,
  seconds = SECONDS,
  view = function(args)
    if args.clear then
      return { columns = CLEARED_FLEET, fields = CLEARED }
    end
    local chosen = args.since or args.severity
    return {
      columns = FLEET, digest = digest, list = LIST,
      none = chosen and "no entry is that new or that severe" or "the log is empty",
    }
  end,
  run = function(m, args)
    if not args.clear then
      return m:sel_entries {
        limit = args.limit, log = args.log, since = args.since, severity = args.severity,
        system = args.system,
      }
    end
    local done = m:clear_sel { log = args.log, save = args.save, system = args.system }
    done.way, done.seconds, done.trail = nil, nil, nil
    return done
  end,
}
