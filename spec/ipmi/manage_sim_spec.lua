-- SPDX-License-Identifier: GPL-3.0-or-later
-- Management over IPMI of the simulated BMCs, which know what the other simulators do not: DCMI,
-- the restore policy, hours and causes, a reset of the BMC itself. ipmitool and the FreeIPMI tools
-- say what it should be.

local bmc = require "bmc"
local err = require "bmc.err"
local ipmisim = require "support.ipmisim"
local sim = require "bmc.sim"
local spawn = require "_bmcsh.spawn"

-- Seconds in which no answer of a BMC that restarts is believed: the simulated one goes sooner.
local SET = {
  "generic.bmc_reset.pause=3", "generic.bmc_reset.poll=0.2", "generic.bmc_reset.successes=2",
  "generic.ipmi.silence=2",
}

local function open(farm, options)
  local o = { host = farm.ipmi_url(1), user = "admin", password = "simulated", set = SET }
  for name, value in pairs(options or {}) do
    o[name] = value
  end
  return bmc.open(o)
end

-- f(machine, farm); the vendor has no settings of its own for a reset of its BMC.
local function with_farm(options, f)
  local o = { count = 1, tls = false, ipmi = true, vendors = { "supermicro" },
    reset_delay = 0.5 }
  for name, value in pairs(options) do
    o[name] = value
  end
  local farm <close> = sim.start(o)
  local m <close> = open(farm)
  f(m, farm)
  m:close()
  assert.equal(0, farm.bmc(1):count().ipmi_live_sessions)
end

local function run(argv)
  argv.timeout = 60
  return assert(spawn.run(argv)).stdout
end

local function ipmitool(farm, ...)
  local host, port = farm.ipmi_url(1):match("//(.*):(%d+)$")
  return run { ipmisim.program("ipmitool"), "-I", "lanplus", "-H", host, "-p", port, "-U", "admin",
    "-P", "simulated", "-C", "17", ... }
end

local function freeipmi(farm, program, ...)
  return run { ipmisim.program(program), "-D", "LAN_2_0", "-I", "17", "-h",
    farm.ipmi_url(1):match("//(.*)$"), "-u", "admin", "-p", "simulated", ... }
end

local function number(text, pattern)
  return math.tointeger(tonumber(text:match(pattern .. "%s*(%d+)")))
end

