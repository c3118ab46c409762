-- SPDX-License-Identifier: GPL-3.0-or-later
-- What a simulated BMC says of itself over IPMI: device, self test, GUID; and its restart.
-- Each command is { name, netfn, cmd, privilege, least length, function(bmc, data, call) }.

local repository = require "bmc.sim.ipmi.repository"

local APP = 0x06
local CHASSIS_TO_SENSORS = 0xBF -- all kinds of device but a bridge (20.1)

local function firmware_of(bmc)
  local key = bmc.source.manager
  local text = key and bmc.store:value(key, "FirmwareVersion") or "1.0"
  local major, minor = tostring(text):match("(%d+)%.(%d+)")
  minor = (tonumber(minor) or 0) % 100
  return (tonumber(major) or 1) & 0x7F, minor // 10 << 4 | minor % 10
end

local function device_id(bmc)
  local traits = bmc.traits.ipmi
  local major, minor = firmware_of(bmc)
  return 0, ("<BBBBBBI3I2I4"):pack(0x20, 0x01, major, minor, 0x02, CHASSIS_TO_SENSORS,
    traits.manufacturer, traits.product, 0)
end

local function restart(bmc)
  -- Nobody has these.
  repository.reserve(bmc.ipmi, "sdr_reservation")
  repository.reserve(bmc.ipmi, "sel_reservation")
  bmc:restart()
  return 0
end

return {
  { "Get Device ID", APP, 0x01, "user", 0, device_id },
  { "Cold Reset", APP, 0x02, "admin", 0, restart },
  { "Warm Reset", APP, 0x03, "admin", 0, restart },
  { "Get Self Test Results", APP, 0x04, "user", 0, function() return 0, "\x55\x00" end },
  { "Get ACPI Power State", APP, 0x07, "user", 0, function(bmc)
    return 0, bmc:is_on() and "\x00\x00" or "\x05\x00" -- S0, S5
  end },
}
