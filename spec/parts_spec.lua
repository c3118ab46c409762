-- SPDX-License-Identifier: GPL-3.0-or-later
-- What inventory records share. The records themselves are in spec/ops/*_inventory_spec.lua.
local parts = require "bmc.parts"
local storage = require "bmc.parts.storage"

describe("bmc.parts", function()
  it("takes names for what they are, and fillers for nothing", function()
    for _, filler in ipairs { "", "  ", "N/A", "n/a ", "Unknown", "UNKNOWN", "nil", "Not Present",
      "Default string", "To Be Filled By O.E.M.", false, {}, 1.5 } do
      assert.is_nil(parts.name(filler))
    end
    assert.equal("Samsung", parts.name " Samsung  ")
    assert.equal("None Such", parts.name "None Such")
    assert.equal("2", parts.name(2))
  end)

  it("takes sizes, of which 0 is none", function()
    for _, none in ipairs { 0, -1, "0", "", "big", {}, false } do
      assert.is_nil(parts.size(none))
    end
    assert.equal(2933, parts.size(2933.0))
    assert.equal(64, parts.size "64")
  end)

  it("takes flags, also in words", function()
    assert.is_true(parts.flag(true))
    assert.is_false(parts.flag(false))
    assert.is_false(parts.flag "False")
    assert.is_true(parts.flag "yes")
    assert.is_nil(parts.flag "maybe")
    assert.is_nil(parts.flag(nil))
    assert.is_nil(parts.flag(1))
  end)

  it("knows a resource without an Id by its place", function()
    assert.equal("HSBP1", parts.id { ["@odata.id"] = "/redfish/v1/F/HSBP1/" })
    assert.equal("3", parts.id { Id = 3, ["@odata.id"] = "/x/y" })
    assert.is_nil(parts.id {})
  end)
end)

describe("bmc.parts.storage", function()
  it("knows drives from what they are in", function()
    assert.is_true(storage.is_drive { Name = "Physical Disk 0:1:2" })
    assert.is_false(storage.is_drive { Name = "PCIe SSD Backplane 1" })
    assert.is_false(storage.is_drive { Model = "BP14G+ backplane", Name = "0:1" })
    assert.is_false(storage.is_drive { Name = "Enclosure 3" })
  end)

  it("compares the names of volumes, whatever their form", function()
    assert.same({ "600508b1001c" },
      storage.volume_names { Identifiers = { { DurableName = "600508B1-001C " }, {}, false } })
    assert.same({ "600508b1001c" },
      storage.volume_names { VolumeUniqueIdentifier = "600508B1001C" })
    assert.same({}, storage.volume_names { Identifiers = "none" })
  end)
end)
