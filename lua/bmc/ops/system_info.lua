-- SPDX-License-Identifier: GPL-3.0-or-later
-- system_info: what machine is it, and what runs its BMC.

local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"

-- Our field = their property.
local OF_SYSTEM = {
  manufacturer = "Manufacturer", model = "Model", serial_number = "SerialNumber",
  asset_tag = "AssetTag", sku = "SKU", host_name = "HostName", uuid = "UUID",
  bios_version = "BiosVersion",
}
local OF_MANAGER = { bmc_firmware_version = "FirmwareVersion", bmc_model = "Model" }

local function fill(record, fields, body)
  for field, property in pairs(fields) do
    record[field] = reading.text(body[property])
  end
end

local function over_redfish(target, args, call)
  local rf = redfish.of(target)
  local known, e = subject.known(rf, args, call)
  if not known then
    return nil, e
  end
  local record = { vendor = known.vendor }
  fill(record, OF_SYSTEM, known.system)
  fill(record, OF_MANAGER, known.manager or {})
  return record
end

-- The decoders are a library of their own: loaded when a machine is first asked over IPMI.
local function over_ipmi(target, args, call)
  return require("bmc.ipmi.sysinfo").info(target, args, call)
end

--- What a machine is: all fields text, absent where the BMC says nothing or only blanks.
--- On a Dell, serial_number is the board's and sku the service tag (R34). Over IPMI: the FRU
--- inventory, the system GUID, and what the machine's software has left at the BMC.
--- Errors: those of the transport, missing (no such system).
---@type bmc.plan.Op
return {
  name = "system_info",
  record = {
    "manufacturer", "model", "serial_number", "asset_tag", "sku", "host_name", "uuid",
    "bios_version", "bmc_firmware_version", "bmc_model", "vendor",
  },
  ways = { redfish = over_redfish, ipmi = over_ipmi },
}
