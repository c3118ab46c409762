-- SPDX-License-Identifier: GPL-3.0-or-later
local err = require "bmc.err"
local fake = require "support.ipmifake"
local rmcp = require "bmc.rmcp"
local weak = require "bmc.ipmi.weak"

-- Table 22-20: the suites and what they are made of.
local SUITES = {
  [0] = { 0, 0, 0 }, { 1, 0, 0 }, { 1, 1, 0 }, { 1, 1, 1 }, { 1, 1, 2 }, { 1, 1, 3 }, { 2, 0, 0 },
  { 2, 2, 0 }, { 2, 2, 1 }, { 2, 2, 2 }, { 2, 2, 3 }, { 2, 3, 0 }, { 2, 3, 1 }, { 2, 3, 2 },
  { 2, 3, 3 }, { 3, 0, 0 }, { 3, 4, 0 }, { 3, 4, 1 }, { 3, 4, 2 }, { 3, 4, 3 },
}

local function suites(...)
  local out = {}
  for i, id in ipairs { ... } do
    local a = SUITES[id]
    out[i] = { id = id, authentication = a[1], integrity = a[2], confidentiality = a[3] }
  end
  return out
end

local function findings(offered, configured, vendor)
  local target = fake.target({}, { vendor = vendor })
  weak.judge_suites(target, offered, configured or {})
  local out = {}
  for _, finding in ipairs(target.findings) do
    out[finding.code] = finding
  end
  return out
end

describe("the cipher suites of a BMC", function()
  it("are strong when they authenticate, protect and encrypt without MD5 and RC4", function()
    for id in pairs(SUITES) do
      assert.equal(id == 3 or id == 17, weak.is_strong(suites(id)[1]), id)
      assert.equal(id == 3 or id == 17, weak.is_strong { id = id }, id)
    end
  end)

  it("are told by number when they are not", function()
    assert.is_nil(next(findings(suites(3, 17))))
    local found = findings(suites(17, 3, 8, 2, 2, 15))
    assert.matches("suites 2, 8, 15, which", found.BMC_IPMI_WEAK_CIPHERS_OFFERED.detail)
    assert.equal("medium", found.BMC_IPMI_WEAK_CIPHERS_OFFERED.severity)
    assert.is_nil(found.BMC_CIPHER_ZERO_ACCEPTED)
  end)

  it("are grave when suite 0 is among them", function()
    local found = findings(suites(0, 17), nil, "supermicro")
    assert.equal("high", found.BMC_CIPHER_ZERO_ACCEPTED.severity)
    assert.same({ "CVE-2013-4782" }, found.BMC_CIPHER_ZERO_ACCEPTED.cve)
    assert.is_nil(found.BMC_IPMI_WEAK_CIPHERS_OFFERED)
  end)

  it("do not count when nobody may use them", function()
    local configured = weak.configured("\0\0\1\3\x11", "\0\x40\x44")
    assert.same({
      { id = 0, privilege = 0 }, { id = 1, privilege = 4 }, { id = 3, privilege = 4 },
      { id = 17, privilege = 4 },
    }, configured)
    local found = findings(suites(0, 1, 3, 17), configured)
    assert.is_nil(found.BMC_CIPHER_ZERO_ACCEPTED)
    assert.matches("suites 1, which", found.BMC_IPMI_WEAK_CIPHERS_OFFERED.detail)
  end)

  it("are those of the channel where a BMC tells no others", function()
    local found = findings(nil, weak.configured("\0\0\3\x11", "\0\x44\x44"))
    assert.truthy(found.BMC_CIPHER_ZERO_ACCEPTED)
  end)

  it("may be lists of any length", function()
    assert.same({}, weak.configured("\0", "\0"))
    assert.same({}, weak.configured("\0\1\2", "\0"))
    assert.equal(2, #weak.configured("\0\1\2\3", "\0\x44"))
    assert.equal(16, #weak.configured("\0" .. ("\1"):rep(30), "\0" .. ("\x44"):rep(30)))
  end)
end)

describe("what a BMC says of its logins", function()
  local function judged(offers)
    offers.auth_types = offers.auth_types or {}
    local target = fake.target {}
    weak.judge_logins(target, offers)
    local codes = {}
    for i, finding in ipairs(target.findings) do
      codes[i] = finding.code
    end
    return table.concat(codes, " "), target.findings[1]
  end

  it("is a finding", function()
    assert.equal("", judged { ipmi_2_0 = true, named = true })
    local codes, first = judged { ipmi_1_5 = true, auth_types = { "none", "md5" } }
    assert.equal("BMC_IPMI_1_5_ENABLED", codes)
    assert.matches("%(none, md5%)$", first.detail)
    assert.equal("BMC_IPMI_ANONYMOUS_LOGIN BMC_IPMI_NULL_USER",
      (judged { ipmi_2_0 = true, anonymous = true, null_user = true }))
  end)
end)

describe("findings over IPMI", function()
  -- Runs f while no BMC answers questions outside of a session.
  local function in_silence(f)
    local capabilities, list = rmcp.capabilities, rmcp.suites
    local function silent()
      return err.fail("timeout", "no answer")
    end
    rmcp.capabilities, rmcp.suites = silent, silent
    local ok, e = pcall(f)
    rmcp.capabilities, rmcp.suites = capabilities, list
    assert(ok, e)
  end

  local function device_id(major, minor)
    return string.char(0x20, 1, major, minor, 2, 0xBF) .. ("<I3"):pack(10876) .. "\0\0\0\0\0\0"
  end

  it("have the holes of the firmware that Get Device ID tells", function()
    in_silence(function()
      local list = assert(fake.run("findings", { ["Get Device ID"] = device_id(3, 0x40) }))
      assert.equal("BMC_FIRMWARE_PANTSDOWN_WINDOW", list[1].code)
      assert.matches("^firmware 3.40: ", list[1].detail)
      assert.equal("supermicro", list[1].vendor)
      assert.same({}, assert(fake.run("findings", { ["Get Device ID"] = device_id(3, 0x80) })))
      assert.same({}, assert(fake.run("findings", { ["Get Device ID"] = device_id(1, 0x40) })))
    end)
  end)

  it("know the board by its inventory", function()
    local sum = function(s)
      local n = 0
      for i = 1, #s do n = n + s:byte(i) end
      return s .. string.char(-n & 0xFF)
    end
    local function field(text)
      return string.char(0xC0 | #text) .. text
    end
    local board = "\1\5\0\0\0\0" .. field "Supermicro" .. field "X11DPU" .. field "S1" .. field "P1"
      .. "\xC0\xC1"
    local fru = sum("\1\0\0\1\0\0\0") .. sum(board .. ("\0"):rep(39 - #board))
    in_silence(function()
      local list = assert(fake.run("findings", {
        ["Get Device ID"] = device_id(1, 0x40),
        ["Get FRU Inventory Area Info"] = ("<I2B"):pack(#fru, 0),
        ["Read FRU Data"] = function(data)
          local _, at, n = ("<BI2B"):unpack(data)
          local part = fru:sub(at + 1, at + n)
          return string.char(#part) .. part
        end,
      }))
      assert.equal("BMC_FIRMWARE_PANTSDOWN_WINDOW", list[1] and list[1].code)
    end)
  end)
end)
