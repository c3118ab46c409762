-- SPDX-License-Identifier: GPL-3.0-or-later
-- The root, the choice of a system, the identity.
local fakebmc = require "support.fakebmc"

local answer, fault, link = fakebmc.answer, fakebmc.fault, fakebmc.link

describe("bmc.redfish.service", function()
  it("reads the root without logging in, and with it where it must", function()
    local self = fakebmc.new()
    fakebmc.with(self, {}, function(rf)
      assert.equal("1.6.0", assert(rf:root()).RedfishVersion)
      assert(rf:root())
      assert.same({ "GET /redfish/v1/" }, self.log)
    end)
    local closed = fakebmc.new()
    closed.tree["/redfish/v1/"] = function(_, req)
      if closed:is_known(req) then
        return answer(200, fakebmc.ROOT)
      end
      return fault(401, "Base.1.8.NoValidSession")
    end
    fakebmc.with(closed, {}, function(rf)
      assert.equal("1.6.0", assert(rf:root()).RedfishVersion)
    end)
    assert.equal(0, closed:live_sessions())
  end)

  it("asks for the other form of the root when the first is unknown", function()
    local self = fakebmc.new()
    self.tree["/redfish/v1"], self.tree["/redfish/v1/"] = self.tree["/redfish/v1/"], nil
    fakebmc.with(self, {}, function(rf)
      assert(rf:root())
      assert.same({ "GET /redfish/v1/", "GET /redfish/v1" }, self.log)
    end)
  end)

  -- A BMC with these systems and managers, and what f says about it.
  local function with_machine(systems, managers, f, opts)
    local self = fakebmc.new()
    for name, list in pairs { Systems = systems, Managers = managers } do
      local members = {}
      for i, body in ipairs(list) do
        members[i] = link(("/redfish/v1/%s/%s"):format(name, body.Id))
        self.tree[members[i]["@odata.id"]] = body
      end
      self.tree["/redfish/v1/" .. name] = { Members = members }
    end
    fakebmc.with(self, opts or {}, function(rf, t) f(rf, t, self) end)
  end

  local RESET = { ["#ComputerSystem.Reset"] = { target = "/r" } }
  local HGX = {
    { Id = "HGX_Baseboard_0", ["@odata.id"] = "/redfish/v1/Systems/HGX_Baseboard_0" },
    { Id = "Host", Name = "node1", Actions = RESET, ["@odata.id"] = "/redfish/v1/Systems/Host" },
  }

  it("waits for a system where none means that the BMC is not ready (P22)", function()
    local late = { set = "generic.redfish.systems_late=true" }
    with_machine({}, {}, function(rf, _, self)
      local system, e = rf:system()
      assert.is_nil(system)
      assert.equal("busy", e.code)
      local asked = 0
      for _, line in ipairs(self.log) do
        asked = asked + (line == "GET /redfish/v1/Systems" and 1 or 0)
      end
      assert.equal(1 + rf.target.profile.redfish.retries, asked)
    end, late)
    with_machine({ { Id = "1" } }, {}, function(rf, _, self)
      local full, asked = self.tree["/redfish/v1/Systems"], 0
      self.tree["/redfish/v1/Systems"] = function()
        asked = asked + 1
        return answer(200, asked > 2 and full or { Members = {} })
      end
      assert.equal("1", assert(rf:system()).Id)
      assert.equal(3, asked)
    end, late)
    with_machine({}, {}, function(rf)
      local _, e = rf:system()
      assert.equal("missing", e.code)
    end)
  end)

  it("takes the only system, the one named, or the one that can be reset", function()
    with_machine({ { Id = "1" } }, {}, function(rf)
      local system, choice = rf:system()
      assert.equal("1", system.Id)
      assert.equal("only", choice.how)
    end)
    with_machine(HGX, {}, function(rf)
      local system, choice = rf:system()
      assert.equal("Host", system.Id)
      assert.equal("resettable", choice.how)
      assert.same({ "/redfish/v1/Systems/HGX_Baseboard_0" }, choice.others)
      system, choice = rf:system("HGX_Baseboard_0")
      assert.equal("HGX_Baseboard_0", system.Id)
      assert.equal("named", choice.how)
      local _, e = rf:system("node7")
      assert.equal("missing", e.code)
      assert.truthy(e.text:find("HGX_Baseboard_0, Host", 1, true))
    end)
    with_machine(HGX, {}, function(rf)
      assert.equal("HGX_Baseboard_0", rf:system().Id)
    end, { system = "HGX_Baseboard_0" })
  end)

  it("prefers what the profile prefers", function()
    local systems = { { Id = "System_1", Actions = RESET }, { Id = "System_0" } }
    with_machine(systems, {}, function(rf)
      local system, choice = rf:system()
      assert.equal("System_0", system.Id)
      assert.equal("preferred", choice.how)
    end, { vendor = "nvidia" })
  end)

  it("says when there is no system at all", function()
    with_machine({}, {}, function(rf)
      local system, e = rf:system()
      assert.is_nil(system)
      assert.equal("missing", e.code)
    end)
  end)

  it("finds the systems where a root does not name them", function()
    local self = fakebmc.new()
    self.tree["/redfish/v1/"] = { RedfishVersion = "1.0.0" }
    fakebmc.with(self, {}, function(rf)
      assert.equal(1, #rf:systems())
    end)
    self = fakebmc.new()
    self.tree["/redfish/v1/"] = nil
    fakebmc.with(self, {}, function(rf)
      assert.equal(1, #rf:systems())
      assert.equal("missing", select(2, rf:root()).code)
    end)
  end)

  it("knows where resources are that do not say so (R09)", function()
    with_machine({ { Id = "a", Actions = RESET }, { Id = "b", Actions = RESET } }, {},
      function(rf)
        local system, choice = rf:system()
        assert.equal("/redfish/v1/Systems/a", system["@odata.id"])
        assert.same({ "/redfish/v1/Systems/b" }, choice.others)
      end)
  end)

  it("sees through the padding of names", function()
    with_machine({ { Id = "1", Manufacturer = "  Dell Inc.   " } }, { { Id = " iDRAC.Embedded.1 ",
      ManagerType = "BMC" } }, function(rf)
        local vendor, facts = rf:identify()
        assert.equal("idrac", vendor)
        assert.equal("Dell Inc.", facts.system_manufacturer)
      end)
  end)

  it("leaves out managers that say nothing", function()
    with_machine({}, { { Id = "card" }, { Id = "CIMC", FirmwareVersion = "4.1(3d)" } }, function(rf)
      local managers = rf:managers()
      assert.equal(1, #managers)
      assert.equal("CIMC", managers[1].Id)
    end)
    with_machine({}, { { Id = "BMC" } }, function(rf)
      assert.equal("BMC", rf:managers()[1].Id)
    end)
  end)

  it("learns the vendor from the manager and the conditions from firmware and model", function()
    with_machine({ { Id = "1", Model = "PowerEdge R630", Manufacturer = " " } },
      { { Id = "iDRAC.Embedded.1", Model = "13G Monolithic", FirmwareVersion = "2.60.60.60" } },
      function(rf, t, self)
        assert(rf:root())
        assert.equal("redfish-generic", t.vendor)
        local vendor, facts = rf:identify()
        assert.equal("idrac", vendor)
        assert.equal("2.60.60.60", facts.manager_firmware)
        assert.is_nil(facts.system_manufacturer)
        assert.same({ "off_on" }, t.profile.power.reboot)
        local requests = #self.log
        rf:identify()
        assert.equal(requests, #self.log)
      end)
  end)

  it("names the systems not taken as far as they say where they are", function()
    local self = fakebmc.new()
    self.tree["/redfish/v1/Systems"] = { Members = {
      { Id = "1" }, { Id = "2", ["@odata.id"] = {} }, { Id = "3", ["@odata.id"] = true },
      { Id = "4", Name = "d", ["@odata.id"] = "/d", PowerState = "On" },
    } }
    fakebmc.with(self, {}, function(rf)
      local _, choice = rf:system()
      assert.same({ "/d" }, choice.others)
    end)
  end)

  it("stumbles over no shape of an answer", function()
    local shapes = { "text", 7, true, {}, { 1, 2 }, { a = 1 }, { { { 1 } } } }
    for _, shape in ipairs(shapes) do
      local self = fakebmc.new()
      self.tree["/redfish/v1/"] = { Vendor = shape, Product = shape, Oem = shape, Links = shape,
        Systems = shape, Managers = shape }
      self.tree["/redfish/v1/Systems/1"] = { Id = shape, Actions = shape, Model = shape,
        Manufacturer = shape, ["@odata.id"] = shape }
      self.tree["/redfish/v1/Managers"] = { Members = { link "/redfish/v1/Managers/1" } }
      self.tree["/redfish/v1/Managers/1"] = { Id = shape, Model = shape, FirmwareVersion = shape,
        Oem = shape, Actions = {} }
      fakebmc.with(self, {}, function(rf)
        assert(rf:root())
        assert(rf:system())
        assert.is_nil((rf:system("nobody")))
        assert.is_string((rf:identify()))
      end)
    end
  end)
end)
