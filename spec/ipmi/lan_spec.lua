-- SPDX-License-Identifier: GPL-3.0-or-later
local fake = require "support.ipmifake"
local lan = require "bmc.ipmi.lan"

local function ipv6(...)
  return (">I2I2I2I2I2I2I2I2"):pack(...)
end

describe("bmc.ipmi.lan", function()
  it("writes addresses as others do", function()
    assert.equal("10.0.5.17", lan.ipv4 "\x0A\0\x05\x11")
    assert.is_nil(lan.ipv4 "\0\0\0\0")
    assert.equal("00:25:90:ab:cd:ef", lan.mac "\0\x25\x90\xAB\xCD\xEF")
    assert.is_nil(lan.mac "\0\0\0\0\0\0")
  end)

  it("writes IPv6 addresses as RFC 5952 does", function()
    local ROWS = {
      { "2001:db8::1", 0x2001, 0xdb8, 0, 0, 0, 0, 0, 1 },
      { "2001:db8:0:1:1:1:1:1", 0x2001, 0xdb8, 0, 1, 1, 1, 1, 1 }, -- one zero is not worth "::"
      { "2001:0:0:1::1", 0x2001, 0, 0, 1, 0, 0, 0, 1 },            -- the longer run
      { "2001:db8::1:0:0:1", 0x2001, 0xdb8, 0, 0, 1, 0, 0, 1 },    -- the first of equal ones
      { "fe80::225:90ff:feab:cdef", 0xfe80, 0, 0, 0, 0x225, 0x90ff, 0xfeab, 0xcdef },
      { "1:2:3:4:5:6:7:8", 1, 2, 3, 4, 5, 6, 7, 8 },
      { "1::", 1, 0, 0, 0, 0, 0, 0, 0 }, { "::1", 0, 0, 0, 0, 0, 0, 0, 1 },
    }
    for _, row in ipairs(ROWS) do
      assert.equal(row[1], lan.ipv6(ipv6(table.unpack(row, 2))))
    end
    assert.is_nil(lan.ipv6(("\0"):rep(16)))
  end)
end)

describe("network_info over IPMI", function()
  -- The parameters of channel 1, each behind its revision.
  local PARAMETERS = {
    [3] = "\x0A\0\x05\x11", [4] = "\x02", [5] = "\0\x25\x90\xAB\xCD\xEF",
    [6] = "\xFF\xFF\0\0", [12] = "\x0A\0\0\x01", [20] = "\x2A\x80",
    [59] = "\0\x01" .. ipv6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7) .. "\x40\0",
  }
  local NAME = "bmc-with-a-name-of-28-bytes!"

  local function bmc(parameters)
    return {
      ["Get Channel Info"] = "\x01\x04\x01",
      ["Get LAN Configuration Parameters"] = function(data)
        assert.equal(1, data:byte(1))
        local value = parameters[data:byte(2)]
        return value and "\x11" .. value or 0x80
      end,
      ["DCMI Get Management Controller Identifier String"] = function(data)
        local at, n = data:byte(2, 3)
        return "\xDC" .. string.char(#NAME) .. NAME:sub(at + 1, at + n)
      end,
    }
  end

  it("has a name without what some BMCs send behind their answers", function()
    local replies = bmc(PARAMETERS)
    local command = "DCMI Get Management Controller Identifier String"
    local answer = replies[command]
    replies[command] = function(data) return answer(data) .. "junk" end
    assert.equal(NAME, assert(fake.run("network_info", replies)).hostname)
  end)

  it("has what the parameters say", function()
    local record = assert(fake.run("network_info", bmc(PARAMETERS)))
    assert.same({
      hostname = NAME, mac_address = "00:25:90:ab:cd:ef", ipv4_address = "10.0.5.17",
      ipv4_gateway = "10.0.0.1", ipv4_subnet_mask = "255.255.0.0", ipv4_origin = "DHCP",
      ipv6_address = "2001:db8::7", vlan_id = 42,
    }, setmetatable(record, nil))
  end)

  it("takes a fixed IPv6 address first, where it is switched on", function()
    local parameters = {
      [3] = PARAMETERS[3], [56] = "\0\x80" .. ipv6(0xfd00, 0, 0, 0, 0, 0, 0, 1) .. "\x40\0",
      [59] = PARAMETERS[59],
    }
    assert.equal("fd00::1", fake.run("network_info", bmc(parameters)).ipv6_address)
    parameters[56] = "\0\0" .. parameters[56]:sub(3)
    assert.equal("2001:db8::7", fake.run("network_info", bmc(parameters)).ipv6_address)
  end)

  it("leaves out what says nothing", function()
    local record = assert(fake.run("network_info", {
      ["Get Channel Info"] = "\x01", ["Get LAN Configuration Parameters"] = function(data)
        return ({ [3] = "\x11\0\0\0\0", [4] = "\x11\0", [20] = "\x11\x2A\0", [5] = "\x11" })
          [data:byte(2)] or 0x80
      end,
    }))
    assert.is_nil(next(record))
  end)

  it("asks for this channel where the BMC does not number it", function()
    local asked
    fake.run("network_info", { ["Get LAN Configuration Parameters"] = function(data)
      asked = data:byte()
      return 0x80
    end })
    assert.equal(0x0E, asked)
  end)

  it("says that a BMC which refuses every parameter cannot tell", function()
    local _, e = fake.run("network_info", { ["Get Channel Info"] = "\x01" })
    assert.equal("unsupported", e.code)
    assert.truthy(e.text:find("Get LAN Configuration Parameters: completion code C1h", 1, true))
  end)

  it("fails when the BMC goes silent", function()
    local err = require "bmc.err"
    local _, e = fake.run("network_info", {
      ["Get Channel Info"] = "\x01",
      ["Get LAN Configuration Parameters"] = err.new("timeout", "no answer"),
    })
    assert.equal("timeout", e.code)
  end)
end)
