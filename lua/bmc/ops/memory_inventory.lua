-- SPDX-License-Identifier: GPL-3.0-or-later
-- memory_inventory: every memory module of a machine, and every empty slot that its BMC lists.

local inventory = require "bmc.inventory"
local parts = require "bmc.parts"
local reading = require "bmc.reading"

local function counted(system)
  return parts.size(reading.object(system.MemorySummary).TotalSystemMemoryGiB)
end

--- Memory modules in the BMC's order. An empty slot has an id and no capacity_mib. `system` is
--- there when the service has several systems and none is named.
--- Errors: those of the transport; licence, auth when all that is there is refused.
---@type bmc.plan.Op
return {
  name = "memory_inventory",
  list = true,
  record = {
    "id", "name", "capacity_mib", "operating_speed_mhz", "rated_speed_mhz", "manufacturer",
    "part_number", "serial_number", "memory_type", "channel", "status", "system",
  },
  ways = { redfish = inventory.members_way("Memory", parts.memory, counted) },
}
