-- SPDX-License-Identifier: GPL-3.0-or-later
-- parts.manager: owns how what belongs to a BMC itself becomes records: its network interfaces
-- and time servers, its accounts, its licences. Pure: where these resources lie is the business
-- of the operations.

local parts = require "bmc.parts"
local reading = require "bmc.reading"

local list, object, text = reading.list, reading.object, reading.text

local M = {}

-- ---- accounts ----

--- A ManagerAccount. An empty slot of a BMC with fixed ones (C16) has no user_name.
---@param item table
---@return table record id, user_name, role_id, enabled, locked
function M.account(item)
  return {
    id = parts.id(item), user_name = text(item.UserName), role_id = text(item.RoleId),
    enabled = parts.flag(item.Enabled), locked = parts.flag(item.Locked),
  }
end

-- ---- addresses ----

-- Link states in which nothing can arrive.
local DOWN = { linkdown = true, nolink = true }
local OFFLINE = { disabled = true, absent = true, unavailableoffline = true }

-- What firmware writes for "none": "(null)", 0.0.0.0, ::, 0:0:0:0:0:0:0:0.
local function address(v)
  v = text(v)
  return v and v ~= "(null)" and v:find("[^0:.]") and v or nil
end

local function addresses(v)
  local out = {}
  for _, item in ipairs(list(v)) do
    out[#out + 1] = address(item)
  end
  return out[1] and out or nil
end

local function is_link_local(v)
  return v:find("^169%.254%.") ~= nil or v:lower():find("^fe[89ab]") ~= nil
end

-- The entry with an address that others can reach, else the first with any.
local function best(entries)
  local first
  for _, entry in ipairs(list(entries)) do
    local at = address(object(entry).Address)
    if at and not is_link_local(at) then
      return entry
    end
    first = first or at and entry
  end
  return first
end

local function ipv4(interface)
  return best(interface.IPv4Addresses) or best(interface.IPv4StaticAddresses)
end

local function ipv6(interface)
  return best(interface.IPv6Addresses) or best(interface.IPv6StaticAddresses)
end

-- The gateway stands at the address, or at the first of several.
local function gateway(interface)
  local all = list(interface.IPv4Addresses)
  for _, entry in ipairs(table.move(all, 1, #all, 2, { ipv4(interface) or {} })) do
    local at = address(object(entry).Gateway)
    if at then
      return at
    end
  end
end

local function squash(v)
  return type(v) == "string" and v:lower() or ""
end

local function is_up(interface)
  return parts.flag(interface.InterfaceEnabled) ~= false
    and not DOWN[squash(interface.LinkStatus)]
    and not OFFLINE[squash(object(interface.Status).State)]
end

-- How likely it is that the BMC is managed over this interface: it is up, and carries an address;
-- then, that others can reach it; an interface to the host itself comes last.
local function likelihood(interface)
  local entry = ipv4(interface) or ipv6(interface)
  return (is_up(interface) and 8 or 0) + (entry and 8 or 0)
    + (entry and not is_link_local(entry.Address) and 4 or 0)
    + (gateway(interface) and 2 or 0)
    + (object(interface.Links).HostInterface == nil and 1 or 0)
end

--- The interface that the BMC is managed over; of equals the first.
---@param interfaces table[] EthernetInterfaces of a manager
---@return table? interface nil for an empty list
function M.interface(interfaces)
  local chosen, most
  for _, interface in ipairs(interfaces) do
    local n = likelihood(interface)
    if not most or n > most then
      chosen, most = interface, n
    end
  end
  return chosen
end

-- Where the vendors' time services keep their servers, the standard's names first.
local TIME_SERVERS = {
  "NTPServers", "NetworkSuppliedServers", "StaticNTPServers", "NTPServerAddresses",
}
local TIME_SERVER_PAIRS = {
  { "PrimaryNTPServer", "SecondaryNTPServer" }, { "PreferredNtpServer", "AlternateNtpServer" },
}

--- The time servers of a resource, whoever designed it.
---@param service table? NTP of a ManagerNetworkProtocol, or a vendor's time service
---@return string[]? servers nil when it names none
function M.time_servers(service)
  service = object(service)
  for _, name in ipairs(TIME_SERVERS) do
    local servers = addresses(service[name])
    if servers then
      return servers
    end
  end
  for _, pair in ipairs(TIME_SERVER_PAIRS) do
    local servers = { address(service[pair[1]]) }
    servers[#servers + 1] = address(service[pair[2]])
    if servers[1] then
      return servers
    end
  end
end

local function first_time_servers(services)
  for _, service in ipairs(services) do
    local servers = M.time_servers(service)
    if servers then
      return servers
    end
  end
end

--- How a BMC is on the network.
---@param interface table? the one it is managed over
---@param protocol table? its ManagerNetworkProtocol
---@param services table[] vendors' time services, for those that keep NTP there
---@return table record hostname, fqdn, mac_address, ipv4_address, ipv4_gateway, ipv4_subnet_mask,
--- ipv4_origin, ipv6_address, dns_servers, ntp_servers
function M.network(interface, protocol, services)
  interface, protocol = interface or {}, protocol or {}
  local four, six = ipv4(interface) or {}, ipv6(interface) or {}
  return {
    hostname = text(interface.HostName) or text(protocol.HostName),
    fqdn = text(interface.FQDN) or text(protocol.FQDN),
    mac_address = text(interface.MACAddress) or text(interface.PermanentMACAddress),
    ipv4_address = address(four.Address),
    ipv4_gateway = gateway(interface),
    ipv4_subnet_mask = address(four.SubnetMask),
    ipv4_origin = text(four.AddressOrigin),
    ipv6_address = address(six.Address),
    dns_servers = addresses(interface.NameServers) or addresses(interface.StaticNameServers),
    ntp_servers = M.time_servers(protocol.NTP) or first_time_servers(services),
  }
end

return M
