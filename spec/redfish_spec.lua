-- SPDX-License-Identifier: GPL-3.0-or-later
-- The client as a whole: what it withholds, what it tells a listener.
local fakebmc = require "support.fakebmc"


describe("bmc.redfish", function()
  it("holds writes back when it is told to", function()
    local self, events = fakebmc.new(), {}
    local function listen(e)
      events[#events + 1] = e
    end
    fakebmc.with(self, { dry_run = true, trace = listen }, function(rf)
      local body, response = rf:post("/redfish/v1/Systems/1/Reset", { ResetType = "On" })
      assert.same({}, body)
      assert.is_true(response.dry_run)
      assert.equal("dry-run", events[1].kind)
      assert.equal("On", events[1].body.ResetType)
    end)
    fakebmc.with(self, { read_only = true }, function(rf)
      local _, e = rf:patch("/redfish/v1/Systems/1", {})
      assert.equal("rejected", e.code)
      assert.equal("none", e.effect)
      assert(rf:get("/redfish/v1/Systems/1"))
    end)
    for _, line in ipairs(self.log) do
      assert.is_nil(line:find("Reset", 1, true) or line:find("PATCH", 1, true))
    end
    assert.equal(0, self:live_sessions())
  end)

  it("works without credentials where the BMC lets it", function()
    local self = fakebmc.new { open = true }
    fakebmc.with(self, { user = false, password = false }, function(rf)
      assert.equal("1", assert(rf:get("/redfish/v1/Systems/1")).Id)
    end)
    assert.equal(0, self.logins)
  end)

  it("reports the requests to a listener", function()
    local self, events = fakebmc.new(), {}
    fakebmc.with(self, { trace = function(e) events[#events + 1] = e end }, function(rf)
      assert(rf:get("/redfish/v1/Systems/1"))
    end)
    assert.equal(4, #events)
    assert.equal("GET", events[1].method)
    assert.equal(200, events[3].status)
    for _, e in ipairs(events) do
      for _, value in pairs(e) do
        assert.is_nil(tostring(value):find("token-", 1, true))
      end
    end
  end)
end)
