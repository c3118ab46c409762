-- SPDX-License-Identifier: GPL-3.0-or-later
-- Coroutines of a task, and what is to be closed when it ends: both may wait.
local err = require "bmc.err"
local outcome = require "support.outcome"
local task = require "bmc.task"

local code_of, must, raised = outcome.code_of, outcome.must, outcome.raised

local function closer(f)
  return setmetatable({}, { __close = f })
end

describe("a coroutine inside of a task", function()
  local function numbers(n)
    return coroutine.wrap(function()
      for i = 1, n do
        task.sleep(0.001)
        coroutine.yield(i)
      end
    end)
  end

  it("may wait in a generator", function()
    local sum = 0
    for i in numbers(5) do
      sum = sum + i
      task.sleep(0)
    end
    assert.equal(15, sum)
  end)

  it("may wait at any depth", function()
    local function nest(depth)
      if depth == 0 then
        return task.sleep(0.001) and "bottom"
      end
      local co = coroutine.create(nest)
      local ok, value = coroutine.resume(co, depth - 1)
      assert(ok, value)
      return value
    end
    assert.equal("bottom", nest(20))
  end)

  it("keeps values and errors apart from waits", function()
    local co = coroutine.create(function(a)
      task.sleep(0)
      local b = coroutine.yield(a + 1)
      task.sleep(0)
      error("after " .. b, 0)
    end)
    assert.same({ true, 2 }, { coroutine.resume(co, 1) })
    assert.equal("suspended", coroutine.status(co))
    assert.same({ false, "after x" }, { coroutine.resume(co, "x") })
    assert.equal("dead", coroutine.status(co))
  end)

  it("interleaves with others of its kind", function()
    local order = {}
    task.scope(function(s)
      for _, name in ipairs { "a", "b" } do
        s:spawn(function()
          for i in numbers(3) do
            order[#order + 1] = name .. i
          end
        end)
      end
    end)
    table.sort(order)
    assert.same({ "a1", "a2", "a3", "b1", "b2", "b3" }, order)
  end)

  it("ends with the deadline of its task", function()
    task.deadline(0.02, function()
      local code = coroutine.wrap(function()
        return code_of(task.sleep(60))
      end)()
      assert.equal("timeout", code)
    end)
  end)

  it("cannot wait under a C function, and says so", function()
    local e = raised(table.sort, { 3, 2, 1 }, function(a, b)
      task.sleep(0)
      return a < b
    end)
    assert.matches("table.sort", tostring(e))
    e = raised(string.gsub, "x", "x", coroutine.wrap(function()
      task.sleep(0)
    end))
    assert.matches("callback of a C function", tostring(e))
    assert.is_truthy(task.sleep(0.001)) -- and the task is none the worse for it
  end)

  it("that waited under a C function has ended: nobody wakes it up later", function()
    local co = coroutine.create(function()
      return task.sleep(0.01)
    end)
    task.scope(function(s)
      s:spawn(function()
        raised(table.sort, { 3, 2, 1 }, function()
          coroutine.resume(co)
        end)
      end)
    end)
    assert.equal("dead", coroutine.status(co))
    assert.same({ false, "cannot resume dead coroutine" }, { coroutine.resume(co) })
  end)

  it("does not resume itself, and says so as in Lua", function()
    local ok, why = coroutine.wrap(function()
      return coroutine.resume(coroutine.running())
    end)()
    assert.same({ false, "cannot resume non-suspended coroutine" }, { ok, why })
  end)

  it("waits for its own task only", function()
    local generator = coroutine.create(function()
      return (task.sleep(0.1))
    end)
    task.scope(function(s)
      local own = s:spawn(coroutine.resume, generator)
      task.sleep(0)
      local ok, why = coroutine.resume(generator)
      assert.same({ false, "cannot resume non-suspended coroutine" }, { ok, why })
      assert.matches("waits", raised(coroutine.close, generator))
      assert.same({ true, true }, { own:join() })
    end)
  end)

  it("in a wrapper waits for its own task only", function()
    local wrapper = coroutine.wrap(function()
      return (task.sleep(0.1))
    end)
    task.scope(function(s)
      local own = s:spawn(wrapper)
      task.sleep(0)
      assert.matches("non%-suspended", raised(wrapper))
      assert.is_true(own:join())
    end)
  end)

  it("is not the thread of a task, which nobody else resumes or closes", function()
    task.scope(function(s)
      local other = s:spawn(function(...)
        task.sleep(0.01)
        return ...
      end, 1, 2, 3)
      for _ = 1, 2 do -- before its start, and while it waits
        local ok, why = coroutine.resume(other.thread)
        assert.same({ false, "cannot resume non-suspended coroutine" }, { ok, why })
        assert.matches("task", raised(coroutine.close, other.thread))
        task.sleep(0)
      end
      assert.same({ 1, 2, 3 }, { other:join() })
      assert.equal("dead", coroutine.status(other.thread))
    end)
  end)

  it("can be closed as in Lua", function()
    local closed = false
    local co = coroutine.create(function()
      local _ <close> = closer(function() closed = true end)
      coroutine.yield()
    end)
    coroutine.resume(co)
    assert.is_true(coroutine.close(co))
    assert.is_true(closed)
  end)

  it("a yield of the task itself is an error, not a hang", function()
    assert.matches("outside of a coroutine", raised(coroutine.yield, 1))
  end)
end)

describe("a to-be-closed value", function()
  local function cleaning(log)
    return closer(function(_, e)
      log.error = e
      log.slept = task.shield(5, task.sleep, 0.01) ~= nil
    end)
  end

  it("may wait while an error unwinds", function()
    local log = {}
    local e = raised(function()
      local _ <close> = cleaning(log)
      error("boom", 0)
    end)
    assert.equal("boom", e)
    assert.same({ error = "boom", slept = true }, log)
  end)

  it("may wait while an error ends the task", function()
    local log = {}
    local e = raised(task.scope, function(s)
      s:spawn(function()
        local _ <close> = cleaning(log)
        task.sleep(0.001)
        error(err.new("refused", "boom"))
      end)
    end)
    assert.equal("refused", e.code)
    assert.same({ error = e, slept = true }, log)
  end)

  it("may wait when the task is cancelled", function()
    local log = {}
    local e = raised(task.scope, function(s)
      local t = s:spawn(function()
        local _ <close> = cleaning(log)
        must(task.sleep(60))
      end)
      task.sleep(0.001)
      t:cancel()
    end)
    assert.equal("cancelled", e.code)
    assert.same({ error = e, slept = true }, log)
  end)

  it("may wait after the deadline", function()
    local log = {}
    local e = raised(task.deadline, 0.01, function()
      local _ <close> = cleaning(log)
      must(task.sleep(60))
    end)
    assert.equal("timeout", e.code)
    assert.same({ error = e, slept = true }, log)
  end)

  it("may wait after a script was stopped in its computing", function()
    local log = {}
    local e = raised(task.deadline, 0.1, function()
      local _ <close> = cleaning(log)
      while true do end -- luacheck: ignore 542
    end)
    assert.equal("timeout", e.code)
    assert.is_true(log.slept)
  end)

  it("does not wait without a shield once the task has to end", function()
    local code
    pcall(task.deadline, 0.01, function()
      local _ <close> = closer(function()
        code = code_of(task.sleep(60))
      end)
      task.sleep(60)
    end)
    assert.equal("timeout", code)
  end)

  it("closes in order, several of them waiting", function()
    local order = {}
    local function noting(name)
      return closer(function()
        task.sleep(0.001)
        order[#order + 1] = name
      end)
    end
    pcall(function()
      local _ <close> = noting("first")
      local _ <close> = noting("second")
      local _ <close> = noting("third")
      error("boom")
    end)
    assert.same({ "third", "second", "first" }, order)
  end)
end)
