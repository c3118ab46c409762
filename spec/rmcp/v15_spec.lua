-- SPDX-License-Identifier: GPL-3.0-or-later
-- IPMI 1.5, with OpenIPMI's BMC: it has 2.0 too, and is made to hide that.
local spawn = require "_bmcsh.spawn"
local task = require "bmc.task"
local tbl = require "bmc.tbl"
local ipmisim = require "support.ipmisim"

local ACTIVATE = 0x3A

local function open(port, options)
  return ipmisim.open("127.0.0.1", port,
    tbl.with({ allow_1_5 = true, retry = false }, options or {}))
end

-- f(port, address, port of the BMC, wire); more(way, data) as the relay's hook.
local function with_old(f, more)
  local wire = {}
  ipmisim.old(function(relay, address, port)
    f(relay, address, port, wire)
  end, function(way, data)
    if way == "up" then
      wire[#wire + 1] = data
    end
    return more and more(way, data)
  end)
end

local function hex(s)
  return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local function reason(m, e)
  if m then m:close() end
  assert.is_nil(m)
  return e.code .. " " .. tostring(e.reason), e
end

-- In a session each datagram up is authenticated, with MD5.
local function activations(wire)
  local n = 0
  for _, data in ipairs(wire) do
    n = n + (data:byte(5) == 2 and data:byte(36) == ACTIVATE and 1 or 0)
  end
  return n
end

describe("a session of IPMI 1.5", function()
  it("answers what ipmitool is answered", function()
    with_old(function(relay, address, port, wire)
      local m <close> = assert(open(relay, { privilege = "admin" }))
      local state = m:state()
      assert.same({ "open", "1.5", 4, nil }, { state.state, state.version, state.privilege,
        state.cipher })
      for _, command in ipairs { { 6, 0x01 }, { 0x0A, 0x20 }, { 6, 0x37 } } do
        local r = spawn.run { ipmisim.program("ipmitool"), "-I", "lan", "-A", "MD5", "-H", address,
          "-p", tostring(port), "-U", "admin", "-P", ipmisim.PASSWORD, "raw", tostring(command[1]),
          tostring(command[2]) }
        assert.equal(r.stdout:gsub("%s", ""), hex((assert(m:command(command[1], command[2])))))
      end
      m:close()
      for _, data in ipairs(wire) do
        assert.is_true(data:byte(5) == 2 or data:byte(5) == 0 and data:byte(20) < ACTIVATE)
      end
    end)
  end)

  it("is closed", function()
    with_old(function(relay)
      for _ = 1, 12 do -- more than the BMC has slots
        local m <close> = assert(open(relay))
        assert.equal("1.5", m:state().version)
      end
    end)
  end)

  it("takes many commands at once", function()
    with_old(function(relay)
      local m <close> = assert(open(relay, { in_flight = 4 }))
      local list = {}
      for i = 1, 50 do
        list[i] = i
      end
      local function ask() return (assert(m:command(6, 1))) end
      for _, id in ipairs(task.map(list, 50, ask)) do
        assert.equal("0101021502bf", hex(id:sub(1, 6)))
      end
    end)
  end)

  it("is never opened unless it is allowed, nor where there is IPMI 2.0", function()
    with_old(function(relay)
      local m <close> = assert(open(relay, { allow_1_5 = false }))
      assert.same({ "2.0", 3 }, { m:state().version, m:state().cipher })
    end)
    ipmisim.sim(function(address, port)
      local m <close> = assert(open(port, { host = address }))
      assert.equal("2.0", m:state().version)
    end)
  end)

  it("says what is wrong", function()
    with_old(function(relay, _, _, wire)
      assert.equal("auth user", (reason(open(relay, { user = "nobody" }))))
      assert.equal(0, activations(wire))
      assert.equal("rejected password", (reason(open(relay, { secret = ("x"):rep(17) }))))
      assert.equal(0, activations(wire))
      assert.equal("auth password", (reason(open(relay, { secret = "wrong", retry = 0.05 }))))
      assert.equal(2, activations(wire))
    end)
    with_old(function(relay)
      assert.equal("unsupported version",
        (reason(open(relay, { allow_1_5 = false, timeout = 1, retry = 0.1 }))))
    end, function(way, data)
      return way == "up" and data:byte(5) == 6 and {} -- no RMCP+
    end)
  end)

  it("is not moved by what others send", function()
    local seen = {}
    local function spoil(way, data)
      if way == "up" or data:byte(5) ~= 2 then
        return nil
      end
      local out = table.move(seen, 1, #seen, 1, {})
      for at = 5, #data do -- the first four bytes are not the session's
        out[#out + 1] = data:sub(1, at - 1)
        out[#out + 1] = data:sub(1, at - 1) .. string.char(data:byte(at) ~ 1 << at % 8)
          .. data:sub(at + 1)
      end
      out[#out + 1], seen[#seen + 1] = data, data
      return out
    end
    with_old(function(relay)
      local m <close> = assert(open(relay, { retry = 2 }))
      for _ = 1, 5 do
        assert.equal("0101021502bf", hex((assert(m:command(6, 1)))):sub(1, 12))
      end
      local state = m:state()
      assert.same({ 0, 0, 1 }, { state.resent, state.unsound, state.attempts })
      assert.is_true(state.dropped > 100)
    end, spoil)
  end)
end)
