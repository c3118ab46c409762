-- SPDX-License-Identifier: GPL-3.0-or-later
local host = require "_bmcsh.host"
local log = require "bmc.sol.log"
local support = require "support"

-- What a log holds after these chunks.
local function logged(stamps, ...)
  local dir <close> = support.tmpdir()
  local file = assert(log.open(dir.path .. "/log", stamps))
  for _, chunk in ipairs { ... } do
    assert.is_true(file:add(chunk))
  end
  file:close()
  assert.equal(0x180, host.stat(dir.path .. "/log").mode & 0x1FF)
  return (dir:read("log"):gsub("%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ ", "<time>"))
end

describe("the log of a console", function()
  it("has what the machine wrote, byte for byte", function()
    assert.equal("a\r\n\0\xFF~\nb", logged(false, "a\r", "\n\0\xFF~", "\nb"))
  end)

  it("has the time of each line on demand, once the line begins", function()
    assert.equal("<time>ab\r\n", logged(true, "a", "b\r\n"))
    assert.equal("<time>a\r\n<time>b", logged(true, "a\r\n", "b"))
    assert.equal("<time>\n<time>\n<time>%1 x\n<time>y", logged(true, "\n", "\n%1 x\ny"))
  end)

  it("says why it cannot be written", function()
    local none, e = log.open("/nowhere/log")
    assert.is_nil(none)
    assert.equal("missing", e.code)
    local full = assert(log.open("/dev/full"))
    local ok, why = full:add("x")
    assert.is_nil(ok)
    assert.matches("space", why)
    full:close()
  end)
end)
