-- SPDX-License-Identifier: GPL-3.0-or-later
-- Management over IPMI of BMCs that others wrote, compared with what ipmitool and the FreeIPMI
-- tools print of them.

local bmc = require "bmc"
local ipmisim = require "support.ipmisim"
local spawn = require "_bmcsh.spawn"
local tools = require "support.ipmitools"

local PASSWORD = ipmisim.PASSWORD

-- What a tool prints, and its fields by their names in lower case.
local function fields(argv)
  argv.timeout = 60
  local run = assert(spawn.run(argv))
  local out = { text = run.stdout, status = run.status, stderr = run.stderr }
  for name, value in pairs(tools.fields(run.stdout)) do
    name = name:lower():gsub("^%-%s*", "")
    out[name] = value
  end
  return out
end

local function ipmitool(address, port, suite, ...)
  return fields { ipmisim.program("ipmitool"), "-I", "lanplus", "-H", address, "-p",
    tostring(port), "-U", "admin", "-P", PASSWORD, "-C", suite, ... }
end

-- FreeIPMI refuses ipmi_sim's echo of the privilege without a workaround.
local function freeipmi(program, address, port, suite, ...)
  return fields { ipmisim.program(program), "-D", "LAN_2_0", "-I", suite, "-W", "opensesspriv",
    "-h", ("%s:%d"):format(address, port), "-u", "admin", "-p", PASSWORD, ... }
end

local function open(address, port, options)
  local o = { host = ("ipmi://%s:%d"):format(address, port), user = "admin", password = PASSWORD }
  for name, value in pairs(options or {}) do
    o[name] = value
  end
  return bmc.open(o)
end

local function fails(code, f, ...)
  local ok, e = pcall(f, ...)
  assert.is_false(ok)
  assert.equal(code, e.code, tostring(e))
  return e
end

-- ---- what is compared ----

local POLICIES = {
  ["always-off"] = "always_off", previous = "previous", ["always-on"] = "always_on",
}

-- ipmitool's chassis status and FreeIPMI's name the same faults, in different words.
local FAULTS = {
  { "overload", "power overload", "power overload" },
  { "interlock", "power interlock", "interlock" },
  { "power_fault", "main power fault", "power fault" },
  { "power_control_fault", "power control fault", "power control fault" },
  { "front_panel_lockout", "front-panel lockout", "front panel lockout" },
  { "drive_fault", "drive fault", "drive fault" },
  { "cooling_fault", "cooling/fan fault", "cooling/fan fault" },
}
local TRUE = { ["true"] = true, active = true, on = true }

-- Whether a field says yes; one that the tool does not print is no answer.
local function says(tool, name)
  return TRUE[assert(tool[name], name)] or false
end

local function check_chassis(status, it, fi)
  assert.equal(says(it, "system power"), status.power_on)
  assert.equal(says(fi, "system power"), status.power_on)
  assert.equal(POLICIES[it["power restore policy"]], status.restore_policy)
  assert.equal(says(it, "chassis intrusion"), status.intrusion)
  local faults = table.concat(status.faults, " ")
  for _, row in ipairs(FAULTS) do
    local there = faults:find(row[1], 1, true) ~= nil
    assert.equal(says(it, row[2]), there, row[1])
    assert.equal(says(fi, row[3]), there, row[1])
  end
end

local SOURCES = { ["Static Address"] = "Static", ["DHCP Address"] = "DHCP" }

local function check_lan(network, it)
  assert.equal(it["ip address"], network.ipv4_address)
  assert.equal(it["subnet mask"], network.ipv4_subnet_mask)
  assert.equal(it["default gateway ip"], network.ipv4_gateway)
  assert.equal(it["mac address"], network.mac_address)
  assert.equal(SOURCES[it["ip address source"]], network.ipv4_origin)
  assert.equal(it["802.1q vlan id"], tostring(network.vlan_id or "Disabled"))
end

local PRIVILEGES = {
  ADMINISTRATOR = "Administrator", OPERATOR = "Operator", USER = "User", CALLBACK = "Callback",
  OEM = "OEM",
}

