-- SPDX-License-Identifier: GPL-3.0-or-later
-- Completion of a line of the shell.
local complete = require "bmc.complete"

local lazy = { __name = "machine", __index = function() error("called") end }
local class = { __index = { power_action = print, power_state = print, host = "x" } }
local ENV = {
  globals = {
    task = { sleep = print, spawn = print, name = "x" },
    m = setmetatable({ own = 1 }, class), host = "h",
    lazy = setmetatable({}, lazy),
    tricky = setmetatable({}, { __index = function() error("called") end }),
  },
  verbs = { "power", "health", "heartbeat" },
  options = function(verb)
    return { "--host", "--json", "--user", verb == "power" and "--then" or nil }
  end,
  methods = { machine = { "close", "fans" } },
}

local function words(line)
  return table.concat(complete.words(line, #line, ENV), "|")
end

describe("bmc.complete", function()
  it("completes commands and globals at the start of a line", function()
    assert.equal("health |heartbeat ", words("hea"))
    assert.equal("host", words("ho"))
    assert.equal("power ", words("pow"))
  end)

  it("completes no command inside an expression", function()
    assert.equal("", words("print(pow"))
    assert.equal("host", words("x = ho"))
  end)

  it("follows fields, and for a method offers functions only", function()
    assert.equal("task.sleep(|task.spawn(", words("task.s"))
    assert.equal("m:power_action(|m:power_state(", words("x = m:po"))
    assert.equal("m.host|m.own|m.power_action(|m.power_state(", words("m."))
    assert.equal("", words("m:ho"))
  end)

  it("knows the methods of what makes them when they are called", function()
    assert.equal("lazy:close(|lazy:fans(", words("lazy:"))
  end)

  it("calls nothing", function()
    assert.equal("", words("tricky.x"))
    assert.equal("", words("nothing.at.all"))
  end)

  it("completes the options of a command", function()
    assert.equal("--host ", words("power status --h"))
    assert.equal("--host |--json |--user ", words("heartbeat "))
    assert.equal("--then ", words("power off --t"))
    assert.equal("", words("heartbeat --t"))
  end)

  it("knows a minus from an option, and keywords", function()
    assert.equal("x-host", words("y = x-ho"))
    assert.equal("repeat|return", words("re"))
  end)

  it("looks at the text before the cursor only", function()
    assert.same({ "host" }, complete.words("ho + 1", 2, ENV))
  end)
end)
