-- SPDX-License-Identifier: GPL-3.0-or-later
-- What the arguments mean, and how a runbook ends. Each test runs bmcsh as a child.
local support = require "support"

local function run(...)
  return support.bmcsh { ... }
end

describe("bmcsh", function()
  it("says its version and lists every command with a line", function()
    assert.truthy(run("--version").stdout:find("^bmcsh %S+\n$"))
    for _, word in ipairs { "--help", "-h", "help" } do
      local help = run(word)
      assert.equal(0, help.status)
      for verb in ("heartbeat info power thermal fans psu health sim"):gmatch("%S+") do
        assert.truthy(help.stdout:find("\n  " .. verb .. " +%u[^\n]+%.\n"), verb)
      end
    end
    assert.truthy(run("help", "fans").stdout:find("Usage: bmcsh fans", 1, true))
  end)

  it("runs a chunk, a file and standard input, with arguments", function()
    local dir <close> = support.tmpdir()
    local text = "print(arg[0] ~= nil, arg[1], ...) return 7"
    local want = "true\ta b\ta b\tc\n"
    local path = dir:write("x.lua", "#!/usr/bin/env bmcsh\n" .. text)
    for _, result in ipairs {
      run("-e", text, "a b", "c"), run(path, "a b", "c"),
      support.bmcsh { "-", "a b", "c", stdin = "#!/usr/bin/env bmcsh\n" .. text },
    } do
      assert.equal(want, result.stdout)
      assert.equal(7, result.status)
    end
  end)

  it("turns what a runbook returns into the exit code", function()
    for chunk, code in pairs { ["return"] = 0, ["return nil"] = 0, ["return true"] = 0,
      ["return false"] = 1, ["return 3"] = 3, ["os.exit(5)"] = 5, ["os.exit()"] = 0,
      ["os.exit(false)"] = 1, ["return {}"] = 0 } do
      assert.equal(code, run("-e", chunk).status, chunk)
    end
  end)

  it("closes what is open when a runbook calls os.exit", function()
    local result = run("-e", [[
      local t <close> = setmetatable({}, { __close = function() print("closed") end })
      os.exit(4)]])
    assert.equal("closed\n", result.stdout)
    assert.equal("", result.stderr)
    assert.equal(4, result.status)
  end)

  it("logs out of machines that a runbook has left open", function()
    local farm <close> = require("bmc.sim").start { fleet = 2 }
    for _, ending in ipairs { "", "error('x')", "os.exit(3)" } do
      local result = run("-e", ([[
        local bmc = require "bmc"
        for i = 1, 2 do
          bmc.open { host = arg[i], user = "admin", password = "simulated" }:heartbeat()
        end %s]]):format(ending), farm.url(1), farm.url(2))
      assert.equal(ending == "", result.status == 0, result.stderr)
      assert.equal(0, farm:count_all().live_sessions)
    end
    assert.equal(6, farm:count_all().logins)
  end)

  it("prints an error value as its one line, with the way there only after -v", function()
    local chunk = [[error(require("bmc.err").new("timeout", "no answer within 10 s",
      { host = "bmc1", op = "power_action", way = "redfish", effect = "unknown" }), 0)]]
    local result = run("-e", chunk)
    assert.equal(1, result.status)
    assert.equal("bmcsh: bmc1: power_action over redfish: timeout: no answer within 10 s "
      .. "(effect unknown: read the power state before trying again)\n", result.stderr)
    assert.truthy(run("-v", "-e", chunk).stderr:find("stack traceback", 1, true))
  end)

  it("tells the place of a mistake in a script", function()
    local result = run("-e", "local x\nx.y = 1")
    assert.equal(1, result.status)
    assert.truthy(result.stderr:find("^bmcsh: %(%-e%):2: attempt to index a nil value"))
    assert.is_nil(result.stderr:find("traceback", 1, true))
    result = run("-e", "x =")
    assert.equal(1, result.status)
    assert.truthy(result.stderr:find("(-e):1:", 1, true))
  end)

  it("reports a task that died unobserved, and fails", function()
    local result = run("-e", [[require("bmc.task").spawn(function() error("gone wrong") end)]])
    assert.equal(1, result.status)
    assert.truthy(result.stderr:find("gone wrong", 1, true))
  end)

  it("answers misuse with one line and exit code 2", function()
    local wrong = {
      { "powr", text = 'did you mean "power"?' },
      { "nosuch.lua", text = "nosuch.lua: No such file" },
      { "-e", text = "-e needs a chunk" },
      { "--jsn", "info", text = 'did you mean "--json"?' },
      { "-H", "bmc1", text = "which command?" },
      { text = "nothing to do" },
    }
    for _, args in ipairs(wrong) do
      local result = support.bmcsh(args)
      assert.equal(2, result.status, args[1])
      assert.truthy(result.stderr:find(args.text, 1, true), result.stderr)
      assert.equal(1, select(2, result.stderr:gsub("\n", "\n")))
      assert.equal("", result.stdout)
    end
  end)

  it("takes options before the command", function()
    local result = run("--json", "-u", "root", "-H", "pikvm://h", "heartbeat")
    assert.equal(2, result.status)
    assert.truthy(result.stderr:find("bmcsh heartbeat: pikvm://h", 1, true), result.stderr)
  end)

  it("loads nothing from the working directory", function()
    local dir <close> = support.tmpdir()
    dir:write("heartbeat.lua", "print('wrong')")
    dir:write("scripts/fans.lua", "print('wrong')")
    dir:write("bmc.lua", "print('wrong')")
    local program = require("support.pty").program()
    local result = require("_bmcsh.spawn").run {
      "/bin/sh", "-c", 'cd "$1" && "$0" heartbeat --help && "$0" fans --help && '
        .. '"$0" -e "require [[bmc]]"', program, dir.path, timeout = 60,
    }
    assert.is_nil(result.stdout:find("wrong", 1, true))
    assert.equal(0, result.status, result.stderr)
  end)

  it("loads little for a chunk", function()
    local result = run("-e", [[for name in pairs(package.loaded) do
      if name:find("^bmc%.") then print(name) end end]])
    local names = {}
    for name in result.stdout:gmatch("%S+") do
      names[name] = true
    end
    assert.same({ ["bmc.boot"] = true, ["bmc.chunks"] = true, ["bmc.err"] = true,
      ["bmc.handle"] = true, ["bmc.sync"] = true, ["bmc.task"] = true }, names)
  end)
end)
