-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh console: at a machine's serial console, over the network.
local cli = require "bmc.cli"
local err = require "bmc.err"
local hosts = require "bmc.hosts"
local options = require "bmc.options"
local task = require "bmc.task"
local terminal = require "bmc.terminal"

local function greet(place, m, args)
  if place.raw and args.escape ~= "" then
    place:say(("console of %s%s; to leave: Enter, then %s.   (help: %s?)"):format(m.host,
      args.read_only and ", watching only" or "", args.escape, args.escape))
  elseif place.raw then
    place:say(("console of %s; no escape character: only the end of the console ends it")
      :format(m.host))
  end
end

-- Why it is over, where that is no mistake: "left", "found", "time".
local function attend(con, m, args, notices)
  local seconds, began = args["for"], task.now()
  local how, e = task.deadline(seconds or math.huge, terminal.attach, con, {
    escape = args.escape, watch = args.read_only, wanted = args["until"],
    waits = seconds ~= nil,
    on_place = function(place)
      notices.place = place
      greet(place, m, args)
    end,
  })
  local over = seconds and task.now() - began >= seconds
  if not how and over and e.code == "timeout" then
    if args["until"] then
      e.text = ("%q has not appeared within %g s"):format(args["until"], seconds)
      return nil, e
    end
    return "time"
  end
  return how, e
end

local function run(m, args)
  if not m.target.ways.ipmi then
    error(err.new("unsupported", "a console goes over IPMI, and only Redfish is known of this "
      .. "machine: add --ipmi ipmi://NAME, or give -H ipmi://NAME"), 0)
  end
  local notices = {}
  local con <close> = m:console {
    force = args.force, reset_sol = args.reset_sol, log = args.log, timestamps = args.timestamps,
    reconnect = not args.no_reconnect,
    notice = function(text)
      if notices.place then
        notices.place:say(text)
      end
    end,
  }
  local how, e = attend(con, m, args, notices)
  if not how then
    error(err.wrap(e, { host = m.host, way = "ipmi", op = "console", effect = "none" }), 0)
  end
  if notices.place.raw then
    io.stderr:write("\n[bmcsh: the console is closed]\n")
  end
  return { ended = how }
end

local function one_character(text)
  if text == "none" then
    return ""
  elseif #text ~= 1 or text:find("[%c]") then
    return nil, ("%q is no escape character: one character, or none"):format(text)
  end
  return text
end

local function pattern(text)
  local ok, why = pcall(string.find, "", text)
  if not ok then
    return nil, ("%q is no pattern: %s"):format(text, tostring(why):gsub("^.-:%d+: ", ""))
  end
  return text
end

local function check(args)
  args.quiet = true -- no progress line among what the machine writes
  if args.json then
    return nil, "a console is no record: leave --json out"
  elseif args.dry_run then
    return nil, "a console cannot be tried without being opened; to watch only: --read-only"
  end
  local list = #args.host > 0 and hosts.expand(args.host)
  if list and #list > 1 then
    return nil, ("a console is of one machine, and these are %d; to run something on the consoles "
      .. "of many, write a runbook (examples/bootloader.lua)"):format(#list)
  elseif #args.group > 0 then
    return nil, "a console is of one machine: give -H NAME instead of -g"
  elseif args.force and args.read_only then
    return nil, "--force takes the console from whoever has it, which --read-only does not allow"
  elseif args.reset_sol and args.read_only then
    return nil, "--reset-sol changes the BMC's settings, which --read-only does not allow"
  elseif args.timestamps and not args.log then
    return nil, "--timestamps is about the log: add --log FILE"
  end
  return true
end

local function add_options(parser)
  parser:flag("--force", "take the console from whoever has it")
  parser:flag("--reset-sol", "as a last resort change the BMC's settings: switch Serial over LAN "
    .. "on where it is off, and with --force off and on again where the console stays taken")
  parser:option("--log", "append all that the machine writes to FILE"):argname("FILE")
  parser:flag("--timestamps", "begin each line of the log with the time (UTC)")
  parser:option("--escape", "the escape character instead of ~, or none"):argname("C"):default "~"
    :convert(one_character)
  parser:option("--for", "end after S seconds"):argname("S"):convert(options.above_zero)
  parser:option("--until", "end when the machine has written what matches this Lua pattern")
    :argname("PATTERN"):convert(pattern)
  parser:flag("--no-reconnect", "end when the network is lost, instead of connecting again")
end

return cli.command {
  name = "console",
  summary = "The serial console of a machine, over the network (Serial over LAN).",
  examples = {
    { "bmcsh console -H ipmi://10.0.5.17 -u root --log boot.log",
      "at the console, to be left with Enter ~ . ; what it writes is kept in boot.log" },
    { "bmcsh console -H ipmi://10.0.5.17 -u root --force",
      "takes it from a client that is gone, or from a colleague" },
    { "bmcsh console -H ipmi://10.0.5.17 -u root --read-only --log boot.log --for 600",
      "watches for ten minutes, types nothing" },
    { "echo hostname | bmcsh console -H ipmi://10.0.5.17 -u root --until '%$ $' --for 20",
      "types a line, ends at the prompt" },
  },
  options = add_options,
  check = check,
  seconds = function()
    return math.huge
  end,
  view = {
    columns = { { "ended", "ENDED" } },
    one = function() end,
  },
  run = run,
}
