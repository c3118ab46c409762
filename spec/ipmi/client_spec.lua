-- SPDX-License-Identifier: GPL-3.0-or-later
-- The IPMI client of a target: sessions, levels, completion codes, what is repeated and what not.
local err = require "bmc.err"
local ipmi = require "bmc.ipmi"
local ipmisim = require "support.ipmisim"
local remember = require "bmc.ipmi.remember"
local support = require "support"
local spawn = require "_bmcsh.spawn"
local targets = require "bmc.target"
local task = require "bmc.task"
local vendor = require "bmc.vendor"

local RAKP1, RAKP3 = 0x12, 0x14

local function hex(data)
  return (data:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

-- A command that no table has.
local function command(fields)
  return setmetatable(fields, { __index = { name = "x", netfn = 0x2E, cmd = 0x77,
    privilege = "user" } })
end

describe("bmc.ipmi", function()
  local registry

  setup(function()
    registry = assert(vendor.load { dirs = {}, set = { "generic.ipmi.retry=0.2" } })
  end)

  before_each(remember.reload)

  local function new(address, port, more)
    local options = {
      url = ("ipmi://%s:%d"):format(address, port), user = ipmisim.USER,
      password = ipmisim.PASSWORD, registry = registry,
    }
    for name, value in pairs(more or {}) do
      options[name] = value
    end
    return assert(targets.new(options))
  end

  -- Events of the target's trace, "login as operator", "Get Device ID", …
  local function log(t)
    local out = {}
    t.trace = function(event)
      if event.kind == "request" then
        out[#out + 1] = event.method == "login" and "login " .. event.uri or event.method
      end
    end
    return out
  end

  it("sends nothing until it is asked, logs in once, and leaves nothing open", function()
    ipmisim.farm({ slots = 1 }, function(address, port)
      for _ = 1, 3 do
        local t <close> = new(address, port)
        local c = ipmi.of(t)
        assert.equal(c, ipmi.of(t))
        assert.is_nil(c.session)
        assert.matches("%(not logged in%)$", tostring(c))
        local seen = log(t)
        assert.equal("000000", hex((assert(c:ask "Get Chassis Status"))))
        assert.equal(0, select(2, c:ask "Get Chassis Status"))
        assert.same({ "login as operator", "Get Chassis Status", "Get Chassis Status" }, seen)
        assert.matches("%(open as operator%)$", tostring(c))
        assert.equal("open", c:open():state().state)
      end
    end)
  end)

  it("tells what the BMC is as ipmitool does, and finds its profile by that", function()
    ipmisim.farm({}, function(address, port)
      local t <close> = new(address, port)
      local device = assert(ipmi.of(t):device())
      local info = spawn.run { ipmisim.program("ipmitool"), "-I", "lanplus", "-H", address, "-p",
        tostring(port), "-U", ipmisim.USER, "-P", ipmisim.PASSWORD, "-C", "17", "mc", "info" }
      for pattern, value in pairs {
        ["Device ID +: (%d+)"] = device.device_id,
        ["Device Revision +: (%d+)"] = device.device_revision,
        ["Firmware Revision +: (%S+)"] = device.firmware,
        ["IPMI Version +: (%S+)"] = device.ipmi_version,
        ["Manufacturer ID +: (%d+)"] = device.manufacturer_id,
        ["Product ID +: (%d+)"] = device.product_id,
      } do
        assert.equal(info.stdout:match(pattern), tostring(value), pattern)
      end
      assert.same({ true, true, true, true, false },
        { device.sel, device.fru, device.chassis, device.sdr_repository, device.updating })
      assert.equal("supermicro", t.vendor)
      assert.equal("2.15", t.facts.ipmi_firmware)
      assert.equal(device, ipmi.of(t):device())
    end)
  end)

  it("works with the BMC that others wrote", function()
    ipmisim.sim(function(address, port)
      local t <close> = new(address, port)
      assert.equal("2.15", assert(ipmi.of(t):device()).firmware)
      assert.equal(3, ipmi.of(t).session:state().cipher)
    end)
  end)

  it("makes an error of a completion code, but for those that are accepted", function()
    ipmisim.farm({}, function(address, port)
      local t <close> = new(address, port)
      local c = ipmi.of(t)
      local data, e = c:request(command {})
      assert.is_nil(data)
      assert.same({ "unsupported", 0xC1, "none", t.host, "ipmi" },
        { e.code, e.completion, e.effect, e.host, e.way })
      assert.equal("x: completion code C1h, invalid command", e.text)
      local code
      data, code = c:request(command {}, "", { accept = { [0xC1] = true } })
      assert.same({ "", 0xC1 }, { data, code })
      assert.equal("missing", select(2, c:ask("Get SEL Entry", "\0\0\x77\x77\0\xFF")).code)
      assert.error_matches(function() c:ask "Get Nothing" end, "no IPMI command")
    end)
  end)

  it("refuses writes to what is read-only, and only tells of them in a dry run", function()
    ipmisim.farm({}, function(address, port)
      local t <close> = new(address, port, { read_only = true })
      local data, e = ipmi.of(t):ask("Chassis Control", "\x01")
      assert.same({ nil, "rejected", "none" }, { data, e.code, e.effect })
      assert.equal("\0", (assert(ipmi.of(t):ask "Get Chassis Status")):sub(1, 1))
      local events = {}
      local dry <close> = new(address, port, { dry_run = true, trace = function(event)
        events[#events + 1] = event
      end })
      assert.same({ "", 0 }, { ipmi.of(dry):ask("Chassis Control", "\x01") })
      assert.equal(1, #events)
      assert.same({ "dry-run", "Chassis Control", "netfn 00h command 02h", "01" },
        { events[1].kind, events[1].method, events[1].uri, events[1].body })
      assert.equal("\0", (assert(ipmi.of(dry):ask "Get Chassis Status")):sub(1, 1))
    end)
  end)

  -- ---- levels ----

  it("asks for the level that the work needs, and keeps the session for less", function()
    ipmisim.farm({}, function(address, port)
      local t <close> = new(address, port)
      local c, seen = ipmi.of(t), log(t)
      c:request(command { privilege = "admin" })
      c:ask "Get Chassis Status"
      assert.same({ "login as admin", "x", "Get Chassis Status" }, seen)
      local other <close> = new(address, port)
      c, seen = ipmi.of(other), log(other)
      c:ask "Get Chassis Status"
      c:request(command { privilege = "admin" })
      c:ask "Get Chassis Status"
      assert.same({ "login as operator", "Get Chassis Status", "login as admin", "x",
        "Get Chassis Status" }, seen)
    end)
  end)

  it("is content with less where the account has less and the work needs no more", function()
    ipmisim.farm({ privilege = 2 }, function(address, port)
      local t <close> = new(address, port)
      local c, seen = ipmi.of(t), log(t)
      assert.equal("000000", hex((assert(c:ask "Get Chassis Status"))))
      assert.same({ "login as operator", "login as user", "Get Chassis Status" }, seen)
      local data, e = c:ask("Chassis Control", "\x01")
      assert.same({ nil, "auth", "privilege", "none" }, { data, e.code, e.reason, e.effect })
      assert.equal("\0", (assert(c:ask "Get Chassis Status")):sub(1, 1))
    end)
  end)

  it("begins with the level that worked, in this run and in the next", function()
    ipmisim.farm({ privilege = 2, count = 2 }, function(address, port)
      for i = 1, 3 do
        if i == 3 then
          remember.reload() -- as another process: from the file
        end
        local t <close> = new(address, port)
        local seen = log(t)
        assert(ipmi.of(t):ask "Get Chassis Status")
        assert.equal(i == 1 and 3 or 2, #seen, table.concat(seen, ", "))
      end
    end)
  end)

  it("begins with the suite that worked, and with the usual again when that works", function()
    local quick = { count = 1, quirk = "suite17lie" }
    ipmisim.farm(quick, function(address, port)
      for i = 1, 2 do
        remember.reload()
        local t <close> = new(address, port)
        local state = assert(ipmi.of(t):open()):state()
        assert.same({ 3, i == 1 and 2 or 1 }, { state.cipher, state.attempts })
      end
      assert.equal(3, remember.recall { host = address, port = port, user = "admin" }.cipher)
      remember.note({ host = address, port = port, user = "admin" }, {})
    end)
    ipmisim.farm({ suites = "17" }, function(address, port)
      remember.note({ host = address, port = port, user = "admin" }, { cipher = 3 })
      local t <close> = new(address, port)
      assert.equal(17, assert(ipmi.of(t):open()):state().cipher)
      assert.is_nil(remember.recall { host = address, port = port, user = "admin" }.cipher)
    end)
  end)

  -- Runs f(t, log) with sessions that answer(level, command) instead of a BMC; answer(level) may
  -- refuse the login with an error.
  local function pretended(answer, f)
    local rmcp = require "bmc.rmcp"
    local open, seen = rmcp.open, {}
    rmcp.open = function(o)
      seen[#seen + 1] = "login " .. o.privilege
      local refusal = answer(o.privilege)
      if err.is(refusal) then
        return nil, refusal
      end
      return {
        terms = function() return 17, "name", "named" end,
        close = function() seen[#seen + 1] = "close" end,
        command = function(_, _, cmd)
          seen[#seen + 1] = ("%02X"):format(cmd)
          return "", answer(o.privilege, cmd)
        end,
      }
    end
    local ok, e = pcall(function()
      local t <close> = new("10.0.0.1", 623)
      f(ipmi.of(t), seen)
    end)
    rmcp.open = open
    assert(ok, e)
  end

  it("raises the level for a BMC that wants more than IPMI does, and remembers it", function()
    local place = { host = "10.0.0.1", port = 623, user = ipmisim.USER }
    pretended(function(level) return level == "admin" and 0 or 0xD4 end, function(c, seen)
      assert.equal(0, select(2, c:ask("Set Watchdog Timer", "")))
      assert.equal(0, select(2, c:ask "Get Device ID"))
      assert.same({ "login operator", "24", "close", "login admin", "24", "01" }, seen)
    end)
    assert.equal("admin", remember.recall(place).privilege)
    remember.note(place, {})
  end)

  it("does not ask for a higher level twice where the account may not have it", function()
    local no = err.new("auth", "not you", { reason = "privilege" })
    pretended(function(level, cmd)
      if level == "admin" then
        return err.copy(no)
      end
      return cmd and 0xD4
    end, function(c, seen)
      for _ = 1, 2 do
        local data, e = c:ask "Get Device ID"
        assert.same({ nil, "auth", 0xD4 }, { data, e.code, e.completion })
      end
      assert.same({ "login operator", "01", "close", "login admin", "login operator", "01" }, seen)
    end)
  end)

  it("says of a write that ended oddly that it may have happened", function()
    for completion, effect in pairs { [0xC3] = "unknown", [0xFF] = "unknown", [0xC0] = "none",
      [0xCC] = "none", [0xD5] = "none" } do
      pretended(function(_, cmd) return cmd and completion end, function(c)
        assert.equal(effect, select(2, c:ask("Chassis Control", "\1")).effect, completion)
        assert.equal("none", select(2, c:ask "Get Device ID").effect)
      end)
    end
  end)

  -- ---- credentials ----

  -- RAKP messages of a kind that go up to a BMC while f runs.
  local function counted(options, f)
    local count = { [RAKP1] = 0, [RAKP3] = 0 }
    ipmisim.farm(options, function(address, port)
      local function hook(way, data)
        local kind = way == "up" and data:byte(5) == 6 and data:byte(6)
        if count[kind] then
          count[kind] = count[kind] + 1
        end
      end
      ipmisim.relay(address, port, hook, function(relay)
        f(relay)
      end)
    end)
    return count
  end

  it("never tries a wrong password a second time", function()
    local count = counted({}, function(port)
      local t <close> = new("127.0.0.1", port, { password = "wrong" })
      for _ = 1, 3 do
        local data, e = ipmi.of(t):ask "Get Chassis Status"
        assert.same({ nil, "auth", "password" }, { data, e.code, e.reason })
        assert.matches("wrong password for user admin", e.text)
      end
      assert.equal("auth", select(2, ipmi.of(t):ask("Chassis Control", "\x01")).code)
    end)
    assert.equal(1, count[RAKP1])
  end)

  it("asks for the password when it logs in, and not before", function()
    ipmisim.farm({}, function(address, port)
      local asked = 0
      local t <close> = new(address, port, { password = require("bmc.secret").source {
        call = function()
          asked = asked + 1
          return ipmisim.PASSWORD
        end,
      } })
      assert.equal(0, asked)
      assert(ipmi.of(t):ask "Get Chassis Status")
      assert(ipmi.of(t):ask "Get Device ID")
      assert.equal(1, asked)
    end)
  end)

  it("takes credentials and K_g of its own beside those of Redfish", function()
    ipmisim.farm({ kg = "key-of-the-bmc" }, function(address, port)
      local t <close> = new(address, port, { url = "https://bmc1", user = "other", password = "x",
        ipmi = { address = ("ipmi://%s:%d"):format(address, port), user = ipmisim.USER,
          password = ipmisim.PASSWORD, kg = "key-of-the-bmc" } })
      assert.same({ redfish = true, ipmi = true }, t.ways)
      assert(ipmi.of(t):ask "Get Chassis Status")
    end)
  end)

  it("reports factory credentials that worked", function()
    ipmisim.farm({ user = "ADMIN", password = "ADMIN" }, function(address, port)
      local t <close> = new(address, port, { user = "ADMIN", password = "ADMIN" })
      assert(ipmi.of(t):ask "Get Chassis Status")
      assert.equal("BMC_DEFAULT_CREDENTIALS_LIKELY", t.findings[1].code)
    end)
  end)

  -- ---- sessions that are lost ----

  it("opens a new session for a read when the BMC has forgotten the old one", function()
    local quick = assert(vendor.load { dirs = {},
      set = { "generic.ipmi.silence=0.5", "generic.ipmi.retry=0.1" } })
    ipmisim.farm({ quirk = "dropsession" }, function(address, port)
      local t <close> = new(address, port, { registry = quick })
      local seen = log(t)
      for _ = 1, 45 do
        assert.equal("000000", hex((assert(ipmi.of(t):ask "Get Chassis Status"))))
      end
      local logins = 0
      for _, line in ipairs(seen) do
        logins = logins + (line:find("^login") and 1 or 0)
      end
      assert.equal(3, logins)
    end)
  end)

  it("does not repeat what must not happen twice", function()
    local quick = assert(vendor.load { dirs = {},
      set = { "generic.ipmi.silence=0.3", "generic.ipmi.retry=0.1" } })
    ipmisim.farm({}, function(address, port)
      local up, cut = 0, false
      local function hook(way, data)
        if cut and data:byte(6) == 0xC0 then
          up = up + (way == "up" and 1 or 0)
          return {}
        end
      end
      ipmisim.relay(address, port, hook, function(relay)
        local t <close> = new("127.0.0.1", relay, { registry = quick })
        local c = ipmi.of(t)
        assert(c:ask "Get Chassis Status")
        cut = true
        local data, e = c:ask("Chassis Control", "\x01")
        assert.same({ nil, "timeout", "unknown", 1 }, { data, e.code, e.effect, up })
        cut = false
        assert.equal("\0", (assert(c:ask "Get Chassis Status")):sub(1, 1))
      end)
    end)
  end)

  it("gives up with its caller", function()
    local silent <close> = assert(require("bmc.udp").open { address = "127.0.0.1" })
    local _, port = silent:address()
    local t <close> = new("127.0.0.1", port)
    local began = task.now()
    local data, e = task.deadline(0.3, function() return ipmi.of(t):ask "Get Device ID" end)
    assert.same({ nil, "timeout", "none" }, { data, e.code, e.effect })
    assert.is_true(task.now() - began < 10)
    assert.is_true(err.is(e))
  end)

  it("shares one login between tasks, and leaves none behind when closed meanwhile", function()
    ipmisim.farm({ slots = 1 }, function(address, port)
      local t = new(address, port)
      local seen = log(t)
      local list = {}
      for i = 1, 20 do
        list[i] = i
      end
      task.map(list, 20, function()
        assert(ipmi.of(t):ask "Get Chassis Status")
      end)
      assert.equal(21, #seen)
      t:close()
      local other = new(address, port)
      task.scope(function(s)
        local asking = s:spawn(function() return ipmi.of(other):ask "Get Device ID" end)
        task.sleep(0.001)
        other:close()
        asking:join()
      end)
      local last <close> = new(address, port)
      assert(ipmi.of(last):ask "Get Chassis Status")
    end)
  end)

  -- ---- the faults of the farm ----

  for _, quirk in ipairs { "openpriv0", "openstatus", "slowrakp", "rakp4lost", "rakp2dup", "badmac",
    "badsum", "busy", "trail", "dup", "stale", "nosuites", "suite17lie", "dropsession", "sdrres",
    "sdrchunk" } do
    it("reads from a farm that does " .. quirk, function()
      ipmisim.farm({ quirk = quirk }, function(address, port)
        local url = ("ipmi://%s:%d"):format(address, port)
        local result = support.bmcsh { "power", "status", "-H", url, "-u", ipmisim.USER, "--json",
          env = { BMC_PASSWORD = ipmisim.PASSWORD }, timeout = 30 }
        assert.equal(0, result.status, result.stderr .. result.stdout)
        assert.truthy(result.stdout:find('"way":"ipmi"', 1, true))
        assert.truthy(result.stdout:find('"power_state":"off"', 1, true))
      end)
    end)
  end

  for quirk, text in pairs { badrakp2 = "wrong password", badrakp4 = "K_g" } do
    it("refuses a farm that does " .. quirk, function()
      ipmisim.farm({ quirk = quirk }, function(address, port)
        local t <close> = new(address, port)
        local data, e = ipmi.of(t):ask "Get Chassis Status"
        assert.same({ nil, "auth" }, { data, e.code })
        assert.matches(text, e.text)
      end)
    end)
  end
end)
