-- SPDX-License-Identifier: GPL-3.0-or-later
-- Farms: what they are made of, what they are worth. The parts have specs of their own in sim/.
local ask = require "support.farm"
local cjson = require "cjson"
local sim = require "bmc.sim"
local spawn = require "_bmcsh.spawn"
local support = require "support"
local task = require "bmc.task"

local function models(opts)
  opts.tls = false
  local farm <close> = sim.start(opts)
  local out = {}
  for i = 1, farm.count do out[i] = farm.bmc(i).traits.model end
  return out
end

describe("sim.start", function()
  it("takes vendors in turn, and the models of each in turn", function()
    assert.same({
      "idrac9-4", "ilo5", "x12", "xcc-1", "openbmc-2.8",
      "idrac9-7", "ilo6", "x13", "xcc-2", "openbmc-2.14", "idrac10",
    }, models { fleet = 11 })
    assert.same({ "ilo6", "idrac9-4", "ilo6", "idrac9-7" },
      models { fleet = 4, vendors = { "ilo6", "dell" } })
  end)

  it("gives each BMC an address of its own, at one port", function()
    local farm <close> = sim.start { fleet = 3, tls = false, address = "127.0.7.249" }
    local base = "http://127.0.%s:%d"
    assert.equal(base:format("7.249", farm.port), farm.url(1))
    assert.equal(base:format("8.1", farm.port), farm.url(3))
    local serials = {}
    for i = 1, 3 do serials[ask.system(farm, i).SerialNumber] = true end
    local n = 0
    for _ in pairs(serials) do n = n + 1 end
    assert.equal(3, n)
  end)

  it("speaks TLS with a certificate of its own", function()
    local farm <close> = sim.start { fleet = 2 }
    local response = assert(ask.ask(farm, 2, "/redfish/v1/"))
    assert.equal(200, response.status)
    assert.is_true(response.cert.self_signed)
  end)

  it("raises what is wrong with its options", function()
    for _, case in ipairs {
      { { vendors = { "acme" } }, "rejected" }, { { faults = { "quake" } }, "rejected" },
      { { mockup = "/nowhere/at/all" }, "missing" }, { { address = "10.1.1.1" }, "rejected" },
    } do
      case[1].tls = false
      local ok, e = pcall(sim.start, case[1])
      assert.is_false(ok)
      assert.equal(case[2], e.code)
    end
    local first <close> = sim.start { tls = false }
    local ok, e = pcall(sim.start, { tls = false, port = first.port })
    assert.is_false(ok)
    assert.equal("busy", e.code)
  end)

  it("is the same in every run", function()
    local function look()
      local farm <close> = sim.start { fleet = 10, tls = false }
      local out = {}
      for i = 1, 10 do
        local system, login = ask.system(farm, i), assert(ask.login(farm, i))
        out[i] = { system.SerialNumber, system.UUID, login.headers["x-auth-token"] }
      end
      return out
    end
    assert.same(look(), look())
  end)

  it("counts to the request, whatever goes wrong", function()
    local farm <close> = sim.start { vendors = { "x12" }, tls = false, reset_delay = 0.02 }
    local target = ask.system(farm, 1).Actions["#ComputerSystem.Reset"].target
    farm:fault(1, "drop@POST,50%")
    local before = farm.bmc(1).counters.requests
    for _ = 1, 10 do
      ask.basic(farm, 1, { path = target, method = "POST", json = { ResetType = "Nmi" } })
    end
    local counters = farm.bmc(1).counters
    assert.equal(before + 10, counters.requests)
    assert.equal(10, counters.resets)
    assert.equal(5, counters.faults)
  end)

  it("serves many at once", function()
    local farm <close> = sim.start { fleet = 100, tls = false }
    local list = {}
    for i = 1, farm.count do list[i] = i end
    local statuses = task.map(list, 50, function(i)
      return assert(ask.login(farm, i)).status
    end)
    for i = 1, farm.count do assert.equal(201, statuses[i]) end
    assert.equal(farm.count, farm:count_all().live_sessions)
  end)

  it("closes twice without harm", function()
    local farm = sim.start { tls = false, faults = { "silent" } }
    ask.ask(farm, 1, { path = "/redfish/v1/", timeout = 0.2 })
    farm:close()
    farm:close()
    assert.is_nil((ask.ask(farm, 1, { path = "/redfish/v1/", timeout = 0.2 })))
  end)
end)

