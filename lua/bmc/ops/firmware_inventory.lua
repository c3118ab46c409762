-- SPDX-License-Identifier: GPL-3.0-or-later
-- firmware_inventory: every firmware and software of a machine that its BMC knows.

local firmware = require "bmc.inventory.firmware"
local inventory = require "bmc.inventory"
local scopes = require "bmc.inventory.scope"

local function over_redfish(target, args, call)
  local scope = scopes.new(target, call)
  return inventory.result(scope, firmware.collect(scope, args, call))
end

--- Firmware and software in the BMC's order: FirmwareInventory, SoftwareInventory, then vendors'
--- own, without repeating what an earlier one had. It is the whole service's, of all its systems.
--- An id that repeats is followed by the name.
--- Errors: those of the transport; licence, auth when all that is there is refused.
---@type bmc.plan.Op
return {
  name = "firmware_inventory",
  list = true,
  seconds = 240,
  record = {
    "id", "name", "version", "manufacturer", "release_date", "software_id", "updatable",
  },
  ways = { redfish = over_redfish },
}
