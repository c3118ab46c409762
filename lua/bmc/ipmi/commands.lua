-- SPDX-License-Identifier: GPL-3.0-or-later
--- The IPMI commands that bmcsh knows, by name.
--
-- Owns what the client has to know of a command before it sends it: its numbers, the least
-- privilege that IPMI asks for (appendix G), whether it changes something (`write`), and whether
-- it must never be sent twice (`once`). What stands in its data is for who uses it. A new command
-- is a line here.
--
-- Numbers and privileges: IPMI 2.0, revision 1.1, appendix G; DCMI 1.5, chapter 6.

local CHASSIS, SENSOR, APP, STORAGE, TRANSPORT, GROUP = 0x00, 0x04, 0x06, 0x0A, 0x0C, 0x2C
local DCMI = 0xDC -- first byte of the data

-- name, as the specification writes it = { netfn, command, privilege, "write" or "once" or nil }
local COMMANDS = {
  ["Get Chassis Capabilities"] = { CHASSIS, 0x00, "user" },
  ["Get Chassis Status"] = { CHASSIS, 0x01, "user" },
  ["Chassis Control"] = { CHASSIS, 0x02, "operator", "once" },
  ["Chassis Identify"] = { CHASSIS, 0x04, "operator", "write" },
  ["Set Power Restore Policy"] = { CHASSIS, 0x06, "operator", "write" },
  ["Get System Restart Cause"] = { CHASSIS, 0x07, "user" },
  ["Set System Boot Options"] = { CHASSIS, 0x08, "operator", "write" },
  ["Get System Boot Options"] = { CHASSIS, 0x09, "operator" },
  ["Get POH Counter"] = { CHASSIS, 0x0F, "user" },

  ["Get Device SDR Info"] = { SENSOR, 0x20, "user" },
  ["Get Device SDR"] = { SENSOR, 0x21, "user" },
  ["Reserve Device SDR Repository"] = { SENSOR, 0x22, "user" },
  ["Get Sensor Reading Factors"] = { SENSOR, 0x23, "user" },
  ["Get Sensor Hysteresis"] = { SENSOR, 0x25, "user" },
  ["Get Sensor Thresholds"] = { SENSOR, 0x27, "user" },
  ["Get Sensor Event Enable"] = { SENSOR, 0x29, "user" },
  ["Get Sensor Reading"] = { SENSOR, 0x2D, "user" },
  ["Get Sensor Type"] = { SENSOR, 0x2F, "user" },

  ["Get Device ID"] = { APP, 0x01, "user" },
  ["Cold Reset"] = { APP, 0x02, "admin", "once" },
  ["Warm Reset"] = { APP, 0x03, "admin", "once" },
  ["Get Self Test Results"] = { APP, 0x04, "user" },
  ["Get ACPI Power State"] = { APP, 0x07, "user" },
  ["Reset Watchdog Timer"] = { APP, 0x22, "operator", "write" },
  ["Set Watchdog Timer"] = { APP, 0x24, "operator", "write" },
  ["Get Watchdog Timer"] = { APP, 0x25, "user" },
  ["Get System GUID"] = { APP, 0x37, "user" },
  ["Set Session Privilege Level"] = { APP, 0x3B, "user" },
  ["Get Session Info"] = { APP, 0x3D, "user" },
  ["Get Channel Access"] = { APP, 0x41, "user" },
  ["Get Channel Info"] = { APP, 0x42, "user" },
  ["Get User Access"] = { APP, 0x44, "operator" },
  ["Get User Name"] = { APP, 0x46, "operator" },
  ["Activate Payload"] = { APP, 0x48, "user", "write" },
  ["Deactivate Payload"] = { APP, 0x49, "user", "write" },
  ["Get Payload Activation Status"] = { APP, 0x4A, "user" },
  ["Get Channel Payload Support"] = { APP, 0x4E, "user" },
  ["Get Channel Cipher Suites"] = { APP, 0x54, "user" },
  ["Get System Info Parameters"] = { APP, 0x59, "user" },

  ["Get FRU Inventory Area Info"] = { STORAGE, 0x10, "user" },
  ["Read FRU Data"] = { STORAGE, 0x11, "user" },
  ["Get SDR Repository Info"] = { STORAGE, 0x20, "user" },
  ["Reserve SDR Repository"] = { STORAGE, 0x22, "user" },
  ["Get SDR"] = { STORAGE, 0x23, "user" },
  ["Get SEL Info"] = { STORAGE, 0x40, "user" },
  ["Get SEL Allocation Info"] = { STORAGE, 0x41, "user" },
  ["Reserve SEL"] = { STORAGE, 0x42, "user" },
  ["Get SEL Entry"] = { STORAGE, 0x43, "user" },
  ["Clear SEL"] = { STORAGE, 0x47, "operator", "write" },
  ["Get SEL Time"] = { STORAGE, 0x48, "user" },
  ["Get SEL Time UTC Offset"] = { STORAGE, 0x5C, "user" },

  ["Get LAN Configuration Parameters"] = { TRANSPORT, 0x02, "operator" },
  ["Set SOL Configuration Parameters"] = { TRANSPORT, 0x21, "admin", "write" },
  ["Get SOL Configuration Parameters"] = { TRANSPORT, 0x22, "user" },

  ["Get DCMI Capabilities Info"] = { GROUP, 0x01, "user" },
  ["DCMI Get Management Controller Identifier String"] = { GROUP, 0x09, "user" },
  ["DCMI Get Power Reading"] = { GROUP, 0x02, "user" },
  ["DCMI Get Power Limit"] = { GROUP, 0x03, "user" },
  ["DCMI Set Power Limit"] = { GROUP, 0x04, "operator", "write" },
  ["DCMI Activate Power Limit"] = { GROUP, 0x05, "operator", "write" },
}

