-- SPDX-License-Identifier: GPL-3.0-or-later
-- network_adapter_inventory: every network adapter of a machine.

local inventory = require "bmc.inventory"
local network = require "bmc.inventory.network"

--- Network adapters, each once. A BMC that knows no adapters gives its network interfaces, or its
--- ports, with id, name and status. `system` is there when the service has several systems and
--- none is named.
--- Errors: those of the transport; licence, auth when all that is there is refused.
---@type bmc.plan.Op
return {
  name = "network_adapter_inventory",
  list = true,
  record = {
    "id", "name", "manufacturer", "model", "serial_number", "part_number", "firmware_version",
    "port_count", "status", "system",
  },
  ways = { redfish = inventory.way(network.collect) },
}
