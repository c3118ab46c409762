-- SPDX-License-Identifier: GPL-3.0-or-later
local progress = require "bmc.progress"
local sink = require "support.sink"

describe("bmc.progress", function()
  it("is drawn on a terminal only, and taken away", function()
    local stream = sink()
    local line = progress.new { stream = stream, tty = true, width = 20 }
    line:clear()
    line:show(("long "):rep(10))
    line:clear()
    line:clear()
    assert.equal("\r\27[Klong long long lon…\r\27[K", table.concat(stream.parts))
    stream = sink()
    progress.new({ stream = stream, tty = false }):show("x")
    assert.same({}, stream.parts)
  end)
end)
