-- SPDX-License-Identifier: GPL-3.0-or-later
-- cli: owns the frame of a command: parser, help, usage errors, the question
-- before a change, the exit code. The machines it is for are bmc.cli.machines';
-- what it does is the script's; what it shows is bmc.report's.
--
--   return require("bmc.cli").command {
--     name = "fans", summary = "Speed and state of every fan.",
--     examples = { { "bmcsh fans -H bmc1 -u root", "what it is for" } },
--     view = { columns = {…}, list = {…} },             -- see bmc.report
--     run = function(m) return m:fans() end,            -- once a machine
--   }
--
-- More fields: usage (positional words), options(parser) (what Tab offers beside choices is
-- `suggested` of an option or argument, see bmc.complete.command), write(args) whether it
-- changes something, seconds(args) one machine may take, unhealthy(data) for
-- exit code 3, title(args), machines(args) which they are where -H is not given,
-- and targets = false (or a function of the options that says so) for a command
-- without -H, whose run(args) is called once and returns the exit code.
local argparse = require "argparse"
local host = require "_bmcsh.host"

local credentials = require "bmc.credentials"
local err = require "bmc.err"
local machines = require "bmc.cli.machines"
local options = require "bmc.options"
local text = require "bmc.text"

local OK, FAILED, USAGE, UNHEALTHY, INTERRUPTED = 0, 1, 2, 3, 130
local PATIENCE = 2    -- seconds a silent machine holds its place in a sweep
local SECONDS = 30    -- one machine may take, unless --timeout says

local M = {}

-- ---- parser ----

local function help_width()
  return math.max(60, math.min(host.width(), 100))
end

