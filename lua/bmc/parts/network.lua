-- SPDX-License-Identifier: GPL-3.0-or-later
-- parts.network: owns how the resources of network adapters become records: NetworkAdapter, HPE's
-- BaseNetworkAdapter, and what stands for an adapter that has neither. Pure.

local parts = require "bmc.parts"
local reading = require "bmc.reading"

local object = reading.object

local M = {}

-- XCC says -1 for "not known".
local function ports_of(controllers)
  local sum
  for _, controller in ipairs(controllers) do
    local capabilities = object(object(controller).ControllerCapabilities)
    local n = parts.size(capabilities.NetworkPortCount)
    sum = n and (sum or 0) + n or sum
  end
  return sum
end

local function listed_ports(item)
  local n = #reading.list(item.PhysicalPorts) + #reading.list(item.FcPorts)
  return n > 0 and n or nil
end

local function firmware(item, controllers)
  for _, controller in ipairs(controllers) do
    local version = parts.name(object(controller).FirmwarePackageVersion)
    if version then
      return version
    end
  end
  return parts.name(object(object(item.Firmware).Current).VersionString)
    or parts.name(item.FirmwareVersion)
end

--- A NetworkAdapter or BaseNetworkAdapter; of a NetworkInterface or EthernetInterface only the
--- id, name and status.
---@param item table
---@return table record id, name, manufacturer, model, serial_number, part_number,
--- firmware_version, port_count, status
function M.adapter(item)
  local controllers = reading.list(item.Controllers)
  return {
    id = parts.id(item),
    name = parts.name(item.Name),
    manufacturer = parts.name(item.Manufacturer),
    model = parts.name(item.Model),
    serial_number = parts.name(item.SerialNumber),
    part_number = parts.name(item.PartNumber),
    firmware_version = firmware(item, controllers),
    port_count = ports_of(controllers) or listed_ports(item),
    status = reading.health(item.Status),
  }
end

return M
