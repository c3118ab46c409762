-- SPDX-License-Identifier: GPL-3.0-or-later
-- Power over IPMI: which commands a verb becomes, that each is sent once, and what is said when
-- its answer is lost; and power with two ways to a machine.
local action = require "bmc.ops.power_action"
local bmc = require "bmc"
local err = require "bmc.err"
local fleet = require "bmc.fleet"
local hosts = require "bmc.hosts"
local ipmisim = require "support.ipmisim"
local plan = require "bmc.plan"
local scripted = require "support.scripted"
local sim = require "bmc.sim"
local spawn = require "_bmcsh.spawn"
local targets = require "bmc.target"
local task = require "bmc.task"
local vendor = require "bmc.vendor"

-- Settings for machines that follow at once.
local QUICK = {
  "generic.power.budget=1.5", "generic.power.restart_watch=1", "generic.power.retry_budget=0.2",
  "generic.power.retry_wait=0.05", "generic.power.poll=0.02", "generic.ipmi.power.settle=0.01",
  "generic.ipmi.power.poll=0.01", "generic.ipmi.power.away=0.2", "generic.redfish.retries=0",
  "generic.ipmi.power.answer=0.1",
  "generic.power.settle=0",
}

local ON, OFF = "\1\0\0", "\0\0\0"

