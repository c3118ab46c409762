-- SPDX-License-Identifier: GPL-3.0-or-later
-- detect_vendor: whose BMC is it. The clues and their order are bmc.vendor's (R35).

local redfish = require "bmc.redfish"
local subject = require "bmc.subject"

local function over_redfish(target, args, call)
  local rf = redfish.of(target)
  local system, e = subject.system_if_any(rf, args, call)
  if e then
    return nil, e
  end
  local vendor, failed = subject.identify(rf, system, call)
  if not vendor then
    return nil, failed
  end
  return vendor
end

--- The vendor of the BMC: "idrac", "ilo", "supermicro", … or "redfish-generic".
--- Reads the service root, the system and its manager. Errors: those of the transport.
---@type bmc.plan.Op
return {
  name = "detect_vendor",
  record = {},
  ways = { redfish = over_redfish },
}
