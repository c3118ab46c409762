-- SPDX-License-Identifier: GPL-3.0-or-later
local fake = require "support.ipmifake"
local sysinfo = require "bmc.ipmi.sysinfo"

-- Get System Info Parameters (22.14b): revision, part, in the first part encoding and length.
local function parameters(texts, encoding)
  return function(data)
    local _, id, part = data:byte(1, 3)
    local text = texts[id]
    if not text then
      return 0x80
    elseif part == 0 then
      return string.char(0x11, 0, encoding or 0, #text) .. (text .. ("\0"):rep(14)):sub(1, 14)
    end
    local at = 15 + (part - 1) * 16
    return string.char(0x11, part) .. (text:sub(at) .. ("\0"):rep(16)):sub(1, 16)
  end
end

describe("the system info parameters", function()
  local function text_of(reply)
    local _, c = fake.target { ["Get System Info Parameters"] = reply }
    return sysinfo.text(c, 2), c
  end

  it("are read part by part", function()
    for _, text in ipairs {
      "a", "fourteen-bytes", "fifteen bytes 5", "node01.rack7.example.org",
      ("x"):rep(14 + 16), ("y"):rep(14 + 16 + 1), ("z"):rep(254),
    } do
      local got, c = text_of(parameters { [2] = text })
      assert.equal(text, got)
      assert.equal(math.max(1, math.ceil((#text - 14) / 16) + 1), #c.sent)
    end
  end)

  it("are none when they are empty, in UTF-16 or missing", function()
    assert.is_nil((text_of(parameters { [2] = "" })))
    assert.is_nil((text_of(parameters({ [2] = "n\0o\0d\0e\0" }, 2))))
    assert.is_nil((text_of(parameters {})))
    assert.is_nil((text_of("\x11\0")))
  end)

  it("end when a BMC gives less than it promises", function()
    assert.equal("fourteen-bytes", (text_of(function(data)
      return data:byte(3) == 0 and "\x11\0\0\xFFfourteen-bytes" or 0xC9
    end)))
  end)
end)

describe("system_info over IPMI", function()
  it("has what the BMC was told by its machine", function()
    local record = fake.run("system_info", {
      ["Get System Info Parameters"] = parameters { "P89 v2.10", "node01" },
      ["Get System GUID"] = "\x52\x0a\x1f\x3b\x64\x7c\x7e\x4d\x9a\x0b\0\xe0\xed\x5f\x7c\x21",
    })
    assert.equal("P89 v2.10", record.bios_version)
    assert.equal("node01", record.host_name)
    assert.equal("3b1f0a52-7c64-4d7e-9a0b-00e0ed5f7c21", record.uuid)
    assert.equal("2.15", record.bmc_firmware_version)
    assert.is_nil(record.model)
  end)

  it("fails when the BMC goes silent", function()
    local err = require "bmc.err"
    local _, e = fake.run("system_info", { ["Get System GUID"] = err.new("timeout", "silence") })
    assert.equal("timeout", e.code)
  end)
end)
