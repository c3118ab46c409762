-- SPDX-License-Identifier: GPL-3.0-or-later
-- What successive looks at a machine prove.
local err = require "bmc.err"
local task = require "bmc.task"
local watch = require "bmc.power.watch"

local function sight(power, reset_at, boot)
  return watch.sight { PowerState = power, LastResetTime = reset_at,
    BootProgress = { LastState = boot } }
end

-- The first verdict of the judge over these states, and after how many looks.
local function judged(judge, ...)
  for i, seen in ipairs { ... } do
    local verdict = judge(type(seen) == "table" and seen or sight(seen))
    if verdict then
      return verdict, i
    end
  end
end

describe("watch.reaches", function()
  it("believes a state that is seen twice", function()
    assert.same({ "reached", 3 }, { judged(watch.reaches "off", "On", "Off", "Off") })
    assert.is_nil(judged(watch.reaches "off", "On", "Off", "On", "Off"))
  end)

  it("takes a state on the way for not yet", function()
    assert.is_nil(judged(watch.reaches "on", "PoweringOn", "PoweringOn"))
    assert.is_nil(judged(watch.reaches "off", "PoweringOff", "PoweringOff"))
    assert.same({ "reached", 3 }, { judged(watch.reaches "on", "PoweringOn", "On", "On") })
  end)

  it("tells a machine that fell back from one that never came (P15)", function()
    assert.same({ "fell back", 2 }, { judged(watch.reaches "on", "PoweringOn", "Off") })
    assert.same({ "fell back", 2 }, { judged(watch.reaches "on", "On", "Off") })
    assert.is_nil(judged(watch.reaches "on", "Off", "Off", "Off"))
  end)
end)

describe("watch.restarts", function()
  local before = sight("On", "2024-08-23T17:25:40Z", "OSRunning")

  it("sees a machine that was off for a moment", function()
    local same = sight("On", before.reset_at, "OSRunning")
    assert.same({ "restarted", 3 }, { judged(watch.restarts(before), same, "Off", same) })
  end)

  it("sees LastResetTime move, and says so", function()
    local judge = watch.restarts(before)
    local verdict, sign = judge(sight("On", "2024-08-23T17:31:02Z", "OSRunning"))
    assert.equal("restarted", verdict)
    assert.is_truthy(sign:find("17:31:02", 1, true))
  end)

  it("sees BootProgress go back, and only back", function()
    local booting = sight("On", nil, "OSBootStarted")
    assert.is_nil(judged(watch.restarts(booting), sight("On", nil, "OSRunning")))
    local booting_again = sight("On", before.reset_at, "MemoryInitializationStarted")
    assert.same({ "restarted", 1 }, { judged(watch.restarts(before), booting_again) })
  end)

  it("waits until the machine is on again", function()
    local judge = watch.restarts(before)
    assert.is_nil((judge(sight "Off")))
    local verdict, sign = judge(sight "PoweringOn")
    assert.is_nil(verdict)
    assert.is_truthy(sign)
  end)

  it("sees nothing where nothing moves", function()
    local same = sight("On", before.reset_at, "OSRunning")
    assert.is_nil(judged(watch.restarts(before), same, same, same))
  end)

  it("knows which BMCs can tell", function()
    assert.is_true(watch.can_tell(before))
    assert.is_false(watch.can_tell(sight("On", "0000-00-00T00:00:00+00:00")))
    assert.is_false(watch.can_tell(sight("On", "1970-01-01T00:00:00+00:00", "OEM")))
  end)
end)

describe("watch.follow", function()
  local function follow(looks, fields)
    local i = 0
    local w = { settle = 0, poll = 0.01, budget = 5, look = function()
      i = i + 1
      local l = looks[math.min(i, #looks)]
      if err.is(l) then
        return nil, l
      end
      return sight(l)
    end }
    for k, v in pairs(fields or {}) do
      w[k] = v
    end
    local verdict, last, why = watch.follow(w, watch.reaches "off")
    return verdict, last, why, i
  end

  it("looks until it is clear", function()
    local verdict, last = follow { "On", "PoweringOff", "Off" }
    assert.equal("reached", verdict)
    assert.equal("off", last.power)
  end)

  it("takes a look that fails for one that showed nothing", function()
    assert.equal("reached", (follow { err.new "timeout", err.new "busy", "Off" }))
  end)

  it("gives up when the budget is spent, with what was seen last", function()
    local verdict, last = follow({ "On" }, { budget = 0.05 })
    assert.is_nil(verdict)
    assert.equal("on", last.power)
    verdict, last = follow({ err.new "timeout" }, { budget = 0.05 })
    assert.is_nil(verdict)
    assert.is_nil(last)
  end)

  it("does not believe a look before the machine has settled", function()
    local began = task.now()
    follow({ "Off" }, { settle = 0.05 })
    assert.is_true(task.now() - began >= 0.05)
  end)

  it("begins to look when the machine has settled, however long the time between looks", function()
    assert.equal(1, (select(4, follow({ "On" }, { settle = 0.01, poll = 60, budget = 0.9 }))))
  end)

  it("looks more often at first for a sign of a restart, and not once there is one", function()
    local function looks(states, budget)
      local i = 0
      watch.follow({ settle = 0.01, poll = 60, brisk = 0.01, budget = budget, look = function()
        i = i + 1
        return sight(states[math.min(i, #states)])
      end }, watch.restarts(sight "On"))
      return i
    end
    assert.is_true(looks({ "On" }, 0.5) >= 3)
    assert.equal(2, looks({ "On", "Off" }, 0.5))
  end)

  it("ends at once when the task is cancelled", function()
    local _, _, why, looks = follow { err.new "cancelled" }
    assert.equal("cancelled", why.code)
    assert.equal(1, looks)
  end)

  it("keeps a little of the deadline for saying what was seen", function()
    local verdict, last, left = task.deadline(1.2, function()
      local v, l = follow({ "On" }, { budget = 60 })
      return v, l, task.left()
    end)
    assert.is_nil(verdict)
    assert.equal("on", last.power)
    assert.is_true(left > 0)
  end)
end)
