-- SPDX-License-Identifier: GPL-3.0-or-later
-- drive_inventory: every drive of a machine, behind whatever controller.

local drives = require "bmc.inventory.drives"
local inventory = require "bmc.inventory"

--- Drives of all controllers and chassis, each once, `max_drives` of them at most. An empty bay
--- has an id and no capacity_bytes. Wear is in predicted_life_left_percent, 100 for new, absent
--- for what does not wear. `system` is there when the service has several systems and none is
--- named.
--- Errors: those of the transport; licence, auth when all that is there is refused.
---@type bmc.plan.Op
return {
  name = "drive_inventory",
  list = true,
  seconds = 120,
  record = {
    "id", "name", "model", "manufacturer", "serial_number", "capacity_bytes", "media_type",
    "protocol", "rotation_speed_rpm", "predicted_life_left_percent", "status",
    "failure_predicted", "system",
  },
  ways = { redfish = inventory.way(drives.collect) },
}