-- What is to be typed stands in one line, however long: broken, it could not be copied.
local function examples_of(self)
  local lines, indent = { "Examples:" }, (" "):rep(6)
  for _, e in ipairs(self.examples) do
    lines[#lines + 1] = "   " .. e[1]
    local said = text.wrap(e[2], help_width() - #indent)
    lines[#lines + 1] = indent .. table.concat(said, "\n" .. indent)
  end
  return table.concat(lines, "\n")
end

-- Lets the command add its options, and puts them before those of all commands.
local function add_own(self, parser)
  local own = {}
  self.options(setmetatable({}, {
    __index = function(_, name)
      return function(_, ...)
        local element = parser[name](parser, ...)
        own[#own + 1] = name ~= "argument" and element or nil
        return element
      end
    end,
  }))
  if #own > 0 then
    parser:group("Options of " .. self.name, table.unpack(own))
  end
end

local function parser_of(self)
  local name = "bmcsh " .. self.name
  local indent = (" "):rep(#"Usage: ")
  local usage = ("%s %s [OPTIONS]"):format(name, self.usage or "")
  local parser = argparse(name, self.summary):add_help(false)
    :usage("Usage: " .. table.concat(text.wrap(usage, help_width() - #indent), "\n" .. indent))
    :help_max_width(help_width())
    :help_description_margin(30)
  if self.options then
    add_own(self, parser)
  end
  parser:flag("-h --help", "this text")
  options.add(parser, self.targets ~= false)
  return parser
end

-- What argparse says of a word that lacks, with the words that there are.
local function with_choices(parser, why)
  local name = why:match("^missing argument '(.-)'$")
  for _, argument in ipairs(name and parser._arguments or {}) do
    if argument._name == name and argument._choices then
      return ("which %s? %s"):format(name, table.concat(argument._choices, ", "))
    end
  end
  return why
end

local function usage_error(self, why)
  io.stderr:write(("bmcsh %s: %s\n(bmcsh %s --help)\n"):format(self.name, why, self.name))
  return USAGE
end

local function asks_for_help(argv)
  for _, word in ipairs(argv) do
    if word == "--" then
      return false
    elseif word == "-h" or word == "--help" then
      return true
    end
  end
  return false
end

-- ---- machines ----

-- Asked only where somebody can answer: a script has decided already.
local function confirmed(args, title, list)
  if args.yes or args.dry_run or not (host.isatty(0) and host.isatty(2)) then
    return true
  end
  local question = ("%s on %d machine%s (%s). Go on? [y/N] "):format(title, #list,
    #list == 1 and "" or "s", machines.named(list))
  local editor <close> = assert(require("_bmcsh.repl").open { stderr = true })
  local event, answer = editor:read(question)
  if not event then
    error(answer, 0)
  elseif event == "interrupt" then
    error(err.new("cancelled", "interrupted"), 0)
  end
  return event == "line" and answer:lower():find("^%s*y") ~= nil
end

-- ---- running ----

-- A field of a command may be a function of the options.
local function of(field, args, default)
  if type(field) == "function" then
    field = field(args)
  end
  if field == nil then
    return default
  end
  return field
end

local function exit_code(sum, unhealthy)
  if sum.interrupted then
    return INTERRUPTED
  elseif sum.failed > 0 or sum.started < sum.total then
    return FAILED
  end
  return unhealthy and UNHEALTHY or OK
end

-- Runs f and calls tick now and then while it waits.
local function ticking(tick, f)
  local task = require "bmc.task"
  return task.scope(function(s)
    local clock = s:spawn(function()
      while task.sleep(0.5) do
        tick()
      end
    end)
    local result = f()
    clock:cancel()
    return result
  end)
end

local function sweep(self, args, chosen, open)
  local report = require("bmc.report").new {
    hosts = chosen.names, view = of(self.view, args), title = of(self.title, args, self.name),
    json = args.json, quiet = args.quiet, verbose = args.verbose,
    dry_run = of(self.write, args) and args.dry_run,
  }
  local unhealthy = false
  local sum = ticking(function() report:tick() end, function()
    return require("bmc.fleet").run(chosen.list, {
      open = open, ipmi = chosen.further, concurrency = args.concurrency, rate = args.rate,
      batch = args.batch, max_fail = args.max_fail, keep = false,
      timeout = open.timeout,
      patience = not of(self.write, args) and PATIENCE or nil,
      on_trace = (args.verbose or of(self.write, args)) and function(outcome, event)
        report:trace(outcome, event)
      end or nil,
      on_result = function(outcome, summary)
        unhealthy = unhealthy or outcome.ok and self.unhealthy and self.unhealthy(outcome.data)
        report:outcome(outcome, summary)
      end,
    }, function(m, outcome)
      return self.run(m, args, outcome)
    end)
  end)
  report:finish(sum)
  return exit_code(sum, unhealthy)
end

local function run_on_machines(self, args)
  local chosen <close>, e = machines.of(self, args)
  if not chosen then
    return usage_error(self, e.text)
  elseif #chosen.list == 0 then
    return OK
  elseif args.max_fail and not args.batch then
    return usage_error(self, "--max-fail is about batches: add --batch, such as --batch 1,10,100%")
  end
  local password <close>, why = credentials.source(args, chosen.user)
  local kg <close>, why_not = credentials.kg(args)
  why = why or why_not
  if why then
    return why.code == "cancelled" and error(why, 0) or usage_error(self, why.text)
  elseif password and password.warning then
    io.stderr:write("bmcsh: ", password.warning, "\n")
  end
  local seconds = args.timeout or of(self.seconds, args, SECONDS)
  local open
  open, e = machines.options(args, password, kg, seconds)
  e = e or machines.objection(chosen, open)
  if e then
    return usage_error(self, e.text)
  elseif of(self.write, args)
    and not confirmed(args, of(self.title, args, self.name), chosen.names) then
    io.stderr:write("nothing was done\n")
    return FAILED
  end
  return sweep(self, args, chosen, open)
end

local function run(self, argv)
  credentials.hide()
  local parser = parser_of(self)
  if asks_for_help(argv) then
    io.stdout:write(parser:get_help(), "\n\n", examples_of(self), "\n")
    return OK
  end
  local ok, args = parser:pparse(argv)
  if not ok then
    return usage_error(self, with_choices(parser, args))
  end
  machines.default_inventory(args)
  if self.check then
    local fine, why = self.check(args)
    if not fine then
      return usage_error(self, why)
    end
  end
  if not of(self.targets, args) then
    return self.run(args) or OK
  end
  return run_on_machines(self, args)
end

--- A command, for a script to return; bmcsh runs it with the arguments.
---@param spec table see the head of this file
---@return table command callable with a list of arguments, returns the exit code; command:parser()
---  is its argparse parser
function M.command(spec)
  for _, field in ipairs { "name", "summary", "run", "examples" } do
    if spec[field] == nil then
      error(("a command needs %s"):format(field), 2)
    end
  end
  if spec.targets == nil then
    spec.targets = true
  end
  return setmetatable(spec, {
    __name = "bmcsh.command", __call = run, __index = { parser = parser_of },
  })
end

return M
