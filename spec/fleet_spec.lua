-- SPDX-License-Identifier: GPL-3.0-or-later
-- Work on many machines. The work here sends nothing: what is tested is who
-- waits for whom.
local err = require "bmc.err"
local fleet = require "bmc.fleet"
local hosts = require "bmc.hosts"
local task = require "bmc.task"

-- busted's assert would turn the error value into a text.
local function wait(seconds)
  local ok, e = task.sleep(seconds)
  if not ok then
    error(e, 0)
  end
end

local function names(n)
  return assert(hosts.expand(("n[1-%d]"):format(n)))
end

local function number(outcome)
  return tonumber(outcome.host:match("%d+"))
end

-- Work that tells how many are at it.
local function counter(work)
  local self = { now = 0, most = 0, total = 0 }
  function self.work(m, outcome)
    self.now, self.total = self.now + 1, self.total + 1
    self.most = math.max(self.most, self.now)
    local _ <close> = setmetatable({}, { __close = function() self.now = self.now - 1 end })
    return work(m, outcome)
  end
  return self
end

describe("bmc.fleet", function()
  it("gives outcomes in the order of the names, whatever ended first", function()
    local came, ended = {}, { [21] = true }
    local run = fleet.run(names(20), {
      on_result = function(outcome) came[#came + 1] = outcome.index end,
    }, function(_, outcome)
      local n = number(outcome)
      while not ended[n + 1] do
        wait(0.001)
      end
      ended[n] = true
      return n
    end)
    assert.equal(20, run.ok)
    for i = 1, 20 do
      assert.equal(i, run.outcomes[i].data)
    end
    assert.equal(20, came[1])
  end)

  it("turns what one machine raises into its outcome and goes on", function()
    local run = fleet.run(names(3), {}, function(_, outcome)
      if number(outcome) == 2 then
        error(err.new("auth", "wrong password"), 0)
      end
      return "fine"
    end)
    assert.equal(2, run.ok)
    assert.equal("auth", run.outcomes[2].error.code)
    assert.equal("n2", run.outcomes[2].error.host)
    assert.same({ auth = 1 }, run.codes)
  end)

  it("tells a mistake in the work with its place", function()
    local run = fleet.run(names(1), {}, function(m)
      return m:no_such_operation()
    end)
    assert.equal("internal", run.outcomes[1].error.code)
    assert.truthy(run.outcomes[1].error.text:find("fleet_spec.lua", 1, true))
  end)

  it("keeps to the concurrency", function()
    local count = counter(function() wait(0.002) end)
    fleet.run(names(50), { concurrency = 7 }, count.work)
    assert.equal(50, count.total)
    assert.equal(7, count.most)
  end)

  it("lends the places of silent machines, but not without end", function()
    local count = counter(function(_, outcome)
      wait(number(outcome) <= 30 and 0.5 or 0.001)
    end)
    fleet.run(names(60), { concurrency = 4, patience = 0.02 }, count.work)
    assert.equal(60, count.total)
    assert.truthy(count.most > 4 and count.most <= 16, count.most)
  end)

  it("lets healthy machines finish although the dead hold every place", function()
    local done = {}
    fleet.run(names(40), {
      concurrency = 4, patience = 0.01, timeout = 4,
      on_result = function(outcome) done[#done + 1] = outcome end,
    }, function(_, outcome)
      wait(number(outcome) <= 4 and 60 or 0.001)
    end)
    for i = 1, 36 do
      assert.is_true(done[i].ok)
    end
    for i = 37, 40 do
      assert.equal("timeout", done[i].error.code)
      assert.truthy(done[i].seconds >= 3.9)
    end
  end)

  it("keeps starts apart by the rate", function()
    local began = task.now()
    fleet.run(names(6), { rate = 50 }, function() return 1 end)
    assert.truthy(task.now() - began >= 0.09)
  end)

  it("stops after a batch that failed more than allowed", function()
    local function work(_, outcome)
      if number(outcome) % 2 == 0 then
        error(err.new("timeout", "silent"), 0)
      end
    end
    local run = fleet.run(names(20), { batch = { "1", "4", "100%" } }, work)
    assert.equal(5, run.started)
    assert.equal("batch 2: 2 of 4 failed", run.stopped)
    run = fleet.run(names(20), { batch = { "1", "4", "100%" }, max_fail = "50%" }, work)
    assert.equal(20, run.started)
    assert.is_nil(run.stopped)
    run = fleet.run(names(20), {}, work)
    assert.equal(20, run.started)
  end)

  it("starts a batch when the one before has ended", function()
    local open, seen = 0, {}
    fleet.run(names(7), { batch = { "1", "3" } }, function(_, outcome)
      open = open + 1
      seen[number(outcome)] = open
      wait(0.005)
      open = open - 1
    end)
    assert.equal(1, seen[1])
    assert.equal(1, seen[2])
    assert.truthy(math.max(seen[2], seen[3], seen[4]) <= 3)
    assert.equal(1, seen[5])
  end)

  it("counts a share of the machines up, and never less than one", function()
    assert.equal(3, fleet.batch_size("25%", 10))
    assert.equal(1, fleet.batch_size("1%", 10))
    assert.equal(10, fleet.batch_size("10", 1000))
  end)

  it("tells what was done when it is cancelled, and starts no more", function()
    local run
    local sweep = task.spawn(function()
      run = fleet.run(names(100), { concurrency = 5 }, function(_, outcome)
        wait(number(outcome) <= 10 and 0.001 or 60)
      end)
    end)
    while not run and task.sleep(0.05) do
      sweep:cancel()
    end
    assert.is_true(run.interrupted)
    assert.truthy(run.started < 100)
    assert.equal(run.started, run.done)
    for _, outcome in pairs(run.outcomes) do
      assert.truthy(outcome.ok or outcome.error.code == "cancelled")
    end
  end)

  it("gives each machine its own time", function()
    local run = fleet.run(names(3), { timeout = 0.5 }, function(_, outcome)
      wait(number(outcome) == 2 and 60 or 0.001)
      return true
    end)
    assert.equal(2, run.ok)
    assert.equal("timeout", run.outcomes[2].error.code)
  end)

  it("raises what on_result raises, and leaves nothing running", function()
    assert.has_error(function()
      fleet.run(names(10), { concurrency = 2, on_result = function()
        error("reader gone", 0)
      end }, function() task.sleep(0.001) end)
    end)
  end)

  it("calls a machine as it was given, without https", function()
    local run = fleet.run({ "https://a:8443", "http://b", "c" }, {}, function(m) return m.host end)
    assert.equal("a:8443", run.outcomes[1].host)
    assert.equal("http://b", run.outcomes[2].host)
    assert.equal("c", run.outcomes[3].data)
  end)

  it("looks for garbage less often until the last sweep is over, however it ends", function()
    local function pause()
      local value = collectgarbage("setpause", 200)
      collectgarbage("setpause", value)
      return value
    end
    local usual, during = pause(), {}
    fleet.run(names(1), {}, function()
      pcall(fleet.run, names(1), { on_result = function() error("stop") end }, function() end)
      during[1] = pause()
    end)
    during[2] = pause()
    fleet.run(names(1), { concurrency = 501 }, function() during[3] = pause() end)
    assert.is_true(during[1] > usual)
    assert.same({ usual, usual }, { during[2], during[3] })
  end)
end)
