-- SPDX-License-Identifier: GPL-3.0-or-later
local escape = require "bmc.terminal.escape"

-- What keys mean, typed at once and one by one.
local function means(keys, expected, character)
  local function flat(actions, into)
    for _, action in ipairs(actions) do
      local last = into[#into]
      if action[1] == "send" and last and last:sub(1, 1) == "'" then
        into[#into] = last .. action[2]
      else
        into[#into + 1] = action[1] == "send" and "'" .. action[2] or action[1]
      end
    end
    return into
  end
  assert.same(expected, flat(escape.new(character or "~"):feed(keys), {}))
  local one, list = escape.new(character or "~"), {}
  for key in keys:gmatch(".") do
    flat(one:feed(key), list)
  end
  assert.same(expected, list)
end

describe("the escape character", function()
  it("counts at the start of a line", function()
    means("~.", { "leave" })
    means("ls ~.\r", { "'ls ~.\r" })
    means("ls\r~.", { "'ls\r", "leave" })
    means("ls\n~.", { "'ls\n", "leave" })
    means("~?~B~\26~.", { "help", "break", "suspend", "leave" })
  end)

  it("twice types it, and before another key it types both", function()
    means("~~.", { "'~." })
    means("\r~~~.", { "'\r~~." })
    means("~x", { "'~x" })
    means("~\r~.", { "'~\r", "leave" })
  end)

  it("can be another, or none", function()
    means("~.\r&.", { "'~.\r", "leave" }, "&")
    means("~.", { "'~." }, "")
    means("%.", { "leave" }, "%")
  end)

  it("is explained", function()
    assert.truthy(table.concat(escape.help "&", "\n"):find("&.  leave", 1, true))
  end)
end)
