-- SPDX-License-Identifier: GPL-3.0-or-later
-- Event streams and watched logs at simulated BMCs. How a stream is read is spec/events_spec.lua.
local bmc = require "bmc"
local sim = require "bmc.sim"
local simulated = require "bmc.sim.events"
local simulated_logs = require "bmc.sim.logs"
local support = require "support"
local task = require "bmc.task"

local EVENTS = 100000

-- Runs f(machine, simulated BMC) with one BMC of a model.
local function with(model, options, f)
  options.vendors, options.tls = { model }, options.tls or false
  local farm <close> = sim.start(options)
  local m <close> = bmc.open { host = farm.url(1), user = "admin", password = "simulated" }
  f(m, farm.bmc(1), farm)
end

-- Bytes of Lua's memory, after everything has been collected that can be.
local function memory()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count") * 1024
end

-- Takes so many numbered events, none missing and none twice: the memory that is in use after
-- each tenth of them.
local function count(events, total)
  local used = {}
  for n = 1, total do
    local event = events()
    if event.message ~= ("Event number %d."):format(n) then
      error(("event %d is %q"):format(n, event.message))
    end
    if n % (total // 10) == 0 then
      used[#used + 1] = memory()
    end
  end
  return used
end

describe("stream_events", function()
  it("loses none of a hundred thousand, in memory that does not grow", function()
    local total = EVENTS
    with("openbmc-2.14", {}, function(m, simulator)
      local events <close> = m:stream_events()
      simulated.burst(simulator, total)
      local used = count(events, total)
      assert.is_true(used[10] - used[1] < 100000,
        ("%d bytes more after %d events than after a tenth of them"):format(used[10] - used[1],
          total))
    end)
  end)

  it("loses none when the stream is cut, again and again", function()
    with("openbmc-2.14", { faults = { "cut=700" } }, function(m, simulator, farm)
      local events <close> = m:stream_events { retry = 0.01 }
      simulated.burst(simulator, 10000)
      count(events, 10000)
      assert.equal(1, farm.bmc(1).counters.logins)
      assert.is_true(simulator.counters.faults >= 14)
    end)
  end)

  it("tells what the machine does, over TLS too", function()
    with("idrac9-7", { tls = true, reset_delay = 0.05 }, function(m)
      local events <close> = m:stream_events()
      m:power_action "off_hard"
      local event = events()
      assert.equal("The power state has changed to Off.", event.message)
      assert.same({ "OK", "StatusChange", "/redfish/v1/Systems/System.Embedded.1" },
        { event.severity, event.event_type, event.origin_of_condition })
      assert.matches("^%d+%-%d+%-%d+T%d+:%d+:%d+%-06:00$", event.event_timestamp) -- R41
      assert.matches("%-0600$", event.raw.EventTimestamp)
    end)
  end)

  it("takes events that lack what others have (R42)", function()
    with("openbmc-2.14", {}, function(m, simulator)
      local events <close> = m:stream_events()
      simulated.emit(simulator, { Severity = "Critical", Message = "fire", MessageId = "A.1.B" })
      local event = events()
      assert.same({ "Critical", "fire", "A.1.B" },
        { event.severity, event.message, event.message_id })
      assert.is_nil(event.event_type)
    end)
  end)

  it("goes on after the BMC has restarted, and lost its sessions", function()
    with("openbmc-2.14", { reset_delay = 1 }, function(m, simulator)
      local events <close> = m:stream_events { retry = 0.05 }
      simulated.burst(simulator, 1)
      assert.equal("Event number 1.", events().message)
      simulator:restart()
      support.eventually(function() return simulator:is_down() end)
      simulated.burst(simulator, 2)
      assert.equal("Event number 2.", events().message)
      assert.equal("Event number 3.", events().message)
      assert.equal(2, simulator.counters.logins)
    end)
  end)

  it("leaves no session behind, whether it was closed or not", function()
    with("openbmc-2.14", {}, function(m, simulator)
      m:stream_events()
      m:close()
      assert.equal(0, simulator:count().live_sessions)
    end)
  end)

  it("is unsupported where the BMC streams nothing, unless its log may be watched", function()
    with("supermicro", {}, function(m)
      local _, e = bmc.try(m.stream_events, m)
      assert.equal("unsupported", e.code)
      assert.matches("poll", e.text)
      _, e = bmc.try(m.stream_events, m, { poll = 0 })
      assert.equal("rejected", e.code)
    end)
  end)
end)

describe("stream_events of a log", function()
  local LOG = "/redfish/v1/Systems/1/LogServices/Log1"
  local QUICK = { poll = 0.05 }

  local function log(simulator, text)
    assert(simulated_logs.append(simulator, LOG, { Severity = "Warning", Message = text }))
  end

  it("gives entries that were not there before, oldest first", function()
    with("supermicro", {}, function(m, simulator)
      local events <close> = m:stream_events(QUICK)
      log(simulator, "one")
      log(simulator, "two")
      local event = events()
      assert.equal("one", event.message)
      assert.equal("Warning", event.severity)
      assert.equal("one", event.raw.Message)
      assert.is_truthy(event.event_timestamp)
      assert.equal("two", events().message)
      assert(task.sleep(0.12))
      log(simulator, "three")
      assert.equal("three", events().message)
    end)
  end)

  it("goes on when the log is cleared", function()
    with("supermicro", {}, function(m, simulator)
      local events <close> = m:stream_events(QUICK)
      log(simulator, "one")
      assert.equal("one", events().message)
      simulated_logs.clear(simulator, LOG)
      log(simulator, "again the first")
      assert.equal("again the first", events().message)
    end)
  end)

  it("begins with the entries since a time, if that is wanted", function()
    with("supermicro", {}, function(m)
      local all = #m:sel_entries { limit = 0 }
      local events <close> = m:stream_events { poll = 10, since = "2020-01-01" }
      for _ = 1, all do
        assert.is_truthy(events().message)
      end
    end)
  end)

  it("survives a BMC that does not answer for a while", function()
    with("supermicro", {}, function(m, simulator, farm)
      local events <close> = m:stream_events { poll = 0.05, retry = 0.05 }
      farm:fault(1, "error@GET")
      local h = task.spawn(events)
      assert(task.sleep(0.3))
      log(simulator, "back")
      farm:fault(1, "error", false)
      assert.equal("back", task.deadline(10, h.join, h).message)
    end)
  end)

  it("ends when it is closed while another task waits", function()
    with("supermicro", {}, function(m)
      local events <close> = m:stream_events { poll = 60 }
      local h = task.spawn(function() return "ended", events() end)
      assert(task.sleep(0.05))
      events:close()
      assert.equal("ended", (task.deadline(30, h.join, h)))
    end)
  end)

  it("that is not there is missing", function()
    with("supermicro", {}, function(m)
      local _, e = bmc.try(m.stream_events, m, { poll = 1, log = "Lclog" })
      assert.equal("missing", e.code)
    end)
  end)
end)
