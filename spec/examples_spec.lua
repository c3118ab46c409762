-- SPDX-License-Identifier: GPL-3.0-or-later
-- Every example runs, against simulated BMCs (STYLE S8).
local host = require "_bmcsh.host"
local ipmisim = require "support.ipmisim"
local pty = require "support.pty"
local serialhost = require "support.serialhost"
local sim = require "bmc.sim"
local spawn = require "_bmcsh.spawn"
local support = require "support"

local EXAMPLES = host.root .. "/examples/"

-- Runs f(run, farm): run(name, words…) is an example, with the password in the environment.
local function with_farm(options, f)
  local farm <close> = sim.start(options)
  f(function(name, ...)
    local argv = { "env", support.state(), "BMC_PASSWORD=" .. farm.bmc(1).password,
      pty.program(), EXAMPLES .. name .. ".lua", ... }
    argv.timeout = 60
    return spawn.run(argv)
  end, farm)
  assert.equal(0, farm:count_all().live_sessions)
end

describe("examples", function()
  it("are all tried here", function()
    local tried = {
      ["bootloader.lua"] = true, ["demo.lua"] = true, ["hot.lua"] = true,
      ["inventory.lua"] = true, ["roll.lua"] = true,
    }
    for _, name in ipairs(host.listdir(EXAMPLES)) do
      assert.is_true(tried[name], name)
    end
  end)

  it("bootloader starts a machine with other kernel arguments", function()
    serialhost.sim(function(address, port, typed)
      local name = ("ipmi://%s:%d"):format(address, port)
      local result = spawn.run { "env", support.state(), "BMC_PASSWORD=" .. ipmisim.PASSWORD,
        pty.program(), EXAMPLES .. "bootloader.lua", name, "admin", "single", timeout = 60 }
      assert.equal(0, result.status, result.stderr)
      assert.equal(("%s:%d: at the login\n"):format(address, port), result.stdout)
      assert.equal(" setenv bootargs single\rboot\r", typed())
    end)
  end)

  it("hot tells the hottest places, and who did not answer", function()
    with_farm({ fleet = 4 }, function(run, farm)
      farm:fault(2, "refuse")
      local result = run("hot", farm:range(), "admin", "3")
      assert.equal(1, result.status, result.stderr)
      assert.equal(3, select(2, result.stdout:gsub("[%d.]+ °C  127%.0%.0%.%d:%d+: %S", "")))
      assert.truthy(result.stdout:find("no answer: 127.0.0.2:", 1, true))
    end)
  end)

  it("inventory writes a row a machine", function()
    with_farm({ fleet = 5 }, function(run, farm)
      local result = run("inventory", farm:range(), "admin")
      assert.equal(0, result.status, result.stderr)
      assert.equal(6, select(2, result.stdout:gsub("\n", "")))
      assert.truthy(result.stdout:find("\n127.0.0.1:%d+,idrac,"))
    end)
  end)

  it("roll restarts one machine after the other", function()
    with_farm({ fleet = 2, vendors = { "openbmc" }, reset_delay = 0.2 }, function(run, farm)
      local result = run("roll", farm:range(), "admin")
      assert.equal(0, result.status, result.stderr)
      assert.equal(2, select(2, result.stdout:gsub(": well\n", "")))
      assert.equal(1, farm.bmc(1).counters.resets)
      assert.equal(1, farm.bmc(2).counters.resets)
    end)
  end)

  it("roll leaves the rest alone when one does not come back", function()
    with_farm({ fleet = 2, vendors = { "openbmc" } }, function(run, farm)
      farm:fault(1, "refuse")
      local result = run("roll", farm:range(), "admin")
      assert.equal(1, result.status)
      assert.truthy(result.stderr:find("^bmcsh: 127.0.0.1:%d+: .*refused"))
      assert.equal(0, farm:count_all().requests)
    end)
  end)

  it("demo sweeps a fleet, cycles one machine and ends", function()
    local result = support.bmcsh { EXAMPLES .. "demo.lua", timeout = 60 }
    assert.equal(0, result.status, result.stderr)
    assert.equal(36, select(2, result.stdout:gsub("\n127%.0%.0%.%d+:%d+  ", "")))
    assert.truthy(result.stdout:find("1 reset. Left open: 0.", 1, true), result.stdout)
    assert.truthy(result.stdout:find("  ok        watch: ", 1, true))
  end)

  it("the runbook of the README does what it says", function()
    local dir <close> = support.tmpdir()
    local file <close> = assert(io.open(host.root .. "/README.md"))
    local path = dir:write("hot.lua", (file:read("a"):match("```lua\n(.-)```")))
    local farm <close> = sim.start { fleet = 3, user = "root" }
    local result = spawn.run { "env", support.state(), "BMC_PASSWORD=simulated", pty.program(),
      path, farm:range(), timeout = 60 }
    assert.equal(0, result.status, result.stderr)
    assert.truthy(result.stdout:find("3 asked, 0 failed", 1, true), result.stdout)
    assert.equal(0, farm:count_all().live_sessions)
  end)
end)
