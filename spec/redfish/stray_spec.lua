-- SPDX-License-Identifier: GPL-3.0-or-later
-- Systems that no collection lists.
local fakebmc = require "support.fakebmc"

local fault, link = fakebmc.fault, fakebmc.link

-- A BMC whose Systems cannot be read, but what is said here.
local function without_collection(tree)
  local self = fakebmc.new()
  self.tree["/redfish/v1/Systems"] = nil
  self.tree["/redfish/v1/Systems/1"] = nil
  for path, body in pairs(tree) do
    self.tree[path] = body
  end
  return self
end

local function systems_of(self)
  local ids, failure = {}, nil
  fakebmc.with(self, {}, function(rf)
    local bodies, e = rf:systems()
    failure = not bodies and e or nil
    for i, body in ipairs(bodies or {}) do
      ids[i] = body.Id
    end
  end)
  return table.concat(ids, " "), failure
end

describe("bmc.redfish.stray", function()
  it("takes the systems that chassis link", function()
    local self = without_collection {
      ["/redfish/v1/Chassis"] = { Members = { link "/redfish/v1/Chassis/a",
        link "/redfish/v1/Chassis/b" } },
      ["/redfish/v1/Chassis/a"] = { Id = "a",
        Links = { ComputerSystems = { link "/redfish/v1/Systems/Self" } } },
      ["/redfish/v1/Chassis/b"] = { Id = "b", Links = { ComputerSystems = {
        link "/redfish/v1/Systems/Self/", link "/redfish/v1/Systems/gone" } } },
      ["/redfish/v1/Systems/Self"] = { Id = "Self" },
    }
    assert.equal("Self", (systems_of(self)))
  end)

  it("takes the systems that managers look after", function()
    local self = without_collection {
      ["/redfish/v1/Managers"] = { Members = { link "/redfish/v1/Managers/1" } },
      ["/redfish/v1/Managers/1"] = { Id = "1", ManagerType = "BMC",
        Links = { ManagerForServers = { link "/redfish/v1/Systems/x" } } },
      ["/redfish/v1/Systems/x"] = { Id = "x" },
    }
    assert.equal("x", (systems_of(self)))
  end)

  it("tries the Ids of the profile when nobody links one", function()
    assert.equal("Self", (systems_of(without_collection {
      ["/redfish/v1/Systems/Self"] = { Id = "Self" },
    })))
    assert.equal("Computer", (systems_of(without_collection {
      ["/redfish/v1/Systems"] = function() return fault(500, "Base.1.8.GeneralError") end,
      ["/redfish/v1/Systems/Computer"] = { Id = "Computer" },
    })))
  end)

  it("gives the failure of the collection when there is none", function()
    local _, e = systems_of(without_collection {})
    assert.equal("missing", e.code)
    assert.is_truthy(e.text:find("/redfish/v1/Systems", 1, true))
  end)

  it("searches where a root links nothing at all (R32)", function()
    assert.equal("Self", (systems_of(without_collection {
      ["/redfish/v1/"] = { Id = "RootService", RedfishVersion = "1.6.0" },
      ["/redfish/v1/Systems/Self"] = { Id = "Self" },
    })))
  end)

  it("does not search a service without systems, or one that refuses", function()
    local function asks_once(self)
      local _, e = systems_of(self)
      local asked = 0
      for _, line in ipairs(self.log) do
        asked = asked + (line:find("Systems/") and 1 or 0)
      end
      assert.equal(0, asked)
      return e.code
    end
    local root = {}
    for k, v in pairs(fakebmc.ROOT) do
      root[k] = k ~= "Systems" and v or nil
    end
    assert.equal("missing", asks_once(without_collection { ["/redfish/v1/"] = root }))
    assert.equal("auth", asks_once(without_collection {
      ["/redfish/v1/Systems"] = function()
        return fault(403, "Base.1.8.InsufficientPrivilege")
      end,
    }))
  end)
end)
