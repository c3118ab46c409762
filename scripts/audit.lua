-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh audit: whether an audit log is whole, and what stands in it.
local cli = require "bmc.cli"
local json = require "bmc.json"
local out = require "bmc.out"
local verify = require "bmc.audit.verify"

local WHOLE, BROKEN, USAGE = 0, 1, 2

local FIELDS = {
  { "lines", "lines" }, { "writes", "writes" }, { "failed", "failed" },
  { title = "no outcome", value = function(r) return #r.unknown end },
  { "first_at", "first" }, { "last_at", "last" }, { "head", "head" },
}

local function about(intent)
  return ("line %d: outcome unknown: %s over %s: %s %s"):format(intent.n, intent.host, intent.way,
    intent.method, intent.uri)
end

local function as_json(args, report)
  local unknown = {}
  for i, intent in ipairs(report.unknown) do
    unknown[i] = { line = intent.n, at = intent.at, host = intent.host, way = intent.way,
      method = intent.method, uri = intent.uri }
  end
  return json.object {
    { "file", args.file }, { "whole", report.broken == nil }, { "broken", report.broken },
    { "lines", report.lines }, { "writes", report.writes }, { "failed", report.failed },
    { "unknown", unknown }, { "first_at", report.first_at }, { "last_at", report.last_at },
    { "head", report.head },
  }
end

local function show(args, report)
  local screen = out.new()
  if args.json then
    screen:line(as_json(args, report))
    return
  end
  screen:fields(FIELDS, report)
  for _, intent in ipairs(args.quiet and {} or report.unknown) do
    screen:line(about(intent))
  end
  if report.broken then
    screen:line(("%s: broken at line %d: %s"):format(args.file, report.broken.line,
      report.broken.why))
  else
    screen:line(args.file .. ": whole")
  end
end

return cli.command {
  name = "audit",
  summary = "Whether an audit log (--audit FILE) is whole: its first broken line, and why.",
  usage = "verify FILE",
  examples = {
    { "bmcsh power cycle -H bmc1 -u root --audit writes.log", "how a log comes into being" },
    { "bmcsh audit verify writes.log", "exit code 0: whole, 1: broken, with the line" },
    { "bmcsh audit verify writes.log --head 5f1c…", "lines that were cut off the end show too: "
      .. "head is what verify has printed for the log earlier" },
    { "bmcsh audit verify writes.log --json", "the same as one line of JSON" },
  },
  targets = false,
  options = function(parser)
    parser:argument("action", "verify"):choices { "verify" }
    parser:argument("file", "the log")
    parser:option("--head", "SHA-256 of a line that has been the last one"):argname("SHA256")
  end,
  check = function(args)
    return not args.head or args.head:find("^%x+$") and #args.head == 64,
      "--head wants the 64 hexadecimal digits that verify prints"
  end,
  run = function(args)
    local report, e = verify.file(args.file, args.head and args.head:lower())
    if not report then
      io.stderr:write("bmcsh audit: ", e.text, "\n")
      return USAGE
    end
    show(args, report)
    return report.broken and BROKEN or WHOLE
  end,
}
