-- SPDX-License-Identifier: GPL-3.0-or-later
-- processor_inventory: every processor of a machine.

local inventory = require "bmc.inventory"
local parts = require "bmc.parts"
local reading = require "bmc.reading"

local function counted(system)
  return parts.size(reading.object(system.ProcessorSummary).Count)
end

--- Processors in the BMC's order, GPUs and FPGAs among them where the BMC lists them so; an empty
--- socket has an id and no model. status is a health word. `system` is there when the service
--- has several systems and none is named.
--- Errors: those of the transport; licence, auth when all that is there is refused.
---@type bmc.plan.Op
return {
  name = "processor_inventory",
  list = true,
  record = {
    "id", "socket", "model", "manufacturer", "instruction_set", "max_speed_mhz", "total_cores",
    "total_threads", "status", "system",
  },
  ways = { redfish = inventory.members_way("Processors", parts.processor, counted) },
}
