-- SPDX-License-Identifier: GPL-3.0-or-later
-- boot_config: what the machine starts from, next and always.

local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local startup = require "bmc.startup"
local order = require "bmc.startup.order"
local over_ipmi = require "bmc.startup.ipmi"
local subject = require "bmc.subject"

-- B04: where the standard has no order, the vendor's own is better than none.
local function own_order(rf, system, call)
  local list = order.own(rf, reading.link(system))
  if list then
    call.note(("the order is that of %s"):format(list.uri))
  end
  return list and list.names
end

local function over_redfish(target, args, call)
  local rf = redfish.of(target)
  local system, e = subject.system(rf, args, call)
  if not system then
    return nil, e
  end
  local record = startup.record(system)
  record.boot_order = record.boot_order or own_order(rf, system, call)
  return record
end

--- The boot override and the boot order, as the system shows them.
---
--- boot_source_override_enabled ("Disabled", "Once", "Continuous"), _target and _mode are the
--- BMC's words; boot_order is a list of references, the first one first, absent over IPMI.
--- Errors: those of the transport, missing (no such system), unsupported (over IPMI: no boot
--- options).
---@type bmc.plan.Op
return {
  name = "boot_config",
  record = {
    "boot_source_override_enabled", "boot_source_override_target", "boot_source_override_mode",
    "boot_order",
  },
  ways = { redfish = over_redfish, ipmi = over_ipmi.config },
}
