-- SPDX-License-Identifier: GPL-3.0-or-later
local cjson = require "cjson"
local commands = require "support.commands"
local host = require "_bmcsh.host"

local lines_of, json_of = commands.lines_of, commands.json_of

local function usage(run, text, ...)
  local result = run("sel", ...)
  assert.equal(2, result.status)
  assert.is_truthy(result.stderr:find(text, 1, true), result.stderr)
end

describe("bmcsh sel", function()
  it("shows the event log of one machine, newest first, with its name", function()
    commands.with_farm({ fleet = 1, vendors = { "idrac9-4" } }, function(run)
      local result = run("sel")
      assert.equal(0, result.status, result.stderr)
      local lines = lines_of(result.stdout)
      assert.matches("^TIME +SEVERITY +LOG +ID +MESSAGE$", lines[1])
      assert.equal(13, #lines)
      assert.matches("Managers/iDRAC.Embedded.1/Sel +12 ", lines[2])
      assert.equal(4, #lines_of(run("sel", "--limit", "3").stdout))
    end)
  end)

  it("shows other logs, all of them, filtered, as JSON", function()
    commands.with_farm({ fleet = 1, vendors = { "idrac9-7" } }, function(run)
      local function data(...) return json_of(run("sel", "--json", ...))[1].data end
      assert.equal(120, #data("--log", "lclog", "--limit", "0"))
      assert.equal(100, #data("--log", "lclog"))
      local all = data("--log", "all", "--limit", "0", "--severity", "critical")
      assert.is_true(#all > 0)
      for _, entry in ipairs(all) do
        assert.equal("Critical", entry.severity)
        assert.is_truthy(entry.log)
      end
      assert.same({}, data("--since", "2100-01-01"))
      assert.matches("no entry is that new", run("sel", "--since", "2100-01-01").stderr)
    end)
  end)

  it("shows of each machine of a fleet the worst", function()
    commands.with_farm({ fleet = 3, vendors = { "ilo5" } }, function(run)
      local lines = lines_of(run("sel").stdout)
      assert.matches("^HOST +ENTRIES +WORST +ITS TIME +MESSAGE$", lines[1])
      assert.equal(4, #lines)
      assert.matches(" 9 +Critical ", lines[2])
    end)
  end)

  it("saves and clears, each machine in a file of its own", function()
    commands.with_farm({ fleet = 2, vendors = { "supermicro" } }, function(run, farm, dir)
      local pattern = dir.path .. "/sel-{host}.jsonl"
      local result = run("sel", "--clear", "--save", pattern, "--yes")
      assert.equal(0, result.status, result.stderr)
      for i = 1, 2 do
        local name = ("sel-127.0.0.%d:%d.jsonl"):format(i, farm.port)
        assert.equal(384, host.stat(dir.path .. "/" .. name).mode)
        local saved = lines_of(dir:read(name))
        assert.equal(14, #saved)
        assert.equal("1", cjson.decode(saved[1]).Id)
      end
      assert.same({}, json_of(run("sel", "--json"))[1].data)
      result = run("sel", "--clear", "--save", pattern, "--yes")
      assert.equal(1, result.status)
      assert.matches("nothing was cleared", result.stdout)
    end)
  end)

  it("tells what was cleared", function()
    commands.with_farm({ fleet = 1, vendors = { "ilo5" } }, function(run)
      local outcome = json_of(run("sel", "--clear", "--json", "--yes"))[1]
      assert.same({
        log = "IML", log_uri = "/redfish/v1/Systems/1/LogServices/IML/", entries = 9, left = 1,
      }, outcome.data)
      local result = run("sel", "--clear", "--log", "SL", "--yes")
      assert.matches("entries cleared +4\nentries now +0", result.stdout)
    end)
  end)

  it("sends nothing in a dry run", function()
    commands.with_farm({ fleet = 1, vendors = { "supermicro" } }, function(run)
      local result = run("sel", "--clear", "--dry-run")
      assert.equal(0, result.status, result.stderr)
      assert.matches("would send POST /redfish/v1/Systems/1/LogServices/Log1/Actions/"
        .. "LogService.ClearLog", result.stdout)
      assert.equal(14, #json_of(run("sel", "--json"))[1].data)
    end)
  end)

  it("says what is wrong with its options before it asks anybody", function()
    commands.with_farm({ fleet = 1 }, function(run, farm)
      usage(run, "yesterday", "--since", "yesterday")
      usage(run, "purple", "--severity", "purple")
      usage(run, "no whole number", "--limit", "many")
      usage(run, "--save belongs to --clear", "--save", "x")
      usage(run, "--log and --save only", "--clear", "--limit", "3")
      usage(run, "one log", "--clear", "--log", "all")
      assert.equal(0, farm:count_all().requests)
    end)
  end)

  it("fails for a log that is not there, and names those that are", function()
    commands.with_farm({ fleet = 1, vendors = { "supermicro" } }, function(run)
      local result = run("sel", "--log", "nonsense")
      assert.equal(1, result.status)
      assert.matches("Systems/1/Log1, Managers/1/Log1", result.stderr)
    end)
  end)
end)
