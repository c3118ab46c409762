-- SPDX-License-Identifier: GPL-3.0-or-later
-- shell: owns the interactive session: a line becomes a task, its values are
-- printed, its errors too. Everything it can do a runbook can do as well. What a
-- line is, is shell/line's; the editor is C (src/repl.c), printing is bmc.print's,
-- completing shell/candidates'.
local host = require "_bmcsh.host"
local repl = require "_bmcsh.repl"

local candidates = require "bmc.shell.candidates"
local err = require "bmc.err"
local help = require "bmc.shell.help"
local line_of = require "bmc.shell.line"
local out = require "bmc.out"
local printer = require "bmc.print"
local state = require "bmc.state"
local task = require "bmc.task"

local PROMPT, MORE = "bmc> ", "...> "

local methods = {}
local mt = { __index = methods }

local M = {}

-- ---- printing ----

function methods:show_value(v)
  local columns = printer.records(v)
  if err.is(v) then
    self:complain(v)
  elseif columns then
    self.out:table(columns, v)
  else
    self.out:line(printer.value(v))
  end
end

-- The values of a line; of a failure, nil and an error value, the error.
function methods:show(...)
  local values = table.pack(...)
  if values[1] == nil and err.is(values[2]) then
    return self:complain(values[2])
  end
  for i = 1, values.n do
    self:show_value(values[i])
  end
end

function methods:complain(e)
  local stopped = err.is(e) and e.code == "cancelled"
  self.out:line(self.out:paint(stopped and "interrupted" or tostring(e), "red"))
end

-- What other tasks write while a line is edited goes above the line.
function methods:above(write, ...)
  self.editor:hide()
  local ok, why = write(...)
  self.editor:show()
  return ok, why
end

-- Returns a to-be-closed value that puts the names back.
function methods:take_output()
  local old = { print = print, write = io.write, stderr = io.stderr }
  local stderr = old.stderr
  function print(...) -- luacheck: globals print
    self:above(old.print, ...)
  end
  io.write = function(...) -- luacheck: globals io
    return self:above(old.write, ...)
  end
  io.stderr = setmetatable({}, { -- luacheck: globals io
    __index = function(_, name)
      return function(_, ...)
        return self:above(stderr[name], stderr, ...)
      end
    end,
  })
  return setmetatable({}, { __close = function()
    print, io.write, io.stderr = old.print, old.write, old.stderr -- luacheck: globals print io
  end })
end

-- ---- running ----

-- A mistake in the line is told by its message; one elsewhere needs the way there.
local function explain(e)
  if err.is(e) or tostring(e):find("^shell:%d+:") then
    return e
  end
  local trace = debug.traceback(tostring(e), 2)
  return (trace:gsub("\n%s*%[C%]: in function 'xpcall'.*$", ""))
end

-- What xpcall gave for a line.
function methods:present(ok, ...)
  if not ok then
    return self:complain((...))
  end
  if (...) ~= nil then
    _G._ = (...)
  end
  self:show(...)
end

-- Runs a line as a task of its own and waits for it; Ctrl-C cancels the task. It prints its values
-- too: they say how, and that may take as long as any line.
function methods:execute(f)
  self.line = task.spawn(function()
    local ok, e = pcall(self.present, self, xpcall(f, explain))
    if not ok then
      self:complain(e)
    end
  end)
  local _, stopped = self.line:join()
  if stopped then
    self.line:cancel()
  end
  self.line = nil
end

-- Takes an entered line; what is not a whole statement yet is kept.
function methods:enter(line)
  if line:find("%S") and not line_of.is_private(line) then
    self.editor:remember(line)
  end
  local text = self.pending and self.pending .. "\n" .. line or line
  local path, refused = nil, nil
  if not self.pending then
    path, refused = line_of.verb(text)
  end
  if refused then
    return self:complain(refused)
  elseif path then
    return self:execute(line_of.command(path, text))
  end
  local chunk, incomplete, why = line_of.compile(text)
  self.pending = incomplete and text or nil
  if chunk then
    self:execute(chunk)
  elseif not incomplete then
    self:complain(line_of.meant(text) or why)
  end
end

-- ---- the session ----

-- Ctrl-C while a line is edited. true when the session shall end.
function methods:interrupt(line)
  local empty = line == "" and not self.pending
  local twice = self.interrupted and empty
  self.pending = nil
  self.interrupted = empty
  if empty and not twice then
    self.out:line("(Ctrl-C again leaves)")
  end
  return twice
end

-- One event of the editor. true when the session shall end.
function methods:handle(event, text, point)
  if event == "complete" then
    self.editor:complete(candidates.at(text, point))
    return false
  elseif event == "interrupt" then
    return self:interrupt(text)
  end
  self.interrupted = false
  if event == "eof" then
    return true
  end
  local word, rest = (self.pending and "" or text):match("^%s*(%a+)%s*(.-)%s*$")
  if (word == "exit" or word == "quit") and (rest == "" or rest == "()") then
    return true
  elseif word == "help" and rest:find("^[%w_-]*$") then
    help.help(rest ~= "" and rest or nil)
  elseif text:find("%S") or self.pending then
    self:enter(text)
  end
  return false
end

-- Ctrl-C arrives as a signal, while a line runs and while one is edited.
local function watch_signals(self)
  while host.interrupt() do
    if self.line then
      self.out:line() -- the terminal has shown ^C
      self.line:cancel()
    else
      self.editor:interrupt()
    end
  end
end

local function open_history(self)
  local folder, why = state.folder "shell"
  local ok = false
  if folder then
    ok, why = self.editor:history(folder .. "/history")
  end
  if not ok then
    self.out:line("no history is kept: " .. why.text)
  end
end

--- Runs a session on the terminal until the person leaves.
---@return integer code
function M.run()
  local editor <close> = assert(repl.open())
  local self = setmetatable({ editor = editor, out = out.new() }, mt)
  open_history(self)
  help.install()
  self.out:line(("bmcsh %s; help tells what there is, Ctrl-D leaves"):format(host.version))
  local _ <close> = self:take_output()
  task.scope(function(s)
    local signals = s:spawn(watch_signals, self)
    repeat
      local event, text, point = editor:read(self.pending and MORE or PROMPT)
    until not event or self:handle(event, text, point)
    signals:cancel()
  end)
  return 0
end

return M
