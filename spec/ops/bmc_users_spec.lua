-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmc_users: accounts wherever the root says they are.
local bmc = require "bmc"
local cjson = require "cjson"
local parts = require "support.parts"
local scripted = require "support.scripted"

local SERVICE = "/redfish/v1/AccountService"

local function with(accounts, f, service)
  local resources = {}
  service = service or SERVICE
  local link = parts.collect(resources, service .. "/Accounts", accounts)
  resources[service] = { ["@odata.id"] = service, Accounts = link }
  if service ~= SERVICE then
    resources["/redfish/v1"] = {
      ["@odata.id"] = "/redfish/v1", Systems = parts.link "/redfish/v1/Systems",
      AccountService = parts.link(service),
      Links = { Sessions = parts.link "/redfish/v1/SessionService/Sessions" },
    }
  end
  scripted.with(resources, f)
end

local ROOT = { UserName = "root", RoleId = "Administrator", Enabled = true, Locked = false }

describe("bmc_users", function()
  it("lists accounts in the BMC's order, with what they say", function()
    with({
      { "2", ROOT }, { "1", { UserName = " admin ", Enabled = "false", RoleId = cjson.null } },
      { "7", { UserName = "", RoleId = "None", Enabled = false, Locked = cjson.null } },
    }, function(m)
      assert.same({
        { id = "2", user_name = "root", role_id = "Administrator", enabled = true,
          locked = false },
        { id = "1", user_name = "admin", enabled = false },
        { id = "7", role_id = "None", enabled = false },
      }, m:bmc_users())
    end)
  end)

  it("follows the root to where the accounts are", function()
    with({ { "2", ROOT } }, function(m)
      assert.equal("root", m:bmc_users()[1].user_name)
    end, "/redfish/v1/Managers/iDRAC.Embedded.1/AccountService")
  end)

  it("finds the accounts of a service that does not link them", function()
    local resources = { [SERVICE] = { ["@odata.id"] = SERVICE } }
    parts.collect(resources, SERVICE .. "/Accounts", { { "2", ROOT } })
    scripted.with(resources, function(m) assert.equal("root", m:bmc_users()[1].user_name) end)
  end)

  it("lists the others when one cannot be read, and names it", function()
    with({ { "1", parts.fault(404, "Base.1.8.ResourceMissingAtURI") }, { "2", ROOT } }, function(m)
      assert.equal(1, #m:bmc_users())
      assert.truthy(table.concat(m.trail[1].notes, "\n")
        :find("not read: " .. SERVICE .. "/Accounts/1 (404)", 1, true))
    end)
  end)

  it("is empty without a service, and an error where it must not be seen", function()
    scripted.with({}, function(m)
      assert.same({}, m:bmc_users())
    end)
    scripted.with({ [SERVICE] = parts.fault(403, "Base.1.8.InsufficientPrivilege") }, function(m)
      local list, e = bmc.try(m.bmc_users, m)
      assert.is_nil(list)
      assert.equal("auth", e.code)
    end)
  end)
end)
