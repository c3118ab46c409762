-- SPDX-License-Identifier: GPL-3.0-or-later
-- The IPMI side of simulated BMCs: what others' clients find there, against what Redfish says of
-- the same machines.
local ask = require "support.farm"
local cjson = require "cjson"
local rmcp = require "bmc.rmcp"
local secret = require "bmc.secret"
local sim = require "bmc.sim"
local support = require "support"
local tools = require "support.ipmitools"

local function start(opts)
  opts.tls, opts.ipmi = false, true
  opts.reset_delay = opts.reset_delay or 0.02
  return sim.start(opts)
end

-- A session of our engine.
local function open(farm, i, more)
  local host, port = farm.ipmi_url(i):match("^ipmi://(.*):(%d+)$")
  local o = {
    host = host, port = math.tointeger(tonumber(port)), user = farm.bmc(i).user,
    privilege = "admin", retry = 0.2,
  }
  for name, value in pairs(more or {}) do o[name] = value end
  local password <close> = secret.from_string(o.secret or farm.bmc(i).password)
  o.password, o.secret = password, nil
  return rmcp.open(o)
end

local function power(farm, i)
  return ask.system(farm, i).PowerState
end

local function eventually_power(farm, i, state)
  support.eventually(function() return power(farm, i) == state end, 10)
end

-- ---- logging in ----

describe("sim over IPMI: logging in", function()
  it("is there for ipmitool, FreeIPMI and ourselves, with both suites", function()
    local farm <close> = start { fleet = 2, vendors = { "x13", "ilo6" } }
    for _, cipher in ipairs { 17, 3 } do
      assert.equal("Chassis Power is on\n", (tools.ipmitool(farm, 1, cipher, "power status")))
      assert.matches(": on\n", (tools.freeipmi(farm, 2, cipher, "ipmipower", "--stat")))
      local m <close> = assert(open(farm, 1, { ciphers = { cipher } }))
      assert.equal(cipher, m:state().cipher)
      assert.equal(1, assert(m:command(0x00, 0x01)):byte() & 1)
    end
    local n = farm:count_all()
    assert.same({ 6, 6, 0, 0 },
      { n.ipmi_logins, n.ipmi_logouts, n.ipmi_live_sessions, n.ipmi_login_failures })
  end)

  it("refuses a wrong password, a wrong user, too high a privilege", function()
    local farm <close> = start { traits = { ipmi = { privilege = 3 } } }
    for _, user in ipairs { { password = "wrong" }, { user = "nobody" },
      { level = "ADMINISTRATOR" } } do
      user.level = user.level or "OPERATOR"
      local _, status = tools.ipmitool(farm, 1, 17, "power off", user)
      assert.not_equal(0, status)
    end
    local m, e = open(farm, 1, { secret = "wrong" })
    assert.is_nil(m)
    assert.equal("auth", e.code)
    assert.equal("On", power(farm, 1))
    local n = farm:count_all()
    assert.equal(0, n.ipmi_logins + n.ipmi_power)
    assert.equal(0, select(2, tools.ipmitool(farm, 1, 17, "power status", { level = "OPERATOR" })))
  end)

  it("has K_g, and shows suites that it does not take", function()
    local farm <close> = start { traits = { ipmi = {
      kg = "key-of-bmc", ciphers = { 17 }, offers = { 0, 1, 2, 6 }, v15 = true,
    } } }
    local host, port = farm.ipmi_url(1):match("^ipmi://(.*):(%d+)$")
    local ids = {}
    for i, suite in ipairs(assert(rmcp.suites { host = host, port = tonumber(port) })) do
      ids[i] = suite.id
    end
    assert.same({ 17, 0, 1, 2, 6 }, ids)
    for _, cipher in ipairs { 0, 1, 2, 3 } do
      assert.not_equal(0, select(2, tools.ipmitool(farm, 1, cipher, "power status")))
    end
    assert.not_equal(0, select(2, tools.ipmitool(farm, 1, 17, "power status")))
    assert.equal("Chassis Power is on\n",
      (tools.ipmitool(farm, 1, 17, "-k key-of-bmc power status")))
    local kg <close> = secret.from_string "key-of-bmc"
    local m <close> = assert(open(farm, 1, { kg = kg }))
    assert.equal("open", m:state().state)
  end)

  it("with weak suites alone is refused, and no session was asked for", function()
    local farm <close> = start { traits = { ipmi = {
      ciphers = {}, offers = { 0, 1, 2, 6, 7, 8, 11, 12 },
    } } }
    local m, e = open(farm, 1)
    assert.is_nil(m)
    assert.equal("unsupported", e.code)
    assert.equal("none", e.effect)
    assert.matches("of 17 and 3%); it offers 0, 1, 2, 6, 7, 8, 11, 12", e.text)
    local n = farm:count_all()
    assert.equal(0, n.ipmi_logins + n.ipmi_login_failures + n.ipmi_half_open_sessions)
  end)

  it("has no account whose password IPMI cannot carry", function()
    local farm <close> = start { password = ("long"):rep(6) }
    local m, e = open(farm, 1, { secret = ("long"):rep(5) })
    assert.is_nil(m)
    assert.equal("auth", e.code)
    assert.equal("On", power(farm, 1))
  end)

  it("has so many slots, which idle sessions lose", function()
    local farm <close> = start { traits = { ipmi = { slots = 2, timeout = 5 } } }
    local one <close> = assert(open(farm, 1, { keep_alive = 0 }))
    local two <close> = assert(open(farm, 1, { keep_alive = 0 }))
    local m, e = open(farm, 1, { timeout = 3 })
    assert.is_nil(m)
    assert.equal("sessions_full", e.code)
    support.eventually(function() return farm:count_all().ipmi_live_sessions == 0 end, 30)
    local n = farm:count_all()
    assert.equal(2, n.ipmi_sessions_expired)
    assert.is_true(n.ipmi_sessions_refused > 0)
    local third <close> = assert(open(farm, 1))
    assert.is_nil((one:command(0x06, 0x01, "", { timeout = 0.3 })))
    assert.equal("open", third:state().state)
    assert.is_table(two)
  end)
end)

