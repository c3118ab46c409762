-- SPDX-License-Identifier: GPL-3.0-or-later
-- network_info: which interface is the BMC's, and where names, DNS and NTP come from.
local bmc = require "bmc"
local manager = require "bmc.parts.manager"
local parts = require "support.parts"
local scripted = require "support.scripted"

local MANAGER = "/redfish/v1/Managers/1"

-- A BMC with these interfaces and this network protocol resource.
local function with(interfaces, protocol, f, oem)
  local resources = {}
  local members = {}
  for i, interface in ipairs(interfaces) do
    members[i] = { interface.Id or "eth" .. i - 1, interface }
  end
  local link = parts.collect(resources, MANAGER .. "/EthernetInterfaces", members)
  resources[MANAGER .. "/NetworkProtocol"] = protocol
  resources[MANAGER] = {
    ["@odata.id"] = MANAGER, Id = "1", ManagerType = "BMC", EthernetInterfaces = link,
    NetworkProtocol = parts.link(MANAGER .. "/NetworkProtocol"), Oem = oem and oem(resources),
  }
  scripted.with(resources, f)
end

local function up(address, more)
  local interface = {
    InterfaceEnabled = true, LinkStatus = "LinkUp", Status = { State = "Enabled" },
    IPv4Addresses = { { Address = address, SubnetMask = "255.255.255.0", AddressOrigin = "DHCP" } },
  }
  for key, value in pairs(more or {}) do
    interface[key] = value
  end
  return interface
end

