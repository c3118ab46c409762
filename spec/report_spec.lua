-- SPDX-License-Identifier: GPL-3.0-or-later
-- What a run looks like: JSON lines, closing lines, trace lines.
local cjson = require "cjson"
local err = require "bmc.err"
local report = require "bmc.report"

describe("bmc.report", function()
  it("makes the JSON line of a success", function()
    local line = report.json_line {
      host = "n1", ok = true, way = "redfish", data = { { name = "a" } }, seconds = 1,
    }
    assert.equal('{"host":"n1","ok":true,"way":"redfish","data":[{"name":"a"}]}', line)
  end)

  it("makes the JSON line of a failure, with its effect", function()
    local line = report.json_line {
      host = "n1", ok = false, error = err.new("timeout", "no answer", { effect = "unknown" }),
    }
    assert.same({ host = "n1", ok = false,
      error = { code = "timeout", text = "no answer", effect = "unknown" } }, cjson.decode(line))
  end)

  it("closes with what happened", function()
    local sum = { total = 10, started = 10, ok = 7, failed = 3, seconds = 1.25,
      codes = { timeout = 2, auth = 1 } }
    assert.equal("10 machines in 1.25 s: 7 ok, 3 failed (timeout 2, auth 1)", report.closing(sum))
    sum.seconds = 0.004
    assert.matches("^10 machines in 0.004 s:", report.closing(sum))
    sum.total, sum.stopped = 1000, "batch 2: 3 of 10 failed"
    assert.equal("stopped after batch 2: 3 of 10 failed: 7 ok, 3 failed (timeout 2, auth 1); "
      .. "990 machines left alone", report.closing(sum))
    sum.stopped, sum.interrupted = nil, true
    assert.equal("interrupted: 7 ok, 3 failed (timeout 2, auth 1) of 1000; 990 not started",
      report.closing(sum))
  end)

  it("breaks the closing line at words where the terminal would break it anywhere", function()
    local written = {}
    local stream = { write = function(_, ...) return table.insert(written, (...) .. "\n") or 1 end }
    local r = report.new { hosts = { "a", "b" }, json = false }
    r.notes = require("bmc.out").new { stream = stream, tty = true, colour = false, width = 30 }
    r:finish { total = 2, started = 2, ok = 0, failed = 2, seconds = 12, codes = { timeout = 2 } }
    assert.same({ "2 machines in 12 s: 0 ok, 2\nfailed (timeout 2)\n" }, written)
  end)

  it("tells a request and a note in one line", function()
    assert.equal("GET /redfish/v1: 200, 0.012 s", report.event_line {
      kind = "request", method = "GET", uri = "/redfish/v1", status = 200, seconds = 0.0123 })
    assert.equal("POST /x: timeout", report.event_line {
      kind = "request", method = "POST", uri = "/x", error = "timeout" })
    assert.equal("system 1 taken", report.event_line { kind = "note", text = "system 1 taken" })
  end)
end)