-- ---- one machine ----

describe("sim over IPMI: power", function()
  it("is one with that of Redfish, and counted where it is done", function()
    local farm <close> = start { vendors = { "x13" } }
    tools.ipmitool(farm, 1, 17, "power off")
    eventually_power(farm, 1, "Off")
    assert.matches(": off\n", (tools.freeipmi(farm, 1, 17, "ipmipower", "--stat")))
    assert.equal(204, ask.reset(farm, 1, "On").status)
    support.eventually(function()
      return tools.ipmitool(farm, 1, 3, "power status") == "Chassis Power is on\n"
    end, 10)
    tools.ipmitool(farm, 1, 3, "power cycle")
    support.eventually(function() return not farm.bmc(1):power(farm.bmc(1):system()):busy() end, 10)
    local n, kinds = farm:count_all(), {}
    for i, reset in ipairs(farm.bmc(1).resets) do kinds[i] = reset.type end
    assert.same({ "ForceOff", "On", "PowerCycle" }, kinds)
    assert.same({ 3, 2 }, { n.resets, n.ipmi_power })
    assert.equal("On", power(farm, 1))
  end)

  it("refuses what makes no sense where the model does", function()
    local farm <close> = start { vendors = { "ilo6", "x13" }, fleet = 2 }
    local on, soft = "\x01", "\x05"
    local strict <close> = assert(open(farm, 1))
    local lax <close> = assert(open(farm, 2))
    assert.equal(0xD5, select(2, strict:command(0x00, 0x02, on, { once = true })))
    assert.equal(0, select(2, lax:command(0x00, 0x02, on, { once = true })))
    farm.bmc(1):force_power "Off"
    assert.equal(0xD5, select(2, strict:command(0x00, 0x02, soft, { once = true })))
    assert.equal(0, farm.bmc(1):count().ipmi_power)
    assert.equal(0xCC, select(2, strict:command(0x00, 0x02, "\x0E", { once = true })))
  end)

  it("wants the privilege that it needs", function()
    local farm <close> = start {}
    local m <close> = assert(open(farm, 1, { privilege = "user" }))
    assert.equal(0xD4, select(2, m:command(0x00, 0x02, "\x00", { once = true })))
    assert.equal(0xC1, select(2, m:command(0x2E, 0x77)))
    assert.equal(0xC7, select(2, m:command(0x04, 0x2D, "")))
    assert.equal("On", power(farm, 1))
  end)

  it("shares the boot override and the light", function()
    local farm <close> = start { vendors = { "idrac9-7", "idrac10" }, fleet = 2 }
    for i = 1, 2 do
      assert.equal(0, select(2, tools.ipmitool(farm, i, 17, "chassis bootdev pxe options=efiboot")))
      local system = ask.system(farm, i)
      local settings = system["@Redfish.Settings"]
      if settings then
        system = assert(ask.basic(farm, i, settings.SettingsObject["@odata.id"])).json
      end
      assert.equal("Pxe", system.Boot.BootSourceOverrideTarget)
      assert.equal("Once", system.Boot.BootSourceOverrideEnabled)
      assert.equal("UEFI", system.Boot.BootSourceOverrideMode)
    end
    local path = ask.system(farm, 1)["@odata.id"]
    assert.equal(200, ask.basic(farm, 1, {
      path = path, method = "PATCH", json = { Boot = {
        BootSourceOverrideTarget = "BiosSetup", BootSourceOverrideEnabled = "Continuous",
      } },
    }).status)
    local text = tools.ipmitool(farm, 1, 3, "chassis bootparam get 5")
    assert.matches("Force Boot into BIOS Setup", text)
    assert.matches("all future boots", text)
    tools.ipmitool(farm, 1, 17, "chassis identify force")
    assert.equal("Blinking", ask.system(farm, 1).IndicatorLED)
    assert.matches("Indefinite", (tools.freeipmi(farm, 1, 17, "ipmi-chassis", "--get-status")))
    tools.ipmitool(farm, 1, 17, "chassis identify 0")
    assert.equal("Off", ask.system(farm, 1).IndicatorLED)
  end)

  it("is gone for a while after a cold reset, over both", function()
    local farm <close> = start { vendors = { "x13" }, reset_delay = 2 }
    local host, port = farm.ipmi_url(1):match("^ipmi://(.*):(%d+)$")
    local function is_there()
      return rmcp.ping { host = host, port = tonumber(port), timeout = 0.2, retry = 0.1 } ~= nil
    end
    assert.equal(0, select(2, tools.ipmitool(farm, 1, 17, "mc reset cold")))
    support.eventually(function() return not is_there() end, 10)
    support.eventually(is_there, 10)
    support.eventually(function() return ask.ask(farm, 1, "/redfish/v1/") ~= nil end, 10)
    local n = farm:count_all()
    assert.equal(1, n.bmc_resets)
    assert.equal(0, n.ipmi_live_sessions)
  end)
end)