-- Commands whose data are a password or a key after so many bytes: what may be known of them.
local CONFIDENTIAL = {
  [APP << 8 | 0x47] = 2, -- Set User Password
  [APP << 8 | 0x56] = 3, -- Set Channel Security Keys
  [TRANSPORT << 8 | 0x01] = 2, -- Set LAN Configuration Parameters: a community string among them
}

local M = {}

---@class bmc.ipmi.Command
---@field name string
---@field netfn integer
---@field cmd integer
---@field privilege "user"|"operator"|"admin"  the least that it needs
---@field write boolean   it changes something
---@field once boolean    and must not happen twice

local function described(name, c)
  return {
    name = name, netfn = c[1], cmd = c[2], privilege = c[3],
    write = c[4] ~= nil, once = c[4] == "once",
  }
end

-- By name, made when first asked for: one for all machines.
local found = {}

--- A command by its name. A name that is not in the table is a mistake, and raises.
---@param name string
---@return bmc.ipmi.Command command  not to be changed
function M.find(name)
  local command = found[name]
  if not command then
    local c = COMMANDS[name] or error(("no IPMI command %q"):format(tostring(name)), 3)
    command = described(name, c)
    found[name] = command
  end
  return command
end

-- The names by numbers; of DCMI only what begins with its byte, which is in the data.
local by_numbers

--- A command by its numbers.
---@param netfn integer
---@param cmd integer
---@param data string  request bytes
---@return bmc.ipmi.Command? command  nil when it is not in the table
function M.numbered(netfn, cmd, data)
  if not by_numbers then
    by_numbers = {}
    for name, c in pairs(COMMANDS) do
      by_numbers[c[1] << 8 | c[2]] = name
    end
  end
  local name = by_numbers[netfn << 8 | cmd]
  if name and (netfn ~= GROUP or data:byte() == DCMI) then
    return described(name, COMMANDS[name])
  end
end

--- The data of a command without what is secret in it, for a digest that others may guess at.
---@param command bmc.ipmi.Command
---@param data string
---@return string
function M.disclosed(command, data)
  return data:sub(1, CONFIDENTIAL[command.netfn << 8 | command.cmd])
end

return M
