-- SPDX-License-Identifier: GPL-3.0-or-later
-- The power verbs, and what may follow them.
local verbs = require "bmc.power.verbs"

describe("verbs.check", function()
  it("knows verbs and what may follow them", function()
    assert.is_nil(verbs.check("cycle"))
    assert.is_nil(verbs.check("off", "off_hard"))
    assert.is_nil(verbs.check("reboot", "cycle"))
    assert.is_truthy(verbs.check("explode"):find("off_hard", 1, true))
    assert.is_truthy(verbs.check(nil))
    assert.is_truthy(verbs.check("on", "cycle"))
    assert.is_truthy(verbs.check("off", "cycle"))
    assert.is_truthy(verbs.check("reboot", "off_hard"))
  end)
end)

describe("verbs", function()
  it("have a goal, and restarts a first half that is as graceful", function()
    for _, verb in ipairs(verbs.verbs) do
      assert.is_truthy(verbs.goal(verb))
    end
    assert.same({ "off", "off_hard" }, { verbs.first_half "reboot", verbs.first_half "cycle" })
    assert.is_nil(verbs.first_half "on")
    assert.same({ "on", "off" }, { verbs.wanted "on", verbs.wanted "off_hard" })
    assert.is_nil(verbs.wanted "cycle")
    assert.same({ "off_hard", "cycle" }, { verbs.harder "off", verbs.harder "reboot" })
  end)
end)
