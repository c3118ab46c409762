-- SPDX-License-Identifier: GPL-3.0-or-later
-- How a login ends: what a program is told, what goes over the wire, what is tried again.
local err = require "bmc.err"
local tbl = require "bmc.tbl"
local udp = require "bmc.udp"
local ipmisim = require "support.ipmisim"
local support = require "support"

-- Payload types (13.27.3).
local OPEN, OPENED, RAKP1, RAKP2, RAKP3, RAKP4 = 0x10, 0x11, 0x12, 0x13, 0x14, 0x15
local BY_NAME = 0x10 -- in the role of RAKP 1

local function open(address, port, options)
  return ipmisim.open(address, port, tbl.with({ retry = 0.5 }, options or {}))
end

local function kind(data)
  return data:byte(5) == 6 and data:byte(6)
end

-- The answer of the BMC, made a refusal with that status.
local function refusal(data, status)
  return data:sub(1, 14) .. ("<I2"):pack(8) .. data:sub(17, 17) .. string.char(status, 0, 0)
    .. data:sub(21, 24)
end

-- The datagrams that went up, by their payload type; and what replace(kind, data, up) returns
-- for an answer, up being the question.
local function with_wire(farm, replace, f)
  ipmisim.farm(farm, function(address, port)
    local wire, last = {}, nil
    local function hook(way, data)
      local type = kind(data)
      if way == "up" and type then
        wire[type] = wire[type] or {}
        table.insert(wire[type], data)
        last = data
      elseif way == "down" and type then
        local other = replace(type, data, last)
        return other and { other }
      end
    end
    ipmisim.relay(address, port, hook, function(relay)
      f(relay, wire)
    end)
  end)
end

local function nothing() end

local function reason(m, e)
  if m then m:close() end
  assert.is_nil(m)
  assert.is_true(err.is(e))
  assert.equal("none", e.effect)
  return e.code .. " " .. tostring(e.reason), e
end

local function count(list)
  return list and #list or 0
end

-- RAKP 3 with status 0: a password that the BMC is asked to check.
local function checked(wire)
  local n = 0
  for _, data in ipairs(wire[RAKP3] or {}) do
    n = n + (data:byte(18) == 0 and 1 or 0)
  end
  return n
end

