-- SPDX-License-Identifier: GPL-3.0-or-later
-- "Did you mean".
local suggest = require "bmc.suggest"

local NAMES = { "power", "heartbeat", "health", "psu", "fans" }

describe("bmc.suggest", function()
  it("finds what a slip of the fingers meant", function()
    for wrong, right in pairs { powr = "power", pwoer = "power", Heartbeet = "heartbeat",
      helth = "health", fan = "fans", pus = "psu" } do
      assert.equal(right, suggest.nearest(wrong, NAMES))
    end
  end)

  it("finds a name by a half of it", function()
    local names = { "thermal", "power-limit", "manager_id", "system_manufacturer" }
    for wrong, right in pairs { therm = "thermal", limt = "power-limit",
      manufacturer = "system_manufacturer", manufacturr = "system_manufacturer" } do
      assert.equal(right, suggest.nearest(wrong, names))
    end
    assert.equal(' (did you mean "system_model" or "manager_model"?)',
      suggest.hint("model", { "system_model", "title", "manager_model" }))
    assert.is_nil(suggest.nearest("the", names))
    assert.is_nil(suggest.nearest("mode", names))
  end)

  it("suggests nothing that is another word", function()
    for _, wrong in ipairs { "x", "zz", "inventory", "" } do
      assert.is_nil(suggest.nearest(wrong, NAMES))
    end
    assert.equal("", suggest.hint("inventory", NAMES))
    assert.equal(' (did you mean "psu"?)', suggest.hint("pus", NAMES))
  end)
end)
