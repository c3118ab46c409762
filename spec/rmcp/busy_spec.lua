-- SPDX-License-Identifier: GPL-3.0-or-later
-- What a BMC gets that says it is busy: the same command again, for a while; and a sensor that says
-- so for good, which must not hold up the others.
local rmcp = require "bmc.rmcp"
local rmcpd = require "bmc.rmcpd"
local sdrs = require "support.sdrs"
local secret = require "bmc.secret"
local sensors = require "bmc.ipmi.sensors"
local targets = require "bmc.target"
local task = require "bmc.task"

local ADDRESS = "127.0.11.7"
local DEVICE_ID = "\x20\x01\x02\x15\x02\xBF\xFE\xFF\x00\x34\x12\0\0\0\0"

-- A BMC that answers what handler says, and the port it is at.
local function serve(handler)
  return assert(rmcpd.serve { handler = handler, bmcs = { {
    address = ADDRESS, guid = ("g"):rep(16), suites = { 17, 3 },
    users = { { name = "admin", password = "pass", privilege = 4 } },
  } } })
end

-- Completion codes in a row, the last one for ever; n.asked counts.
local function says(...)
  local list, n = { ... }, { asked = 0 }
  return function()
    n.asked = n.asked + 1
    return list[math.min(n.asked, #list)], "x"
  end, n
end

local function with(handler, f)
  local server <close> = serve(handler)
  local password <close> = secret.from_string "pass"
  local m <close> = assert(rmcp.open { host = ADDRESS, port = server.port, user = "admin",
    password = password })
  f(m)
end

describe("a BMC that is busy", function()
  it("is asked again, by whichever code it says so", function()
    for _, code in ipairs { 0xC0, 0xC3, 0xCE, 0xD0, 0xD1, 0xD2 } do
      local handler, n = says(code, 0)
      with(handler, function(m)
        assert.same({ "x", 0 }, { m:command(0x04, 0x2D, "\1") })
        assert.equal(2, n.asked)
      end)
    end
  end)

  it("is asked again as often as the caller likes", function()
    local handler, n = says(0xC0)
    with(handler, function(m)
      assert.equal(0xC0, (select(2, m:command(0x04, 0x2D, "\1", { busy = 1 }))))
      assert.equal(2, n.asked)
    end)
  end)

  it("is not asked twice for what must not happen twice, unless it has not begun", function()
    for code, times in pairs { [0xCE] = 1, [0xC3] = 1, [0xC0] = 2 } do
      local handler, n = says(code, 0)
      with(handler, function(m)
        m:command(0x00, 0x02, "\1", { once = true })
        assert.equal(times, n.asked)
      end)
    end
  end)
end)

describe("a command that must not happen twice", function()
  it("is sent once, also when its timer was set while the program computed", function()
    local asked = 0
    with(function()
      asked = asked + 1 -- and no answer
    end, function(m)
      local computed = task.now() + 0.3
      repeat until task.now() > computed
      local _, e = m:command(0x00, 0x02, "\2", { once = true, timeout = 1 })
      assert.same({ "timeout", "unknown" }, { e.code, e.effect })
    end)
    assert.equal(1, asked)
  end)
end)

describe("a sensor that is busy for good", function()
  it("is shown as that, and costs two more questions", function()
    local record, readings = sdrs.compact { name = "DIMM A2", number = 9 }, 0
    local server <close> = serve(function(command)
      if command.netfn == 0x06 then
        return 0, DEVICE_ID
      elseif command.cmd == 0x20 then
        return 0, ("<BI2I2I4I4B"):pack(0x51, 1, 0xFFFF, 0, 0, 0x22)
      elseif command.cmd == 0x22 then
        return 0, "\1\0"
      elseif command.cmd == 0x23 then
        local offset, n = command.data:byte(5, 6)
        return 0, "\xFF\xFF" .. record:sub(offset + 1, offset + n)
      end
      readings = readings + 1
      return 0xC0
    end)
    local target <close> = assert(targets.new {
      url = ("ipmi://%s:%d"):format(ADDRESS, server.port), user = "admin", password = "pass",
    })
    local list = assert(sensors.list(target, {}, { note = error }))
    assert.same({ "DIMM A2", "unavailable", "node busy (C0h)" },
      { list[1].name, list[1].state, list[1].why })
    assert.equal(3, readings)
  end)
end)