describe("a login that fails tells a program", function()
  it("seven reasons apart", function()
    local told = {}
    local function tell(...)
      local name, e = reason(open(...))
      assert.is_nil(told[name])
      told[name] = e.text
    end
    ipmisim.farm({ privilege = 3, kg = "key-of-the-bmc" }, function(address, port)
      tell(address, port, { user = "nobody" })
      tell(address, port, { secret = "wrong" })
      tell(address, port, { privilege = "admin" })
      tell(address, port)
      ipmisim.relay(address, port, function(_, data)
        return data:byte(4) == 6 and { data } or {} -- the ping only
      end, function(relay)
        tell("127.0.0.1", relay, { timeout = 1.5 })
      end)
    end)
    ipmisim.farm({ suites = "0,1,2" }, tell)
    local silent <close> = assert(udp.open { address = "127.0.0.1" })
    tell("127.0.0.1", select(2, silent:address()), { timeout = 1 })
    local names = {}
    for name in pairs(told) do
      names[#names + 1] = name
    end
    table.sort(names)
    assert.same({ "auth kg", "auth password", "auth privilege", "auth user", "timeout silent",
      "unsupported no_ipmi", "unsupported suite" }, names)
  end)

  it("the status that the BMC gave", function()
    local cases = {
      { OPENED, 0x01, "sessions_full slots" }, { OPENED, 0x0B, "sessions_full slots" },
      { OPENED, 0x04, "unsupported suite" }, { OPENED, 0x12, "unsupported suite" },
      { OPENED, 0x09, "auth privilege" }, { OPENED, 0x0A, "auth privilege" },
      { OPENED, 0x03, "protocol nil" },
      { RAKP2, 0x0D, "auth user" }, { RAKP2, 0x0C, "auth user" }, { RAKP2, 0x09, "auth privilege" },
      { RAKP2, 0x0A, "auth privilege" }, { RAKP2, 0x0E, "protocol nil" },
      { RAKP4, 0x0F, "auth password" },
    }
    local wanted, status
    with_wire({ slots = 60 }, function(type, data)
      return type == wanted and refusal(data, status)
    end, function(relay)
      for _, case in ipairs(cases) do
        wanted, status = case[1], case[2]
        local told, e = reason(open("127.0.0.1", relay))
        assert.same({ case[3], status }, { told, e.status }, ("%02Xh"):format(status))
      end
    end)
  end)

  it("that nothing listens there", function()
    assert.equal("refused no_ipmi", (reason(open("127.0.0.1", support.free_port()))))
  end)

  it("that other algorithms came back", function()
    with_wire({}, function(type, data)
      return type == OPENED and data:sub(1, -5) .. "\0" .. data:sub(-3) -- no encryption
    end, function(relay, wire)
      assert.equal("protocol downgrade", (reason(open("127.0.0.1", relay))))
      assert.equal(0, count(wire[RAKP1]))
    end)
  end)

  it("that the BMC fell silent", function()
    local wanted
    with_wire({ slots = 60 }, function(type, data)
      return type == wanted and data:sub(1, 3)
    end, function(relay)
      for _, type in ipairs { OPENED, RAKP2, RAKP4 } do
        wanted = type
        assert.equal("timeout stalled",
          (reason(open("127.0.0.1", relay, { timeout = 1, retry = 0.05 }))))
      end
    end)
  end)
end)

describe("a wrong password", function()
  it("is not tried with another suite, nor checked by the BMC", function()
    with_wire({}, nothing, function(relay, wire)
      assert.equal("auth password", (reason(open("127.0.0.1", relay, { secret = "wrong" }))))
      assert.same({ 1, 1, 0 }, { count(wire[OPEN]), count(wire[RAKP1]), checked(wire) })
      assert.equal(3, wire[OPEN][1]:byte(16 + 13)) -- suite 17's authentication
    end)
  end)

  it("is tried once more by role where that is allowed, and no more", function()
    with_wire({}, nothing, function(relay, wire)
      assert.equal("auth password",
        (reason(open("127.0.0.1", relay, { secret = "wrong", lookup = "either" }))))
      assert.same({ 2, 2, 0 }, { count(wire[OPEN]), count(wire[RAKP1]), checked(wire) })
    end)
  end)

  it("is tried once more when RAKP 1 had to be sent twice, and no more", function()
    local lost = 0
    with_wire({}, function(type)
      if type == RAKP2 and lost < 3 then
        lost = lost + 1
        return lost % 2 == 1 and "" or nil -- the first of each login
      end
    end, function(relay, wire)
      assert.equal("auth password", (reason(open("127.0.0.1", relay,
        { secret = "wrong", lookup = "either", retry = 0.1 }))))
      assert.same({ 2, 0 }, { count(wire[OPEN]), checked(wire) })
    end)
  end)

  it("of more than 16 bytes may have been stored cut", function()
    ipmisim.farm({ password = "sixteen-bytes-16" }, function(address, port)
      local _, e = reason(open(address, port, { secret = "sixteen-bytes-16+" }))
      assert.matches("longer than 16 bytes, and the BMC may have stored just those", e.text)
      _, e = reason(open(address, port, { secret = "sixteen-bytes-17" }))
      assert.is_nil(e.text:find("16 bytes", 1, true))
    end)
  end)
end)

describe("a login lives with a BMC that", function()
  it("refuses the privilege when it is named", function()
    for _, status in ipairs { 0x09, 0x0A } do
      with_wire({}, function(type, data, up)
        return type == OPENED and up:byte(16 + 2) ~= 0 and refusal(data, status)
      end, function(relay, wire)
        local m <close> = assert(open("127.0.0.1", relay))
        assert.same({ 17, "highest", 3 },
          { m:state().cipher, m:state().open_privilege, m:state().privilege })
        assert.equal(2, count(wire[OPEN]))
        local again <close> = assert(open("127.0.0.1", relay, { open_privilege = "highest" }))
        assert.equal("highest", again:state().open_privilege)
        assert.equal(3, count(wire[OPEN]))
      end)
    end
  end)

  it("says so of a suite that it does not have", function()
    with_wire({}, function(type, data, up)
      return type == OPENED and up:byte(16 + 13) == 3 and refusal(data, 0x0A)
    end, function(relay)
      local m <close> = assert(open("127.0.0.1", relay))
      assert.same({ 3, "named" }, { m:state().cipher, m:state().open_privilege })
    end)
  end)

  it("finds the user by role only", function()
    local function by_role_only(type, data, up)
      return type == RAKP2 and up:byte(16 + 25) & BY_NAME ~= 0 and refusal(data, 0x0D)
    end
    with_wire({}, by_role_only, function(relay, wire)
      local m <close> = assert(open("127.0.0.1", relay))
      assert.same({ "role", 2 }, { m:state().lookup, count(wire[RAKP1]) })
      local again <close> = assert(open("127.0.0.1", relay, { lookup = "role" }))
      assert.same({ "role", 3 }, { again:state().lookup, count(wire[RAKP1]) })
    end)
  end)

  it("leaves the bit for that out of its code", function()
    local function wrong(type, data, up)
      return type == RAKP2 and up:byte(16 + 25) & BY_NAME ~= 0
        and data:sub(1, -2) .. string.char(data:byte(-1) ~ 1)
    end
    with_wire({}, wrong, function(relay)
      assert.equal("auth password", (reason(open("127.0.0.1", relay))))
      local m <close> = assert(open("127.0.0.1", relay, { lookup = "either" }))
      assert.equal("role", m:state().lookup)
    end)
  end)

  it("sends RAKP 2's code too long", function()
    local function longer(type, data)
      return type == RAKP2
        and data:sub(1, 14) .. ("<I2"):pack(#data - 16 + 1) .. data:sub(17) .. "\0"
    end
    with_wire({}, longer, function(relay)
      assert.equal("auth password", (reason(open("127.0.0.1", relay))))
      for _, flag in ipairs { "supermicro20", "sun20" } do
        local m <close> = assert(open("127.0.0.1", relay, { [flag] = true }))
        assert.equal(17, m:state().cipher)
        assert.equal("auth password",
          (reason(open("127.0.0.1", relay, { [flag] = true, secret = "wrong" }))))
      end
    end)
  end)

  it("sends RAKP 4's code whole", function()
    local function whole(type, data)
      return type == RAKP4
        and data:sub(1, 14) .. ("<I2"):pack(#data - 16 + 16) .. data:sub(17) .. ("\0"):rep(16)
    end
    with_wire({}, whole, function(relay)
      local m <close> = assert(open("127.0.0.1", relay))
      assert.equal(17, m:state().cipher)
    end)
  end)

  it("wants the name padded", function()
    with_wire({}, nothing, function(relay, wire)
      assert.equal("auth user", (reason(open("127.0.0.1", relay, { intel20 = true }))))
      assert.equal("\x10admin" .. ("\0"):rep(11), wire[RAKP1][1]:sub(16 + 28))
    end)
  end)

  it("cannot be asked for what there is not", function()
    for _, options in ipairs { { lookup = "guess" }, { open_privilege = "lowest" } } do
      assert.error_matches(function() open("h", 1, options) end, "no %g+ '%a+'")
    end
  end)
end)
