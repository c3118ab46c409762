-- SPDX-License-Identifier: GPL-3.0-or-later
-- The LAN channel, its parameters and its users (22, 23): the addresses are those that Redfish
-- shows for the manager's interface. Only read, but for parameters that nothing else rests on.

local decode = require "bmc.sim.decode"
local hex = require "bmc.hex"
local tbl = require "bmc.tbl"
local traits = require "bmc.sim.traits"

local APP, TRANSPORT = 0x06, 0x0C
local LAN, THIS = 1, 0x0E
local FIELD, NO_PARAMETER, READ_ONLY, ABSENT = 0xCC, 0x80, 0x82, 0xCB
local USERS = 10

local function is_lan(number)
  return number & 0x0F == LAN or number & 0x0F == THIS
end

-- ---- the channel ----

local function info(bmc, data)
  if not is_lan(data:byte()) then return FIELD end
  -- 802.3 LAN, IPMB-1.0 protocol, several sessions; of the IPMI forum.
  local live = math.min(bmc:count().ipmi_live_sessions, 63)
  return 0, string.char(LAN, 0x04, 0x01, 0x80 | live) .. "\xF2\x1B\x00" .. "\x00\x00"
end

local function access(_, data)
  if not is_lan(data:byte()) then return FIELD end
  return 0, "\x22\x04" -- always available, alerts off, up to administrator
end

-- 24.8: IPMI messages and SOL, and what opens a session.
local function payloads(_, data)
  if not is_lan(data:byte()) then return FIELD end
  return 0, "\x03\x00\x3F\x00\x00\x00\x00\x00"
end

-- ---- parameters ----

local function octets(text)
  return (text:gsub("(%d+)%.?", function(n) return string.char(tonumber(n) & 0xFF) end))
end

-- What a recorded tree has for a text, which may be null.
local function text_of(value, otherwise)
  return type(value) == "string" and value or otherwise
end

-- The manager's interface as Redfish has it.
local function interface(bmc)
  local key = bmc.source.manager and bmc.store:find(bmc.source.manager .. "/EthernetInterfaces/1")
  return key and decode.object(bmc.store:text(key)) or {}
end

local function ipv4(bmc, name)
  return octets(text_of(tbl.dig(interface(bmc), "IPv4Addresses", 1, name), "0.0.0.0"))
end

local function mac_of(bmc)
  return hex.bytes(text_of(interface(bmc).MACAddress, "02:00:00:00:00:00"))
end

-- 23.2: parameter -> its value, or how it is found.
local PARAMETERS = {
  [0] = "\x00", -- nothing is in progress
  [1] = "\x00", [2] = ("\x00"):rep(5),
  [3] = function(bmc) return ipv4(bmc, "Address") end,
  [4] = "\x01", -- static
  [5] = mac_of,
  [6] = function(bmc) return ipv4(bmc, "SubnetMask") end,
  [7] = "\x40\x40\x10", [8] = "\x6F\x02", [9] = "\x98\x02", -- port 26Fh: 623
  [12] = function(bmc) return ipv4(bmc, "Gateway") end,
  [13] = "\x02\xB3\x00\x00\x00\xFE", [14] = "\x00\x00\x00\x00", [15] = ("\x00"):rep(6),
  [16] = "public" .. ("\x00"):rep(12),
  [17] = "\x00", [20] = "\x00\x00", [21] = "\x00",
  [22] = function(bmc) return string.char(#traits.suites(bmc.traits)) end,
  [23] = function(bmc) return "\x00" .. string.char(table.unpack(traits.suites(bmc.traits))) end,
  [24] = "\x00" .. ("\x44"):rep(8), -- each up to administrator
}
local SETTABLE = { [0] = true, [16] = true, [17] = true, [20] = true, [21] = true }

local function get(bmc, data)
  local channel, parameter = data:byte(1, 2)
  if not is_lan(channel) then return FIELD end
  if channel & 0x80 ~= 0 then return 0, "\x11" end
  local value = (bmc.ipmi.lan or {})[parameter] or PARAMETERS[parameter]
  if not value then return NO_PARAMETER end
  if type(value) == "function" then value = value(bmc) end
  return 0, "\x11" .. value
end

local function set(bmc, data)
  local channel, parameter = data:byte(1, 2)
  if not is_lan(channel) then return FIELD end
  if not PARAMETERS[parameter] then return NO_PARAMETER end
  if not SETTABLE[parameter] then return READ_ONLY end
  bmc.ipmi.lan = bmc.ipmi.lan or {}
  bmc.ipmi.lan[parameter] = data:sub(3)
  return 0
end

-- ---- users ----

-- The account is number 2; 1 has no name, by the standard, and is off. Who watches over Redfish
-- is listed, and has no password here.
local function user_of(bmc, id)
  if id == 2 then return { name = bmc.user, privilege = bmc.traits.ipmi.privilege, on = true } end
  if id == 3 then return { name = "monitor", privilege = 2, on = false } end
  return { name = "", privilege = 0x0F, on = false }
end

local function user_access(bmc, data)
  local channel, id = data:byte(1, 2)
  id = id & 0x3F
  if not is_lan(channel) then return FIELD end
  if id < 1 or id > USERS then return ABSENT end
  local user = user_of(bmc, id)
  -- Enabled users, whether this one is, users with a fixed name, IPMI messages and privilege.
  return 0, string.char(USERS, 1 | (user.on and 0x40 or 0x80), 1,
    (user.on and 0x10 or 0) | user.privilege)
end

local function user_name(bmc, data)
  local id = data:byte() & 0x3F
  if id < 1 or id > USERS then return ABSENT end
  return 0, ("c16"):pack(user_of(bmc, id).name)
end

return {
  { "Get Channel Access", APP, 0x41, "user", 2, access },
  { "Get Channel Info", APP, 0x42, "user", 1, info },
  { "Get User Access", APP, 0x44, "operator", 2, user_access },
  { "Get User Name", APP, 0x46, "operator", 1, user_name },
  { "Get Channel Payload Support", APP, 0x4E, "user", 1, payloads },
  { "Set LAN Configuration Parameters", TRANSPORT, 0x01, "admin", 2, set },
  { "Get LAN Configuration Parameters", TRANSPORT, 0x02, "operator", 4, get },
}
