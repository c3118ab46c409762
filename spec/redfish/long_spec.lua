-- SPDX-License-Identifier: GPL-3.0-or-later
-- Texts that a BMC makes as long as it likes: what reads them takes time in proportion. A pattern
-- that tries again from each blank of a megabyte of them takes hours, in which no other machine
-- is asked anything and no deadline ends it.

local errors = require "bmc.redfish.errors"
local order = require "bmc.startup.order"
local out = require "bmc.out"
local patch = require "bmc.redfish.patch"
local reading = require "bmc.reading"
local sink = require "support.sink"
local tbl = require "bmc.tbl"
local text = require "bmc.text"
local timestamp = require "bmc.timestamp"

local LONG = 400000
local BLANKS = (" "):rep(LONG)
local SLASHES = ("/"):rep(LONG)
local DIGITS = ("1"):rep(LONG)
local LETTERS = ("x"):rep(LONG)

local CASES = {
  ["text.trim"] = function() text.trim(" a" .. BLANKS .. "b") end,
  ["text.trim of nothing"] = function() text.trim(BLANKS) end,
  ["reading.text"] = function() reading.text(" a" .. BLANKS .. "b") end,
  ["reading.number with blanks"] = function() reading.number("1" .. BLANKS .. ";") end,
  ["reading.number with digits"] = function() reading.number(DIGITS .. ";") end,
  ["reading.number with a unit"] = function() reading.number("1 " .. LETTERS .. ";") end,
  ["reading.path"] = function() reading.path("/a" .. SLASHES .. "b") end,
  ["reading.path of slashes"] = function() reading.path(SLASHES) end,
  ["reading.tail"] = function() reading.tail("/" .. LETTERS .. "/b") end,
  ["reading.tail of slashes"] = function() reading.tail("/" .. SLASHES) end,
  ["timestamp"] = function() timestamp.parse("2026-01-01" .. BLANKS .. "x") end,
  ["timestamp of C"] = function()
    timestamp.parse(LETTERS .. BLANKS .. LETTERS .. BLANKS .. DIGITS .. BLANKS .. "x")
  end,
  ["messages"] = function()
    errors.messages { Messages = { { Message = "a" .. BLANKS .. "b" } } }
  end,
  ["tags"] = function()
    patch.clean('"' .. ("-"):rep(LONG) .. 'x"')
    patch.clean(" a" .. BLANKS .. "b")
  end,
  ["boot orders"] = function() order.same({ "a" .. BLANKS .. "b" }, { "c" }) end,
  ["tables"] = function()
    out.new({ stream = sink(), tty = false }):table({ { 1, "HOST" }, { 2, "MODEL" } },
      { { "n1", "a" .. BLANKS .. "b" } })
  end,
}

describe("a long text", function()
  for _, name in ipairs(tbl.sorted_keys(CASES)) do
    it("costs what it is long: " .. name, function()
      local began = os.clock()
      CASES[name]()
      assert.is_true(os.clock() - began < 5)
    end)
  end
end)
