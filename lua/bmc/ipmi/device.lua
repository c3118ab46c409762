-- SPDX-License-Identifier: GPL-3.0-or-later
--- Get Device ID (20.1): what a BMC says of itself, and whose it is by that. Pure.

local reply = require "bmc.ipmi.reply"

-- What is not known yet has a profile that is named after Redfish.
local UNKNOWN, NAMED = "redfish-generic", "ipmi-generic"

local MANUFACTURER = 0x0FFFFF -- the upper bits are reserved
local SHORTEST, WITH_PRODUCT = 6, 11

local M = {}

---@class bmc.ipmi.Device
---@field device_id integer
---@field device_revision integer
---@field firmware string          "2.15"
---@field updating boolean         the firmware is being updated, or the BMC not ready yet
---@field ipmi_version string      "2.0"
---@field manufacturer_id? integer IANA enterprise number
---@field product_id? integer
---@field provides_sdrs boolean    device SDRs
---@field chassis boolean          chassis device
---@field fru boolean
---@field sel boolean
---@field sdr_repository boolean
---@field sensors boolean
---@field aux string               four bytes of the maker's, or ""

local function bit(byte, n)
  return byte >> n & 1 == 1
end

-- 20.1: 000000h unspecified, 0FFFFFh reserved.
local function manufacturer(data)
  local id = ("<I3"):unpack(data, 7) & MANUFACTURER
  return id ~= 0 and id ~= MANUFACTURER and id or nil
end

--- The answer to Get Device ID.
---@param data string
---@return bmc.ipmi.Device?
---@return bmc.err.Value? err protocol
function M.decode(data)
  local whole, e = reply.enough(data, SHORTEST, "Get Device ID")
  if not whole then
    return nil, e
  end
  local id, revision, major, minor, version, support = data:byte(1, SHORTEST)
  local named = #data >= WITH_PRODUCT
  return {
    device_id = id, device_revision = revision & 0x0F, provides_sdrs = bit(revision, 7),
    firmware = ("%d.%02x"):format(major & 0x7F, minor), updating = bit(major, 7),
    ipmi_version = ("%d.%d"):format(version & 0x0F, version >> 4),
    chassis = bit(support, 7), fru = bit(support, 3), sel = bit(support, 2),
    sdr_repository = bit(support, 1), sensors = bit(support, 0),
    manufacturer_id = named and manufacturer(data) or nil,
    product_id = named and (("<I2"):unpack(data, 10)) or nil,
    aux = data:sub(12, 15),
  }
end

--- Whose BMC a target is, once it has been asked: as detect_vendor names it, "ipmi-generic" where
--- the maker is not known.
---@param target bmc.target.Target
---@return string
function M.vendor(target)
  return target.vendor == UNKNOWN and NAMED or target.vendor
end

return M
