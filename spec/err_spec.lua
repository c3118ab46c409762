-- SPDX-License-Identifier: GPL-3.0-or-later
-- Error values: the closed list, and the one line a person reads.
local err = require "bmc.err"
local host = require "_bmcsh.host"

describe("bmc.err", function()
  it("makes nil and a value for expected failures", function()
    local nothing, e = err.fail("missing", "no such system", { status = 404 })
    assert.is_nil(nothing)
    assert.is_true(err.is(e))
    assert.equal("missing", e.code)
    assert.equal(404, e.status)
    assert.is_false(err.is { code = "missing" })
    assert.is_false(err.is "missing")
  end)

  it("knows the codes of the C core and no others", function()
    local core = require "_bmcsh.task"
    local e
    require("bmc.task").deadline(0, function() e = select(2, core.sleep(1)) end)
    assert.is_true(err.is(e))
    assert.truthy(err.describe(e.code))
    local file <close> = io.open(host.root .. "/src/err.c")
    for code in (file and file:read("a") or ""):gmatch('%[ERR_%u[%u_]*%] = "([%a_]+)"') do
      assert.truthy(err.describe(code) or code == "none", code)
    end
    assert.has_error(function() err.new("sulking", "…") end, "no such error code: sulking")
  end)

  it("prints as one line that says what to do", function()
    local e = err.new("timeout", "no answer within 10 s",
      { host = "10.0.5.17", way = "redfish", op = "power cycle", effect = "unknown" })
    assert.equal("10.0.5.17: power cycle over redfish: timeout: no answer within 10 s "
      .. "(effect unknown: read the power state before trying again)", tostring(e))
    assert.equal("busy: the BMC cannot do this now", tostring(err.new("busy")))
    assert.equal("h: cancelled", tostring(err.new("cancelled", "cancelled", { host = "h" })))
    e = err.new("missing", "x", { host = "h", way = "redfish" })
    assert.equal("h: missing: x", tostring(e))
  end)

  it("lets nothing of a BMC's text act on a terminal", function()
    local e = err.new("rejected", "a\n\27[31mred\7")
    assert.is_nil(tostring(e):find("%c"))
    e = err.new("rejected", "L\u{fc}fter \u{9b}31mred")
    assert.equal("rejected: L\u{fc}fter  31mred", tostring(e))
  end)

  it("adds what is absent and changes nothing that is there", function()
    local e = err.new("busy", "x", { effect = "none" })
    assert.equal(e, err.wrap(e, { effect = "unknown", host = "h" }))
    assert.equal("none", e.effect)
    assert.equal("h", e.host)
    local copy = err.copy(e)
    copy.host = "other"
    assert.equal("h", e.host)
    assert.is_true(err.is(copy))
  end)

  it("takes what a pcall caught", function()
    local e = err.new("busy")
    assert.equal(e, err.from(e))
    local _, raised = pcall(error, "a bug", 0)
    assert.equal("internal", err.from(raised).code)
    assert.equal("a bug", err.from(raised).text)
  end)
end)
