-- SPDX-License-Identifier: GPL-3.0-or-later
-- Tables and fields.
local err = require "bmc.err"
local out = require "bmc.out"
local text = require "bmc.text"

local sink = require "support.sink"

local function table_of(options, columns, rows)
  options.stream = sink()
  out.new(options):table(columns, rows)
  return options.stream:lines()
end

local COLUMNS = { { 1, "HOST", name = true }, { "temp", "CPU °C" }, { "health", "HEALTH" } }

describe("bmc.out", function()
  it("aligns columns and gives numbers the same decimals", function()
    assert.same({
      "HOST   CPU °C  HEALTH",
      "n1       51.5  OK",
      "node2   101.0  Critical",
      "n3          -  -",
    }, table_of({ tty = false }, COLUMNS, {
      { "n1", temp = 51.5, health = "OK" }, { "node2", temp = 101, health = "Critical" }, { "n3" },
    }))
  end)

  it("lets a row say something instead of values", function()
    assert.same({
      "HOST             CPU °C  HEALTH",
      "n1                   51  OK",
      "node-that-is-it  timeout: no answer",
    }, table_of({ tty = false }, COLUMNS, {
      { "n1", temp = 51, health = "OK" }, { "node-that-is-it", span = "timeout: no answer" },
    }))
  end)

  it("fits a terminal, cutting names in the middle, and never cuts what went wrong", function()
    local lines = table_of({ tty = true, colour = false, width = 40 }, COLUMNS, {
      { ("rack17-"):rep(9), temp = 51.5, health = "OK" },
      { "n2", span = "unreachable: no route to the machine from here" },
    })
    for _, line in ipairs(lines) do
      assert.truthy(text.width(line) <= 40, line)
    end
    assert.truthy(lines[2]:find("rack17", 1, true) and lines[2]:find("…", 1, true))
    local whole = table.concat(lines, " "):gsub("%s+", " ")
    assert.truthy(whole:find("no route to the machine from here", 1, true))
  end)

  it("leaves columns out before nobody can tell whose the row is", function()
    local columns = { COLUMNS[1], { "m", "MODEL", extra = true }, { "health", "HEALTH" } }
    local rows = { { "127.0.0.117:27431", m = "PowerEdge", health = "OK" } }
    assert.same({ "HOST               MODEL      HEALTH", "127.0.0.117:27431  PowerEdge  OK" },
      table_of({ tty = true, colour = false, width = 40 }, columns, rows))
    assert.same({ "HOST               MODEL     HEALTH", "127.0.0.117:27431  PowerEd…  OK" },
      table_of({ tty = true, colour = false, width = 35 }, columns, rows))
    assert.same({ "HOST               HEALTH", "127.0.0.117:27431  OK" },
      table_of({ tty = true, colour = false, width = 30 }, columns, rows))
  end)

  it("cuts what is of no use then only when nothing else is left to give", function()
    local columns = { COLUMNS[1], { "s", "SERIAL", whole = true }, { "m", "MODEL", extra = true } }
    local rows = { { "127.0.0.117:27431", s = "CN9485888422900", m = "PowerEdge R640" } }
    assert.same({ "HOST               SERIAL           MODEL",
      "127.0.0.117:27431  CN9485888422900  PowerEd…" },
      table_of({ tty = true, colour = false, width = 44 }, columns, rows))
    assert.same({ "HOST               SERIAL", "127.0.0.117:27431  CN9485888422900" },
      table_of({ tty = true, colour = false, width = 40 }, columns, rows))
    assert.same({ "HOST               SERIAL", "127.0.0.117:27431  CN948588…" },
      table_of({ tty = true, colour = false, width = 28 }, columns, rows))
  end)

  it("goes on below a last column whose words are needed", function()
    local columns = { { "id", "ID" }, { "message", "MESSAGE", wrap = true } }
    local rows = { { id = "17", message = "a fan has failed, and the one beside it" } }
    assert.same({ "ID  MESSAGE", "17  a fan has", "    failed, and the", "    one beside it" },
      table_of({ tty = true, colour = false, width = 20 }, columns, rows))
    assert.equal("17  " .. rows[1].message, table_of({ tty = false }, columns, rows)[2])
  end)

  it("puts the fields of a row below each other where columns cannot fit", function()
    local columns = { COLUMNS[1], { "temp", "CPU °C" }, { "health", "HEALTH" },
      { "m", "MODEL", extra = true } }
    local rows = { { "127.0.0.117:27431", temp = 44, health = "OK", m = "PowerEdge R640" },
      { "n2", span = "timeout: no answer" } }
    assert.same({ "HOST    127.0.0.117:2", "        7431", "CPU °C  44", "HEALTH  OK",
      "MODEL   PowerEdge", "        R640", "", "HOST    n2", "        timeout: no",
      "        answer" },
      table_of({ tty = true, colour = false, width = 21 }, columns, rows))
  end)

  it("cuts nothing in a pipe", function()
    local name = ("x"):rep(500)
    assert.truthy(table_of({ tty = false }, COLUMNS, { { name } })[2]:find(name, 1, true))
  end)

  it("colours health on a terminal only", function()
    local rows = { { "n", health = "Critical" } }
    local lines = table_of({ tty = true, colour = true, width = 80 }, COLUMNS, rows)
    local coloured = table.concat(lines)
    assert.truthy(coloured:find("\27[31mCritical", 1, true))
    assert.is_nil(table.concat(table_of({ tty = false }, COLUMNS, rows)):find("\27", 1, true))
  end)

  it("shows no control character that a BMC sent", function()
    local lines = table_of({ tty = false }, COLUMNS, { { "n\27[2J", health = "a\nb" } })
    assert.equal(2, #lines)
    assert.is_nil(lines[2]:find("%c"))
  end)

  it("shows what has no signal as -, never as zero", function()
    assert.equal("-", out.show(nil))
    assert.equal("-", out.show(""))
    assert.equal("0", out.show(0))
    assert.equal("no", out.show(false))
    assert.equal("51.5", out.show(51.5))
    assert.equal("51", out.show(51.0))
  end)

  it("shows one record line by line", function()
    local stream = sink()
    local fields = { { "p", "power" }, { "t", "CPU °C" } }
    out.new({ stream = stream, tty = false }):fields(fields, { p = "On" })
    assert.same({ "power   On", "CPU °C  -" }, stream:lines())
  end)

  it("raises when nobody reads any more", function()
    for errno, code in pairs { [32] = "cancelled", [28] = "rejected" } do
      local stream = { write = function() return nil, "the reason", errno end }
      local o = out.new { stream = stream, tty = false }
      local ok, e = pcall(o.line, o, "x")
      assert.is_false(ok)
      assert.truthy(err.is(e) and e.text:find("the reason", 1, true))
      assert.equal(code, e.code)
    end
  end)
end)