describe("network_info", function()
  it("tells of the interface that is up and carries an address", function()
    with({
      { InterfaceEnabled = false, IPv4Addresses = { { Address = "10.0.0.1" } } },
      up("0.0.0.0"),
      up("10.0.0.3", { LinkStatus = "LinkDown" }),
      up("10.0.0.4", { MACAddress = "aa:bb", HostName = "bmc4" }),
      up("10.0.0.5"),
    }, {}, function(m)
      local record = m:network_info()
      assert.same({ "10.0.0.4", "aa:bb", "bmc4", "DHCP" }, { record.ipv4_address,
        record.mac_address, record.hostname, record.ipv4_origin })
      assert.truthy(table.concat(m.trail[1].notes, "\n"):find("interface eth3 taken of 5", 1, true))
    end)
  end)

  it("finds the interfaces of a manager that links none", function()
    local resources = { [MANAGER] = { ["@odata.id"] = MANAGER, Id = "1", ManagerType = "BMC" } }
    parts.collect(resources, MANAGER .. "/EthernetInterfaces", { { "eth0", up "10.0.0.2" } })
    scripted.with(resources, function(m)
      assert.equal("10.0.0.2", m:network_info().ipv4_address)
    end)
  end)

  it("prefers what others can reach, a gateway, and no interface to the host", function()
    for _, case in ipairs {
      { up "169.254.3.254", up "10.0.0.2" },
      { up("10.0.0.1", { Links = { HostInterface = parts.link "/x" } }), up "10.0.0.2" },
      { up "10.0.0.1", up("10.0.0.2", { IPv4Addresses = { { Address = "10.0.0.2",
        Gateway = "10.0.0.254" } } }) },
    } do
      with(case, {}, function(m)
        assert.equal("10.0.0.2", m:network_info().ipv4_address)
      end)
    end
  end)

  it("takes an interface that is down where there is no other", function()
    with({ up("10.0.0.9", { LinkStatus = "NoLink" }) }, {}, function(m)
      assert.equal("10.0.0.9", m:network_info().ipv4_address)
    end)
  end)

  it("leaves out addresses that say none, and link-local ones where there are others", function()
    with({ up("169.254.1.1", {
      IPv4Addresses = { { Address = "169.254.1.1", AddressOrigin = "IPv4LinkLocal" },
        { Address = "10.0.0.7", SubnetMask = "0.0.0.0", Gateway = "0.0.0.0" } },
      IPv6Addresses = { { Address = "::" }, { Address = "FE80::1" }, { Address = "2a01::7" } },
      NameServers = { "10.0.0.53", "", "0.0.0.0", "::", "(null)" }, FQDN = " ",
    }) }, {}, function(m)
      assert.same({ ipv4_address = "10.0.0.7", ipv6_address = "2a01::7",
        dns_servers = { "10.0.0.53" } }, m:network_info())
    end)
  end)

  it("reads an interface with more addresses than a stack can hold", function()
    local list = {}
    for i = 1, 1100000 do
      list[i] = 0
    end
    list[#list + 1] = { Gateway = "10.0.0.1" }
    assert.equal("10.0.0.1", manager.network({ IPv4Addresses = list }, nil, {}).ipv4_gateway)
  end)

  it("finds static addresses and servers where there are no others", function()
    with({ { InterfaceEnabled = true, IPv4StaticAddresses = { { Address = "10.0.0.8",
      Gateway = "10.0.0.1" } }, StaticNameServers = { "10.0.0.53" } } },
      { HostName = "bmc8", FQDN = "bmc8.example", NTP = { NTPServers = { "ntp1", "ntp2" } } },
      function(m)
        assert.same({ hostname = "bmc8", fqdn = "bmc8.example", ipv4_address = "10.0.0.8",
          ipv4_gateway = "10.0.0.1", dns_servers = { "10.0.0.53" },
          ntp_servers = { "ntp1", "ntp2" } }, m:network_info())
      end)
  end)

  -- What vendors call it, and where it hangs.
  local SERVICES = {
    { { NTPServers = { "", "0.0.0.0" }, StaticNTPServers = { "a" } }, { "a" },
      function(link) return { Hpe = { Links = { DateTimeService = link } } } end },
    { { PrimaryNTPServer = "a", SecondaryNTPServer = "b" }, { "a", "b" },
      function(link) return { Supermicro = { NTP = link } } end },
    { { PreferredNtpServer = "", AlternateNtpServer = "b" }, { "b" },
      function(link) return { Huawei = { NtpService = link } } end },
    { { NTPServerAddresses = { "a" } }, { "a" },
      function(link) return { Lenovo = { DateTimeService = link } } end },
  }
  it("finds the time servers that vendors keep elsewhere", function()
    for _, case in ipairs(SERVICES) do
      with({ up "10.0.0.1" }, { NTP = { NTPServers = {} } }, function(m)
        assert.same(case[2], m:network_info().ntp_servers)
      end, function(resources)
        return case[3](parts.put(resources, MANAGER .. "/Time", case[1]))
      end)
    end
  end)

  it("believes NetworkProtocol before them", function()
    with({ up "10.0.0.1" }, { NTP = { NTPServers = { "standard" } } }, function(m)
      assert.same({ "standard" }, m:network_info().ntp_servers)
    end, function(resources)
      return { X = { NTP = parts.put(resources, MANAGER .. "/Time", { NTPServers = { "b" } }) } }
    end)
  end)

  it("tells what there is when a part cannot be read, and fails when nothing can", function()
    with({ up "10.0.0.1" }, parts.fault(500, "Base.1.8.InternalError"), function(m)
      assert.equal("10.0.0.1", m:network_info().ipv4_address)
      assert.truthy(table.concat(m.trail[1].notes, "\n"):find("incomplete: ", 1, true))
    end)
    scripted.with({
      [MANAGER] = { ["@odata.id"] = MANAGER, Id = "1", ManagerType = "BMC",
        EthernetInterfaces = parts.link(MANAGER .. "/EthernetInterfaces") },
      [MANAGER .. "/EthernetInterfaces"] = parts.fault(403, "Base.1.8.InsufficientPrivilege"),
    }, function(m)
      local record, e = bmc.try(m.network_info, m)
      assert.is_nil(record)
      assert.equal("auth", e.code)
    end)
  end)

  it("asks its three places together, and the manager of the system meant", function()
    with({ up "10.0.0.1" }, {}, function(m, log)
      m:network_info()
      assert.equal(1, scripted.count(log, "GET", MANAGER))
      assert.equal(1, scripted.count(log, "GET", MANAGER .. "/NetworkProtocol"))
      assert.equal(1, scripted.count(log, "GET", "/redfish/v1/Managers/1/EthernetInterfaces"))
      assert.equal(0, scripted.count(log, "GET", "/redfish/v1/Managers"))
    end)
  end)
end)
