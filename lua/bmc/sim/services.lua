-- SPDX-License-Identifier: GPL-3.0-or-later
-- The services of a generated tree besides those that tree.lua and sensors.lua build: firmware
-- inventory and updates, accounts, licences, tasks, and the network of the BMC itself.

local M = {}

local ROOT = "/redfish/v1"
local OK = { State = "Enabled", Health = "OK" }

-- ---- firmware ----

local function version_of(tree, body, name)
  return (tree.traits.bodies[body] or {})[name] or "1.0"
end

local function add_update(tree)
  local base = ROOT .. "/UpdateService"
  local path, ids = base .. "/FirmwareInventory", {}
  local items = {
    { id = "BIOS", name = "BIOS", version = version_of(tree, "ComputerSystem", "BiosVersion") },
    { id = "BMC", name = "BMC", version = version_of(tree, "Manager", "FirmwareVersion") },
    table.unpack(tree.traits.firmware),
  }
  for i, item in ipairs(items) do
    ids[i] = item.id
    tree:add(path .. "/" .. item.id, "SoftwareInventory", function()
      return {
        Name = item.name, Version = item.version, Updateable = i < 3, Status = OK,
        SoftwareId = item.software, ReleaseDate = item.date, Manufacturer = item.maker,
      }
    end)
  end
  tree:add_collection(path, "SoftwareInventoryCollection", ids)
  tree:add(base, "UpdateService", function()
    local name = "UpdateService.SimpleUpdate"
    return {
      ServiceEnabled = true, Status = OK, FirmwareInventory = tree:link(path),
      Actions = { ["#" .. name] = {
        target = base .. "/Actions/" .. name,
        ["TransferProtocol@Redfish.AllowableValues"] = { "HTTP", "HTTPS", "TFTP" },
      } },
    }
  end)
  tree:hang(ROOT, "UpdateService", base)
end

-- ---- accounts ----

local function role_of(i)
  return i == 1 and "Administrator" or "ReadOnly"
end

local function account(tree, i)
  if i > 2 then return { UserName = "", RoleId = "None", Enabled = false, Locked = false } end
  return {
    UserName = i == 1 and tree.user or "monitor", RoleId = role_of(i), Enabled = true,
    Locked = false, Password = tree.null,
    Links = { Role = tree:link(ROOT .. "/AccountService/Roles/" .. role_of(i)) },
  }
end

local function add_accounts(tree)
  local base, ids, roles = ROOT .. "/AccountService", {}, { "Administrator", "ReadOnly" }
  for i = 1, math.max(tree.traits.slots, 2) do
    ids[i] = tostring(i)
    tree:add(base .. "/Accounts/" .. i, "ManagerAccount", function() return account(tree, i) end)
  end
  for i, id in ipairs(roles) do
    tree:add(base .. "/Roles/" .. id, "Role", function()
      return {
        RoleId = id, IsPredefined = true,
        AssignedPrivileges = i == 1 and { "Login", "ConfigureManager", "ConfigureUsers" }
          or { "Login" },
      }
    end)
  end
  tree:add_collection(base .. "/Accounts", "ManagerAccountCollection", ids)
  tree:add_collection(base .. "/Roles", "RoleCollection", roles)
  tree:add(base, "AccountService", function()
    return {
      ServiceEnabled = true, MinPasswordLength = 8, Status = OK,
      Accounts = tree:link(base .. "/Accounts"), Roles = tree:link(base .. "/Roles"),
    }
  end)
  tree:hang(ROOT, "AccountService", base)
end

-- ---- licences, tasks ----

local function add_licences(tree)
  local base, ids = ROOT .. "/LicenseService", {}
  for i, licence in ipairs(tree.traits.licences) do
    ids[i] = licence.id
    tree:add(base .. "/Licenses/" .. licence.id, "License", function()
      return {
        Name = licence.name, LicenseType = licence.type or "Production", Status = OK,
        EntitlementId = licence.id, ExpirationDate = licence.expires,
      }
    end)
  end
  if #ids == 0 then return end
  tree:add_collection(base .. "/Licenses", "LicenseCollection", ids)
  tree:add(base, "LicenseService", function()
    return { ServiceEnabled = true, Licenses = tree:link(base .. "/Licenses") }
  end)
  tree:hang(ROOT, "LicenseService", base)
end

local function add_tasks(tree)
  local base = ROOT .. "/TaskService"
  tree:add_collection(base .. "/Tasks", "TaskCollection", {})
  tree:add(base, "TaskService", function()
    return { ServiceEnabled = true, Tasks = tree:link(base .. "/Tasks"), Status = OK }
  end)
  tree:hang(ROOT, "Tasks", base)
end

-- ---- the network of the BMC ----

local function add_interface(tree)
  local path = tree.manager .. "/EthernetInterfaces"
  tree:add(path .. "/1", "EthernetInterface", function(machine)
    local address = ("10.20.%d.%d"):format(machine.index // 250 % 250, machine.index % 250 + 1)
    return {
      Name = "Manager interface", MACAddress = machine.mac, PermanentMACAddress = machine.mac,
      HostName = "bmc-" .. machine.name, FQDN = ("bmc-%s.example.net"):format(machine.name),
      SpeedMbps = 1000, FullDuplex = true, InterfaceEnabled = true, LinkStatus = "LinkUp",
      IPv4Addresses = { {
        Address = address, SubnetMask = "255.255.0.0", Gateway = "10.20.255.254",
        AddressOrigin = "Static",
      } },
      IPv6Addresses = {}, NameServers = { "10.20.0.53" }, Status = OK,
    }
  end, "ManagerInterface")
  tree:add_collection(path, "EthernetInterfaceCollection", { "1" })
  tree:hang(tree.manager, "EthernetInterfaces", path)
end

local function add_protocol(tree)
  local path = tree.manager .. "/NetworkProtocol"
  tree:add(path, "ManagerNetworkProtocol", function(machine)
    return {
      HostName = "bmc-" .. machine.name, FQDN = ("bmc-%s.example.net"):format(machine.name),
      HTTP = { ProtocolEnabled = false, Port = 80 }, HTTPS = { ProtocolEnabled = true, Port = 443 },
      IPMI = { ProtocolEnabled = true, Port = 623 }, SSH = { ProtocolEnabled = true, Port = 22 },
      NTP = { ProtocolEnabled = true, NTPServers = { "ntp.example.net" } }, Status = OK,
    }
  end)
  tree:hang(tree.manager, "NetworkProtocol", path)
end

--- Adds the resources.
---@param tree table
function M.add(tree)
  add_update(tree)
  add_accounts(tree)
  add_licences(tree)
  add_tasks(tree)
  add_interface(tree)
  add_protocol(tree)
end

return M
