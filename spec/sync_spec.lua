-- SPDX-License-Identifier: GPL-3.0-or-later
local outcome = require "support.outcome"
local task = require "bmc.task"

local code_of = outcome.code_of

describe("task.semaphore", function()
  it("lets so many in, and the others in turn", function()
    local sem, inside, most, order = task.semaphore(2), 0, 0, {}
    task.scope(function(s)
      for i = 1, 6 do
        s:spawn(function()
          local _ <close> = assert(sem:acquire())
          inside = inside + 1
          most = math.max(most, inside)
          order[#order + 1] = i
          task.sleep(0.002)
          inside = inside - 1
        end)
      end
    end)
    assert.equal(2, most)
    assert.same({ 1, 2, 3, 4, 5, 6 }, order)
  end)

  it("is left when the holder fails", function()
    local sem = task.semaphore(1)
    pcall(function()
      local _ <close> = assert(sem:acquire())
      error("boom")
    end)
    local _ <close> = assert(sem:acquire())
  end)

  it("loses no place to a cancelled waiter", function()
    local sem = task.semaphore(1)
    task.scope(function(s)
      local holder = assert(sem:acquire())
      local gone = s:spawn(function() return sem:acquire() end)
      local next_one = s:spawn(function()
        local _ <close> = assert(sem:acquire())
        return "in"
      end)
      task.sleep(0.001)
      gone:cancel()
      assert.equal("cancelled", code_of(gone:join()))
      getmetatable(holder).__close(holder)
      assert.equal("in", next_one:join())
    end)
    local _ <close> = assert(task.deadline(1, sem.acquire, sem))
  end)

  it("loses no place to a waiter that was stopped once too often", function()
    local sem = task.semaphore(1)
    local _ <close> = assert(sem:acquire())
    pcall(task.scope, function(s)
      local t = s:spawn(function()
        while true do
          sem:enter()
        end
      end)
      task.sleep(0)
      t:cancel()
    end)
    sem:leave()
    assert(task.deadline(10, sem.enter, sem))
  end)

  it("a place that was given wins over a cancel that comes with it", function()
    local sem = task.semaphore(1)
    task.scope(function(s)
      local _ <close> = assert(sem:acquire())
      local t = s:spawn(function()
        local permit <close> = sem:acquire()
        return permit ~= nil
      end)
      task.sleep(0.001)
      sem:leave()
      t:cancel()
      assert.is_true(t:join())
      assert(sem:enter())
    end)
  end)
end)

describe("task.channel", function()
  it("hands values over in order, waiting when full or empty", function()
    local got = {}
    local channel = task.channel(2)
    task.scope(function(s)
      s:spawn(function()
        for i = 1, 10 do
          assert(channel:put(i))
        end
        channel:close()
      end)
      for value in channel:iter() do
        got[#got + 1] = value
        task.sleep(0)
      end
    end)
    assert.same({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, got)
  end)

  it("serves many on both sides, each value once", function()
    local channel, sum = task.channel(3), 0
    task.scope(function(s)
      local putters = {}
      for p = 1, 5 do
        putters[p] = s:spawn(function()
          for i = 1, 20 do
            assert(channel:put(p * 100 + i))
          end
        end)
      end
      for _ = 1, 4 do
        s:spawn(function()
          for value in channel:iter() do
            sum = sum + value
            task.sleep(0)
          end
        end)
      end
      for _, t in ipairs(putters) do
        t:join()
      end
      channel:close()
    end)
    assert.equal(5 * 210 + 20 * 1500, sum)
  end)

  it("gives what is in it after close, then nil", function()
    local channel = task.channel(2)
    channel:put("last")
    channel:close()
    assert.equal("last", channel:get())
    assert.is_nil(channel:get())
    assert.has_error(function() channel:put(1) end)
    assert.has_error(function() task.channel():put(nil) end)
  end)
end)
