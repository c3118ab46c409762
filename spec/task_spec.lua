-- SPDX-License-Identifier: GPL-3.0-or-later
local core = require "_bmcsh.task"
local err = require "bmc.err"
local outcome = require "support.outcome"
local task = require "bmc.task"

local code_of, raised = outcome.code_of, outcome.raised

describe("task.sleep", function()
  it("waits about as long as it is told", function()
    local began = task.now()
    assert.is_truthy(task.sleep(0.05))
    local took = task.now() - began
    assert.is_true(took >= 0.045 and took < 5, took)
  end)

  it("lets others run, also for no time at all", function()
    local rounds = {}
    task.scope(function(s)
      for _ = 1, 3 do
        s:spawn(function()
          for round = 1, 2 do
            rounds[#rounds + 1] = round
            task.sleep(0)
          end
        end)
      end
    end)
    assert.same({ 1, 1, 1, 2, 2, 2 }, rounds)
  end)

  it("is not ended by what the task waited for before", function()
    task.scope(function(s)
      local other = s:spawn(task.sleep, 0.1)
      assert.equal("timeout", code_of(task.deadline(0.01, other.join, other)))
      local began = task.now()
      assert.is_true(task.sleep(0.5))
      assert.is_true(task.now() - began > 0.45)
    end)
  end)

  it("refuses what is no time", function()
    assert.has_error(function() task.sleep(0 / 0) end)
    assert.has_error(function() task.sleep("soon") end)
  end)
end)

describe("task.scope", function()
  it("waits for its tasks and returns what its function returned", function()
    local ended = 0
    local a, b, c = task.scope(function(s)
      for i = 1, 5 do
        s:spawn(function()
          task.sleep(i / 1000)
          ended = ended + 1
        end)
      end
      return 1, nil, 3
    end)
    assert.equal(5, ended)
    assert.same({ 1, nil, 3 }, { a, b, c })
  end)

  it("gives results through join, also nil and many", function()
    task.scope(function(s)
      local t = s:spawn(function(...)
        task.sleep(0.001)
        return select("#", ...), nil, ...
      end, "a", nil, "c")
      assert.same({ 3, nil, "a", nil, "c", n = 5 }, table.pack(t:join()))
      assert.equal(3, (t:join()))
    end)
  end)

  it("hands over as many arguments as a stack holds", function()
    local list = {}
    for i = 1, 40000 do
      list[i] = i
    end
    task.scope(function(s)
      local t = s:spawn(function(...)
        return select("#", ...), (select(-1, ...))
      end, table.unpack(list))
      assert.same({ 40000, 40000 }, { t:join() })
    end)
  end)

  it("does not end before its tasks, although its owner was stopped too often", function()
    local ended = false
    pcall(task.scope, function(s)
      local owner = s:spawn(function()
        local waits = 0
        repeat
          waits = task.sleep(60) and 0 or waits + 1
        until waits == 100 -- the next one raises
        task.scope(function(inner)
          inner:spawn(task.shield, 10, function()
            task.sleep(0.1)
            ended = true
          end)
        end)
      end)
      task.sleep(0)
      owner:cancel()
      owner:join()
      assert.is_true(ended)
    end)
    assert.is_true(ended)
  end)

  it("raises the first error where the scope was opened, with its traceback", function()
    local function culprit()
      task.sleep(0.001)
      error("boom")
    end
    local e = raised(task.scope, function(s)
      s:spawn(function()
        culprit()
        return "not a tail call"
      end)
    end)
    assert.is_true(err.is(e))
    assert.equal("internal", e.code)
    assert.matches("task_spec.lua:%d+: boom", e.text)
    assert.matches("culprit", e.traceback)
  end)

  it("passes an error value on as it is", function()
    local e = err.new("refused", "no")
    assert.equal(e, raised(task.scope, function(s)
      s:spawn(error, e)
    end))
    assert.equal(e, raised(task.scope, function()
      error(e)
    end))
  end)

  it("cancels the siblings of a task that failed, and waits for them", function()
    local seen
    local e = raised(task.scope, function(s)
      s:spawn(function()
        seen = code_of(task.sleep(60))
        task.shield(1, task.sleep, 0.01)
        seen = seen .. ", cleaned up"
      end)
      s:spawn(function()
        task.sleep(0.001)
        error("boom")
      end)
    end)
    assert.matches("boom", e.text)
    assert.equal("cancelled, cleaned up", seen)
  end)

  it("cancels its tasks when its function raises", function()
    local seen
    assert.matches("own", raised(task.scope, function(s)
      s:spawn(function()
        seen = code_of(task.sleep(60))
      end)
      task.sleep(0.001)
      error("own")
    end).text)
    assert.equal("cancelled", seen)
  end)

  it("ends a wait of its function when a task has failed", function()
    local began = task.now()
    local e = raised(task.scope, function(s)
      s:spawn(error, "boom")
      task.channel():get() -- what the dead task would have put there
    end)
    assert.matches("boom", e.text)
    assert.is_true(task.now() - began < 10)
  end)

  it("cancels a task that is started when its owner is already", function()
    local code
    task.scope(function(outer)
      local h = outer:spawn(function()
        task.scope(function(s)
          task.sleep(60)
          s:spawn(function()
            code = code_of(task.sleep(60))
          end)
        end)
      end)
      task.sleep(0.001)
      h:cancel()
    end)
    assert.equal("cancelled", code)
  end)

  it("keeps the first of several errors", function()
    local e = raised(task.scope, function(s)
      for i = 1, 5 do
        s:spawn(function()
          task.sleep(i / 50)
          error("number " .. i, 0)
        end)
      end
    end)
    assert.equal("number 1", e.text)
  end)

  it("can be inside of a scope, and an error goes through both", function()
    local inner_seen
    local e = raised(task.scope, function(outer)
      outer:spawn(function()
        inner_seen = raised(task.scope, function(inner)
          inner:spawn(error, "deep")
        end)
        error(inner_seen, 0)
      end)
    end)
    assert.equal(inner_seen, e)
  end)

  it("cancels by hand", function()
    local codes = {}
    task.scope(function(s)
      for i = 1, 3 do
        s:spawn(function()
          codes[i] = code_of(task.sleep(60))
        end)
      end
      task.sleep(0.001)
      s:cancel()
    end)
    assert.same({ "cancelled", "cancelled", "cancelled" }, codes)
  end)
end)

describe("task.map", function()
  it("keeps the order and the bound", function()
    local running, most = 0, 0
    local list = {}
    for i = 1, 40 do
      list[i] = i
    end
    local results = task.map(list, 7, function(item, index)
      running = running + 1
      most = math.max(most, running)
      task.sleep((item % 3) / 1000)
      running = running - 1
      return item * 10 + index
    end)
    assert.equal(7, most)
    for i = 1, 40 do
      assert.equal(i * 11, results[i])
    end
  end)

  it("takes an empty list, and fewer items than tasks", function()
    assert.same({}, task.map({}, 4, error))
    assert.same({ 2 }, task.map({ 1 }, 4, function(i) return i + 1 end))
  end)

  it("stops at the first error", function()
    local called = 0
    local e = raised(task.map, { 1, 2, 3, 4, 5, 6 }, 2, function(i)
      called = called + 1
      task.sleep(0.001)
      if i == 2 then
        error("at two", 0)
      end
      task.sleep(0.01)
    end)
    assert.equal("at two", e.text)
    assert.is_true(called < 6)
  end)
end)

describe("task.deadline", function()
  it("ends a wait with timeout, and each later one", function()
    task.deadline(0.02, function()
      assert.equal("timeout", code_of(task.sleep(60)))
      assert.equal("timeout", code_of(task.sleep(0)))
      assert.equal(0, task.left())
    end)
    assert.is_truthy(task.sleep(0))
    assert.is_true(task.left() > 1)
  end)

  it("passes results and errors", function()
    local before = task.left()
    assert.same({ 1, nil, 3 }, { task.deadline(1, function(...) return ... end, 1, nil, 3) })
    assert.matches("boom", raised(task.deadline, 1, error, "boom"))
    assert.is_true(task.left() > 1 or before < 2)
  end)

  it("cannot be longer than the one around it", function()
    task.deadline(0.02, function()
      task.deadline(60, function()
        assert.is_true(task.left() < 1)
        assert.equal("timeout", code_of(task.sleep(60)))
      end)
    end)
  end)

  it("holds for the tasks that are started under it", function()
    local code
    task.deadline(0.02, function()
      task.scope(function(s)
        s:spawn(function()
          code = code_of(task.sleep(60))
        end)
      end)
    end)
    assert.equal("timeout", code)
  end)

  it("ends a script that computes and never waits", function()
    local e = raised(task.deadline, 0.1, function()
      local n = 0
      while true do
        n = n + 1
      end
    end)
    assert.is_true(err.is(e))
    assert.equal("timeout", e.code)
  end)

  it("ends one that computes inside of a coroutine", function()
    local e = raised(task.deadline, 0.1, coroutine.wrap(function()
      while true do
        coroutine.wrap(function() end)()
      end
    end))
    assert.equal("timeout", e.code)
  end)
end)

describe("task.shield", function()
  it("lets clean-up wait although the deadline has passed", function()
    task.deadline(0.01, function()
      task.sleep(60)
      assert.is_truthy(task.shield(5, task.sleep, 0.01))
      assert.equal("timeout", code_of(task.sleep(0)))
    end)
  end)

  it("lets clean-up wait although the task is cancelled, and no longer", function()
    local seen = {}
    task.scope(function(s)
      local t = s:spawn(function()
        seen[1] = code_of(task.sleep(60))
        seen[2] = task.shield(5, task.sleep, 0.01) ~= nil
        seen[3] = code_of(task.sleep(60))
      end)
      task.sleep(0.001)
      t:cancel()
    end)
    assert.same({ "cancelled", true, "cancelled" }, seen)
  end)

  it("has an end of its own", function()
    task.deadline(0.01, function()
      task.sleep(60)
      assert.equal("timeout", code_of(task.shield(0.02, task.sleep, 60)))
    end)
  end)

  it("holds a cancel back that comes while it lasts", function()
    local seen = {}
    task.scope(function(s)
      local t = s:spawn(function()
        task.shield(5, function()
          seen[1] = task.sleep(0.03) ~= nil
        end)
        seen[2] = code_of(task.sleep(60))
      end)
      task.sleep(0.005)
      t:cancel()
    end)
    assert.same({ true, "cancelled" }, seen)
  end)
end)

describe("a cancel", function()
  local waits = {
    sleep = function() return task.sleep(60) end,
    park = function() return core.park() end,
    join = function(s) return s:spawn(task.sleep, 60):join() end,
    semaphore = function()
      local sem = task.semaphore(1)
      local _ <close> = sem:acquire()
      return sem:acquire()
    end,
    ["channel:get"] = function() return task.channel():get() end,
    ["channel:put"] = function()
      local channel = task.channel(1)
      channel:put(1)
      return channel:put(2)
    end,
    coroutine = function()
      return coroutine.wrap(function() return task.sleep(60) end)()
    end,
  }
  for name, wait in pairs(waits) do
    it("ends " .. name, function()
      local code
      task.scope(function(s)
        local t = s:spawn(function()
          code = code_of(wait(s))
        end)
        task.sleep(0.005)
        s:cancel()
        t:join()
      end)
      assert.equal("cancelled", code)
    end)

    it("that comes first keeps " .. name .. " from waiting", function()
      local code
      task.scope(function(s)
        local t = s:spawn(function()
          code = code_of(wait(s))
        end)
        t:cancel()
        t:join()
        s:cancel()
      end)
      assert.equal("cancelled", code)
    end)
  end

  it("loses against a result that has arrived", function()
    local got, slept
    task.scope(function(s)
      local channel = task.channel()
      local getter = s:spawn(function()
        got = channel:get()
        slept = code_of(task.sleep(0))
      end)
      task.sleep(0.001)
      channel:put("value")
      getter:cancel()
    end)
    assert.equal("value", got)
    assert.equal("cancelled", slept)
  end)

  it("loses against a wake-up, wins before one", function()
    local results = {}
    task.scope(function(s)
      local threads = {}
      for i = 1, 2 do
        s:spawn(function()
          threads[i] = core.self()
          results[i] = { core.park() }
        end)
      end
      task.sleep(0.001)
      core.unpark(threads[1])
      core.cancel(threads[1])
      core.cancel(threads[2])
      core.unpark(threads[2])
    end)
    assert.same({ true }, results[1])
    -- The wake-up came before the task ran again: it is not lost.
    assert.is_true(results[2][1] == true or results[2][2].code == "cancelled")
  end)

  it("of a task that has ended does nothing", function()
    task.scope(function(s)
      local t = s:spawn(function() return "done" end)
      assert.equal("done", t:join())
      t:cancel()
      assert.equal("done", t:join())
    end)
  end)

  it("ends a loop that ignores what its waits say", function()
    local rounds = 0
    local e = raised(task.scope, function(s)
      local t = s:spawn(function()
        while true do
          task.sleep(1)
          rounds = rounds + 1
        end
      end)
      task.sleep(0.001)
      t:cancel()
    end)
    assert.equal("cancelled", e.code)
    assert.is_true(rounds < 1000)
  end)

  it("reaches the tasks of a scope inside", function()
    local code
    task.scope(function(s)
      local t = s:spawn(function()
        task.scope(function(inner)
          inner:spawn(function()
            code = code_of(task.sleep(60))
          end)
        end)
      end)
      task.sleep(0.001)
      t:cancel()
    end)
    assert.equal("cancelled", code)
  end)
end)

describe("task.complete", function()
  it("is ended by a cancel only when the grace has passed", function()
    local slept, stopped, began
    task.scope(function(s)
      local h = s:spawn(function()
        slept, stopped = task.complete(60, 0.05, task.sleep, 60)
      end)
      task.sleep(0.01)
      began = task.now()
      h:cancel()
    end)
    assert.is_nil(slept)
    assert.equal("timeout", stopped.code)
    assert.is_true(task.now() - began >= 0.04 and task.now() - began < 10)
  end)

  it("lets what is shorter than the grace end by itself", function()
    local slept
    task.scope(function(s)
      local h = s:spawn(function()
        slept = task.complete(60, 10, task.sleep, 0.05)
      end)
      task.sleep(0.01)
      h:cancel()
    end)
    assert.is_true(slept)
  end)

  it("has no more than the grace after what it did when the cancel came", function()
    local began, ended
    task.scope(function(s)
      local h = s:spawn(task.complete, 60, 0.3, function()
        task.deadline(30, task.sleep, 0.1)
        task.shield(30, task.sleep, 0.1)
        task.sleep(30)
        ended = task.now()
      end)
      task.sleep(0.01)
      began = task.now()
      h:cancel()
    end)
    assert.is_true(ended - began >= 0.25 and ended - began < 10)
  end)

  it("has only the grace when the task was cancelled before", function()
    local left
    task.scope(function(s)
      local h = s:spawn(function()
        task.sleep(60)
        task.complete(60, 0.05, function()
          left = task.left()
        end)
      end)
      task.sleep(0.01)
      h:cancel()
    end)
    assert.is_true(left <= 0.05)
  end)
end)
