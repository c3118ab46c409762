-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh events: what happens at machines, as it happens.
local cli = require "bmc.cli"
local err = require "bmc.err"
local json = require "bmc.json"
local options = require "bmc.options"
local out = require "bmc.out"
local record = require "bmc.logs.record"
local task = require "bmc.task"
local timestamp = require "bmc.timestamp"

-- A stream holds the place of its machine for as long as it lasts.
local ALL_AT_ONCE = 100000

local COLOURS = { Warning = "yellow", Critical = "red" }

local function span(text)
  local seconds = timestamp.span(text) or tonumber(text)
  if not seconds or seconds <= 0 then
    return nil, ("%q is no time such as 30, 90s, 10m, 2h"):format(text)
  end
  return seconds
end

-- One event as people read it: when, how bad, what, where.
local function line_of(paper, event)
  local severity = ("%-8s"):format(event.severity or "-")
  return ("%-25s  %s  %s%s"):format(event.event_timestamp or "-",
    paper:paint(severity, COLOURS[event.severity]), event.message or event.message_id or "-",
    event.origin_of_condition and "  (" .. event.origin_of_condition .. ")" or "")
end

local function show(paper, args, host, event)
  if args.json then
    paper:line(json.object { { "host", host }, { "ok", true }, { "data", event } })
  else
    local many = #args.host ~= 1 or args.host[1]:find("[,%[]") or #args.group > 0
    paper:line((many and host .. "  " or "") .. line_of(paper, event))
  end
end

-- Shows events until there are enough: how many there were.
local function listen(events, args, host, shown)
  local paper, least = out.new(), record.rank(record.severity(args.severity)) or 0
  for event in events do
    if (record.rank(event.severity) or 0) >= least then
      show(paper, args, host, event)
      shown.events = shown.events + 1
    end
    if shown.events == args.count then
      break
    end
  end
end

local function run(m, args)
  local events <close> = m:stream_events {
    poll = args.poll, log = args.log, since = args.since, system = args.system,
  }
  local shown = { events = 0 }
  local left = args["for"] or math.huge
  local ends = task.now() + left
  local ok, e = pcall(task.deadline, left, listen, events, args, m.host, shown)
  if not ok and not (err.is(e) and e.code == "timeout" and task.now() >= ends) then
    error(e, 0)
  end
  return shown
end

local function check(args)
  args.quiet = true -- no progress line among the events
  args.concurrency = args.concurrency or ALL_AT_ONCE
  if args.severity and not record.rank(record.severity(args.severity)) then
    return nil, ("%q is no severity: ok, warning, critical"):format(args.severity)
  elseif (args.log or args.since) and not args.poll then
    return nil, "--log and --since are about logs that are watched: add --poll"
  end
  return true
end

local function add_options(parser)
  parser:option("--poll", "where a BMC streams no events, read its log every S seconds and show "
    .. "what is new"):argname("S"):convert(options.above_zero)
  parser:option("--log", "with --poll: another log than the event log, or \"all\""):argname("NAME")
  parser:option("--since", "with --poll: begin with the entries since then, such as 2h; see "
    .. "bmcsh sel"):argname("T")
  parser:option("--severity", "ok, warning or critical: this or worse"):argname("WORD")
    .suggested = { "ok", "warning", "critical" }
  parser:option("--count", "end after N events of a machine"):argname("N"):convert(options.whole)
  parser:option("--for", "end after so long: 90s, 10m, 2h (default: at Ctrl-C)"):argname("T")
    :convert(span)
end

return cli.command {
  name = "events",
  summary = "Events as they happen, from the event stream of a machine, or from its log.",
  examples = {
    { "bmcsh events -H https://10.0.5.17 -u root", "every event, until Ctrl-C" },
    { "bmcsh events -H 'node[01-40].mgmt' -u root --severity warning --json | tee events.jsonl",
      "what goes wrong in a rack, one JSON object a line" },
    { "bmcsh events -H https://10.0.5.17 -u root --poll 30",
      "a BMC without an event stream: what is new in its log, twice a minute" },
    { "bmcsh events -H ipmi://10.0.5.17 -u root --poll 30", "the same over IPMI" },
    { "bmcsh events -H https://10.0.5.17 -u root --count 1 --for 10m && echo something happened",
      "waits for one event, ten minutes at most" },
  },
  options = add_options,
  check = check,
  seconds = function()
    return math.huge
  end,
  view = {
    columns = { { "events", "EVENTS" } },
    one = function() end,
  },
  run = run,
}