describe("a simulated BMC over IPMI", function()
  it("draws the power that ipmitool and ipmi-dcmi read", function()
    with_farm({}, function(m, farm)
      local power = m:power_metrics()
      local it = ipmitool(farm, "dcmi", "power", "reading")
      local fi = freeipmi(farm, "ipmi-dcmi", "--get-system-power-statistics")
      assert.equal(number(it, "Minimum during sampling period:"), power.min_w)
      assert.equal(number(it, "Maximum during sampling period:"), power.max_w)
      assert.equal(number(it, "Average power reading over sample period:"), power.average_w)
      assert.equal(number(it, "Instantaneous power reading:"), power.consumed_w)
      assert.equal(number(fi, "Current Power%s*:"), power.consumed_w)
      assert.equal(number(fi, "Average Power[^:]*:"), power.average_w)
    end)
  end)

  it("is held to a limit, which both tools show", function()
    with_farm({}, function(m, farm)
      m:set_power_limit(400, { exception_action = "power_off", correction_time_ms = 5000 })
      local it = ipmitool(farm, "dcmi", "power", "get_limit")
      assert.matches("Power Limit Active", it)
      assert.matches("Hard Power Off", it)
      assert.equal(400, number(it, "Power Limit:"))
      assert.equal(5000, number(it, "Correction time:"))
      assert.equal(400, number(freeipmi(farm, "ipmi-dcmi", "--get-power-limit"),
        "Power Limit Requested%s*:"))
      assert.equal(400, m:power_metrics().limit_w)
      ipmitool(farm, "dcmi", "power", "set_limit", "limit", "350")
      assert.equal(350, m:power_limit().limit_w)
      assert.is_false(m:set_power_limit("off").active)
      assert.matches("No Active Power Limit", ipmitool(farm, "dcmi", "power", "get_limit"))
      assert.is_nil(m:power_metrics().limit_w)
    end)
  end)

  it("keeps the restore policy, and tells what ipmitool tells of its chassis", function()
    with_farm({}, function(m, farm)
      for policy, word in pairs {
        always_on = "always-on", previous = "previous", always_off = "always-off",
      } do
        assert.equal(policy, m:set_restore_policy(policy).restore_policy)
        assert.matches("Power Restore Policy : " .. word:gsub("%-", "%%-"),
          ipmitool(farm, "chassis", "status"))
      end
      ipmitool(farm, "power", "reset")
      local status = m:chassis_status()
      assert.equal("chassis_control", status.restart_cause)
      assert.matches("chassis power control command", ipmitool(farm, "chassis", "restart_cause"))
      local days, hours = ipmitool(farm, "chassis", "poh"):match("(%d+) days, (%d+) hours")
      assert.equal(days * 24 + hours, status.power_on_hours)
    end)
  end)

  it("has one boot device and one LED, whichever way is asked", function()
    with_farm({}, function(m, farm)
      assert.is_true(m:set_next_boot("cd", { mode = "UEFI" }).confirmed)
      assert.matches("BIOS EFI boot", ipmitool(farm, "chassis", "bootparam", "get", "5"))
      m:indicator_led "on"
      local redfish <close> = bmc.open { host = farm.url(1), user = "admin",
        password = "simulated" }
      assert.equal("Cd", redfish:boot_config().boot_source_override_target)
      assert.is_not.equal("off", redfish:led_state().led)
      assert.is_not.equal("off", redfish:chassis_status().identify)
      assert.equal("off", m:indicator_led("off").observed)
      assert.equal("off", redfish:led_state().led)
    end)
  end)

  it("restarts, and is waited for", function()
    with_farm({}, function(m)
      local result = m:reset_bmc { wait = true }
      assert.same({ "Cold Reset", "back" }, { result.requested, result.observed })
      assert.is_true(m:chassis_status().power_on)
    end)
  end)

  it("has restarted when its answer is lost and it goes away", function()
    with_farm({ reset_delay = 10, traits = { restart = { linger = 0.2 } } }, function(m)
      local client = require("bmc.ipmi").of(m.target)
      local ask = client.ask
      function client.ask(self, name, ...)
        local reply, e = ask(self, name, ...)
        if name == "Cold Reset" then
          return nil, err.new("timeout", "no answer", { effect = "unknown" })
        end
        return reply, e
      end
      local result = m:reset_bmc {}
      assert.is_nil(result.accepted)
      assert.equal("Cold Reset", result.requested)
    end)
  end)

  it("has not when its answer is lost and it stays", function()
    with_farm({}, function(m)
      local client = require("bmc.ipmi").of(m.target)
      local ask = client.ask
      function client.ask(self, name, ...)
        if name == "Cold Reset" then
          return nil, err.new("timeout", "no answer", { effect = "unknown" })
        end
        return ask(self, name, ...)
      end
      local ok, e = pcall(m.reset_bmc, m, {})
      assert.is_false(ok)
      assert.same({ "timeout", "unknown" }, { e.code, e.effect })
    end)
  end)

  it("has the users and the addresses that ipmitool prints", function()
    with_farm({}, function(m, farm)
      local users, rows = m:bmc_users(), 0
      for id, name in ipmitool(farm, "user", "list", "1"):gmatch("\n(%d+) +([^\n]-) +true ") do
        rows = rows + 1
        assert.equal(id, users[rows].id)
        assert.equal(name, users[rows].user_name or "")
      end
      assert.equal(rows, #users)
      local lan, network = ipmitool(farm, "lan", "print", "1"), m:network_info()
      for field, name in pairs {
        ipv4_address = "IP Address", ipv4_subnet_mask = "Subnet Mask",
        ipv4_gateway = "Default Gateway IP",
      } do
        assert.equal(lan:match("\n" .. name .. "%s*: (%S+)"), network[field])
      end
      assert.equal(lan:match("MAC Address%s*: (%S+)"), network.mac_address:lower())
    end)
  end)

  it("has the UUID that ipmitool prints", function()
    with_farm({}, function(m, farm)
      assert.equal(ipmitool(farm, "mc", "guid"):match("System GUID%s*: (%S+)"),
        m:system_info().uuid)
    end)
  end)
end)

describe("findings", function()
  local function codes(list)
    local out = {}
    for i, finding in ipairs(list) do
      out[i] = finding.code
    end
    return table.concat(out, " ")
  end

  it("of both ways are one list, none twice", function()
    with_farm({ user = "root", password = "calvin", vendors = { "idrac" },
      traits = { ipmi = { offers = { 0, 8 } } } }, function(_, farm)
      local function over(options)
        options.user, options.password = "root", "calvin"
        local m <close> = bmc.open(options)
        return codes(m:findings())
      end
      assert.equal("BMC_CIPHER_ZERO_ACCEPTED BMC_DEFAULT_CREDENTIALS_LIKELY "
        .. "BMC_IPMI_WEAK_CIPHERS_OFFERED", over { host = farm.ipmi_url(1) })
      assert.equal("BMC_DEFAULT_CREDENTIALS_LIKELY BMC_HTTP_NO_TLS", over { host = farm.url(1) })
      assert.equal("BMC_CIPHER_ZERO_ACCEPTED BMC_DEFAULT_CREDENTIALS_LIKELY BMC_HTTP_NO_TLS "
        .. "BMC_IPMI_WEAK_CIPHERS_OFFERED", over { host = farm.url(1), ipmi = farm.ipmi_url(1) })
    end)
  end)

  it("of one way stand when the other is not there", function()
    with_farm({}, function(_, farm)
      local m <close> = bmc.open { host = farm.url(1), ipmi = "ipmi://127.255.255.254:9",
        user = "admin", password = "simulated" }
      assert.equal("BMC_HTTP_NO_TLS", codes(m:findings()))
      assert.matches("nothing over IPMI", m.trail[#m.trail].notes[1])
    end)
  end)
end)
