-- SPDX-License-Identifier: GPL-3.0-or-later
local fake = require "support.ipmifake"

-- Get Device ID of a maker.
local function device_id(manufacturer)
  return "\x20\x01\x02\x15\x02\xBF" .. ("<I3"):pack(manufacturer) .. "\x34\x12\0\0\0\0"
end

describe("post_code over IPMI", function()
  it("is asked as the maker has it", function()
    local ROWS = {
      { 10876, "\x92", "\x02", "0x92", { "0x92" } },              -- Supermicro: one byte
      { 40981, "\x01\x02\xE4", "", "0xE4", { "0x01", "0x02", "0xE4" } }, -- Facebook's OpenBMC
      { 6653, "\x10\xAF", "", "0xAF", { "0x10", "0xAF" } },       -- Tyan
    }
    for _, row in ipairs(ROWS) do
      local manufacturer, reply, data, code, codes = table.unpack(row)
      local record, _, c = fake.run("post_code", {
        ["Get Device ID"] = device_id(manufacturer), ["Get POST Code"] = reply,
      })
      assert.equal(code, record.code)
      assert.same(codes, record.codes)
      assert.same({ data }, c:data_of "Get POST Code")
    end
  end)

  it("is not asked where nobody knows how", function()
    for _, manufacturer in ipairs { 674, 11, 343, 40092 } do
      local _, e, c = fake.run("post_code", { ["Get Device ID"] = device_id(manufacturer) })
      assert.same({ "unsupported", "none" }, { e.code, e.effect })
      assert.same({}, c:data_of "Get POST Code")
    end
  end)

  it("is missing when there is none", function()
    local _, e = fake.run("post_code", {
      ["Get Device ID"] = device_id(10876), ["Get POST Code"] = "",
    })
    assert.equal("missing", e.code)
  end)
end)
