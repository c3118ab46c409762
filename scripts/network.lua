-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh network: how the BMC itself is on the network.
local cli = require "bmc.cli"

local function joined(name)
  return function(record)
    return record[name] and table.concat(record[name], ", ")
  end
end

return cli.command {
  name = "network",
  summary = "Network settings of the BMC: name, addresses, gateway, DNS, NTP.",
  examples = {
    { "bmcsh network -H https://10.0.5.17 -u root", "one machine" },
    { "bmcsh network -H 'node[01-40].mgmt' -u root", "one row a machine" },
    { "bmcsh network -H 'node[01-40].mgmt' -u root --json | jq -r .data.mac_address",
      "MAC addresses, for the DHCP server" },
    { "bmcsh network -H ipmi://10.0.5.17 -u root", "over IPMI, which knows no servers" },
  },
  view = {
    columns = {
      { "hostname", "NAME" }, { "ipv4_address", "IPV4", whole = true }, { "ipv4_origin", "BY" },
      { "ipv6_address", "IPV6" }, { "mac_address", "MAC", whole = true },
      { title = "NTP", value = joined "ntp_servers", extra = true },
    },
    fields = {
      { "hostname", "host name" }, { "fqdn", "FQDN" }, { "mac_address", "MAC address" },
      { "ipv4_address", "IPv4 address" }, { "ipv4_subnet_mask", "subnet mask" },
      { "ipv4_gateway", "gateway" }, { "ipv4_origin", "configured by" },
      { "ipv6_address", "IPv6 address" }, { "vlan_id", "VLAN" },
      { title = "DNS servers", value = joined "dns_servers" },
      { title = "NTP servers", value = joined "ntp_servers" },
    },
  },
  run = function(m, args)
    return m:network_info { system = args.system }
  end,
}
