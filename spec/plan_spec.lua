-- SPDX-License-Identifier: GPL-3.0-or-later
-- The order of ways, what errors lead to, one deadline for all, and the trail.
local err = require "bmc.err"
local plan = require "bmc.plan"
local task = require "bmc.task"

local function target(fields)
  local t = { host = "h1", profile = { decisions = {} } }
  for k, v in pairs(fields or {}) do
    t[k] = v
  end
  return t
end

-- An operation whose ways do what the steps say in turn: an error, or a result.
local function op(ways, fields)
  local o = { name = "test_op", record = {}, ways = {}, calls = {} }
  for way, steps in pairs(ways) do
    o.ways[way] = function(_, args, call)
      o.calls[#o.calls + 1] = way
      local step = steps[1]
      if #steps > 1 then
        table.remove(steps, 1)
      end
      if type(step) == "function" then
        return step(args, call)
      elseif err.is(step) then
        return nil, err.wrap(err.new(step.code, step.text, { effect = step.effect,
          retry_after = step.retry_after }), {})
      end
      return step
    end
  end
  for k, v in pairs(fields or {}) do
    o[k] = v
  end
  return o
end

local function e(code, effect, retry_after)
  return err.new(code, nil, { effect = effect, retry_after = retry_after })
end

describe("plan.run", function()
  it("gives the first way's result, and its trail", function()
    local o = op { redfish = { { x = 1 } }, ipmi = { { x = 2 } } }
    local data, trail = plan.run(target(), o)
    assert.same({ x = 1 }, data)
    assert.same({ "redfish" }, o.calls)
    assert.equal("redfish", trail[1].way)
    assert.is_true(trail[1].ok)
    assert.is_true(trail[1].seconds >= 0)
  end)

  it("goes to the next way when the first cannot be reached", function()
    for _, code in ipairs { "timeout", "refused", "unreachable", "tls", "sessions_full", "licence",
      "missing", "unsupported", "protocol", "internal", "too_large" } do
      local o = op { redfish = { e(code) }, ipmi = { { x = 2 } } }
      local data, trail = plan.run(target(), o)
      assert.same({ x = 2 }, data, code)
      assert.equal(code, trail[1].code)
      assert.is_false(trail[1].ok)
      assert.equal("ipmi", trail[2].way)
    end
  end)

  it("stops where another way would do harm", function()
    for _, code in ipairs { "auth", "locked", "pin", "rejected", "cancelled" } do
      local o = op { redfish = { e(code) }, ipmi = { { x = 2 } } }
      local data, problem = plan.run(target(), o)
      assert.is_nil(data)
      assert.same({ code, "h1", "redfish", "test_op" },
        { problem.code, problem.host, problem.way, problem.op })
      assert.same({ "redfish" }, o.calls)
      assert.equal(1, #problem.trail)
    end
  end)

  it("tries a busy BMC again, as long as it says", function()
    local o = op { redfish = { e("busy", nil, 0.01), e("throttled", nil, 0.01), { x = 1 } } }
    local data, trail = plan.run(target(), o)
    assert.same({ x = 1 }, data)
    assert.equal(3, #trail)
  end)

  it("does not try for ever", function()
    local o = op { redfish = { e("busy", nil, 0.01) } }
    local data, problem = plan.run(target(), o)
    assert.is_nil(data)
    assert.equal("busy", problem.code)
    assert.equal(3, #o.calls)
  end)

  it("does not wait beyond the deadline", function()
    local o = op { redfish = { e("busy", nil, 3600) } }
    local began = task.now()
    local _, problem = plan.run(target(), o, { timeout = 5 })
    assert.equal("busy", problem.code)
    assert.equal(1, #o.calls)
    assert.is_true(task.now() - began < 5)
  end)

  it("takes the decision from the profile where that has one", function()
    local t = target { profile = { decisions = { auth = "next", timeout = "stop" } } }
    assert.same({ x = 2 }, (plan.run(t, op { redfish = { e "auth" }, ipmi = { { x = 2 } } })))
    local o = op { redfish = { e "timeout" }, ipmi = { { x = 2 } } }
    assert.is_nil((plan.run(t, o)))
    assert.same({ "redfish" }, o.calls)
  end)

  it("has one deadline for all ways together", function()
    local function slow()
      local ok, stopped = task.sleep(60)
      return ok, stopped
    end
    local began = task.now()
    local data, problem = plan.run(target(), op { redfish = { slow }, ipmi = { slow } },
      { timeout = 0.1 })
    assert.is_nil(data)
    assert.equal("timeout", problem.code)
    assert.is_true(task.now() - began < 10)
  end)

  it("keeps to the way that was asked for", function()
    local o = op { redfish = { { x = 1 } }, ipmi = { { x = 2 } } }
    assert.same({ x = 2 }, (plan.run(target(), o, { way = "ipmi" })))
    local data, problem = plan.run(target(), o, { way = "wol" })
    assert.is_nil(data)
    assert.equal("unsupported", problem.code)
    assert.is_truthy(tostring(problem):find("wol", 1, true))
  end)

  it("does not use ways that the target has no address for", function()
    local o = op { redfish = { e "timeout" }, ipmi = { { x = 2 } } }
    local _, problem = plan.run(target { ways = { redfish = true } }, o)
    assert.equal("timeout", problem.code)
    assert.same({ "redfish" }, o.calls)
  end)

  it("leaves time for the next way when the first is silent", function()
    local o = op { redfish = { function()
      local _, stopped = task.sleep(60)
      return nil, stopped
    end }, ipmi = { { x = 2 } } }
    local began = task.now()
    local data, trail = plan.run(target(), o, { timeout = 2 })
    assert.same({ x = 2 }, data)
    assert.equal("timeout", trail[1].code)
    assert.is_true(task.now() - began < 1.9)
  end)

  it("gives all of the time to the only way", function()
    local left
    local o = op { redfish = { function()
      left = task.left()
      return { x = 1 }
    end } }
    plan.run(target(), o, { timeout = 20 })
    assert.is_true(left > 15)
  end)

  it("goes the way that the arguments are for, and says when there is none", function()
    local o = op({ redfish = { { x = 1 } }, ipmi = { { x = 2 } } },
      { route = function(args) return args.number and "ipmi" end })
    assert.same({ x = 2 }, (plan.run(target(), o, { number = 1 })))
    assert.same({ x = 1 }, (plan.run(target(), o)))
    local _, problem = plan.run(target { ways = { redfish = true } }, o, { number = 1 })
    assert.same({ "unsupported", "none" }, { problem.code, problem.effect })
    assert.equal("no way to this machine can do test_op (asked for: ipmi); it is reached over "
      .. "redfish", problem.text)
  end)

  it("asks no way that cannot tell systems apart about one of them", function()
    local o = op { redfish = { e "refused" }, ipmi = { { x = 2 } } }
    assert.same({ x = 2 }, (plan.run(target(), o)))
    for _, case in ipairs { { {}, { system = "2" } }, { { system = "2" }, {} } } do
      local _, problem = plan.run(target(case[1]), o, case[2])
      assert.equal("refused", problem.code)
    end
    local t = target { ways = { ipmi = true } }
    local _, problem = plan.run(t, o, { system = "2" })
    assert.equal("no way to this machine can do test_op; it is reached over ipmi, and IPMI knows "
      .. "no system 2", problem.text)
  end)

  it("notes a choice once, in the trail and to the listener", function()
    local heard = {}
    local t = target { trace = function(event) heard[#heard + 1] = event.text end }
    local o = op { redfish = { function(_, call)
      call.note("first of two")
      call.note("first of two")
      return { x = 1 }
    end } }
    local _, trail = plan.run(t, o)
    assert.same({ "first of two" }, trail[1].notes)
    assert.same({ "first of two" }, heard)
  end)
end)

describe("a write", function()
  local WRITE = { write = true }

  it("goes to another way only when certainly nothing happened", function()
    local o = op({ redfish = { e("timeout", "none") }, ipmi = { { x = 2 } } }, WRITE)
    local data = plan.run(target(), o)
    assert.equal(2, data.x)
    assert.equal("ipmi", data.way)
    assert.equal(2, #data.trail)
  end)

  it("stops when it may have happened, and when nobody says", function()
    for _, effect in ipairs { "unknown", false } do
      local o = op({ redfish = { e("timeout", effect or nil) }, ipmi = { { x = 2 } } }, WRITE)
      local data, problem = plan.run(target { profile = { decisions = { timeout = "next" } } }, o)
      assert.is_nil(data)
      assert.equal("timeout", problem.code)
      assert.same({ "redfish" }, o.calls)
    end
  end)

  -- A write over two ways of which the first loses its answer, and what its proof says.
  local function proven(verdict)
    local reading = op({ redfish = { e "refused" }, ipmi = { { state = "s" } } })
    local seen
    local o = op({ redfish = { e("timeout", "unknown") }, ipmi = { { x = 2 } } },
      { write = true, prove = function(_, _, problem, read, call)
        seen = { problem.effect, read(reading).state }
        call.step { step = "read", ok = true }
        return verdict
      end })
    local data, problem = plan.run(target(), o)
    assert.same({ "unknown", "s" }, seen)
    return data, problem, o.calls
  end

  it("that may have happened is proven by reading over any way", function()
    local data, _, calls = proven { observed = "s" }
    assert.same({ "s", "redfish", 2 }, { data.observed, data.way, #data.trail })
    assert.same({ "redfish" }, calls)
    data, _, calls = proven "nothing"
    assert.same({ 2, "ipmi", { "redfish", "ipmi" } }, { data.x, data.way, calls })
    local problem
    data, problem, calls = proven(nil)
    assert.same({ "timeout", "unknown", { "redfish" } }, { problem.code, problem.effect, calls })
    assert.is_nil(data)
  end)

  it("is not repeated by the plan: the way has waited already", function()
    local o = op({ redfish = { e("busy", "none", 0.01) } }, WRITE)
    local _, problem = plan.run(target(), o)
    assert.equal("busy", problem.code)
    assert.equal(1, #o.calls)
  end)

  it("keeps the way's own steps in the trail", function()
    local o = op({ redfish = { function(_, call)
      call.step { step = "POST x", ok = true }
      return {}
    end } }, WRITE)
    local data = plan.run(target(), o)
    assert.same({ "redfish", "POST x" }, { data.trail[1].way, data.trail[1].step })
    assert.equal(2, #data.trail)
  end)
end)
