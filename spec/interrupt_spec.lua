-- SPDX-License-Identifier: GPL-3.0-or-later
-- host.interrupt(): SIGINT as the shell watches for it. What it does to a program that does not
-- watch stands in program_spec.
local support = require "support"

-- What a child prints that sends itself signals with kill(signal).
local function child(code)
  local result = support.bmcsh { "-e", [[
    local host, spawn, task = require "_bmcsh.host", require "_bmcsh.spawn", require "bmc.task"
    local function kill(signal)
      spawn.run { "sh", "-c", ("kill -%s %d"):format(signal, host.pid()) }
    end
  ]] .. code }
  return { result.status, result.stdout, result.stderr }
end

describe("host.interrupt", function()
  it("sees one SIGINT after the other, and the program goes on", function()
    assert.same({ 0, "true\ntrue\nwent on\n", "" }, child [[
      local watcher = task.spawn(function()
        for _ = 1, 2 do print(host.interrupt()) end
      end)
      task.sleep(0)
      kill "INT"
      kill "INT"
      watcher:join()
      print "went on"]])
  end)

  it("keeps one that comes while the watcher is busy with the one before", function()
    assert.same({ 0, "true\ntrue\nwent on\n", "" }, child [[
      local watcher = task.spawn(function()
        print(host.interrupt())
        kill "INT"
        print(host.interrupt())
      end)
      task.sleep(0)
      kill "INT"
      watcher:join()
      print "went on"]])
  end)

  it("leaves SIGTERM alone", function()
    assert.same({ 143, "", "bmcsh: interrupted\n" }, child [[
      task.spawn(host.interrupt)
      task.sleep(0)
      kill "TERM"
      assert(task.sleep(60))]])
  end)

  -- A step of the shell may be slow; whoever presses the key in vain presses it again.
  it("counts nothing while a step keeps the loop from looking", function()
    assert.same({ 0, "true\nwent on\n", "" }, child [[
      local watcher = task.spawn(function() print(host.interrupt()) end)
      task.sleep(0)
      for _ = 1, 5 do io.popen("kill -INT " .. host.pid()):close() end
      watcher:join()
      print "went on"]])
  end)

  it("leaves when a step hangs", function()
    assert.same({ 130, "", "" }, child [[
      task.spawn(host.interrupt)
      task.sleep(0)
      io.popen(("kill -INT %d; sleep 3.5; kill -INT %d"):format(host.pid(), host.pid())):close()
      print "never"]])
  end)

  it("hides no SIGTERM that came before it", function()
    assert.same({ 143, "", "bmcsh: interrupted\n" }, child [[
      task.spawn(host.interrupt)
      task.sleep(0)
      for _, name in ipairs { "TERM", "INT" } do
        io.popen(("kill -%s %d"):format(name, host.pid())):close()
      end
      assert(task.sleep(60))]])
  end)

  it("gives SIGINT back when the watcher ends", function()
    assert.same({ 130, "nil\n", "bmcsh: interrupted\n" }, child [[
      local watcher = task.spawn(function() print((host.interrupt())) end)
      task.sleep(0)
      watcher:cancel()
      watcher:join()
      kill "INT"
      assert(task.sleep(60))]])
  end)
end)
