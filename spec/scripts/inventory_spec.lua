-- SPDX-License-Identifier: GPL-3.0-or-later
-- Commands on the machines of an inventory, against simulated BMCs, and `bmcsh inventory` itself.
local commands = require "support.commands"
local sim = require "bmc.sim"
local spawn = require "_bmcsh.spawn"
local support = require "support"

local json_of, lines_of = commands.json_of, commands.lines_of

local SITE = [[
defaults: { user: admin, password: { env: SITE_PASSWORD } }
hosts:
  web[1-2]: {}
  web1: { redfish: "%s" }
  web2: { redfish: "%s" }
  old1: { ipmi: { address: "%s" } }
  both1: { redfish: "http://127.0.0.9:9", ipmi: { address: "%s" }, pdu: apc://10.0.0.1/3 }
  wrong1: { redfish: "%s", password: { file: wrong.pw } }
groups: { web: ["web[1-2]"], fine: [web, old1, both1] }
]]

-- Runs f(run, farm, dir) with an inventory of five ways to reach three BMCs.
local function with_site(f)
  local dir <close> = support.tmpdir()
  local farm <close> = sim.start { fleet = 3, ipmi = true, tls = false, reset_delay = 0.2 }
  local path = dir:write("site.yaml", SITE:format(farm.url(1), farm.url(2), farm.ipmi_url(3),
    farm.ipmi_url(1), farm.url(3)))
  local wrong = dir:write("wrong.pw", "not this one\n")
  assert(spawn.run({ "chmod", "600", path, wrong }).status == 0)
  local function run(...)
    return support.bmcsh { env = { SITE_PASSWORD = farm.bmc(1).password }, ... }
  end
  f(function(verb, ...) return run(verb, "-i", path, ...) end, farm, dir, run)
  assert.equal(0, farm:count_all().live_sessions)
  assert.equal(0, farm:count_all().ipmi_live_sessions)
end

describe("an inventory", function()
  it("says how each machine is reached, and as whom", function()
    with_site(function(run)
      local fine = json_of(run("power", "status", "-g", "fine", "--json"))
      local seen = {}
      for i, outcome in ipairs(fine) do
        assert.is_true(outcome.ok)
        seen[i] = outcome.host .. " " .. outcome.way
      end
      assert.same({ "both1 ipmi", "old1 ipmi", "web1 redfish", "web2 redfish" }, seen)
      local wrong = json_of(run("power", "status", "-H", "wrong1", "--json"))[1]
      assert.same({ "wrong1", "auth" }, { wrong.host, wrong.error.code })
    end)
  end)

  it("shows machines by their names, and takes ranges of names", function()
    with_site(function(run)
      local table_of = run("heartbeat", "-H", "web[1-2],old1")
      assert.equal(0, table_of.status, table_of.stderr)
      local lines = lines_of(table_of.stdout)
      assert.truthy(lines[2]:find "^web1 " and lines[3]:find "^web2 " and lines[4]:find "^old1 ")
      local failed = run("heartbeat", "-H", "wrong1")
      assert.truthy(failed.stderr:find("wrong1: heartbeat over redfish: auth: "), failed.stderr)
    end)
  end)

  it("gives way to what is said on the command line", function()
    with_site(function(run, farm, dir)
      local right = dir:write("right.pw", farm.bmc(1).password)
      assert(spawn.run({ "chmod", "600", right }).status == 0)
      local result = run("power", "status", "-H", "wrong1", "-u", "admin", "--password-file", right)
      assert.equal(0, result.status, result.stderr)
      local way = run("power", "status", "-H", "web1", "--way", "ipmi")
      assert.equal(2, way.status)
      assert.truthy(way.stderr:find("web1: no ipmi address of this machine", 1, true), way.stderr)
      local added = json_of(run("power", "status", "-g", "web", "--way", "ipmi", "--json", "--ipmi",
        farm.ipmi_url(1) .. "," .. farm.ipmi_url(2)))
      assert.same({ "ipmi", "ipmi" }, { added[1].way, added[2].way })
    end)
  end)

  it("need not be named where BMCSH_INVENTORY does", function()
    with_site(function(_, farm, dir)
      local function run(...)
        return support.bmcsh { env = { SITE_PASSWORD = farm.bmc(1).password,
          BMC_PASSWORD = farm.bmc(1).password, BMCSH_INVENTORY = dir:file "site.yaml" }, ... }
      end
      assert.equal(0, run("power", "status", "-H", "web1").status)
      assert.equal(0, run("power", "status", "-g", "web").status)
      assert.equal(0, run("power", "status", "-H", farm.url(2), "-u", "admin").status)
      local result = run("power", "status", "-H", "web1," .. farm.url(2))
      assert.truthy(result.stderr:find("is no name", 1, true))
      assert.truthy(run("power", "status").stderr:find("-g all is all 5 of them", 1, true))
      assert.equal(6, #lines_of(run("inventory").stdout))
    end)
  end)

  it("never means all machines unless that is said", function()
    with_site(function(run, _, _, plain)
      local result = run("power", "off", "--yes")
      assert.equal(2, result.status)
      assert.truthy(result.stderr:find("-g all is all 5 of them", 1, true))
      result = plain("power", "off", "-g", "web")
      assert.truthy(result.stderr:find("-g names a group of an inventory: add -i FILE", 1, true))
      result = run("heartbeat", "-H", "web9")
      assert.equal(2, result.status)
      assert.truthy(result.stderr:find('no machine "web9" (did you mean "web1"?)', 1, true))
    end)
  end)

  it("is shown by bmcsh inventory, without a secret", function()
    with_site(function(run)
      local all = run("inventory")
      assert.equal(6, #lines_of(all.stdout))
      assert.truthy(all.stdout:find("env SITE_PASSWORD", 1, true))
      assert.truthy(all.stderr:find("does not speak pdu", 1, true))
      local rows = lines_of(run("inventory", "-g", "web", "--json").stdout)
      assert.equal(2, #rows)
      assert.truthy(rows[1]:find('"groups":["fine","web"]', 1, true))
      assert.truthy(run("inventory", "--groups").stdout:find("\nfine +4\n"))
    end)
  end)

  it("tells a vendor that there is not before anything is sent", function()
    local dir <close> = support.tmpdir()
    local path = dir:write("site.yaml", "hosts: { m1: { vendor: dll } }")
    assert(spawn.run({ "chmod", "600", path }).status == 0)
    local result = support.bmcsh { "info", "-i", path, "-H", "m1" }
    assert.equal(2, result.status)
    assert.truthy(result.stderr:find('m1: .*did you mean "dell"'), result.stderr)
  end)
end)
