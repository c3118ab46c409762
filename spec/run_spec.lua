-- SPDX-License-Identifier: GPL-3.0-or-later
-- The harness itself: a checker that lets bad things pass is worse than none.
local host = require "_bmcsh.host"
local support = require "support"

local runner = host.root .. "/spec/run.lua"

-- Runs the harness over spec files with these texts; last = the last line it prints.
local function run(files, ...)
  local dir <close> = support.tmpdir()
  for name, text in pairs(files) do
    dir:write(name, text)
  end
  local result = support.bmcsh { runner, "--settle", "1", dir.path, ... }
  result.last = result.stdout:match("([^\n]*)\n$")
  return result
end

local function expect(result, code, last, ...)
  assert.same({ code, last }, { result.status, result.last }, result.stdout .. result.stderr)
  for _, text in ipairs { ... } do
    assert.is_truthy(result.stdout:find(text, 1, true), result.stdout)
  end
end

local function check(files, ...)
  expect(run(files), ...)
end

local GOOD = 'it("is good", function() assert.equal(1, 1) end)\n'

describe("spec/run.lua", function()
  it("counts what passed", function()
    check({ ["a_spec.lua"] = GOOD, ["sub/b_spec.lua"] = GOOD }, 0, "2 passed, 0 failed")
  end)

  it("lets a test wait", function()
    check({ ["a_spec.lua"] = [[
      it("waits", function()
        assert.is_true(require "bmc.task".sleep(0.01) ~= nil)
      end)]] }, 0, "1 passed, 0 failed")
  end)

  it("ends with the test in which it is interrupted", function()
    check({ ["a_spec.lua"] = [[
      it("is interrupted", function()
        local host, spawn = require "_bmcsh.host", require "_bmcsh.spawn"
        spawn.run { "sh", "-c", "kill -INT " .. host.pid() }
        assert(require "bmc.task".sleep(10))
      end)
      ]] .. GOOD, ["b_spec.lua"] = GOOD }, 130, "0 passed, 1 failed")
  end)

  it("fails with a failed assertion, an error, an error value", function()
    check({ ["a_spec.lua"] = GOOD .. [[
      describe("outer", function()
        it("asserts", function() assert.equal(1, 2) end)
        it("raises", function() error("boom") end)
        it("raises a value", function() error(require "bmc.err".new("refused", "no")) end)
      end)]] }, 1, "1 passed, 3 failed", "FAILED outer asserts", "a_spec.lua:3: ", "boom",
      "refused: no")
  end)

  it("fails with what goes wrong around a test", function()
    check({ ["a_spec.lua"] = GOOD .. [[
      describe("one", function() setup(function() error("in setup") end) it("x", print) end)
      describe("two", function() before_each(function() error("before") end) it("x", print) end)
      describe("three", function() after_each(function() error("after") end)
        it("y", function() end) end)
      describe("four", function() error("in describe") end)]] },
      1, "2 passed, 4 failed", "in setup", "before", "after", "in describe")
  end)

  it("names what a test leaves behind, a box or a task", function()
    check({ ["a_spec.lua"] = [[
      local kept
      it("a box", function() kept = require "_bmcsh.secret".from_string("x") end)
      it("a task", function()
        local task = require "bmc.task"
        task.shield(6, task.spawn, task.sleep, 6)
      end)
      it("nothing", function() return kept:close() end)]] }, 1, "1 passed, 3 failed",
      "left behind: 1 bmcsh.secret", "left behind: 1 task", "the file left behind: ")
  end)

  it("ends a test that waits or computes too long, and says so", function()
    expect(run({ ["a_spec.lua"] = GOOD .. [[
      it("waits", function() require "bmc.task".sleep(60) end)
      it("computes", function() while true do end end)]] }, "--time", "1"),
      1, "1 passed, 2 failed", "longer than 1 s", "timeout")
  end)

  it("lists what is skipped, with the reason", function()
    check({ ["a_spec.lua"] = GOOD .. [[
      pending("declared")
      describe("outer", function()
        it("inside", function() pending("not today") end)
        it("shared", function() require "support".shared("no-such-folder") end)
      end)
      describe("whole", function() require "support".shared("no-such-folder") end)]] },
      0, "1 passed, 0 failed, 4 skipped", "skipped: declared\n",
      "skipped: outer inside (not today)\n",
      "skipped: outer shared (../shared/no-such-folder is not here)",
      "skipped: whole (../shared/no-such-folder is not here)")
  end)

  it("fails when nothing ran", function()
    check({ ["a_spec.lua"] = "" }, 1, "0 passed, 1 failed", "has no test")
    check({ ["a_spec.lua"] = 'pending("all")' }, 1, "0 passed, 0 failed, 1 skipped")
    check({}, 1, "0 passed, 0 failed")
  end)

  it("fails with a file that does not load", function()
    check({ ["a_spec.lua"] = GOOD, ["b_spec.lua"] = "it(" }, 1, "1 passed, 1 failed",
      "b_spec.lua:1:")
  end)

  it("refuses files that would never run, and arguments that mean nothing", function()
    local result = run { ["a_spec.lua"] = GOOD, ["b_test.lua"] = GOOD }
    assert.equal(2, result.status)
    assert.matches("b_test.lua", result.stderr)
    assert.equal(2, support.bmcsh({ runner, "/no/such/folder" }).status)
    assert.equal(2, support.bmcsh({ runner, "--no-such-option" }).status)
    assert.equal(2, support.bmcsh({ runner, "--time", "long" }).status)
  end)

  it("can be told which tests to run", function()
    local result = run({ ["a_spec.lua"] = GOOD .. 'it("is bad", error)' }, "--filter", "is good")
    assert.same({ 0, "1 passed, 0 failed" }, { result.status, result.last })
  end)
end)
