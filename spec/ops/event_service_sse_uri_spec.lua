-- SPDX-License-Identifier: GPL-3.0-or-later
local bmc = require "bmc"
local scripted = require "support.scripted"
local sim = require "bmc.sim"

local ROOT = {
  ["@odata.id"] = "/redfish/v1", EventService = { ["@odata.id"] = "/redfish/v1/EventService" },
  Links = { Sessions = { ["@odata.id"] = "/redfish/v1/SessionService/Sessions" } },
}

describe("event_service_sse_uri", function()
  it("is what the event service says", function()
    scripted.with({
      ["/redfish/v1"] = ROOT,
      ["/redfish/v1/EventService"] = { ServerSentEventUri = "/redfish/v1/SSE" },
    }, function(m) assert.equal("/redfish/v1/SSE", m:event_service_sse_uri()) end)
  end)

  it("is nil, and no error, where there is none", function()
    local cases = {
      {}, { ["/redfish/v1"] = ROOT }, { ["/redfish/v1"] = ROOT, ["/redfish/v1/EventService"] = {} },
    }
    for _, resources in ipairs(cases) do
      scripted.with(resources, function(m)
        assert.is_nil(m:event_service_sse_uri())
        assert.matches("no event stream", table.concat(m.trail[1].notes, "\n"))
      end)
    end
  end)

  it("is an error when the BMC cannot say", function()
    scripted.with({
      ["/redfish/v1"] = ROOT,
      ["/redfish/v1/EventService"] = function() return 503, { error = {} } end,
    }, function(m)
      local uri, e = bmc.try(m.event_service_sse_uri, m)
      assert.is_nil(uri)
      assert.equal("busy", e.code)
    end)
  end)

  it("is that of each simulated vendor", function()
    local farm <close> = sim.start {
      vendors = { "idrac9-7", "openbmc-2.14", "supermicro" }, fleet = 3, tls = false,
    }
    local expected = { "/redfish/v1/SSE", "/redfish/v1/EventService/SSE" }
    for i = 1, 3 do
      local m <close> = bmc.open { host = farm.url(i), user = "admin", password = "simulated" }
      assert.equal(expected[i], m:event_service_sse_uri())
    end
  end)
end)