describe("bmcsh sim", function()
  local function run(...)
    return support.bmcsh { "sim", ... }
  end

  it("serves for a while and says where", function()
    local port = tostring(support.free_port())
    local result = run("--fleet", "3", "--plain", "--for", "0.2", "--port", port)
    assert.equal(0, result.status, result.stderr)
    assert.is_truthy(result.stdout:find("http://127.0.0.[1-3]:" .. port, 1, true))
    assert.is_truthy(result.stderr:find("0 sessions still open", 1, true))
  end)

  it("serves IPMI too, unless told not to", function()
    local port = tostring(support.free_port())
    local result = run("--fleet", "3", "--plain", "--for", "0.2", "--port", port)
    assert.is_truthy(result.stdout:find("-H 'ipmi://127.0.0.[1-3]:" .. port .. "'", 1, true))
    assert.is_truthy(result.stderr:find("over IPMI 0 commands: 0 sessions opened", 1, true))
    result = run("--plain", "--for", "0.1", "--port", port, "--no-ipmi")
    assert.equal(0, result.status)
    assert.is_nil((result.stdout .. result.stderr):find("[iI][pP][mM][iI]"))
  end)

  it("serves IPMI alone when told to", function()
    local port = tostring(support.free_port())
    local result = run("--fleet", "3", "--plain", "--for", "0.2", "--port", port, "--no-redfish")
    assert.equal(0, result.status, result.stderr)
    assert.is_truthy(result.stdout:find("BMCs at ipmi://127.0.0.[1-3]:" .. port, 1, true))
    assert.is_nil(result.stdout:find("heartbeat", 1, true))
    assert.is_truthy(result.stdout:find("curl -k http://127.0.0.1:" .. port .. "/sim", 1, true))
    assert.is_nil(result.stderr:find("requests", 1, true))
    result = run("--no-redfish", "--no-ipmi")
    assert.equal(2, result.status)
    assert.matches("neither Redfish nor IPMI is left", result.stderr)
  end)

  it("has no other password than the one it was told to take", function()
    local result = run("--plain", "--for", "0.1", "--password-env", "BMCSH_SPEC_NOT_SET")
    assert.equal(2, result.status)
    assert.matches("the variable BMCSH_SPEC_NOT_SET is not set", result.stderr)
  end)

  it("prints one line of JSON when asked to", function()
    local port = support.free_port()
    local result = run("--json", "-q", "--for", "0.1", "--port", tostring(port))
    assert.equal(1, select(2, result.stdout:gsub("\n", "")))
    local line = cjson.decode(result.stdout)
    assert.equal(port, line.port)
    assert.equal("https://127.0.0.1:" .. port, line.url)
    assert.equal("", result.stderr)
  end)

  it("lists faults, and explains mistakes in one line", function()
    local result = run "--list-faults"
    assert.equal(0, result.status)
    assert.is_truthy(result.stdout:find("drop", 1, true))
    for _, args in ipairs { { "--fault", "quake" }, { "--vendor", "acme" }, { "--fleet", "0" },
      { "--listen", "10.0.0.1" } } do
      result = run(table.unpack(args))
      assert.equal(2, result.status, table.concat(args, " "))
      assert.is_truthy(result.stderr:find("^bmcsh sim: "))
    end
  end)

  it("serves until SIGTERM, ready when it says so", function()
    local dir <close> = support.tmpdir()
    local script = [[
      mkfifo "$2"
      "$0" sim --plain --port "$1" --ready-fd 3 3>"$2" >"$2.out" 2>&1 & pid=$!
      read -r word <"$2"; echo "$word"
      kill -TERM "$pid"; wait "$pid"]]
    local result = assert(spawn.run {
      "sh", "-c", script, support.program(), tostring(support.free_port()), dir.path .. "/fifo",
      timeout = 60,
    })
    assert.equal("ready\n", result.stdout)
    assert.is_truthy(dir:read("fifo.out"):find("served 0 requests", 1, true))
  end)
end)
