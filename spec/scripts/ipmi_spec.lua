-- SPDX-License-Identifier: GPL-3.0-or-later
-- The commands that manage a machine over IPMI, as a person or a script types them.
local commands = require "support.commands"
local support = require "support"

local json_of, lines_of = commands.json_of, commands.lines_of

-- run(words…) goes to all BMCs over IPMI.
local function with_farm(options, f)
  options.ipmi, options.tls = true, false
  commands.with_farm(options, function(run, farm)
    local function over_ipmi(...)
      local args = { ... }
      table.move({ "-H", farm:ipmi_range() }, 1, 2, #args + 1, args)
      return run(table.unpack(args))
    end
    f(over_ipmi, farm)
    assert.equal(0, farm:count_all().ipmi_live_sessions)
  end)
end

local READS = {
  "chassis", "watchdog", "power-limit", "boot", "led", "info", "network", "users", "findings",
  "heartbeat",
}

local CHANGES = {
  { "chassis", "policy", "previous" }, { "power-limit", "set", "400" }, { "power-limit", "off" },
  { "boot", "next", "pxe" }, { "led", "on" }, { "nmi" }, { "bmc-reset" },
}

describe("management over ipmi://", function()
  it("answers for one machine, for a fleet, in JSON, and has help with examples", function()
    with_farm({ fleet = 3 }, function(run)
      for _, verb in ipairs(READS) do
        local fleet = run(verb)
        assert.equal(0, fleet.status, fleet.stderr)
        assert.equal(4, #lines_of(fleet.stdout), verb)
        for _, outcome in ipairs(json_of(run(verb, "--json"))) do
          assert.is_true(outcome.ok)
          assert.equal("ipmi", outcome.way)
          assert.equal("table", type(outcome.data))
        end
      end
    end)
    for _, verb in ipairs { "chassis", "watchdog", "power-limit", "post-code" } do
      local help = support.bmcsh { verb, "--help" }
      assert.truthy(help.stdout:find("Examples:\n   bmcsh " .. verb, 1, true), verb)
    end
  end)

  it("shows one machine in words", function()
    with_farm({ fleet = 1 }, function(run)
      assert.matches("power on +yes\n", run("chassis").stdout)
      assert.matches("faults +none\n", run("chassis").stdout)
      assert.matches("watchdog +stopped\n", run("watchdog").stdout)
      assert.matches("limit +none\n", run("power-limit", "off") and run("power-limit").stdout)
    end)
  end)

  it("changes what it is told to", function()
    with_farm({ fleet = 1 }, function(run)
      assert.matches("restore policy previous", run("chassis", "policy", "previous").stdout)
      assert.equal("previous", json_of(run("chassis", "--json"))[1].data.restore_policy)
      assert.matches("limit 400 W", run("power-limit", "set", "400", "--exception", "power-off",
        "--correction", "6000").stdout)
      local limit = json_of(run("power-limit", "--json"))[1].data
      assert.same({ 400, true, "power_off", 6000 }, { limit.limit_w, limit.active,
        limit.exception_action, limit.correction_time_ms })
      run("power-limit", "off")
      assert.is_false(json_of(run("power-limit", "--json"))[1].data.active)
      assert.matches("Cd, once: reads back", run("boot", "next", "cd", "--mode", "UEFI").stdout)
      assert.matches("none: reads back", run("boot", "clear").stdout)
      assert.matches("LED on", run("led", "on", "--seconds", "60").stdout)
      assert.matches("LED off", run("led", "off").stdout)
      assert.matches("NMI accepted", run("nmi").stdout)
    end)
  end)

  it("only says what it would send, with --dry-run", function()
    with_farm({ fleet = 1 }, function(run, farm)
      for _, words in ipairs(CHANGES) do
        local result = run(table.unpack(table.move({ "--dry-run" }, 1, 1, #words + 1,
          { table.unpack(words) })))
        assert.equal(0, result.status, result.stderr)
        assert.matches("netfn %x%xh command %x%xh", result.stdout, 1, false)
      end
      assert.equal("always_on", json_of(run("chassis", "--json"))[1].data.restore_policy)
      assert.equal("Disabled", json_of(run("boot", "--json"))[1].data.boot_source_override_enabled)
      assert.equal(0, farm.bmc(1):count().bmc_resets or 0)
    end)
  end)

  it("changes nothing with --read-only", function()
    with_farm({ fleet = 1 }, function(run)
      for _, words in ipairs(CHANGES) do
        local result = run(table.unpack(table.move({ "--read-only" }, 1, 1, #words + 1,
          { table.unpack(words) })))
        assert.equal(1, result.status)
        assert.matches("read%-only", result.stderr)
      end
      assert.equal("always_on", json_of(run("chassis", "--json"))[1].data.restore_policy)
    end)
  end)

  it("says what is wrong with the words, before anybody is asked", function()
    for _, words in ipairs {
      { "chassis", "policy" }, { "chassis", "status", "previous" }, { "power-limit", "set" },
      { "power-limit", "set", "0" }, { "power-limit", "off", "400" }, { "power-limit", "set", "x" },
      { "led", "off", "--seconds", "5" }, { "watchdog", "on" },
      { "led", "on", "--seconds", "1.5" }, { "led", "on", "--seconds", "256" },
    } do
      local result = support.bmcsh { "-H", "ipmi://127.0.0.1:9", table.unpack(words) }
      assert.equal(2, result.status, table.concat(words, " "))
    end
  end)

  it("does over IPMI what Redfish does not know, of a machine that has both", function()
    commands.with_farm({ fleet = 1, ipmi = true, tls = false }, function(run, farm)
      local outcome = json_of(run("watchdog", "--json", "--ipmi", farm.ipmi_url(1)))[1]
      assert.is_true(outcome.ok)
      assert.equal("ipmi", outcome.way)
      outcome = json_of(run("chassis", "--json", "--ipmi", farm.ipmi_url(1)))[1]
      assert.equal("redfish", outcome.way)
      assert.is_true(outcome.data.power_on)
    end)
  end)
end)
