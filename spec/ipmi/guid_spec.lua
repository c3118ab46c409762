-- SPDX-License-Identifier: GPL-3.0-or-later
local bytes = require("bmc.hex").bytes
local guid = require "bmc.ipmi.guid"

describe("bmc.ipmi.guid", function()
  -- A UUID of version 4 in each of the three orders, none of which is one in another.
  local UUID = "3b1f0a52-7c64-4d7e-9a0b-00e0ed5f7c21"

  local ORDERS = {
    SMBIOS = "520a1f3b 647c 7e4d 9a0b 00e0ed5f7c21",
    IPMI = "217c5fede000 0b9a 7e4d 647c 520a1f3b",
    ["RFC 4122"] = "3b1f0a52 7c64 4d7e 9a0b 00e0ed5f7c21",
  }

  for name, sent in pairs(ORDERS) do
    it("reads the order of " .. name, function()
      local uuid, encoding = guid.decode(bytes(sent))
      assert.same({ UUID, name }, { uuid, encoding })
    end)
  end

  -- 2019-06-13, by time: as SMBIOS it would have a version too, and that is not believed.
  it("believes a time that has been", function()
    local uuid, encoding = guid.decode(bytes "21 7c 10 ed e0 00 0b 9a e9 11 98 8d 52 0a 1f 3b")
    assert.equal("3b1f0a52-8d98-11e9-9a0b-00e0ed107c21", uuid)
    assert.equal("IPMI", encoding)
  end)

  it("believes IPMI's order before RFC 4122's where both have a version", function()
    local uuid, encoding = guid.decode(bytes "3bcaa8ac b8eb 559e f230 87d7b4744a46")
    assert.same({ "464a74b4-d787-30f2-9e55-ebb8aca8ca3b", "IPMI" }, { uuid, encoding })
  end)

  it("takes IPMI's order when nothing fits, as the specification has it", function()
    local uuid, encoding = guid.decode(bytes "4ccd932ba378ae6ca0b7c934e3db5e5c")
    assert.equal("5c5edbe3-34c9-b7a0-6cae-78a32b93cd4c", uuid)
    assert.equal("IPMI", encoding)
  end)

  it("knows what is none", function()
    assert.is_nil(guid.decode(("\0"):rep(16)))
    assert.is_nil(guid.decode(("\xFF"):rep(16)))
    assert.is_nil(guid.decode(("\1"):rep(15)))
  end)

  it("does not mind what follows", function()
    assert.equal(UUID, (guid.decode(bytes "520a1f3b647c7e4d9a0b00e0ed5f7c21deadbeef")))
  end)
end)
