-- SPDX-License-Identifier: GPL-3.0-or-later
-- Where commands are found: yours before the shipped ones, never what others can write.
local pty = require "support.pty"
local spawn = require "_bmcsh.spawn"
local support = require "support"
local verbs = require "bmc.verbs"

-- bmcsh with another home.
local function at_home(dir, ...)
  local argv = { "env", "HOME=" .. dir.path, pty.program(), ... }
  argv.timeout = 60
  return spawn.run(argv)
end

describe("bmc.verbs", function()
  it("lists the shipped commands with their summaries", function()
    local found = {}
    for _, verb in ipairs(verbs.list()) do
      found[verb.name] = verb
    end
    assert.equal("Temperatures and their limits.", found.thermal.summary)
    assert.truthy(verbs.find("thermal"))
  end)

  it("knows a command, which may be loaded, from a runbook that works when it is", function()
    local dir <close> = support.tmpdir()
    for _, verb in ipairs(verbs.list()) do
      assert.is_true(verbs.declares_command(verb.path), verb.name)
    end
    local path = dir:write("plain.lua", "print 'command {'\nreturn 1\n")
    assert.is_false(verbs.declares_command(path))
    assert.is_false(verbs.declares_command(dir.path .. "/nosuch.lua"))
  end)

  it("finds nothing by a path or an odd name", function()
    for _, name in ipairs { "../scripts/fans", "/etc/passwd", "", "fans.lua", "-x", "fans\0" } do
      local path, e = verbs.find(name)
      assert.is_nil(path)
      assert.equal("missing", e.code)
    end
  end)

  it("takes an operator's file before the shipped one, and as a new command", function()
    local dir <close> = support.tmpdir()
    dir:write(".config/bmcsh/scripts/fans.lua", "-- Mine now.\nprint('mine', ...) return 9", "644")
    dir:write(".config/bmcsh/scripts/site-check.lua",
      "-- SPDX-License-Identifier: MIT\n-- Checks the site.\nprint('checked')", "644")
    local result = at_home(dir, "fans", "x")
    assert.equal("mine\tx\n", result.stdout)
    assert.equal(9, result.status)
    assert.equal("checked\n", at_home(dir, "site-check").stdout)
    local help = at_home(dir, "--help").stdout
    assert.truthy(help:find("fans +Mine now%."))
    assert.truthy(help:find("site%-check +Checks the site%."))
  end)

  it("refuses a file, or a folder, that others can write", function()
    for _, target in ipairs { "/fans.lua", "" } do
      local dir <close> = support.tmpdir()
      local path = dir:write(".config/bmcsh/scripts/fans.lua", "print('mine')")
      assert.equal(0, spawn.run { "chmod", "go+w", path:match("^(.*)/") .. target }.status)
      local result = at_home(dir, "fans")
      assert.equal(2, result.status)
      assert.equal("", result.stdout)
      assert.truthy(result.stderr:find("others can write it", 1, true), result.stderr)
    end
  end)
end)
