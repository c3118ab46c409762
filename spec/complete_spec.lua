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
  command = function(verb, before, word)
    local seen = ("%s|%s|%s"):format(verb, before, word)
    return { word .. "X ", seen:find("-H", 1, true) and word .. "Y " or nil }
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

  it("leaves the words of a command to it, and replaces what the editor does", function()
    assert.equal("stX ", words("power st"))
    assert.equal("X ", words("power "))
    assert.equal("siX |siY ", words("power -H lab/si"))
    assert.equal("m2X |m2Y ", words("power -H m1,m2"))
    assert.equal("mX |mY ", words("power -H 'm"))
    assert.equal("offX ", words("power --then=off"))
  end)

  it("shows the beginnings of what is too much to show", function()
    local names = {}
    for i = 1, 5000 do
      names[i] = ("node%04d"):format(i)
    end
    local shown = complete.words("v n", 3, {
      globals = {}, verbs = { "v" }, methods = {}, command = function() return names end,
    })
    assert.is_true(#shown <= 200)
    assert.equal("node00", shown[1])
    assert.equal("node50", shown[#shown])
  end)

  it("knows a minus from an option, and keywords", function()
    assert.equal("x-host", words("y = x-ho"))
    assert.equal("repeat|return", words("re"))
  end)

  it("looks at the text before the cursor only", function()
    assert.same({ "host" }, complete.words("ho + 1", 2, ENV))
  end)
end)
