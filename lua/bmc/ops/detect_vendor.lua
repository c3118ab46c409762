-- SPDX-License-Identifier: GPL-3.0-or-later
-- detect_vendor: whose BMC is it. The clues and their order are bmc.vendor's (R35).

local device = require "bmc.ipmi.device"
local ipmi = require "bmc.ipmi"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"

local function over_redfish(target, args, call)
  local known, e = subject.known(redfish.of(target), args, call, subject.system_if_any)
  return known and known.vendor, e
end

local function over_ipmi(target)
  local known, e = ipmi.of(target):device()
  return known and device.vendor(target), e
end

--- The vendor of the BMC: "idrac", "ilo", "supermicro", … or, where nothing tells it,
--- "redfish-generic" and over IPMI "ipmi-generic".
--- Reads the service root, the system and its manager; over IPMI the number of the maker in Get
--- Device ID. Errors: those of the transport.
---@type bmc.plan.Op
return {
  name = "detect_vendor",
  record = {},
  ways = { redfish = over_redfish, ipmi = over_ipmi },
}
