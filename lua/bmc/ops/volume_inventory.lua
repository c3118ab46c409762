-- SPDX-License-Identifier: GPL-3.0-or-later
-- volume_inventory: every volume that a controller makes of drives.

local inventory = require "bmc.inventory"
local volumes = require "bmc.inventory.volumes"

--- Volumes of all controllers, each once. raid_type is RAIDType, or the older VolumeType;
--- `drives` lists the URIs of its drives. `system` is there when the service has several systems
--- and none is named.
--- Errors: those of the transport; licence, auth when all that is there is refused.
---@type bmc.plan.Op
return {
  name = "volume_inventory",
  list = true,
  seconds = 120,
  record = {
    "id", "name", "raid_type", "capacity_bytes", "block_size_bytes", "status", "drives", "system",
  },
  ways = { redfish = inventory.way(volumes.collect) },
}
