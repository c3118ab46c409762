-- SPDX-License-Identifier: GPL-3.0-or-later
-- The program around the tasks: how it ends, and how much of it there may be.
local host = require "_bmcsh.host"
local support = require "support"
local task = require "bmc.task"

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
        task.shield(60, function() spawn.run(kill) task.sleep(60) end)
        print("never")
      end })
      spawn.run(kill)
      task.sleep(60)]] }
    assert.same({ 130, "" }, { result.status, result.stdout })
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
