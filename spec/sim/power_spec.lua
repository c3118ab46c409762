-- SPDX-License-Identifier: GPL-3.0-or-later
-- The power of a machine on a clock of the test.
local power = require "bmc.sim.power"

local function machine(opts)
  local self = { now = 100, seen = {} }
  self.power = power.new {
    state = opts.state or "On", delay = 10, transitional = opts.transitional, strict = opts.strict,
    boot_seconds = opts.boot_seconds,
    clock = function() return self.now end,
    changed = function(what, value)
      if what ~= "LastResetTime" then self.seen[#self.seen + 1] = value end
    end,
  }
  function self.after(seconds)
    self.now = self.now + seconds
    return self.power:settle()
  end
  return self
end

describe("sim.power", function()
  it("takes its time", function()
    local m = machine {}
    assert.is_true(m.power:reset "ForceOff")
    assert.equal("On", m.after(9))
    assert.equal("Off", m.after(1))
    assert.is_true(m.power:reset "On")
    assert.equal("Off", m.after(9))
    assert.equal("On", m.after(1))
  end)

  it("shows the states between, for vendors that do", function()
    local m = machine { transitional = true }
    m.power:reset "PowerCycle"
    local states = {}
    for i = 1, 4 do states[i] = m.after(i == 1 and 0 or 10) end
    assert.same({ "PoweringOff", "Off", "PoweringOn", "On" }, states)
  end)

  it("refuses a second reset while one is pending", function()
    local m = machine {}
    m.power:reset "ForceRestart"
    local done, why = m.power:reset "ForceOff"
    assert.is_nil(done)
    assert.equal("busy", why)
    m.after(10)
    assert.is_true(m.power:reset "ForceOff")
  end)

  it("takes a hard off while a graceful one is pending", function()
    local m = machine {}
    m.power:reset "GracefulShutdown"
    m.after(10)
    assert.is_true(m.power:reset "ForceOff")
    assert.equal("Off", m.after(10))
  end)

  it("makes a graceful off slower than a hard one", function()
    local m = machine {}
    m.power:reset "GracefulShutdown"
    assert.equal("On", m.after(19))
    assert.equal("Off", m.after(1))
  end)

  it("goes on when a machine that is off is to restart", function()
    local m = machine { state = "Off" }
    m.power:reset "ForceRestart"
    assert.equal("On", m.after(10))
  end)

  it("takes or refuses what has nothing to do, as the vendor does", function()
    assert.is_true(machine({}).power:reset "On")
    local done, why = machine({ strict = true }).power:reset "On"
    assert.is_nil(done)
    assert.equal("already", why)
    done, why = machine({ strict = true, state = "Off" }).power:reset "ForceRestart"
    assert.is_nil(done)
    assert.equal("already", why)
  end)

  it("has a button that does what the state wants", function()
    local m = machine {}
    m.power:reset "PushPowerButton"
    assert.equal("Off", m.after(20))
    m.power:reset "PushPowerButton"
    assert.equal("On", m.after(10))
  end)

  it("changes nothing for an Nmi, nor for a machine that hangs", function()
    local m = machine {}
    assert.is_true(m.power:reset "Nmi")
    assert.is_true(m.power:reset("ForceOff", true))
    assert.equal("On", m.after(100))
    assert.same({}, m.seen)
  end)

  it("boots step by step", function()
    local m = machine { state = "Off" }
    m.power:reset "On"
    m.after(100)
    assert.same({
      "On", "PrimaryProcessorInitializationStarted", "SystemHardwareInitializationComplete",
      "OSBootStarted", "OSRunning",
    }, m.seen)
  end)

  it("starts no faster than machines do, however fast it is switched", function()
    local m = machine { boot_seconds = 100 }
    m.power:reset "ForceRestart"
    assert.is_true(m.power:is_starting())
    m.after(40)
    assert.equal("SystemHardwareInitializationComplete", m.seen[#m.seen])
    m.after(59)
    assert.is_true(m.power:is_starting())
    m.after(1)
    assert.is_false(m.power:is_starting())
    assert.equal("OSRunning", m.seen[#m.seen])
  end)

  it("boots from the first moment of a restart", function()
    local m = machine {}
    m.power:reset "ForceRestart"
    m.after(1)
    assert.same({ "PrimaryProcessorInitializationStarted" }, m.seen)
    m.after(20)
    assert.equal("OSRunning", m.seen[#m.seen])
  end)
end)
