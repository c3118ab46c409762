-- SPDX-License-Identifier: GPL-3.0-or-later
-- parts.storage: owns how the resources of drives and volumes become records: of the standard, of
-- SimpleStorage, which has a few words a drive, and of HPE's SmartStorage (R10). Pure.

local parts = require "bmc.parts"
local reading = require "bmc.reading"

local number, object, text = reading.number, reading.object, reading.text

local MIB = 1048576

local M = {}

-- ---- drives ----

local function percent(v)
  return v and v >= 0 and v <= 100 and v or nil
end

-- What is left, or 100 less what is used up; iLO 4 counts that in 16 bits and wraps (R10). Disks
-- that turn do not wear, and CIMC says 0 for that.
local function life_left(item)
  local left = percent(number(item.PredictedMediaLifeLeftPercent)
    or number(reading.oem(item, "PredictedMediaLifeLeftPercent"))
    or number(reading.oem(item, "TimeLeft"))) -- Inspur's
  local used = percent(number(item.SSDEnduranceUtilizationPercentage))
  left = left or used and 100 - used
  if left == 0 and text(item.MediaType) == "HDD" then
    return nil
  end
  return left
end

-- SmartStorage has reasons for a state, and a warning among them.
local function failure_predicted(item)
  local reasons = item.DiskDriveStatusReasons
  if type(reasons) ~= "table" then
    return parts.flag(item.FailurePredicted)
  end
  for _, reason in ipairs(reasons) do
    if type(reason) == "string" and reason:lower():find("predict", 1, true) then
      return true
    end
  end
  return false
end

local function capacity(item)
  local bytes = parts.size(item.CapacityBytes)
  if bytes then
    return bytes
  end
  local blocks, block = parts.size(item.CapacityLogicalBlocks), parts.size(item.BlockSizeBytes)
  local mib = parts.size(item.CapacityMiB)
  return blocks and block and blocks * block or mib and mib * MIB
    or parts.size(object(object(item.Capacity).Data).AllocatedBytes)
end

--- A Drive, SmartStorage's DiskDrive or a device of SimpleStorage. An empty bay has an id, a name
--- and no capacity.
---@param item table
---@return table record id, name, model, manufacturer, serial_number, capacity_bytes, media_type,
--- protocol, rotation_speed_rpm, predicted_life_left_percent, status, failure_predicted
function M.drive(item)
  return {
    id = parts.id(item),
    name = parts.name(item.Name),
    model = parts.name(item.Model),
    manufacturer = parts.name(item.Manufacturer),
    serial_number = parts.name(item.SerialNumber),
    capacity_bytes = capacity(item),
    media_type = parts.name(item.MediaType),
    protocol = parts.name(item.Protocol) or parts.name(item.InterfaceType),
    rotation_speed_rpm = parts.size(item.RotationSpeedRPM) or parts.size(item.RotationalSpeedRpm),
    predicted_life_left_percent = life_left(item),
    status = reading.health(item.Status),
    failure_predicted = failure_predicted(item),
  }
end

--- Whether a device of SimpleStorage is a drive, and not what drives are in.
---@param item table
---@return boolean
function M.is_drive(item)
  local name = (text(item.Name) or "") .. " " .. (text(item.Model) or "")
  return not name:find("[Bb]ackplane") and not name:find("^[Ee]nclosure")
end

-- ---- volumes ----

-- SmartStorage writes "1" for RAID1. What has no RAIDType yet says it in VolumeType, and some in
-- words of their own (iBMC, iRMC, XCC), which say more.
local function raid_type(item)
  local level = text(item.Raid)
  if level then
    return level:find("^%d+$") and "RAID" .. level or level
  end
  return text(item.RAIDType) or text(reading.oem(item, "VolumeRaidLevel"))
    or text(reading.oem(item, "RaidLevel")) or text(item.VolumeType)
end

--- A Volume, or SmartStorage's LogicalDrive.
---@param item table
---@param drives string[]  where its drives are
---@return table record id, name, raid_type, capacity_bytes, block_size_bytes, status, drives
function M.volume(item, drives)
  return {
    id = parts.id(item),
    name = parts.name(item.LogicalDriveName) or parts.name(item.Name),
    raid_type = raid_type(item),
    capacity_bytes = capacity(item),
    block_size_bytes = parts.size(item.BlockSizeBytes),
    status = reading.health(item.Status),
    drives = drives[1] and drives or nil,
  }
end

--- The names by which the rest of the world knows a volume, in one form: DurableName of the
--- standard, VolumeUniqueIdentifier of SmartStorage.
---@param item table
---@return string[]
function M.volume_names(item)
  local names = { text(item.VolumeUniqueIdentifier) }
  for _, identifier in ipairs(reading.list(item.Identifiers)) do
    names[#names + 1] = text(object(identifier).DurableName)
  end
  for i, name in ipairs(names) do
    names[i] = name:gsub("[^%w]", ""):lower()
  end
  return names
end

return M
