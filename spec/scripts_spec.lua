-- SPDX-License-Identifier: GPL-3.0-or-later
-- The shipped commands, run as children against simulated BMCs in this process.
local commands = require "support.commands"
local pty = require "support.pty"
local spawn = require "_bmcsh.spawn"
local support = require "support"
local task = require "bmc.task"

local json_of, lines_of, with_farm = commands.json_of, commands.lines_of, commands.with_farm

describe("scripts", function()
  it("answer for one machine, for a fleet, and in JSON", function()
    with_farm({ fleet = 5 }, function(run, farm)
      for _, verb in ipairs { "heartbeat", "info", "thermal", "fans", "psu", "sensors",
        "health" } do
        local fleet = run(verb)
        assert.equal(0, fleet.status, fleet.stderr)
        local lines = lines_of(fleet.stdout)
        assert.equal(6, #lines, verb)
        assert.truthy(lines[1]:find("^HOST "))
        assert.truthy(lines[3]:find("127.0.0.2:" .. farm.port, 1, true))
        assert.truthy(fleet.stderr:find("5 machines in", 1, true))

        local one = run(verb, "-H", farm.url(1))
        assert.equal(0, one.status, one.stderr)
        assert.equal("", one.stderr)
        assert.truthy(#lines_of(one.stdout) > 1)

        local outcomes = json_of(run(verb, "--json"))
        assert.equal(5, #outcomes)
        for _, outcome in ipairs(outcomes) do
          assert.is_true(outcome.ok)
          assert.equal("redfish", outcome.way)
          assert.equal("table", type(outcome.data))
        end
      end
    end)
  end)

  it("show the values that the BMC has", function()
    with_farm({ fleet = 1, vendors = { "idrac" } }, function(run, farm)
      local info = json_of(run("info", "--json"))[1].data
      assert.equal("idrac", info.vendor)
      assert.truthy(run("info").stdout:find("serial number +" .. info.serial_number))
      local beat = json_of(run("heartbeat", "--json"))[1].data
      assert.equal("On", beat.power_state)
      assert.equal("OK", beat.health)
      assert.truthy(run("heartbeat").stdout:find(("CPU °C +%d"):format(beat.cpu_temp_c)))
      assert.truthy(#json_of(run("thermal", "--json"))[1].data > 1)
      assert.equal("127.0.0.1:" .. farm.port, json_of(run("fans", "--json"))[1].host)
    end)
  end)

  it("health says by its exit code that something is wrong", function()
    with_farm({ fleet = 2 }, function(run, farm)
      assert.equal(0, run("health").status)
      farm.bmc(2):set_health("Critical")
      local result = run("health")
      assert.equal(3, result.status)
      assert.truthy(result.stdout:find("Critical", 1, true))
      farm:fault(1, "refuse")
      assert.equal(1, run("health").status) -- a failure weighs more
    end)
  end)

  it("one machine that does not answer is told, and the others are not kept waiting", function()
    with_farm({ fleet = 4 }, function(run, farm)
      farm:fault(2, "refuse")
      local result = run("heartbeat")
      assert.equal(1, result.status)
      local lines = lines_of(result.stdout)
      assert.equal(5, #lines)
      assert.truthy(lines[3]:find("127.0.0.2:%d+ +refused: "))
      assert.truthy(result.stderr:find("3 ok, 1 failed (refused 1)", 1, true))
      local outcome = json_of(run("heartbeat", "--json"))[2]
      assert.is_false(outcome.ok)
      assert.equal("refused", outcome.error.code)
      assert.equal("none", outcome.error.effect)
      local alone = run("heartbeat", "-H", farm.url(2))
      assert.equal(1, alone.status)
      assert.equal("", alone.stdout)
      assert.equal(1, #lines_of(alone.stderr))
    end)
  end)

  it("end when nobody reads any more, and say so when the disk is full", function()
    with_farm({ fleet = 40 }, function(_, farm, dir)
      local form = "env %s '%s' heartbeat --json --concurrency 2 -u admin --password-file '%s' "
        .. "-H '%s'"
      local command = form:format(support.state(), pty.program(), dir.path .. "/password",
        farm:range())
      local result = spawn.run { "/bin/sh", "-c", command .. " | head -n 1", timeout = 60 }
      assert.equal(1, #lines_of(result.stdout))
      assert.equal("", result.stderr)
      assert.truthy(farm:count_all().logins < 40)
      result = spawn.run { "/bin/sh", "-c", command .. " >/dev/full", timeout = 60 }
      assert.equal(1, result.status)
      assert.truthy(result.stderr:find("cannot write the output: No space left", 1, true))
    end)
  end)

  it("end when nobody reads the trace any more, and leave no session", function()
    with_farm({ fleet = 20 }, function(_, farm, dir)
      local form = "env %s '%s' heartbeat -v --concurrency 2 -u admin --password-file '%s' "
        .. "-H '%s' 2>&1 >/dev/null | head -n 2"
      local result = spawn.run { "/bin/sh", "-c", form:format(support.state(), pty.program(),
        dir.path .. "/password", farm:range()), timeout = 60 }
      assert.equal(2, #lines_of(result.stdout))
      local sum = farm:count_all()
      assert.truthy(sum.logins < 20, sum.logins)
      assert.equal(sum.logins, sum.logouts)
    end)
  end)

  it("say so when there are more machines at once than open files", function()
    with_farm({ fleet = 40, faults = { "latency=0.3" } }, function(_, farm, dir)
      local form = "ulimit -n 30; env %s '%s' heartbeat -u admin --password-file '%s' -H '%s'"
      local result = spawn.run { "/bin/sh", "-c", form:format(support.state(), pty.program(),
        dir.path .. "/password", farm:range()), timeout = 30 }
      assert.equal(1, result.status)
      assert.truthy(result.stdout:find("too many open files (ulimit -n)", 1, true), result.stdout)
      assert.is_nil(result.stdout:find("no route", 1, true))
    end)
  end)

  it("--timeout ends a machine that is too slow, and its session", function()
    with_farm({ fleet = 2, faults = { "latency=5@GET" } }, function(run)
      local result = run("heartbeat", "--timeout", "0.5")
      assert.equal(1, result.status)
      assert.truthy(result.stderr:find("timeout 2", 1, true), result.stderr)
    end)
  end)
end)

describe("scripts/power", function()
  it("reads the state and changes it once", function()
    with_farm({ fleet = 2, vendors = { "idrac" } }, function(run, farm)
      assert.same({ power_state = "on" }, json_of(run("power", "status", "--json"))[1].data)
      local off = json_of(run("power", "off-hard", "--json"))
      for i, outcome in ipairs(off) do
        assert.is_true(outcome.ok)
        assert.equal("redfish", outcome.way)
        assert.equal("off_hard", outcome.data.requested)
        assert.equal("off", outcome.data.observed)
        assert.is_true(outcome.data.accepted)
        assert.is_nil(outcome.data.way)
        assert.truthy(#outcome.data.trail >= 1)
        assert.equal(1, farm.bmc(i).counters.resets)
      end
      assert.truthy(run("power", "status").stdout:find("127.0.0.2:%d+ +off"))
      assert.truthy(run("power", "off").stdout:find("127.0.0.1:%d+ +off +%- +nothing "))
      assert.equal(2, farm:count_all().resets)
    end)
  end)

  it("shows the trail of one machine", function()
    with_farm({ fleet = 1 }, function(run)
      local result = run("power", "off-hard")
      assert.equal(0, result.status, result.stderr)
      local lines = lines_of(result.stdout)
      assert.truthy(lines[1]:find("off_hard accepted, now off, [%d.]+ s over redfish"), lines[1])
      assert.truthy(lines[2]:find("^  ok +POST /.*ForceOff"), lines[2])
      assert.truthy(lines[3]:find("^  ok +watch: the machine is off"), lines[3])
    end)
  end)

  it("does what was executed but not answered exactly once, and says what came of it", function()
    with_farm({ fleet = 1, faults = { "drop@POST,*/Actions/*,times=1" } }, function(run, farm)
      local result = run("power", "off-hard")
      assert.equal(1, farm.bmc(1).counters.resets)
      assert.equal(0, result.status, result.stderr)
      assert.truthy(result.stdout:find("off_hard sent, no answer, now off", 1, true))
      local again = run("power", "off-hard").stdout
      assert.truthy(again:find("off_hard needed nothing, now off", 1, true), again)
    end)
  end)

  it("--dry-run says what it would send and sends nothing", function()
    with_farm({ fleet = 2 }, function(run, farm)
      local result = run("power", "off-hard", "--dry-run")
      assert.equal(0, result.status, result.stderr)
      local lines = lines_of(result.stdout)
      assert.equal(2, #lines)
      assert.truthy(lines[1]:find('^127.0.0.1:%d+: would send POST /.*{"ResetType":"ForceOff"}$'))
      assert.truthy(lines[2]:find("^127.0.0.2:"))
      local outcome = json_of(run("power", "off-hard", "--dry-run", "--json"))[1]
      assert.equal("ForceOff", outcome.would_send[1].body.ResetType)
      assert.equal(0, farm:count_all().resets)
    end)
  end)

  it("--read-only refuses a change and allows a look", function()
    with_farm({ fleet = 1 }, function(run, farm)
      local result = run("power", "off", "--read-only")
      assert.equal(1, result.status)
      assert.truthy(result.stderr:find("read-only", 1, true))
      assert.equal(0, run("power", "status", "--read-only").status)
      assert.equal(0, farm:count_all().resets)
    end)
  end)

  it("stops a roll-out after the batch that failed", function()
    with_farm({ fleet = 6, vendors = { "idrac" } }, function(run, farm)
      farm:fault(2, "refuse")
      local result = run("power", "off-hard", "--batch", "1,2,100%")
      assert.equal(1, result.status)
      assert.truthy(result.stderr:find("stopped after batch 2: 1 of 2 failed", 1, true))
      assert.truthy(result.stderr:find("3 machines left alone", 1, true))
      assert.equal(2, farm:count_all().resets)
    end)
  end)

  it("Ctrl-C tells what was done and leaves no session", function()
    with_farm({ fleet = 3, vendors = { "idrac" }, reset_delay = 60 }, function(_, farm, dir)
      local pid = dir:file("pid")
      local child = task.spawn(spawn.run, {
        "/bin/sh", "-c", 'echo $$ >"$0"; exec env "$@"', pid, support.state(), pty.program(),
        "power", "off", "-u", "admin", "--password-file", dir.path .. "/password", "-H",
        farm:range(), timeout = 60,
      })
      support.eventually(function() return farm:count_all().resets == 3 end, 20)
      spawn.run { "/bin/sh", "-c", 'kill -INT "$(cat "$0")"', pid }
      local result = assert(child:join())
      assert.equal(130, result.status)
      assert.truthy(result.stderr:find("interrupted: 0 ok, 3 failed (cancelled 3) of 3", 1, true),
        result.stderr)
      assert.equal(3, select(2, result.stdout:gsub("it may have happened", "")))
      assert.equal(3, farm:count_all().resets)
    end)
  end)

  it("refuses an escalation that makes no sense", function()
    for _, args in ipairs {
      { "off", "--then", "cycle" }, { "on", "--then", "off-hard" }, { "off", "--after", "3" },
      { "off", "--then", "off-hard", "--after", "-1" }, { "explode" }, {},
    } do
      local result = support.bmcsh { "power", "-H", "127.0.0.1:9", table.unpack(args) }
      assert.equal(2, result.status)
      assert.truthy(result.stderr:find("(bmcsh power --help)", 1, true))
    end
  end)
end)
