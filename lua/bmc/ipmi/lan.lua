-- SPDX-License-Identifier: GPL-3.0-or-later
--- How the BMC itself is on the network, by the LAN configuration parameters.
--
-- Sections are those of the IPMI specification, version 2.0, revision 1.1, and of its addenda
-- for IPv6 (errata 7); the name is DCMI 1.5, 6.4.6.

local channel = require "bmc.ipmi.channel"
local err = require "bmc.err"
local ipmi = require "bmc.ipmi"
local reply = require "bmc.ipmi.reply"

-- 23.2, table 23-4: the parameter, and how many bytes it has at least.
local ADDRESS, SOURCE, MAC, MASK, GATEWAY, VLAN = 3, 4, 5, 6, 12, 20
local IPV6_STATIC, IPV6_DYNAMIC = 56, 59
local SIZES = { [ADDRESS] = 4, [SOURCE] = 1, [MAC] = 6, [MASK] = 4, [GATEWAY] = 4, [VLAN] = 2 }

-- In the words of Redfish.
local SOURCES = { "Static", "DHCP", "BIOS", "Other" }

local GROUP = "\xDC"    -- of DCMI
local NAME_PART = 16    -- bytes that are asked for at once
local NAME_MAX = 64

local M = {}

---@param data string 4 bytes
---@return string? address nil for 0.0.0.0, which is none
function M.ipv4(data)
  local text = ("%d.%d.%d.%d"):format(data:byte(1, 4))
  return text ~= "0.0.0.0" and text or nil
end

---@param data string 6 bytes
---@return string? mac  lower case, as over Redfish; nil for none
function M.mac(data)
  local text = ("%02x:%02x:%02x:%02x:%02x:%02x"):format(data:byte(1, 6))
  return text ~= "00:00:00:00:00:00" and text or nil
end

-- The longest run of zeros, two at least, of eight numbers: where it begins and how long it is.
local function zeros(groups)
  local best, length, run = nil, 1, 0
  for i = 1, #groups do
    run = groups[i] == 0 and run + 1 or 0
    if run > length then
      best, length = i - run + 1, run
    end
  end
  return best, length
end

local function hex(groups, from, to)
  local out = {}
  for i = from, to do
    out[#out + 1] = ("%x"):format(groups[i])
  end
  return table.concat(out, ":")
end

--- An IPv6 address as RFC 5952 writes it.
---@param data string 16 bytes
---@return string? address nil for ::, which is none
function M.ipv6(data)
  local groups = { (">I2I2I2I2I2I2I2I2"):unpack(data) }
  groups[9] = nil -- where unpack stopped
  local from, length = zeros(groups)
  if not from then
    return hex(groups, 1, 8)
  end
  local text = hex(groups, 1, from - 1) .. "::" .. hex(groups, from + length, 8)
  return text ~= "::" and text or nil
end

-- The data of a parameter, nil where the BMC has it not.
local function parameter(c, number, id, size, note)
  local data, e = reply.optional(c, "Get LAN Configuration Parameters",
    string.char(number, id, 0, 0), 1 + size, note)
  return data and data:sub(2), e -- the revision stands first
end

-- The first address in use: the fixed ones before the others. An entry is its number, a byte
-- about its source, the address, the length of its prefix and a status.
local function ipv6_address(c, number)
  for _, id in ipairs { IPV6_STATIC, IPV6_DYNAMIC } do
    local data, e = parameter(c, number, id, 18)
    if e then
      return nil, e
    end
    local enabled = data and (id == IPV6_DYNAMIC or data:byte(2) & 0x80 ~= 0)
    local address = enabled and M.ipv6(data:sub(3, 18))
    if address then
      return address
    end
  end
end

--- The name of the BMC (DCMI 1.5, 6.4.6.1), in parts as long as they go.
---@param c bmc.ipmi.Client
---@return string? name
---@return bmc.err.Value? err
function M.hostname(c)
  local name, total = "", 0
  repeat
    local data, e = reply.optional(c, "DCMI Get Management Controller Identifier String",
      GROUP .. string.char(#name, NAME_PART), 2)
    if e then
      return nil, e
    end
    local part = data and data:sub(3, 2 + NAME_PART) or ""
    total = data and math.min(data:byte(2), NAME_MAX) or total
    name = name .. part
  until part == "" or #name >= total
  return reply.text(name:sub(1, total))
end

local function vlan(data)
  local id = ("<I2"):unpack(data)
  return id & 0x8000 ~= 0 and id & 0x0FFF or nil
end

local FIELDS = {
  { "ipv4_address", ADDRESS, M.ipv4 },
  { "ipv4_origin", SOURCE, function(data) return SOURCES[data:byte() & 0x0F] end },
  { "mac_address", MAC, M.mac },
  { "ipv4_subnet_mask", MASK, M.ipv4 },
  { "ipv4_gateway", GATEWAY, M.ipv4 },
  { "vlan_id", VLAN, vlan },
}

-- The fields of the record that are IPMI's own. A BMC that refuses all of them cannot tell: a
-- record of nothing would look like an answer.
local function read_fields(c, number)
  local record, answered, refused = {}, false, nil
  local function note(text)
    refused = refused or text
  end
  for _, field in ipairs(FIELDS) do
    local name, id, decode = table.unpack(field)
    local data, e = parameter(c, number, id, SIZES[id], note)
    if e then
      return nil, e
    end
    answered = answered or data ~= nil
    record[name] = data and decode(data) or nil
  end
  if not answered then
    return err.fail("unsupported", refused)
  end
  return record
end

--- The way of network_info.
---@param target bmc.target.Target
---@return table? record
---@return bmc.err.Value? err
function M.network(target)
  local c = ipmi.of(target)
  local number, e = channel.number(c)
  local record
  if number then
    record, e = read_fields(c, number)
  end
  if not record then
    return nil, e
  end
  record.ipv6_address, e = ipv6_address(c, number)
  if not e then
    record.hostname, e = M.hostname(c)
  end
  if e then
    return nil, e
  end
  return record
end

return M
