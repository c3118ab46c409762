-- SPDX-License-Identifier: GPL-3.0-or-later
-- The layer check, on trees that are wrong in one way each.
local host = require "_bmcsh.host"
local spawn = require "_bmcsh.spawn"
local support = require "support"

local LUA = "-- SPDX-License-Identifier: GPL-3.0-or-later\n"
local C = "/* SPDX-License-Identifier: GPL-3.0-or-later */\n"
local FOLDERS = { "src", "lua/bmc", "lua/vendors", "scripts", "examples", "tools", "spec/support",
  "bench" }

-- What the check prints about a tree with these files.
local function check(files)
  local dir <close> = support.tmpdir()
  for _, folder in ipairs(FOLDERS) do
    dir:file(folder .. "/")
  end
  for name, text in pairs(files) do
    dir:write(name, text)
  end
  local result = assert(spawn.run { "sh", "-c", 'cd "$0" && lua5.4 "$1"/tools/layers.lua',
    dir.path, host.root })
  assert.equal("", result.stderr)
  assert.equal(result.stdout == "" and 0 or 1, result.status)
  return result.stdout
end

local function finds(pattern, files)
  assert.matches(pattern, check(files))
end

local function long_function(lines, open, line, close)
  return open .. line:rep(lines - 2) .. close
end

describe("tools/layers.lua", function()
  it("finds nothing in a tree that is right", function()
    assert.equal("", check {
      ["lua/bmc/err.lua"] = LUA .. "return {}\n",
      ["lua/bmc/task.lua"] = LUA .. 'local err = require "bmc.err"\nreturn err\n',
      ["lua/bmc/redfish.lua"] = LUA .. 'return require("bmc.redfish.session")\n',
      ["lua/bmc/redfish/session.lua"] = LUA .. 'return require [[bmc.task]]\n',
      ["lua/bmc/init.lua"] = LUA .. 'return function(n) return require("bmc.ops." .. n) end\n',
      ["scripts/x.lua"] = "#!/usr/bin/env bmcsh\n" .. LUA .. 'return require "bmc.cli"\n',
      ["src/x.c"] = C .. '#include <ev.h>\n#include "x.h"\n',
      ["src/x.h"] = C,
      ["src/l_x.c"] = C .. '#include <lua.h>\n#include "x.h"\n',
    })
  end)

  it("finds a module that requires what is not below it", function()
    finds("redfish.lua:2: .*requires bmc.plan %(layer 4%)", {
      ["lua/bmc/redfish.lua"] = LUA .. 'local plan = require "bmc.plan"\n',
    })
    finds("task.lua:3: .*requires bmc.http", {
      ["lua/bmc/task.lua"] = LUA .. "\nlocal http = require 'bmc.http'\n",
    })
    finds("ops/fans.lua:2: .*requires bmc.cli", {
      ["lua/bmc/ops/fans.lua"] = LUA .. 'pcall(require, "bmc.cli")\n',
    })
  end)

  it("is not led astray by comments and strings", function()
    assert.equal("", check {
      ["lua/bmc/err.lua"] = LUA .. [==[
        -- require "bmc.plan"
        --[[ require "bmc.plan"
        ]] local a = "require 'bmc.plan' \" \\"
        local b = [=[ require "bmc.plan" ]=]
        return a .. b]==],
    })
  end)

  it("finds a circle inside of a folder", function()
    finds("requires itself: ", {
      ["lua/bmc/redfish/a.lua"] = LUA .. 'return require "bmc.redfish.b"\n',
      ["lua/bmc/redfish/b.lua"] = LUA .. 'return require "bmc.redfish.a"\n',
    })
  end)

  it("finds modules that have no place, and names it cannot read", function()
    finds("bmc.novel has no place", { ["lua/bmc/novel.lua"] = LUA })
    finds("bmc.novel has no place", { ["lua/bmc/plan.lua"] = LUA .. 'require "bmc.novel"\n' })
    finds("name that is not in the source", { ["lua/bmc/plan.lua"] = LUA .. "require(x)\n" })
    finds("lfs is no library", { ["lua/bmc/plan.lua"] = LUA .. 'require "lfs"\n' })
    finds("_bmcsh.http is not for bmc.plan", {
      ["lua/bmc/plan.lua"] = LUA .. 'require "_bmcsh.http"\n',
    })
    finds("_bmcsh.novel is not in", { ["lua/bmc/plan.lua"] = LUA .. 'require "_bmcsh.novel"\n' })
  end)

  it("finds vendor files and runbooks that reach too far", function()
    finds("acme.lua:2: a vendor file is data", {
      ["lua/vendors/acme.lua"] = LUA .. 'return require "bmc.err"\n',
    })
    finds("power.lua:2: a runbook requires bmc modules only", {
      ["scripts/power.lua"] = LUA .. 'local host = require "_bmcsh.host"\n',
    })
  end)

  it("finds C that sees what it must not, also through a header", function()
    finds("l_x.c:1: a Lua face sees ev.h", {
      ["src/l_x.c"] = C .. '#include "x.h"\n', ["src/x.h"] = C .. "#include <ev.h>\n",
    })
    finds("src/x.c:1: sees lauxlib.h", {
      ["src/x.c"] = C .. '#include "x.h"\n', ["src/x.h"] = C .. "#include <lauxlib.h>\n",
    })
  end)

  it("finds what is too long", function()
    local c = long_function(46, "static int f(void)\n{\n", "\tf();\n", "}\n")
    finds("x.c:2: 46 lines in a function", { ["src/x.c"] = C .. c:gsub("\tf%(%);\n", "", 1) })
    assert.equal("", check { ["src/x.c"] = C .. c:gsub("\tf%(%);\n", "", 2) })
    finds("701 lines in a file", { ["src/x.c"] = C .. ("\n"):rep(700) })
    local lua = long_function(36, "local function f()\n", "  f()\n", "end\n")
    finds("err.lua:2: 36 lines in a function", { ["lua/bmc/err.lua"] = LUA .. lua })
    assert.equal("", check { ["lua/bmc/err.lua"] = LUA .. lua:gsub("  f%(%)\n", "", 1) })
    finds("301 lines in a file", { ["lua/bmc/err.lua"] = LUA .. ("\n"):rep(300) })
  end)

  it("finds a file without its licence", function()
    finds("x.c:1: does not begin with its licence", { ["src/x.c"] = "int x;\n" })
    finds("x.lua:1: does not begin", { ["bench/x.lua"] = "return 1\n" })
  end)
end)
