-- SPDX-License-Identifier: GPL-3.0-or-later
-- Versions inside firmware strings, and conditions on them.
local match = require "bmc.vendor.match"
local tbl = require "bmc.tbl"

describe("bmc.vendor.match", function()
  it("finds the version in what BMCs call one", function()
    for text, version in pairs {
      ["7.10.30.00"] = "7 10 30 0", ["iLO 5 v2.72"] = "2 72", ["TGBT42S 2.83 2023-07-05"] = "2 83",
      ["GB200Nvl-25.06-A"] = "25 6",
      ["1.14.00 May 28 2025"] = "1 14 0", ["BF-24.10-10"] = "24 10", ["4.1(2g)"] = "4 1",
      ["2.15.0-dev-686-g100c36de90"] = "2 15 0", ["01.13.04"] = "1 13 4", ["4.0"] = "4 0",
      ["12"] = "12",
    } do
      assert.equal(version, table.concat(match.version(text), " "), text)
    end
    assert.is_nil(match.version("unknown"))
    assert.is_nil(match.version(""))
  end)

  it("compares versions part by part", function()
    local function compare(a, b)
      return match.compare(match.version(a), match.version(b))
    end
    assert.equal(0, compare("2.50", "2.50.0"))
    assert.equal(-1, compare("2.9", "2.10"))
    assert.equal(1, compare("10.0", "9.99"))
  end)

  it("holds where all comparisons do", function()
    assert.is_true(match.firmware("iLO 5 v2.72", ">=2.50 <3"))
    assert.is_true(match.firmware("4.40.00", "=4.40"))
    assert.is_false(match.firmware("4.40", "<4.40"))
    assert.is_true(match.firmware("4.40", "<=4.40"))
    assert.is_false(match.firmware("3.0", ">2.0 <3.0"))
    assert.is_false(match.firmware("no number", "<9"))
  end)

  it("takes the firmware of IPMI where Redfish has told none, and the product's number", function()
    assert.is_true(match.holds({ firmware = "<3" }, { ipmi_firmware = "2.15" }))
    assert.is_false(match.holds({ firmware = "<3" }, { ipmi_firmware = "2.15",
      manager_firmware = "3.1" }))
    local condition = { ipmi_product = { 7, 4660 } }
    assert.is_true(match.holds(condition, { ipmi_product = 4660 }))
    assert.is_false(match.holds(condition, { ipmi_product = 8 }))
    assert.is_false(match.holds(condition, {}))
    assert.equal("when ipmi_product 7 or 4660", match.describe(condition))
  end)

  it("knows a vendor by any of its IANA numbers", function()
    local registry = assert(require("bmc.vendor").load { dirs = {} })
    for id, name in pairs {
      [10876] = "supermicro", [47488] = "supermicro", [674] = "idrac", [11] = "ilo",
      [47196] = "ilo", [19046] = "lenovo-xcc", [343] = "intel", [20974] = "ami-megarac",
      [49622] = "asrockrack", [15370] = "gigabyte", [1] = "redfish-generic",
    } do
      assert.equal(name, (registry:detect { ipmi_manufacturer = id }), id)
    end
    local name, clue = registry:detect { ipmi_manufacturer = 20974, root_vendor = "HPE" }
    assert.same({ "ilo", "root_vendor" }, { name, clue })
    assert.equal("gigabyte", (registry:detect { ipmi_manufacturer = 20974,
      system_manufacturer = "GIGABYTE" }))
  end)

  it("holds for what is known only", function()
    local condition = { firmware = "<3", model = "^R6", manager_model = "13G" }
    local facts = { manager_firmware = "2.1", system_model = "R630", manager_model = "13G Modular" }
    assert.is_true(match.holds(condition, facts))
    for name in pairs(facts) do
      local less = tbl.copy(facts)
      less[name] = nil
      assert.is_false(match.holds(condition, less))
    end
    assert.equal("when firmware <3, model ^R6, manager_model 13G", match.describe(condition))
  end)
end)