-- An IPMI client that answers from a list of states, the last one for ever, and with control(n,
-- byte) to Chassis Control; what it is sent stands in `sent`.
local function fake(states, control)
  local c = { sent = {}, looks = 0, states = states }
  function c:ask(name, data)
    if name == "Get Chassis Status" then
      self.looks = self.looks + 1
      local state = self.states[math.min(self.looks, #self.states)]
      if err.is(state) then
        return nil, err.copy(state)
      end
      return state, 0
    end
    assert(name == "Chassis Control")
    self.sent[#self.sent + 1] = data:byte()
    local e = control and control(#self.sent, data:byte())
    if e then
      return nil, e
    end
    return "", 0
  end
  function c.device()
    return {}
  end
  return c
end

local function refused(completion)
  return require("bmc.ipmi.codes").error("Chassis Control", completion)
end

local function lost()
  return err.new("timeout", "no answer", { effect = "unknown" })
end

describe("power over IPMI", function()
  local registry

  setup(function()
    registry = assert(vendor.load { dirs = {}, set = QUICK })
  end)

  -- The verb on a machine that shows these states.
  local function act(verb, states, control, args)
    local t <close> = assert(targets.new { url = "ipmi://h", registry = registry, timeout = 20 })
    local c = fake(states, control)
    t.clients.ipmi, c.target = c, t
    local given = { verb = verb }
    for name, value in pairs(args or {}) do
      given[name] = value
    end
    local data, e = plan.run(t, action, given)
    return data, e, c.sent
  end

  it("sends the command of each verb, once, and watches until the state is there", function()
    for verb, case in pairs {
      on = { { OFF, OFF, ON }, { 1 }, "power_up", "on" },
      off = { { ON, ON, OFF }, { 5 }, "soft", "off" },
      off_hard = { { ON, OFF }, { 0 }, "power_down", "off" },
      cycle = { { ON, OFF, ON }, { 2 }, "power_cycle", "on" },
      reboot = { { ON, OFF, OFF, ON }, { 5, 1 }, "soft, power_up", "on" },
    } do
      local data, _, sent = act(verb, case[1])
      assert.same(case[2], sent, verb)
      assert.same({ "ipmi", verb, case[3], true, case[4] },
        { data.way, data.requested, data.reset_type, data.accepted, data.observed })
    end
  end)

  it("sends nothing when there is nothing to do", function()
    for verb, state in pairs { on = ON, off = OFF, off_hard = OFF } do
      local data, _, sent = act(verb, { state })
      assert.same({}, sent)
      assert.is_nil(data.reset_type)
    end
    local data, e, sent = act("reboot", { OFF })
    assert.same({ nil, "rejected", "none", 0 }, { data, e.code, e.effect, #sent })
    assert.same({ 1 }, select(3, act("cycle", { OFF, ON })))
  end)

  it("takes the next command of the list only when the BMC refuses one", function()
    for _, completion in ipairs { 0xCC, 0xC1, 0xD5, 0xD6 } do
      local data, _, sent = act("cycle", { ON, ON, OFF, ON }, function(n)
        return n == 1 and refused(completion) or nil
      end)
      assert.same({ 2, 3 }, sent)
      assert.equal("hard_reset", data.reset_type)
    end
    local data, _, sent = act("cycle", { ON, ON, ON, ON, OFF, OFF, OFF, ON }, function(_, byte)
      return (byte == 2 or byte == 3) and refused(0xCC) or nil
    end)
    assert.same({ 2, 3, 0, 1 }, sent)
    assert.equal("power_down, power_up", data.reset_type)
    for _, completion in ipairs { 0xD4, 0xC3 } do
      data, _, sent = act("cycle", { ON }, function() return refused(completion) end)
      assert.is_nil(data)
      assert.equal(2, sent[#sent])
    end
  end)

  it("never makes a graceful verb a hard one", function()
    local data, e, sent = act("off", { ON }, function() return refused(0xCC) end)
    local _
    assert.same({ nil, "rejected", "none", { 5 } }, { data, e.code, e.effect, sent })
    data, e, sent = act("off", { ON })
    assert.same({ nil, "timeout", "unknown", { 5 } }, { data, e.code, e.effect, sent })
    data, _, sent = act("off", { ON, ON, ON, ON, ON, ON, ON, ON, ON, OFF }, nil,
      { then_ = "off_hard", after = 0.05 })
    assert.same({ 5, 0 }, sent)
    assert.equal("off", data.observed)
  end)

  it("takes a refusal for a success where the state is reached", function()
    local data, _, sent = act("on", { OFF, ON }, function() return refused(0xD5) end)
    assert.same({ 1 }, sent)
    assert.equal("on", data.observed)
  end)

  it("finds out by looking what a command did whose answer is lost", function()
    local data, _, sent = act("on", { OFF, OFF, ON }, lost)
    assert.same({ 1 }, sent)
    assert.is_nil(data.accepted)
    assert.equal("on", data.observed)
    data, _, sent = act("cycle", { ON, OFF, ON }, lost)
    assert.same({ "on", { 2 } }, { data.observed, sent })
    local e
    data, e, sent = act("cycle", { ON }, lost)
    assert.same({ nil, "timeout", "unknown", "on", { 2 } },
      { data, e.code, e.effect, e.observed, sent })
  end)

  it("sends again, while nothing moves, what cannot do anything twice", function()
    for verb, case in pairs { on = { OFF, 1, ON, "on" }, off_hard = { ON, 0, OFF, "off" } } do
      local states = { case[1] }
      local data, _, sent = act(verb, states, function(n)
        states[1] = n == 3 and case[3] or case[1]
        return n < 3 and lost() or nil
      end)
      assert.same({ case[4], { case[2], case[2], case[2] } }, { data and data.observed, sent })
      assert.is_true(data.accepted)
      local e
      data, e, sent = act(verb, { case[1] }, lost)
      assert.same({ nil, "unknown", case[2] }, { data, e.effect, sent[#sent] })
      assert.is_true(#sent >= 2 and #sent <= 4, #sent)
    end
    for _, verb in ipairs { "cycle", "off" } do
      assert.same(1, #select(3, act(verb, { ON }, lost)))
    end
    local gone = err.new("timeout", "silent")
    assert.same({ 1 }, select(3, act("on", { OFF, gone }, lost)))
  end)

  it("does not give up a machine that was seen once where it shall be", function()
    local gone, since = err.new("timeout", "silent"), nil
    local states = setmetatable({}, {
      __len = function() return 1000 end,
      __index = function(_, n)
        since = n > 1 and (since or task.now())
        return n == 1 and ON or n > 2 and task.now() < since + 0.8 and gone or OFF
      end,
    })
    local data, _, sent = act("off_hard", states, lost)
    assert.same({ "off", { 0 } }, { data and data.observed, sent })
  end)

  it("believes the BMC that a command has turned the machine on", function()
    local data = assert(act("cycle", { ON, "\1\x10\0" }, lost))
    assert.equal("on", data.observed)
    assert.truthy(data.trail[2].why:find("a command turned it on", 1, true))
    assert.is_nil((act("cycle", { "\1\x10\0" }, lost)))
  end)

  it("bears with a BMC that leaves the network while the power changes", function()
    local gone = err.new("timeout", "silent")
    local data, _, sent = act("on", { OFF, gone, gone, gone, ON }, lost)
    assert.same({ "on", { 1 } }, { data.observed, sent })
    data, _, sent = act("cycle", { ON, gone, gone, gone, gone, gone, gone, OFF, ON })
    assert.same({ "on", { 2 } }, { data.observed, sent })
  end)

  it("looks often at first for a restart, of a BMC that is asked seldom", function()
    local slow = assert(vendor.load { dirs = {}, set = { "generic.ipmi.power.settle=0.05",
      "generic.ipmi.power.poll=60", "generic.power.restart_watch=10" } })
    local t <close> = assert(targets.new { url = "ipmi://h", registry = slow, timeout = 50 })
    local c = fake { ON, ON, OFF, ON }
    t.clients.ipmi, c.target = c, t
    local data = assert(plan.run(t, action, { verb = "cycle" }))
    assert.equal("the machine has restarted: it was seen off", data.trail[2].why)
  end)

  it("says what the BMC says about the power", function()
    local data, e = act("on", { OFF, "\8\0\0" })
    assert.is_nil(data)
    assert.truthy(e.text:find("the BMC reports a power fault", 1, true), e.text)
  end)

  -- ---- BMCs of others ----

  it("changes the state that ipmitool reads", function()
    ipmisim.sim(function(address, port)
      local m <close> = bmc.open { host = ("ipmi://%s:%d"):format(address, port),
        user = ipmisim.USER, password = ipmisim.PASSWORD, set = { "smc.ipmi.power.poll=0.2" } }
      local function theirs()
        return spawn.run({ ipmisim.program("ipmitool"), "-I", "lanplus", "-H", address, "-p",
          tostring(port), "-U", ipmisim.USER, "-P", ipmisim.PASSWORD, "-C", "3", "chassis",
          "power", "status" }).stdout:match("Chassis Power is (%a+)")
      end
      for _, step in ipairs { { "on", "on" }, { "cycle", "on" }, { "off_hard", "off" } } do
        m:power_action(step[1])
        assert.same({ step[2], step[2] }, { theirs(), m:power_state().power_state })
      end
    end)
  end)

  it("is one login, one command and one logout for a status", function()
    ipmisim.farm({}, function(address, port)
      local up = 0
      local function count(way, data)
        up = up + (way == "up" and data:byte(6) == 0xC0 and 1 or 0)
      end
      ipmisim.relay(address, port, count, function(relay)
        local m <close> = bmc.open { host = "ipmi://127.0.0.1:" .. relay, user = ipmisim.USER,
          password = ipmisim.PASSWORD, registry = registry }
        assert.equal("off", m:power_state().power_state)
        m:close()
      end)
      assert.equal(3, up) -- Set Session Privilege, Get Chassis Status, Close Session
    end)
  end)

  it("is done exactly once, or told as unknown, where two datagrams of ten are lost", function()
    local farm <close> = assert(sim.start { fleet = 60, tls = false, ipmi = true,
      vendors = { "openbmc" }, faults = { "ipmi_loss=20" } })
    local sum = fleet.run(assert(hosts.expand(farm:ipmi_range())), {
      open = { user = "admin", password = "simulated", set = { "generic.power.restart_watch=3",
        "generic.ipmi.power.away=5", "generic.ipmi.retry=0.2", "openbmc.ipmi.retry=0.2" } },
      timeout = 100,
    }, function(m)
      return m:power_action "cycle"
    end)
    local done = 0
    for i, outcome in ipairs(sum.outcomes) do
      local n, e = farm.bmc(i).counters.ipmi_power, outcome.error
      assert.is_true(n <= 1, outcome.host)
      if outcome.ok then
        done = done + 1
        assert.equal(1, n)
      elseif e.effect == "none" then
        assert.equal(0, n)
      else
        assert.equal("unknown", e.effect)
      end
    end
    assert.is_true(done >= 20, done)
  end)

  -- ---- two ways ----

  -- The verb on a machine whose Redfish shows `states` and takes resets with reset(), and whose
  -- IPMI is a fake.
  local function both(verb, states, reset, c)
    local shown, took = scripted.power(states)
    local function system()
      local body = shown()
      return body.PowerState == "drop" and "drop" or body
    end
    local data, e
    scripted.with({ [scripted.SYSTEM] = system, ["POST " .. scripted.RESET] = function(n, body)
      took(n, body)
      return reset()
    end }, function(m)
      m.target.ways.ipmi, m.target.clients.ipmi, c.target = true, c, m.target
      data, e = bmc.try(m.power_action, m, verb)
    end, { timeout = 40, set = QUICK })
    return data, e
  end

  local function drop()
    return "drop"
  end

  it("reads the state over the other way when the first is gone, and believes it", function()
    local c = fake { ON }
    local data = assert(both("on", { "Off", "drop" }, drop, c))
    assert.same({ "on", {} }, { data.observed, c.sent })
    assert.is_nil(data.accepted)
  end)

  it("goes on with the other way only where that cannot do it twice", function()
    local c
    c = fake({ OFF }, function() c.states = { ON } end)
    local data = both("on", { "Off", "drop" }, drop, c)
    assert.same({ "on", { 1 } }, { data and data.observed, c.sent })
    c = fake { ON }
    local _, e = both("cycle", { "On", "drop" }, drop, c)
    assert.same({ "unknown", {} }, { e.effect, c.sent })
    c = fake { ON }
    _, e = both("off", { "On", "drop" }, drop, c)
    assert.same({ "unknown", "on", {} }, { e.effect, e.observed, c.sent })
  end)

  it("does over IPMI what Redfish certainly has not done", function()
    local c = fake { OFF, ON }
    local data = assert(both("on", { "drop" }, drop, c))
    assert.same({ "ipmi", "on", { 1 } }, { data.way, data.observed, c.sent })
  end)
end)
