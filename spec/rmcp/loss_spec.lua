-- SPDX-License-Identifier: GPL-3.0-or-later
-- The whole client where two datagrams of ten are lost, each way: every question is answered, no
-- machine is restarted twice, no session stays.
local cjson = require "cjson"
local sim = require "bmc.sim"
local spawn = require "_bmcsh.spawn"
local support = require "support"

local BMCS = 60
-- Seconds before the first resend, and until a command that may happen once is looked after.
local FAST, SHORT = "generic.ipmi.retry=0.05", "generic.ipmi.command_timeout=4"

local function with_lossy(f)
  local farm <close> = assert(sim.start {
    count = BMCS, tls = false, ipmi = true, reset_delay = 0.02, faults = { "ipmi_loss=20" },
  })
  f(farm)
end

-- The words of the command line, after the program.
local function words(farm, what)
  return { "power", what, "-H", farm:ipmi_range(), "-u", farm.bmc(1).user, "--json", "--yes",
    "--concurrency", tostring(BMCS), "--timeout", "15", "--set", FAST, "--set", SHORT }
end

local function run(farm, what)
  local argv = words(farm, what)
  argv.env, argv.timeout = { BMC_PASSWORD = farm.bmc(1).password }, 60
  local lines = {}
  for line in support.bmcsh(argv).stdout:gmatch("[^\n]+") do
    lines[#lines + 1] = cjson.decode(line)
  end
  assert.equal(BMCS, #lines)
  return lines
end

local function none_left(farm)
  support.eventually(function() return farm:count_all().ipmi_live_sessions == 0 end)
end

describe("with two datagrams of ten lost", function()
  it("every machine says whether it is on", function()
    with_lossy(function(farm)
      for _, line in ipairs(run(farm, "status")) do
        assert.is_true(line.ok, line.host .. ": " .. tostring(line.error and line.error.text))
      end
      assert.is_true(farm:count_all().ipmi_lost > BMCS)
      none_left(farm)
    end)
  end)

  it("no machine is restarted twice, and one that may not be is said so", function()
    with_lossy(function(farm)
      local lines = run(farm, "cycle")
      local by_host = {}
      for _, line in ipairs(lines) do
        by_host[line.host] = line
      end
      for i = 1, BMCS do
        local done = farm.bmc(i):count().ipmi_power
        local line = by_host[farm.ipmi_url(i):match("^ipmi://(.*)$")]
        assert.is_true(done <= 1)
        if line.ok then
          assert.equal(1, done, line.host)
        elseif line.error.effect ~= "unknown" then
          assert.equal(0, done, line.error.text)
        end
      end
      none_left(farm)
    end)
  end)

  it("no session stays when it is interrupted", function()
    with_lossy(function(farm)
      -- Not with SIGINT, which a shell has ignored by what it starts in the background.
      local shell = '"$@" & p=$!; sleep 1; kill -TERM $p; wait $p'
      local r = assert(spawn.run { "env", support.state(),
        "BMC_PASSWORD=" .. farm.bmc(1).password, "bash", "-c", shell, "bash", support.program(),
        timeout = 60, table.unpack(words(farm, "status")) })
      assert.is_true(r.status == 143 or r.status == 0, r.stderr)
      none_left(farm)
    end)
  end)
end)