-- ---- what it says ----

local function thermal(farm, i)
  local chassis = farm.bmc(i).source.chassis
  return assert(ask.basic(farm, i, chassis .. "/Thermal")).json
end

-- A name as IPMI shortens it.
local function short(name)
  return (name:gsub("^System Board ", ""):sub(1, 16))
end

describe("sim over IPMI: inventory", function()
  local VENDORS = { "idrac9-7", "ilo6", "x12", "xcc-1", "openbmc-2.8" }

  it("has the sensors of Redfish, with their readings and limits", function()
    local farm <close> = start {
      fleet = #VENDORS, vendors = VENDORS, traits = { model_old = true },
    }
    for i in ipairs(VENDORS) do
      local found = {}
      for _, row in ipairs(tools.rows((tools.with_records(farm, i, i % 2 == 0 and 3 or 17,
        "ipmi-sensors", "--output-sensor-thresholds")))) do
        found[row[2]] = row
      end
      local body = thermal(farm, i)
      for _, t in ipairs(body.Temperatures) do
        local row = assert(found[short(t.Name)], t.Name)
        assert.equal(t.ReadingCelsius, tonumber(row[4]), t.Name)
        assert.equal(t.UpperThresholdCritical, tonumber(row[10]), t.Name)
        assert.equal(t.UpperThresholdNonCritical, tonumber(row[9]), t.Name)
      end
      for _, fan in ipairs(body.Fans) do
        local row = assert(found[short(fan.Name)], fan.Name)
        assert.equal(fan.Reading, tonumber(row[4]), fan.Name)
        assert.equal(fan.ReadingUnits == "RPM" and "RPM" or "%", row[5])
        assert.equal(fan.LowerThresholdNonCritical, tonumber(row[8]), fan.Name)
      end
      assert.equal("'Presence detected'", found["PS1 Status"][12])
      assert.equal("'Drive Presence'", found["Drive 0"][12])
    end
  end)

  it("names itself as Redfish does", function()
    local farm <close> = start { fleet = 3, vendors = { "idrac9-7", "ilo6", "xcc-2" } }
    local makers = { "674", "47196", "19046" }
    for i = 1, 3 do
      local system = ask.system(farm, i)
      local info = tools.fields((tools.freeipmi(farm, i, 17, "bmc-info")))
      assert.matches("%(" .. makers[i] .. "%)", info["Manufacturer ID"])
      assert.equal(system.UUID, info["System GUID"]:lower())
      local fru = tools.fields((tools.with_records(farm, i, 3, "ipmi-fru")))
      assert.equal(system.Model, fru["FRU Product Name"])
      assert.equal(system.Manufacturer, fru["FRU Product Manufacturer Name"])
      assert.equal(system.SerialNumber, fru["FRU Product Serial Number"])
      assert.matches("%d+ ", fru["FRU Power Supply Low End Input Voltage 1"])
      local lan = tools.fields((tools.ipmitool(farm, i, 17, "lan print 1")))
      local key = farm.bmc(i).source.manager .. "/EthernetInterfaces/1"
      local interface = assert(ask.basic(farm, i, key)).json
      assert.equal(interface.MACAddress, lan["MAC Address"])
      assert.equal(interface.IPv4Addresses[1].Address, lan["IP Address"])
      local watts = assert(ask.basic(farm, i, farm.bmc(i).source.chassis .. "/Power")).json
        .PowerControl[1].PowerConsumedWatts
      assert.matches(("reading:%%s+%d Watts"):format(watts),
        (tools.ipmitool(farm, i, 17, "dcmi power reading")))
    end
  end)

  it("keeps one event log with Redfish", function()
    local farm <close> = start { fleet = 4, vendors = { "x13", "ilo6", "idrac9-7", "openbmc-2.8" } }
    local logs = require "bmc.sim.logs"
    local function entries(i)
      local key = logs.event_log(farm.bmc(i))
      local link = cjson.decode(farm.bmc(i).store:get(key, "Entries"))["@odata.id"]
      return assert(ask.basic(farm, i, link)).json.Members, key
    end
    for i = 1, 4 do
      local rows = tools.rows((tools.with_records(farm, i, 17, "ipmi-sel")))
      local list, key = entries(i)
      assert.equal(#list, #rows)
      local first = list[1].Id == "1" and list[1] or list[#list]
      assert.equal(first.Created:match("T(.*)Z$"), rows[1][3])
      assert.equal("System ACPI Power State", rows[1][5])
      assert.matches("Upper Non%-critical", rows[3][6])
      if i % 2 == 0 then
        local action = { path = key .. "/Actions/LogService.ClearLog", method = "POST", json = {} }
        assert.is_true(ask.basic(farm, i, action).status < 300)
      else
        assert.equal(0, select(2, tools.ipmitool(farm, i, 17, "sel clear")))
      end
      local left = entries(i)
      assert.equal(#left, #tools.rows((tools.with_records(farm, i, 17, "ipmi-sel"))))
      assert.is_true(#left <= 1)
      assert.equal(1, farm.bmc(i).counters.logs_cleared)
    end
  end)

  it("writes down what it is told", function()
    local farm <close> = start { vendors = { "x13" } }
    local function rows()
      return tools.rows((tools.with_records(farm, 1, 17, "ipmi-sel")))
    end
    local before = #rows()
    assert.equal(0, select(2, tools.ipmitool(farm, 1, 17, "event 1")))
    local now = rows()
    assert.equal(before + 1, #now)
    assert.equal("Temperature", now[#now][5])
    local path = farm.bmc(1).source.system .. "/LogServices/Log1/Entries"
    assert.equal(before + 1, #assert(ask.basic(farm, 1, path)).json.Members)
  end)

  it("keeps settings, and lists its users", function()
    local farm <close> = start { vendors = { "xcc-2" } }
    assert.matches("1100 Watts", (tools.ipmitool(farm, 1, 17, "dcmi power get_limit")))
    tools.ipmitool(farm, 1, 17, "dcmi power set_limit limit 700")
    local text = tools.ipmitool(farm, 1, 17, "dcmi power get_limit")
    assert.matches("700 Watts", text)
    tools.ipmitool(farm, 1, 3, "dcmi power deactivate")
    assert.matches("No Active", (tools.ipmitool(farm, 1, 17, "dcmi power get_limit")))
    tools.ipmitool(farm, 1, 17, "chassis policy always-off")
    text = tools.freeipmi(farm, 1, 17, "ipmi-chassis", "--get-status")
    assert.matches("policy +: Always off", text)
    text = tools.ipmitool(farm, 1, 17, "user list 1")
    assert.matches("2 +admin +%S+ +%S+ +true +ADMINISTRATOR", text)
    assert.matches("3 +monitor +%S+ +%S+ +false +USER", text)
    assert.not_equal(0, select(2, tools.ipmitool(farm, 1, 17, "lan set 1 ipaddr 10.9.9.9")))
  end)

  it("loses a reservation to the next one", function()
    local farm <close> = start { vendors = { "x13" }, traits = { ipmi = { read_max = 16 } } }
    local m <close> = assert(open(farm, 1))
    local function get(reservation, id, offset, count)
      return m:command(0x0A, 0x23, ("<I2I2BB"):pack(reservation, id, offset, count))
    end
    local one = ("<I2"):unpack((assert(m:command(0x0A, 0x22))))
    assert.equal(0, select(2, get(one, 1, 5, 16)))
    assert.equal(0xCA, select(2, get(one, 1, 5, 17)))
    assert.equal(0xCB, select(2, get(one, 999, 0, 5)))
    local two = ("<I2"):unpack((assert(m:command(0x0A, 0x22))))
    assert.equal(0xC5, select(2, get(one, 1, 5, 16)))
    assert.equal(0, select(2, get(two, 1, 5, 16)))
    assert.equal(0xC5, select(2, m:command(0x0A, 0x47, "\x00\x00CLR\xAA")))
  end)

  it("has a watchdog that does what it was set to", function()
    local farm <close> = start { vendors = { "x13" } }
    local m <close> = assert(open(farm, 1))
    assert.equal(0x80, select(2, m:command(0x06, 0x22)))
    local off_after_a_second = "\x04\x02\x00\x3E\x0A\x00"
    assert.equal(0, select(2, m:command(0x06, 0x24, off_after_a_second)))
    assert.equal(0, select(2, m:command(0x06, 0x22)))
    local now = assert(m:command(0x06, 0x25))
    assert.equal(0x44, now:byte(1))
    eventually_power(farm, 1, "Off")
    assert.matches("Watchdog", (tools.with_records(farm, 1, 17, "ipmi-sel")))
  end)

  it("serves a recorded tree as far as it goes", function()
    local farm <close> = start { mockup = support.shared("mockups/dmtf-public_rackmount1-2022") }
    assert.equal("Chassis Power is on\n", (tools.ipmitool(farm, 1, 17, "power status")))
    assert.equal("", (tools.ipmitool(farm, 1, 17, "sdr elist all")))
    tools.ipmitool(farm, 1, 17, "power off")
    eventually_power(farm, 1, "Off")
    local info = tools.fields((tools.freeipmi(farm, 1, 17, "bmc-info")))
    assert.equal(ask.system(farm, 1).UUID, info["System GUID"]:lower())
  end)

  it("serves what has no system, without its power", function()
    local farm <close> = start { mockup = support.shared("mockups/cray-rts_rackpdu-redfish") }
    local m <close> = assert(open(farm, 1))
    assert.equal(0xC1, select(2, m:command(0x00, 0x01)))
    for _, command in ipairs { { 0x06, 0x01 }, { 0x06, 0x07 }, { 0x06, 0x25 }, { 0x0A, 0x40 } } do
      assert.equal(0, select(2, m:command(command[1], command[2])))
    end
  end)
end)
