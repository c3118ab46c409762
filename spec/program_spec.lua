-- SPDX-License-Identifier: GPL-3.0-or-later
-- The program around the tasks: how it ends, and how much of it there may be.
local host = require "_bmcsh.host"
local spawn = require "_bmcsh.spawn"
local support = require "support"
local task = require "bmc.task"

-- Whether a process waits for something, and not only for its turn.
local function waits(pid)
  local stat <close> = assert(io.open(("/proc/%s/stat"):format(pid)))
  return stat:read("a"):find("%) S ") ~= nil
end

describe("the program", function()
  it("reports a task that dies unobserved, with its traceback, and fails", function()
    local result = support.bmcsh { "-e", [[
      local task = require "bmc.task"
      local function culprit() task.sleep(0.01) error("boom") end
      task.spawn(function() culprit() return "not a tail call" end)
      task.sleep(0.05)
      print("went on")]] }
    assert.equal(1, result.status)
    assert.equal("went on\n", result.stdout)
    assert.matches("boom", result.stderr)
    assert.matches("culprit", result.stderr)
  end)

  it("reports one whose join was given up", function()
    local result = support.bmcsh { "-e", [[
      local task = require "bmc.task"
      local t = task.spawn(function() task.sleep(0.1) error("boom") end)
      print((task.deadline(0.01, t.join, t)))]] }
    assert.same({ 1, "nil\n" }, { result.status, result.stdout })
    assert.matches("boom", result.stderr)
  end)

  it("waits for the tasks it started", function()
    local result = support.bmcsh { "-e", [[
      local task = require "bmc.task"
      task.spawn(function() task.sleep(0.05) print("later") end)]] }
    assert.same({ 0, "later\n", "" }, { result.status, result.stdout, result.stderr })
  end)

  it("finds out that nothing can go on", function()
    local result = support.bmcsh { "-e", [[
      local closing <close> = setmetatable({}, { __close = function() print("cleaned up") end })
      local function stuck() local _, e = require "bmc.task".channel():get() error(e) end
      stuck()
      return "not a tail call"]] }
    assert.equal(1, result.status)
    assert.equal("cleaned up\n", result.stdout)
    assert.matches("can no longer happen", result.stderr)
    assert.matches("stuck", result.stderr)
  end)

  it("is cancelled by a signal, cleans up, and says so", function()
    for signal, status in pairs { INT = 130, TERM = 143 } do
      local result = support.bmcsh { "-e", ([[
        local host, spawn, task = require "_bmcsh.host", require "_bmcsh.spawn", require "bmc.task"
        local closing <close> = setmetatable({}, { __close = function()
          print(task.shield(1, task.sleep, 0.01) ~= nil)
        end })
        spawn.run { "sh", "-c", "kill -%s " .. host.pid() }
        assert(task.sleep(60))]]):format(signal) }
      assert.same({ status, "true\n" }, { result.status, result.stdout })
    end
  end)

  it("leaves at once at the second signal", function()
    local result = support.bmcsh { "-e", [[
      local host, spawn, task = require "_bmcsh.host", require "_bmcsh.spawn", require "bmc.task"
      local kill = { "sh", "-c", "kill -INT " .. host.pid() }
      local closing <close> = setmetatable({}, { __close = function()
        task.shield(60, function() task.sleep(0.8) spawn.run(kill) task.sleep(60) end)
        print("never")
      end })
      spawn.run(kill)
      task.sleep(60)]] }
    assert.same({ 130, "" }, { result.status, result.stdout })
  end)

  -- As timeout(1) does it: to its child, and to the group that the child is in. Two names, since of
  -- one that is still pending there is no second.
  it("takes a signal that comes twice for one", function()
    local result = support.bmcsh { "-e", [[
      local host, task = require "_bmcsh.host", require "bmc.task"
      local closing <close> = setmetatable({}, { __close = function()
        print(task.shield(60, task.sleep, 0.2))
      end })
      local pid = host.pid()
      local _ = io.popen(("sleep 0.1; kill -INT %d; kill -TERM %d"):format(pid, pid))
      task.sleep(60)]] }
    assert.same({ 130, "true\n" }, { result.status, result.stdout })
  end)

  it("is not interrupted in clean-up that computes", function()
    local result = support.bmcsh { "-e", [[
      local host, task = require "_bmcsh.host", require "bmc.task"
      task.shield(60, function()
        io.popen("kill -INT " .. host.pid()):close()
        local began = host.cpu()
        repeat until host.cpu() - began > 0.5
      end)
      print("cleaned up")
      assert(task.sleep(60))]] }
    assert.same({ 130, "cleaned up\n" }, { result.status, result.stdout })
  end)

  it("leaves a signal ignored that its parent has ignored", function()
    local script = [[
      local host, spawn, task = require "_bmcsh.host", require "_bmcsh.spawn", require "bmc.task"
      spawn.run { "sh", "-c", "kill -INT " .. host.pid() }
      print(task.sleep(0.1))]]
    local result = assert(spawn.run {
      "sh", "-c", "trap '' INT; exec \"$0\" -e \"$1\"", support.program(), script, timeout = 60,
    })
    assert.same({ 0, "true\n" }, { result.status, result.stdout })
  end)

  -- The pipe is full when the program has closed everything and flushes what it printed.
  it("can be ended while nobody reads its last words", function()
    local dir <close> = support.tmpdir()
    local fifo, closing = dir:file("fifo"), dir:file("closing")
    assert(spawn.run { "mkfifo", fifo })
    local reader <close> = assert(io.open(fifo, "r+"))
    reader:setvbuf("no")
    reader:write(("x"):rep(65536)) -- as much as it holds
    local child = task.spawn(function()
      return spawn.run {
        "sh", "-c", 'exec "$0" -e "$1" "$2" > "$3"', support.program(), [[
          local path = ...
          setmetatable({}, { __gc = function()
            io.open(path, "w"):write(require "_bmcsh.host".pid()):close()
          end })
          io.write("the end")]], closing, fifo, timeout = 30,
      }
    end)
    local pid = support.eventually(function()
      return host.stat(closing) and dir:read("closing"):match("%d+")
    end)
    support.eventually(function() return waits(pid) end)
    assert(task.sleep(0.5))
    assert.equal(0, spawn.run({ "sh", "-c", "kill -TERM " .. pid }).status)
    assert.equal(15, child:join().signal)
  end)

  it("says when what it printed could not be written", function()
    local result = assert(spawn.run {
      "sh", "-c", "exec \"$0\" -e 'print(1)' > /dev/full", support.program(), timeout = 60,
    })
    assert.equal(1, result.status)
    assert.equal("bmcsh: not all of the output could be written\n", result.stderr)
  end)

  it("does not mind a reader that has seen enough", function()
    local result = assert(spawn.run {
      "sh", "-c", "{ \"$0\" -e 'for i = 1, 1e5 do print(i) end'; echo $? >&2; } | head -n 1",
      support.program(), timeout = 60,
    })
    assert.same({ "1\n", "0\n" }, { result.stdout, result.stderr })
  end)

  it("opens nothing in the place of a standard file that is closed", function()
    local dir <close> = support.tmpdir()
    local result = assert(spawn.run {
      "sh", "-c", "exec \"$0\" -e \"$1\" \"$2\" <&- >&- 2>&-", support.program(), [[
        -- As a child has them: this process itself shows nothing to anybody but root.
        os.execute(("cd /proc/$$/fd; fds=$(readlink 0 1 2); echo $fds >'%s'"):format(...))]],
      dir:file("fds"), timeout = 60,
    })
    assert.equal(0, result.status)
    assert.equal("/dev/null /dev/null /dev/null\n", dir:read("fds"))
  end)

  it("warns as lua does: when told to", function()
    local result = support.bmcsh { "-e",
      [[warn "no" warn "@on" warn("in ", "parts") warn "@no such" warn "@off" warn "no more"]] }
    assert.same({ 0, "Lua warning: in parts\n" }, { result.status, result.stderr })
  end)

  it("keeps 100,000 sleeping tasks", function()
    local n = 100000
    local awake = 0
    task.scope(function(s)
      for _ = 1, n do
        s:spawn(function()
          task.sleep(1)
          awake = awake + 1
        end)
      end
      task.sleep(0)
      assert.is_true(host.live().task > n)
    end)
    assert.equal(n, awake)
  end)
end)
