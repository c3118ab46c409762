-- SPDX-License-Identifier: GPL-3.0-or-later
local ask = require "support.farm"
local personality = require "bmc.sim.personality"
local sim = require "bmc.sim"
local support = require "support"

local function get(farm, i, path)
  return assert(ask.basic(farm, i, path)).json
end

-- The entries of a collection, page by page.
local function entries(farm, i, path)
  local out = {}
  while path do
    local page = get(farm, i, path)
    table.move(page.Members, 1, #page.Members, #out + 1, out)
    local after = page["Members@odata.nextLink"]
    path = type(after) == "string" and after or nil
  end
  return out
end

-- The logs of a system or manager, by name; {} when it has none.
local function logs_of(farm, i, owner)
  local out, link = {}, get(farm, i, owner).LogServices
  for _, member in ipairs(link and get(farm, i, link["@odata.id"]).Members or {}) do
    local log = get(farm, i, member["@odata.id"])
    out[log.Id] = log
  end
  return out
end

describe("sim.logs", function()
  it("have as many entries as they say, on every page, each a resource of its own", function()
    local farm <close> = sim.start { fleet = 2 * #personality.vendors(), tls = false }
    for i = 1, farm.count do
      for _, owner in ipairs { "system", "manager" } do
        for _, log in pairs(logs_of(farm, i, farm.bmc(i).source[owner])) do
          local uri = log.Entries and log.Entries["@odata.id"]
          local all = uri and entries(farm, i, uri) or {}
          assert.equal(uri and get(farm, i, uri)["Members@odata.count"] or 0, #all)
          if all[1] then
            local one = get(farm, i, all[1]["@odata.id"])
            assert.equal(all[1].Message or one.Message, one.Message)
            assert.is_truthy(one.Created)
          end
        end
      end
    end
  end)

  it("are those of the vendor, in its order and in its place", function()
    local farm <close> = sim.start { vendors = { "idrac9-4", "xcc-1" }, fleet = 2, tls = false }
    local logs = logs_of(farm, 1, "/redfish/v1/Managers/iDRAC.Embedded.1")
    assert.equal("/redfish/v1/Managers/iDRAC.Embedded.1/Logs/Lclog",
      logs.Lclog.Entries["@odata.id"])
    local all = entries(farm, 1, logs.Lclog.Entries["@odata.id"])
    assert.equal(120, #all)
    assert.is_true(all[1].Created > all[120].Created)
    local of_lenovo = logs_of(farm, 2, "/redfish/v1/Managers/1")
    assert.is_nil(of_lenovo.SEL.Entries)
    local links = entries(farm, 2, of_lenovo.AuditLog.Entries["@odata.id"])
    assert.equal(15, #links)
    assert.is_nil(links[1].Id)
  end)

  it("are cleared by their action, which some log", function()
    local farm <close> = sim.start { vendors = { "ilo5", "supermicro" }, fleet = 2, tls = false }
    for i, log in ipairs { "/redfish/v1/Systems/1/LogServices/IML",
      "/redfish/v1/Systems/1/LogServices/Log1" } do
      assert.is_true(#entries(farm, i, log .. "/Entries") > 1)
      local response = assert(ask.basic(farm, i, {
        path = log .. "/Actions/LogService.ClearLog", method = "POST", json = {},
      }))
      assert.is_true(response.status < 300)
      local left = entries(farm, i, log .. "/Entries")
      assert.equal(i == 1 and 1 or 0, #left)
      assert.equal(#left, get(farm, i, log .. "/Entries")["Members@odata.count"])
    end
    assert.equal("IML Cleared",
      entries(farm, 1, "/redfish/v1/Systems/1/LogServices/IML/Entries")[1].Message)
  end)

  it("of several pages are one empty page after that", function()
    local farm <close> = sim.start { vendors = { "idrac9-7" }, tls = false }
    local log = "/redfish/v1/Managers/iDRAC.Embedded.1/LogServices/Lclog"
    require("bmc.sim.logs").clear(farm.bmc(1), log)
    assert.equal(0, #entries(farm, 1, log .. "/Entries"))
  end)

  it("of recorded trees are cleared too, in memory", function()
    local folder = support.shared "mockups/hpe-dl385_gen10plus_v2-ilo5_2.72"
    local farm <close> = sim.start { mockup = folder, tls = false }
    local log = "/redfish/v1/Systems/1/LogServices/IML"
    assert.equal(5, #entries(farm, 1, log .. "/Entries"))
    assert(ask.basic(farm, 1, {
      path = get(farm, 1, log).Actions["#LogService.ClearLog"].target, method = "POST", json = {},
    }))
    assert.equal(0, #entries(farm, 1, log .. "/Entries"))
  end)

  it("take what happens to the machine", function()
    local farm <close> = sim.start {
      vendors = { "idrac9-7" }, tls = false, reset_delay = 0.05,
    }
    local uri = "/redfish/v1/Managers/iDRAC.Embedded.1/LogServices/Sel/Entries"
    local before = #entries(farm, 1, uri)
    assert.equal(204, ask.reset(farm, 1, "ForceOff").status)
    support.eventually(function() return #entries(farm, 1, uri) > before end)
    assert.equal("The power state has changed to Off.", entries(farm, 1, uri)[1].Message)
  end)
end)
