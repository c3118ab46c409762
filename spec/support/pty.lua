-- SPDX-License-Identifier: GPL-3.0-or-later
-- A person at a terminal: this bmcsh in a pseudo-terminal made by script(1), typed at by the test,
-- which waits for what shall appear.

local spawn = require "_bmcsh.spawn"
local task = require "bmc.task"

local M = {}

local pty = {}
local pty_mt = { __index = pty, __name = "support.pty" }

--- The path of this bmcsh. /proc/self/exe is another program as soon as a shell has started it.
---@return string
function M.program()
  for line in io.lines("/proc/self/maps") do
    local path = line:match("^%x+%-%x+ r%-xp %x+ %S+ %d+%s+(/.*)$")
    if path and not path:find("%.so") then
      return path
    end
  end
end

local function quoted(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- Types. "\r" is the Enter key, "\3" Ctrl-C.
---@param text string
function pty:type(text)
  assert(self.keys:write(text))
  assert(self.keys:flush())
end

-- The screen as it has been written, without colours and cursor movements.
local function written(self)
  local text = self.dir:read("screen"):gsub("\27%[[%d;?]*%a", ""):gsub("\27[%[%d;?]*$", "")
  return (text:gsub("\r", ""))
end

--- Waits until this text has appeared after the last one waited for.
---@param text string plain
---@param seconds number? 60
---@return string what has been written up to its end
function pty:expect(text, seconds)
  local give_up = task.now() + (seconds or 60)
  while true do
    local screen, from = written(self), self.seen + 1
    local _, last = screen:find(text, from, true)
    if last then
      self.seen = last
      return screen:sub(from, last)
    elseif task.now() > give_up then
      error(("%q did not appear, but:\n%s"):format(text, screen:sub(from)), 2)
    end
    assert(task.sleep(0.01))
  end
end

--- Waits for the end of the program.
---@return integer status its exit code
function pty:wait()
  local result = assert(self.child:join())
  return result.status
end

--- Sends a signal to bmcsh, and to nothing else in the terminal.
---@param name string "TERM"
function pty:signal(name)
  local pid = self.dir:read("pid"):match("%d+")
  assert(spawn.run({ "/bin/sh", "-c", 'kill -"$0" "$1"', name, pid }).status == 0)
end

--- What bmcsh has computed so far.
---@return number seconds
function pty:cpu()
  local pid = self.dir:read("pid"):match("%d+")
  local stat <close> = assert(io.open(("/proc/%s/stat"):format(pid)))
  local user, system = stat:read("a"):match("^.*%)" .. (" %S+"):rep(11) .. " (%d+) (%d+)")
  return (tonumber(user) + tonumber(system)) / 100 -- clock ticks, as proc(5) has them on Linux
end

local function command_line(dir, args)
  local words = { "echo $$ >" .. quoted(dir:file("pid")) .. "; exec env TERM=xterm" }
  local home = { "HOME=" .. dir.path, "XDG_STATE_HOME=" .. dir.path .. "/state" }
  for _, word in ipairs { home[1], home[2], M.program(), table.unpack(args) } do
    words[#words + 1] = quoted(word)
  end
  return "/bin/sh -c " .. quoted(table.concat(words, " "))
end

--- Starts bmcsh with these arguments: `local p <close> = pty.start(dir, { "-e", "…" })`.
---@param dir table of support.tmpdir(); also the home of the person
---@param args string[]
---@param around string? shell commands around it; %s stands for it
---@return table
function M.start(dir, args, around)
  local fifo = dir:file("keys")
  os.remove(fifo)
  assert(spawn.run({ "mkfifo", fifo }).status == 0)
  dir:write("screen", "")
  -- Opened for both, so that it neither waits for a reader nor ends with the first writer.
  local keys = assert(io.open(fifo, "r+"))
  -- exec: a shell that stayed between would die of the Ctrl-C that is meant for bmcsh. script(1)
  -- runs its command in $SHELL, which may be nologin, or a person's own with a will of its own.
  local command = (around or "exec %s"):gsub("%%s", (command_line(dir, args):gsub("%%", "%%%%")))
  local child = task.spawn(function()
    return spawn.run {
      "env", "SHELL=/bin/sh", "sh", "-c", 'exec script -qfec "$0" "$1" <"$2"', command,
      dir:file("screen"), fifo,
      timeout = 60,
    }
  end)
  return setmetatable({ dir = dir, keys = keys, child = child, seen = 0 }, pty_mt)
end

function pty_mt:__close()
  self.child:cancel()
  self.child:join()
  self.keys:close()
end

return M
