-- SPDX-License-Identifier: GPL-3.0-or-later
-- The commands about the BMC itself, as a person or a script types them: network, users, license,
-- findings, validate, raw, sessions.
local commands = require "support.commands"
local support = require "support"

local json_of, lines_of, with_farm = commands.json_of, commands.lines_of, commands.with_farm

describe("commands about the BMC", function()
  it("answer for one machine, for a fleet, in JSON, and have help with examples", function()
    with_farm({ fleet = 5 }, function(run, farm)
      for _, verb in ipairs { "network", "users", "license", "findings", "validate" } do
        local fleet = run(verb)
        assert.equal(0, fleet.status, fleet.stderr)
        assert.equal(6, #lines_of(fleet.stdout), verb)
        local one = run(verb, "-H", farm.url(1))
        assert.equal(0, one.status, one.stderr)
        assert.truthy(#lines_of(one.stdout) > 0, verb)
        local outcomes = json_of(run(verb, "--json"))
        assert.equal(5, #outcomes)
        for _, outcome in ipairs(outcomes) do
          assert.is_true(outcome.ok)
          assert.equal("table", type(outcome.data))
        end
        local help = support.bmcsh { verb, "--help" }
        assert.truthy(help.stdout:find("Examples:\n   bmcsh " .. verb, 1, true), verb)
      end
    end)
  end)

  it("show what the BMC says", function()
    with_farm({ fleet = 1, vendors = { "idrac" } }, function(run)
      local network = json_of(run("network", "--json"))[1].data
      local text = run("network").stdout
      assert.truthy(text:find("IPv4 address +" .. network.ipv4_address), text)
      assert.truthy(text:find("NTP servers +" .. table.concat(network.ntp_servers, ", "), 1, false))
      local users = json_of(run("users", "--json"))[1].data
      assert.truthy(#users > 0)
      local licence = json_of(run("license", "--json"))[1].data
      assert.equal("idrac", licence.vendor)
      assert.truthy(run("license").stdout:find(licence.license_type, 1, true))
    end)
  end)

  it("users leaves empty slots out unless asked for", function()
    with_farm({ fleet = 1, vendors = { "idrac" } }, function(run)
      local accounts, used = json_of(run("users", "--json"))[1].data, 0
      for _, account in ipairs(accounts) do
        used = used + (account.user_name and 1 or 0)
      end
      local few = run("users").stdout
      local all = run("users", "--all").stdout
      assert.equal(#accounts + 1, #lines_of(all))
      assert.equal(used + 1 + (used < #accounts and 1 or 0), #lines_of(few))
    end)
  end)

  it("findings ends with 0 whatever it finds, and lists CVEs in JSON always", function()
    with_farm({ fleet = 1, tls = false }, function(run)
      local result = run("findings")
      assert.equal(0, result.status)
      assert.truthy(result.stdout:find("high +BMC_HTTP_NO_TLS"))
      local raw = run("findings", "--json").stdout
      assert.truthy(raw:find('"cve":[]', 1, true), raw)
      assert.same({ "BMC_HTTP_NO_TLS", "high" },
        { json_of(run("findings", "--json"))[1].data[1].code, "high" })
    end)
  end)
end)

describe("bmcsh validate", function()
  local SCHEMA = [[{ "$id": "http://r/Root.json", "properties": {
    "Name": { "$ref": "http://r/Names.json#/definitions/Name" } } }]]

  it("ends with 3 when something is wrong, and says what", function()
    with_farm({ fleet = 1 }, function(run, _, dir)
      local schema = dir:write("Root.json", SCHEMA)
      dir:write("Names.json", '{ "definitions": { "Name": { "maxLength": 3 } } }')
      local result = run("validate", "/redfish/v1/", "--schema", schema)
      assert.equal(3, result.status, result.stderr)
      assert.truthy(result.stdout:find("error +Name .* is longer than 3 characters"), result.stdout)
      assert.equal(0, run("validate", "/redfish/v1/").status)
      local outcome = json_of(run("validate", "/redfish/v1/", "/redfish/v1/None", "--json"))[1]
      assert.is_true(outcome.ok)
      assert.same({ "/redfish/v1/None", "error" },
        { outcome.data[1].uri, outcome.data[1].severity })
    end)
  end)

  it("fails when the BMC does not answer, and on a bad schema before it is asked", function()
    with_farm({ fleet = 1 }, function(run, farm, dir)
      local bad = run("validate", "--schema", dir:write("bad.json", "{"))
      assert.equal(2, bad.status)
      assert.truthy(bad.stderr:find("bad.json: no valid JSON", 1, true), bad.stderr)
      assert.equal(2, run("validate", "--schema", dir.path .. "/none.json").status)
      farm:fault(1, "refuse")
      local result = run("validate", "--json")
      assert.equal(1, result.status)
      assert.equal("refused", json_of(result)[1].error.code)
    end)
  end)
end)

describe("bmcsh raw", function()
  it("prints a resource as the BMC ordered it", function()
    with_farm({ fleet = 1, vendors = { "ilo" } }, function(run)
      local result = run("raw", "get", "/redfish/v1/")
      assert.equal(0, result.status, result.stderr)
      local lines = lines_of(result.stdout)
      assert.equal("{", lines[1])
      assert.truthy(lines[2]:find('^  "@odata'), lines[2])
      local outcome = json_of(run("raw", "get", "/redfish/v1/", "--json"))[1]
      assert.equal(200, outcome.data.status)
      assert.equal("table", type(outcome.data.body.Systems))
      assert.is_nil(outcome.data.text)
    end)
  end)

  it("writes, from the line or a file, and --dry-run does not", function()
    with_farm({ fleet = 1, vendors = { "supermicro" } }, function(run, farm, dir)
      local system = "/redfish/v1/Systems/1"
      local would = run("raw", "patch", system, "--body", '{"HostName":"a7"}', "--dry-run")
      assert.equal(0, would.status, would.stderr)
      assert.truthy(would.stdout:find("would send PATCH " .. system .. ' {"HostName":"a7"}', 1,
        true))
      assert.equal(0, farm.bmc(1).counters.patches)
      local file = dir:write("body.json", '{"HostName":"b8"}')
      local done = run("raw", "patch", system, "--body", "@" .. file)
      assert.equal(0, done.status, done.stderr)
      assert.equal("b8", json_of(run("raw", "get", system, "--json"))[1].data.body.HostName)
    end)
  end)

  it("refuses what makes no sense before a BMC is asked", function()
    for _, words in ipairs {
      { "patch", "/x" }, { "get", "/x", "--body", "{}" }, { "post", "/x", "--body", "{" },
      { "post", "/x", "--body", "@/none" }, { "put", "/x" }, { "get" },
    } do
      local result = support.bmcsh { "raw", "-H", "h", table.unpack(words) }
      assert.equal(2, result.status, table.concat(words, " "))
      assert.truthy(result.stderr:find("bmcsh raw: ", 1, true), result.stderr)
    end
  end)

  it("ends with 1 and the BMC's words for what is not there", function()
    with_farm({ fleet = 1 }, function(run)
      local result = run("raw", "get", "/redfish/v1/None")
      assert.equal(1, result.status)
      assert.truthy(result.stderr:find("missing: GET /redfish/v1/None: 404", 1, true))
    end)
  end)
end)

describe("bmcsh sessions", function()
  local LEAVE = [[
    local bmc = require "bmc"
    for _, host in ipairs(arg) do
      local m = bmc.open { host = host, user = "admin", password = "simulated" }
      m:heartbeat()
    end
    os.execute("kill -9 $PPID")]]

  -- Runs f(go, farm, dir) with a state folder of its own: go{words…} is bmcsh.
  local function with_state(options, f)
    local dir <close> = support.tmpdir()
    local farm <close> = require("bmc.sim").start(options)
    local env = { XDG_STATE_HOME = dir.path, BMC_PASSWORD = farm.bmc(1).password }
    f(function(words)
      words.env = env
      return support.bmcsh(words)
    end, farm, dir)
  end

  it("lists what is left behind and deletes it", function()
    with_state({ fleet = 3 }, function(go, farm, dir)
      local none = go { "sessions", "list" }
      assert.equal("no session of bmcsh is known to be open\n", none.stdout)
      local nothing = go { "sessions", "reap" }
      assert.same({ 0, "" }, { nothing.status, nothing.stdout })
      assert.truthy(nothing.stderr:find("nothing is left behind", 1, true))

      local leave = dir:write("leave.lua", LEAVE)
      assert.equal(9, go({ leave, farm.url(1), farm.url(2), farm.url(3) }).signal)
      assert.equal(3, farm:count_all().live_sessions)
      local listed = lines_of(go({ "sessions", "list" }).stdout)
      assert.equal(4, #listed)
      assert.truthy(listed[2]:find("^127%.0%.0%.1:%d+ +admin +%d%d%d%d%-.* +stale +%d+ +/redfish"))
      local first = json_of(go { "sessions", "list", "--json" })[1]
      assert.same({ "stale", "admin", "127.0.0.1:" .. farm.port },
        { first.state, first.user, first.host })
      assert.truthy(first.opened_at:find("^%d+%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$"))

      local would = go { "sessions", "reap", "--dry-run" }
      assert.equal(3, select(2, would.stdout:gsub("would send DELETE /redfish", "")))
      assert.equal(3, farm:count_all().live_sessions)
      local one = go { "sessions", "reap", "-H", farm.url(2) }
      assert.equal(0, one.status, one.stderr)
      assert.equal(2, farm:count_all().live_sessions)
      local rest = json_of(go { "sessions", "reap", "--json" })
      assert.same({ 2, 1, 0 }, { #rest, rest[1].data.deleted, rest[1].data.left })
      assert.equal(0, farm:count_all().live_sessions)
      assert.equal("no session of bmcsh is known to be open\n", go({ "sessions", "list" }).stdout)
    end)
  end)

  it("shows and ends what --token-cache keeps", function()
    with_state({ fleet = 1 }, function(go, farm)
      for _ = 1, 3 do
        local beat = go { "heartbeat", "-u", "admin", "-H", farm.url(1), "--token-cache" }
        assert.equal(0, beat.status, beat.stderr)
      end
      assert.same({ 1, 1 }, { farm.bmc(1).counters.logins, farm:count_all().live_sessions })
      assert.truthy(go({ "sessions", "list" }).stdout:find(" cached ", 1, true))
      assert.equal(0, go({ "sessions", "reap" }).status)
      assert.equal(0, farm:count_all().live_sessions)
    end)
  end)

  it("forgets a BMC that is gone, without asking anybody", function()
    with_state({ fleet = 1 }, function(go, farm, dir)
      assert.equal(9, go({ dir:write("leave.lua", LEAVE), farm.url(1) }).signal)
      farm:fault(1, "refuse")
      assert.equal(1, go({ "sessions", "reap" }).status)
      local result = go { "sessions", "reap", "--forget", "--json" }
      assert.equal(1, json_of(result)[1].data.forgotten)
      assert.equal("no session of bmcsh is known to be open\n", go({ "sessions", "list" }).stdout)
    end)
  end)

  it("makes room at a BMC that is full of what was left behind", function()
    with_state({ vendors = { "idrac" }, fleet = 1, session_limit = 1 }, function(go, farm, dir)
      assert.equal(9, go({ dir:write("leave.lua", LEAVE), farm.url(1) }).signal)
      local beat = go { "heartbeat", "-u", "admin", "-H", farm.url(1) }
      assert.equal(0, beat.status, beat.stderr)
      assert.equal(0, farm:count_all().live_sessions)
    end)
  end)

  it("is told as whom to log in when several users have left sessions", function()
    with_state({ fleet = 1 }, function(go, _, dir)
      local folder = dir.path .. "/bmcsh/sessions"
      assert(require("_bmcsh.host").mkdir_private(folder))
      local lines = {}
      for i, user in ipairs { "root", "admin" } do
        lines[i] = ('{"id":%d,"url":"https://h:443","uri":"/s/%d","user":"%s","at":1}\n')
          :format(i, i, user)
      end
      local path = dir:write("bmcsh/sessions/4194305-1.jsonl", table.concat(lines))
      assert(os.execute("chmod 600 " .. path))
      local result = go { "sessions", "reap" }
      assert.equal(2, result.status)
      assert.truthy(result.stderr:find("several users are left (root, admin)", 1, true))
      assert.equal(2, #lines_of(go({ "sessions", "list", "--json" }).stdout))
    end)
  end)

  it("is a usage error with anything else", function()
    for _, words in ipairs { {}, { "kill" }, { "list", "--forget" } } do
      assert.equal(2, support.bmcsh({ "sessions", table.unpack(words) }).status)
    end
  end)
end)
