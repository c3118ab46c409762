-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmc_users: who may log in at the BMC.

local manager = require "bmc.parts.manager"
local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local users = require "bmc.ipmi.users"
local walks = require "bmc.chassis.walk"

local SERVICE = "/redfish/v1/AccountService"

-- A service without accounts to show has none; what has no root either is no such service.
local function service_of(rf, walk)
  local root, no_root = rf:root()
  if not root and not no_root.status then
    return nil, no_root
  end
  local service, e = walk:fetch(root and reading.link(root.AccountService) or SERVICE)
  if service or e then
    return service, e
  end
  return root and {} or nil, no_root
end

local function over_redfish(target, _, call)
  local rf = redfish.of(target)
  local walk = walks.new(rf, call.note)
  local service, e = service_of(rf, walk)
  if not service then
    return nil, e
  end
  local accounts
  accounts, e = walk:members(service.Accounts or reading.below(service, "Accounts"))
  if not accounts then
    return nil, e
  end
  local records = {}
  for i, account in ipairs(accounts) do
    records[i] = manager.account(account)
  end
  return records
end

--- The accounts of a BMC in its own order. A BMC with a fixed number of slots lists the empty
--- ones too: they have no user_name. role_id as the BMC writes it ("Administrator", "admin"); over
--- IPMI the privilege limit on the channel that answers, and whether one is locked is not told.
--- Errors: those of the transport, auth (not allowed to see accounts: over IPMI it takes an
--- operator).
---@type bmc.plan.Op
return {
  name = "bmc_users",
  list = true,
  record = { "id", "user_name", "role_id", "enabled", "locked" },
  ways = { redfish = over_redfish, ipmi = users.list },
}
