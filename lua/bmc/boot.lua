-- SPDX-License-Identifier: GPL-3.0-or-later
-- boot: owns what the arguments of the program mean, how a runbook is started
-- and how it ends: its errors in one line, its exit code. main.c starts it as
-- the first task. What a verb's own options mean is bmc.cli's.
--
-- `bmcsh -e` shall start nearly as fast as lua itself: everything that is not
-- needed for it is required where it is used.
local host = require "_bmcsh.host"

local chunks = require "bmc.chunks"
local err = require "bmc.err"
local task = require "bmc.task"

local USAGE, INTERRUPTED = 2, 130

local function complain(...)
  io.stderr:write("bmcsh: ", ...)
  io.stderr:write("\n")
end

local function usage_error(text)
  complain(text)
  return USAGE
end

-- An error value says all an operator needs. Anything else is a mistake in a
-- script (task.program made it "internal"): its author wants the place as well.
-- One with an exit code is a way to end, and nothing to report.
local function report(e, verbose)
  if e.exit then
    return e.exit
  elseif e.code == "cancelled" then
    complain("interrupted")
    return INTERRUPTED
  end
  local own = e.code == "internal" and not e.host
  complain(own and e.text or tostring(e))
  if verbose then
    io.stderr:write(e.traceback or "", "\n")
  elseif own then
    complain("(-v shows the way there)")
  end
  return 1
end

-- os.exit as lua has it would leave at once, with sessions open on BMCs. This
-- one ends the program as an error does, so that everything is closed.
local function exit(code)
  local number = code == false and 1 or math.tointeger(code) or 0
  error(err.new("cancelled", "os.exit", { exit = number }), 0)
end

-- Runs a chunk as the program, with its arguments in `arg` as lua does.
local function run(chunk, name, args, verbose)
  arg = { [0] = name, table.unpack(args) } -- luacheck: globals arg
  os.exit = exit -- luacheck: globals os
  local ok, code, failed = pcall(task.program, function()
    return chunks.call(chunk, args)
  end)
  if package.loaded.bmc then
    package.loaded.bmc.close_all()
  end
  if not ok then
    return report(code, verbose)
  end
  return failed and code == 0 and 1 or code
end

local function run_file(path, args, verbose)
  local chunk, why = chunks.file(path)
  if not chunk then
    complain(why)
    return why:find("^cannot ") and USAGE or 1
  end
  return run(chunk, path, args, verbose)
end

local function run_text(text, name, args, verbose)
  local chunk, why = chunks.text(text, name)
  if not chunk then
    complain(why)
    return 1
  end
  return run(chunk, name:sub(2), args, verbose)
end

local function help()
  local lines = {
    "bmcsh: servers through their BMCs, from Lua",
    "",
    "  bmcsh COMMAND OPTIONS   one of the commands below; bmcsh COMMAND --help",
    "  bmcsh FILE.lua ARGS     runs a runbook",
    "  bmcsh -e CHUNK ARGS     runs a line of Lua",
    "  bmcsh - ARGS            runs what comes on standard input",
    "  bmcsh                   the interactive shell",
    "  bmcsh --version",
    "",
    "Commands:",
  }
  for _, verb in ipairs(require("bmc.verbs").list()) do
    lines[#lines + 1] = ("  %-12s %s"):format(verb.name, verb.summary)
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = "-v before FILE, -e or - shows where an error came from."
  io.stdout:write(table.concat(lines, "\n"), "\n")
  return 0
end

local function shell(verbose)
  if not host.isatty(0) then
    return usage_error("nothing to do: give a command, a FILE.lua, or - to read standard input "
      .. "(bmcsh --help)")
  end
  return run(function()
    return require("bmc.shell").run()
  end, "shell", {}, verbose)
end

local function rest(argv, from)
  return table.move(argv, from, #argv, 1, {})
end

local function run_verb(name, args)
  local path, e = require("bmc.verbs").find(name)
  if not path then
    return usage_error(e.text)
  end
  local words = " " .. table.concat(args, " ") .. " "
  return run_file(path, args, words:find(" -v ", 1, true) or words:find(" --verbose ", 1, true))
end

local MODES = {
  ["--version"] = function()
    print("bmcsh " .. host.version)
    return 0
  end,
  ["--help"] = function(argv, at)
    return argv[at + 1] and run_verb(argv[at + 1], { "--help" }) or help()
  end,
  ["-e"] = function(argv, at, verbose)
    if not argv[at + 1] then
      return usage_error("-e needs a chunk: bmcsh -e 'print(1)'")
    end
    return run_text(argv[at + 1], "=(-e)", rest(argv, at + 2), verbose)
  end,
  ["-"] = function(argv, at, verbose)
    return run_text(io.read("a") or "", "=stdin", rest(argv, at + 1), verbose)
  end,
}
MODES["-h"], MODES.help = MODES["--help"], MODES["--help"]

-- `bmcsh -H bmc1 info`: options may stand before the verb.
local function options_first(argv)
  local at, why = require("bmc.options").find_verb(argv)
  if not at then
    return usage_error(why)
  end
  local args = rest(argv, 1)
  return run_verb(table.remove(args, at), args)
end

local function is_file(word)
  return word:find("/", 1, true) or word:find("%.lua$")
end

-- Whether a leading -v is ours; before a verb it is an option of the verb.
local function is_verbose(argv)
  local next_one = argv[2] or "-"
  return argv[1] == "-v" and (next_one == "-e" or next_one == "-" or is_file(next_one))
end

--- Runs the program that the arguments ask for.
---@param argv string[] without the program's name
---@return integer code 0 ok, 1 failed, 2 usage, 130 interrupted; a verb may have more
return function(argv)
  local verbose = is_verbose(argv)
  local at = verbose and 2 or 1
  local first = argv[at]
  if not first then
    return shell(verbose)
  elseif MODES[first] then
    return MODES[first](argv, at, verbose)
  elseif is_file(first) then
    return run_file(first, rest(argv, at + 1), verbose)
  elseif first:find("^%-") then
    return options_first(argv)
  end
  return run_verb(first, rest(argv, at + 1))
end
