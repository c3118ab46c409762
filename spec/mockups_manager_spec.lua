-- SPDX-License-Identifier: GPL-3.0-or-later
-- The BMC itself, over every recorded tree: its network, accounts, licence, findings, and whether
-- its resources keep the Redfish contract. What is right is read from the files here; which
-- interface is the BMC's, and where its time servers and its licence are, was looked up by hand.
local cjson = require "cjson"
local host = require "_bmcsh.host"
local bmc = require "bmc"
local recorded = require "support.recorded"
local sim = require "bmc.sim"
local support = require "support"

local folder = support.shared "mockups"

local HPE = { license = { "Managers/1/LicenseService/1", "License" } }

local function hpe(more)
  for key, value in pairs(HPE) do
    more[key] = value
  end
  return more
end

-- manager; nic: its interface below EthernetInterfaces; four, six: place of the address among
-- several (1); time: resource and property of the NTP servers, if not those of NetworkProtocol;
-- license: resource and property of its name; vendor.
local TREES = {
  ["cisco-ucsc_c220_m4s-cimc_4.1.2g"] = { "Managers/CIMC", nic = "NICs", vendor = "cisco" },
  ["cisco-ucsc_c240_m5sn-cimc_4.1.3d"] = { "Managers/CIMC", nic = "NICs", vendor = "cisco" },
  ["cisco-ucsx_210c_m6-cimc_5.0"] = {
    "Managers/CIMC", nic = "Inband1", list = "IPv4StaticAddresses", vendor = "cisco" },
  ["cray-rts_rackpdu-redfish"] = {
    "Managers/BMC", nics = "NICs", nic = "Dedicated", vendor = "redfish-generic" },
  ["dell-13g_monolithic-idrac8_2.40"] = {
    "Managers/iDRAC.Embedded.1", nic = "iDRAC.Embedded.1%23NIC.1", vendor = "idrac" },
  ["dell-poweredge_m640-idrac9_3.34"] = {
    "Managers/iDRAC.Embedded.1", nic = "iDRAC.Embedded.1%23NIC.1", vendor = "idrac",
    license = { "Dell/Managers/iDRAC.Embedded.1/DellLicenseCollection", "Members", 2,
      "LicenseDescription", 1 }, licenses = 2 },
  ["dell-poweredge_r750-idrac9_7.10"] = {
    "Managers/iDRAC.Embedded.1", nic = "NIC.1", six = 16, vendor = "idrac",
    license = { "LicenseService/Licenses/FD00000027623441", "Description" } },
  ["dmtf-public_rackmount1-2022"] = {
    "Managers/BMC", nic = "eth0", vendor = "redfish-generic" },
  ["gigabyte-h262_z63-megarac_12.84"] = { "Managers/Self", nic = "bond0", vendor = "gigabyte" },
  ["hpe-bl460c_gen10-ilo5_1.45"] = hpe {
    "Managers/1", nic = "1", six = 2, time = { "Managers/1/DateTime", "NTPServers" },
    vendor = "ilo" },
  ["hpe-cray_cmm"] = { "Managers/BMC", vendor = "redfish-generic" },
  ["hpe-cray_ex425-nc"] = { "Managers/BMC", vendor = "hpe-cray" },
  ["hpe-dl360_gen10plus-ilo5_3.11_simulated"] = hpe {
    "Managers/1", nic = "1", time = { "Managers/1/DateTime", "NTPServers" }, vendor = "ilo",
    expires = "LicenseExpire" },
  ["hpe-dl360_gen12-ilo7_1.14_simulated"] = hpe {
    "Managers/1", nic = "1", time = { "Managers/1/DateTime", "NTPServers" }, vendor = "ilo" },
  ["hpe-dl380a_gen11-ilo6_1.66_simulated"] = hpe {
    "Managers/1", nic = "1", time = { "Managers/1/DateTime", "NTPServers" }, vendor = "ilo" },
  ["hpe-dl385_gen10plus_v2-ilo5_2.72"] = hpe {
    "Managers/1", nic = "1", time = { "Managers/1/DateTime", "NTPServers" }, vendor = "ilo" },
  ["huawei-2288h_v5-ibmc_3.12_fragments"] = { "Managers/1", vendor = "huawei" },
  ["ibm-p9dsu-openbmc_2.04_fragments"] = { "Managers/BMC", vendor = "ibm" },
  ["intel-s2600bpb-bmc_1.93"] = { "Managers/BMC", nic = "3", vendor = "intel" },
  ["inventec-crayxd665-megarac_1.22"] = {
    "Managers/Self", nic = "eth0", vendor = "ami-megarac" },
  ["lenovo-sr670v2-xcc_2.83"] = {
    "Managers/1", nic = "NIC", vendor = "lenovo-xcc", licenses = 2,
    license = { "LicenseService/Licenses/XCC_Enterprised", "Name" } },
  ["lenovo-sr850-xcc_2.10_fragments"] = { "Managers/1", vendor = "lenovo-xcc" },
  ["nvidia-bluefield3_dpu-openbmc_24.10"] = {
    "Managers/Bluefield_BMC", nic = "eth0", vendor = "nvidia" },
  ["nvidia-gh200-openbmc_24.05"] = {
    "Managers/BMC_0", nic = "eth0", four = 2, vendor = "nvidia" },
  ["openbmc-stock-2.15dev"] = { "Managers/bmc", nic = "eth0", six = 2, vendor = "openbmc" },
  ["quanta-d42a_2u-megarac_3.14"] = { "Managers/Self", nic = "bond0", vendor = "quanta" },
  ["supermicro-sys510t-x12_01.13_fragments"] = { "Managers/1", vendor = "supermicro" },
  ["supermicro-sys821ge_tnhr-x13_01.01"] = {
    "Managers/1", nic = "1", vendor = "supermicro",
    license = { "Managers/1/LicenseManager/QueryLicense", "Licenses", 1 } },
  ["supermicro-x10sdv_tln4f-ast2400_4.00"] = {
    "Managers/1", nic = "1", time = { "Managers/1/NTP", "PrimaryNTPServer", "SecondaryNTPServer" },
    vendor = "supermicro" },
}
-- Fragments without a manager, or without a root: the operations say so.
local NOTHING = {
  ["delta-powershelf-openbmc_fragments"] = true, ["fujitsu-irmc_storage_fragments"] = true,
  ["inspur-nf5270m6-bmc_7.04_fragments"] = true, ["inspur-nf5280m5-bmc_fragments"] = true,
  ["hpe-bl460c_gen9-ilo4_2.54_fragments"] = true,
}