-- Rows of ipmitool's user list: id, name, three flags, privilege.
local function check_users(list, it)
  local n = 0
  for line in it.text:gmatch("[^\n]+") do
    local id, rest = line:match("^(%d+)%s(.*)$")
    if id then
      n = n + 1
      local name = rest:sub(1, 16):match("^%s*(.-)%s*$")
      local messages, privilege = line:match("(%a+)%s+(%S+)[^%a]*$")
      assert.equal(id, list[n].id)
      assert.equal(name ~= "" and name or nil, list[n].user_name)
      assert.equal(PRIVILEGES[line:match("%s(%u+)%s*$")], list[n].role_id)
      assert.is_truthy(messages and privilege)
    end
  end
  assert.equal(n, #list)
end

describe("ipmi_sim", function()
  it("is shown as ipmitool and FreeIPMI show it", function()
    ipmisim.sim(function(address, port)
      local m <close> = open(address, port)
      local function it(...)
        return ipmitool(address, port, "3", ...)
      end
      check_chassis(m:chassis_status(), it("chassis", "status"),
        freeipmi("ipmi-chassis", address, port, "3", "--get-chassis-status"))
      it("power", "on")
      check_chassis(m:chassis_status(), it("chassis", "status"),
        freeipmi("ipmi-chassis", address, port, "3", "--get-chassis-status"))
      assert.matches("Invalid command", it("chassis", "poh").stderr)
      assert.is_nil(m:chassis_status().power_on_hours)
      local uuid = m:system_info().uuid
      local guid, reversed = it("mc", "guid"),
        freeipmi("bmc-info", address, port, "3", "--get-system-guid").text:match("%x+%-[%x-]+")
      assert.is_true(uuid == guid["system guid"] or uuid == reversed, uuid)
    end)
  end)

  it("has the network settings that ipmitool gives it", function()
    ipmisim.sim(function(address, port)
      local function set(...)
        assert.equal(0, ipmitool(address, port, "3", "lan", "set", "1", ...).status)
      end
      set("ipsrc", "static")
      set("ipaddr", "10.1.2.3")
      set("netmask", "255.255.0.0")
      set("macaddr", "00:25:90:ab:cd:ef")
      set("defgw", "ipaddr", "10.1.0.1")
      local m <close> = open(address, port)
      check_lan(m:network_info(), ipmitool(address, port, "3", "lan", "print", "1"))
      set("vlan", "id", "42")
      set("ipsrc", "dhcp")
      check_lan(m:network_info(), ipmitool(address, port, "3", "lan", "print", "1"))
    end)
  end)

  it("has the users that ipmitool lists", function()
    ipmisim.sim(function(address, port)
      local m <close> = open(address, port)
      check_users(m:bmc_users(), ipmitool(address, port, "3", "user", "list", "1"))
    end)
  end)

  it("has a watchdog that ipmitool sees stopped", function()
    ipmisim.sim(function(address, port)
      local function raw(...)
        assert.equal(0, ipmitool(address, port, "3", "raw", "0x06", ...).status)
      end
      raw("0x24", "0x44", "0", "0", "0", "0xb8", "0x0b")
      raw("0x22")
      local m <close> = open(address, port)
      local it, now = ipmitool(address, port, "3", "mc", "watchdog", "get"), m:watchdog_status()
      assert.equal("Started/Running", it["watchdog timer is"])
      assert.is_true(now.running)
      assert.matches("^SMS/OS", it["watchdog timer use"])
      assert.equal("sms_os", now.use)
      assert.equal(it["initial countdown"], ("%.1f sec"):format(now.countdown_s))
      assert.is_true(m:watchdog_off().accepted)
      assert.equal("Stopped",
        ipmitool(address, port, "3", "mc", "watchdog", "get")["watchdog timer is"])
      assert.is_nil(m:watchdog_off().accepted)
    end)
  end)

  it("keeps the boot device, though it never says that it holds", function()
    ipmisim.sim(function(address, port)
      local m <close> = open(address, port)
      assert.is_nil(m:set_next_boot("pxe").confirmed)
      assert.matches("Force PXE",
        ipmitool(address, port, "3", "chassis", "bootparam", "get", "5")["boot device selector"])
      assert.equal("Disabled", m:boot_config().boot_source_override_enabled)
      m:set_next_boot("None")
      assert.matches("No override",
        ipmitool(address, port, "3", "chassis", "bootparam", "get", "5")["boot device selector"])
    end)
  end)

  it("offers what is weak, and nobody tries it", function()
    ipmisim.sim(function(address, port)
      local m <close> = open(address, port)
      local codes = {}
      for i, finding in ipairs(m:findings()) do
        codes[i] = finding.code
      end
      assert.same({
        "BMC_CIPHER_ZERO_ACCEPTED", "BMC_IPMI_1_5_ENABLED", "BMC_IPMI_WEAK_CIPHERS_OFFERED",
      }, codes)
    end)
  end)

  it("refuses what it does not know, with no effect", function()
    ipmisim.sim(function(address, port)
      local m <close> = open(address, port)
      for _, op in ipairs { "power_metrics", "power_limit", "reset_bmc", "led_state" } do
        assert.equal("none", fails("unsupported", m[op], m).effect)
      end
      assert.equal("none", fails("unsupported", m.set_restore_policy, m, "always_on").effect)
      assert.equal("none", fails("rejected", m.nmi_trigger, m).effect)
    end)
  end)
end)

-- ---- bmcfarm.py ----

-- What goes on nevertheless, and what must not.
local WORKS = {
  "openpriv0", "openstatus", "slowrakp", "rakp4lost", "rakp2dup", "badmac", "badsum", "busy",
  "trail", "dup", "stale", "nosuites", "suite17lie", "dropsession", "sdrres", "sdrchunk",
}
local DENIED = { "badrakp2", "badrakp4" }

-- A GUID that fits no reading is printed by ipmitool byte for byte; IPMI's order is the other way.
local function as_ipmi(digits)
  local uuid = ""
  for byte in digits:gmatch("%x%x") do
    uuid = byte .. uuid
  end
  return (uuid:gsub("^(%x%x%x%x%x%x%x%x)(%x%x%x%x)(%x%x%x%x)(%x%x%x%x)", "%1-%2-%3-%4-"))
end

describe("a BMC of bmcfarm.py", function()
  it("boots as ipmitool reads it", function()
    ipmisim.farm({}, function(address, port)
      local m <close> = open(address, port)
      local result = m:set_next_boot("cd", { mode = "UEFI", enabled = "Continuous" })
      assert.is_true(result.confirmed)
      local it = ipmitool(address, port, "17", "chassis", "bootparam", "get", "5")
      assert.matches("Boot Flag Valid", it.text)
      assert.matches("apply to all future boots", it.text)
      assert.matches("BIOS EFI boot", it.text)
      assert.matches("Force Boot from CD/DVD", it.text)
      ipmitool(address, port, "17", "chassis", "bootdev", "bios")
      local config = m:boot_config()
      assert.equal("BiosSetup", config.boot_source_override_target)
      assert.equal("Once", config.boot_source_override_enabled)
    end)
  end)

  -- Their GUIDs are hashes of the addresses, so that every reading occurs, and each fits sometimes
  -- where another does.
  it("has the UUID that ipmitool reads", function()
    ipmisim.farm({ base = "127.98.7.1", count = 32 }, function(_, port)
      for n = 1, 32 do
        local address = "127.98.7." .. n
        local m <close> = open(address, port)
        local theirs = assert(ipmitool(address, port, "17", "mc", "guid")["system guid"])
        if not theirs:find("-", 1, true) then
          theirs = as_ipmi(theirs:lower())
        end
        assert.equal(theirs, m:system_info().uuid)
      end
    end)
  end)

  -- A session that a BMC has forgotten is noticed sooner than usual.
  local SET = { "generic.ipmi.silence=2" }

  for _, quirk in ipairs(WORKS) do
    it("is managed with " .. quirk, function()
      ipmisim.farm({ quirk = quirk }, function(address, port)
        local m <close> = open(address, port, { timeout = 25, set = SET })
        assert.is_false(m:chassis_status().power_on)
        assert.equal("127", m:system_info().serial_number:match("^%d+"))
        assert.is_true(m:set_next_boot("pxe").confirmed)
        assert.equal("Pxe", m:boot_config().boot_source_override_target)
        assert.is_false(m:watchdog_status().running)
        assert.equal("Off", m:heartbeat().power_state)
        assert.same({}, m:findings())
      end)
    end)
  end

  for _, quirk in ipairs(DENIED) do
    it("is not, with " .. quirk, function()
      ipmisim.farm({ quirk = quirk }, function(address, port)
        local m <close> = open(address, port, { timeout = 25 })
        fails("auth", m.chassis_status, m)
      end)
    end)
  end

  it("loses what is not said twice, and no write is done in vain", function()
    ipmisim.farm({ loss = 20 }, function(address, port)
      local m <close> = open(address, port, { timeout = 28 })
      assert.is_true(m:set_next_boot("disk").confirmed)
      assert.equal("Hdd", m:boot_config().boot_source_override_target)
    end)
  end)
end)
