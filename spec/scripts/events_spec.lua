-- SPDX-License-Identifier: GPL-3.0-or-later
local cjson = require "cjson"
local commands = require "support.commands"
local simulated = require "bmc.sim.events"
local support = require "support"
local task = require "bmc.task"

local lines_of = commands.lines_of

-- Those who listen to a BMC now.
local function listeners(farm, i)
  local out, events = {}, farm.bmc(i).events
  for listener in pairs(events and events.listeners or {}) do
    out[listener] = true
  end
  return out
end

-- Runs a command as a task of its own, and f() once every BMC has a new listener.
local function while_listening(run, farm, f, ...)
  local before = {}
  for i = 1, farm.count do
    before[i] = listeners(farm, i)
  end
  local h = task.spawn(run, "events", ...)
  for i = 1, farm.count do
    support.eventually(function()
      for listener in pairs(listeners(farm, i)) do
        if not before[i][listener] then
          return true
        end
      end
    end, 15)
  end
  f()
  return assert(h:join())
end

describe("bmcsh events", function()
  it("prints events as they come, and ends after so many", function()
    commands.with_farm({ fleet = 1, vendors = { "openbmc-2.14" } }, function(run, farm)
      local result = while_listening(run, farm, function()
        simulated.emit(farm.bmc(1), { Severity = "Critical", Message = "fire",
          MessageId = "A.1.B", OriginOfCondition = "/redfish/v1/Chassis/chassis" })
        simulated.burst(farm.bmc(1), 10)
      end, "--count", "2")
      assert.equal(0, result.status, result.stderr)
      local lines = lines_of(result.stdout)
      assert.equal(2, #lines)
      assert.matches("^%d+%-.* Critical +fire +%(/redfish/v1/Chassis/chassis%)$", lines[1])
      assert.matches("Event number 2%.$", lines[2])
    end)
  end)

  it("tells machines apart, and has one JSON object a line", function()
    commands.with_farm({ fleet = 2, vendors = { "idrac9-7" } }, function(run, farm)
      local function happen()
        simulated.burst(farm.bmc(1), 1)
        simulated.burst(farm.bmc(2), 1)
      end
      local text = while_listening(run, farm, happen, "--count", "1").stdout
      assert.is_truthy(text:find(farm.url(1):gsub("https://", "") .. "  ", 1, true), text)
      assert.is_truthy(text:find(farm.url(2):gsub("https://", "") .. "  ", 1, true), text)
      local result = while_listening(run, farm, happen, "--count", "1", "--json")
      local events, ends = 0, 0
      for _, line in ipairs(lines_of(result.stdout)) do
        local outcome = cjson.decode(line)
        assert.is_true(outcome.ok)
        events = events + (outcome.data.message and 1 or 0)
        ends = ends + (outcome.data.events or 0)
      end
      assert.same({ 2, 2 }, { events, ends })
    end)
  end)

  it("ends after a time, in order, with what was bad enough", function()
    commands.with_farm({ fleet = 1, vendors = { "openbmc-2.14" } }, function(run, farm)
      local result = while_listening(run, farm, function()
        simulated.burst(farm.bmc(1), 20)
      end, "--for", "2s", "--severity", "warning")
      assert.equal(0, result.status, result.stderr)
      assert.equal(2, #lines_of(result.stdout))
    end)
  end)

  it("watches the log of a BMC that streams nothing, when it is told to", function()
    commands.with_farm({ fleet = 1, vendors = { "supermicro" } }, function(run)
      local result = run("events", "--for", "1")
      assert.equal(1, result.status)
      assert.matches("unsupported", result.stderr)
      result = run("events", "--poll", "5", "--since", "2020-01-01", "--count", "14")
      assert.equal(0, result.status, result.stderr)
      assert.equal(14, #lines_of(result.stdout))
    end)
  end)

  it("says what is wrong with its options", function()
    for _, words in ipairs {
      { "--log", "SEL" }, { "--severity", "purple" }, { "--count", "0" }, { "--for", "ever" },
      { "--poll", "-1" },
    } do
      local result = support.bmcsh { "events", "-H", "127.0.0.1:9", table.unpack(words) }
      assert.equal(2, result.status, table.concat(words, " "))
    end
  end)
end)