-- ---- what the files say ----

local function map(v)
  return type(v) == "table" and v or {}
end

local function word(v)
  return type(v) == "string" and v:match "%S" and v ~= "(null)" and v or nil
end

-- 0.0.0.0, ::, 0:0:0:0:0:0:0:0
local function address(v)
  v = word(v)
  return v and v:find "[^0:.]" and v or nil
end

local function addresses(list)
  local out = {}
  for _, v in ipairs(map(list)) do
    out[#out + 1] = address(v)
  end
  return out[1] and out or nil
end

local function time_servers(tree, known, protocol)
  if not known.time then
    return addresses(map(protocol.NTP).NTPServers)
  end
  local resource = map(tree:get(known.time[1]))
  local listed = addresses(resource[known.time[2]])
  return listed or known.time[3] and addresses { resource[known.time[2]], resource[known.time[3]] }
    or nil
end

local function network(tree, known)
  local at = known[1] .. "/" .. (known.nics or "EthernetInterfaces") .. "/" .. tostring(known.nic)
  local nic = map(tree:get((at:gsub("%%23", "#"))) or tree:get(at))
  local protocol = map(tree:get(known[1] .. "/NetworkProtocol"))
  local four = map(map(nic[known.list or "IPv4Addresses"])[known.four or 1])
  local six = map(map(nic.IPv6Addresses)[known.six or 1])
  return {
    hostname = word(nic.HostName) or word(protocol.HostName),
    fqdn = word(nic.FQDN) or word(protocol.FQDN), mac_address = word(nic.MACAddress),
    ipv4_address = address(four.Address), ipv4_gateway = address(four.Gateway),
    ipv4_subnet_mask = address(four.SubnetMask), ipv4_origin = word(four.AddressOrigin),
    ipv6_address = address(six.Address),
    dns_servers = addresses(nic.NameServers) or addresses(nic.StaticNameServers),
    ntp_servers = time_servers(tree, known, protocol),
  }
end

local function flag(v)
  if type(v) == "boolean" then
    return v
  end
end

local function users(tree)
  local root = map(tree:get "")
  local service = map(tree:get(map(root.AccountService)["@odata.id"] or "AccountService"))
  local accounts = map(tree:get(map(service.Accounts)["@odata.id"] or "none"))
  local out = {}
  for _, member in ipairs(map(accounts.Members)) do
    local account = member.UserName and member or tree:get(member["@odata.id"])
    out[#out + 1] = account and {
      id = account.Id, user_name = word(account.UserName), role_id = word(account.RoleId),
      enabled = flag(account.Enabled), locked = flag(account.Locked),
    }
  end
  return out
end

local function dig(v, path)
  for i = 2, #path do
    v = map(v)[path[i]]
  end
  return v
end

local function license(tree, known)
  local record = { vendor = known.vendor }
  if known.license then
    local resource = assert(tree:get(known.license[1]))
    local name = dig(resource, known.license)
    if name:find "^{" then -- JSON in a string
      name = cjson.decode(name).ProductKey.Node.LicenseName
    end
    record.license_type, record.expires_at = name, word(resource[known.expires])
    record.features = {}
    for feature, allowed in pairs(map(resource.LicenseFeatures)) do
      table.insert(record.features, allowed == true and feature or nil)
    end
    table.sort(record.features)
  end
  return record
end

-- ---- what bmcsh says ----

local function with(name, f)
  local farm <close> = sim.start { mockup = folder .. "/" .. name, tls = false }
  local m <close> = bmc.open { host = farm.url(1), user = "admin", password = "simulated" }
  f(m, recorded.open(folder .. "/" .. name), TREES[name])
end

local function check_tree(name)
  it("network_info", function()
    with(name, function(m, tree, known) assert.same(network(tree, known), m:network_info()) end)
  end)

  it("bmc_users", function()
    with(name, function(m, tree) assert.same(users(tree), m:bmc_users()) end)
  end)

  it("license_info", function()
    with(name, function(m, tree, known)
      local expected, got = license(tree, known), m:license_info()
      if expected.features and #expected.features == 0 then -- then they are the licences' names
        assert.equal(known.licenses or 1, #got.features)
        expected.features = got.features
      end
      assert.same(expected, got)
    end)
  end)

  it("findings", function()
    with(name, function(m, _, known)
      local found = m:findings()
      assert.same({
        code = "BMC_HTTP_NO_TLS", severity = "high", cve = {}, vendor = known.vendor,
        detail = "credentials cross the network in the clear",
      }, found[1])
      assert.equal(1, #found)
    end)
  end)
end

describe("recorded BMC", function()
  for _, name in ipairs(host.listdir(folder)) do
    if host.stat(folder .. "/" .. name .. "/redfish/v1") and not NOTHING[name] then
      describe(name, function()
        if TREES[name] then
          check_tree(name)
        else
          it("is known to this spec", function() error("say what is right for it") end)
        end
      end)
    end
  end

  it("that is only fragments has no such thing, and that is said", function()
    for name in pairs(NOTHING) do
      with(name, function(m)
        local record, e = bmc.try(m.network_info, m)
        assert.truthy(record and next(record) == nil or e and e.code == "missing", name)
        local accounts, no_accounts = bmc.try(m.bmc_users, m)
        assert.truthy(accounts and #accounts == 0 or no_accounts.code == "missing", name)
      end)
    end
  end)
end)

-- ---- the contract ----

-- Every resource of a tree: f(uri, path of its file).
local function each_resource(at, uri, f)
  for _, name in ipairs(host.listdir(at)) do
    local path = at .. "/" .. name
    if name == "index.json" then
      f(uri, path)
    elseif host.stat(path).type == "directory" and not name:find "[?%%]" then
      each_resource(path, uri .. "/" .. name, f)
    end
  end
end

-- Tree and resource = what is wrong with it: "field: message", in part.
local WRONG = {
  { "inspur-nf5280m5-bmc_fragments", "Chassis", "Members/0: a member is an object" },
  { "nvidia-bluefield3_dpu-openbmc_24.10", "Systems/Bluefield/Storage",
    "Members: Members is a list, not null" },
  { "dell-13g_monolithic-idrac8_2.40", "Managers/iDRAC.Embedded.1",
    'Status/Health: "Ok" is none of Critical, OK, Warning' },
  { "hpe-bl460c_gen9-ilo4_2.54_fragments", "Systems/1",
    '@odata.type: "#ComputerSystem.1.0.1.ComputerSystem" is not well formed' },
  { "dell-poweredge_m640-idrac9_3.34", "Chassis/Chassis.Embedded.1/Assembly",
    "@odata.id: it was asked for as" },
  { "dell-poweredge_r750-idrac9_7.10", "AccountService/ExternalAccountProviders",
    ": GET /redfish/v1/AccountService/ExternalAccountProviders: 403 Forbidden" },
  { "hpe-dl360_gen10plus-ilo5_3.11_simulated", "Systems/1/Storage/DE00A000/Volumes",
    "Members@odata.count: says " },
}

describe("the contract over recorded resources", function()
  it("is checked of each without a failure, and nearly all keep it", function()
    local resources, bad = 0, 0
    for _, name in ipairs(host.listdir(folder)) do
      if host.stat(folder .. "/" .. name .. "/redfish/v1") then
        with(name, function(m)
          each_resource(folder .. "/" .. name .. "/redfish/v1", "/redfish/v1", function(uri)
            local issues = m:validate_resource(uri)
            local worst
            for _, issue in ipairs(issues) do
              assert.truthy(issue.severity == "error" or issue.severity == "warning")
              assert.equal("string", type(issue.field))
              assert.equal("string", type(issue.message))
              worst = worst or issue.severity == "error"
            end
            resources, bad = resources + 1, bad + (worst and 1 or 0)
          end)
        end)
      end
    end
    assert.truthy(resources > 5000, resources)
    assert.truthy(bad > 50 and bad < 200, bad)
  end)

  for _, case in ipairs(WRONG) do
    it("finds what is wrong with " .. case[1] .. " " .. case[2], function()
      with(case[1], function(m)
        local said = {}
        for i, issue in ipairs(m:validate_resource("/redfish/v1/" .. case[2])) do
          said[i] = issue.field .. ": " .. issue.message
        end
        assert.truthy(table.concat(said, "\n"):find(case[3], 1, true), table.concat(said, "\n"))
      end)
    end)
  end
end)
