-- SPDX-License-Identifier: GPL-3.0-or-later
-- What the network and its attackers do to simulated BMCs over IPMI: the faults that are asked
-- for, and datagrams that must do nothing. Also their serial ports, and many of them.
local err = require "bmc.err"
local ipmisim = require "support.ipmisim"
local pty = require "support.pty"
local rmcp = require "bmc.rmcp"
local secret = require "bmc.secret"
local sim = require "bmc.sim"
local spawn = require "_bmcsh.spawn"
local support = require "support"
local task = require "bmc.task"
local tools = require "support.ipmitools"
local udp = require "bmc.udp"

local OFF, ON, RESET = "\x00", "\x01", "\x03"
local PING = "\x06\x00\xFF\x06\x00\x00\x11\xBE\x80\x00\x00\x00"

local function start(opts)
  opts.tls, opts.ipmi = false, true
  opts.reset_delay = opts.reset_delay or 0.02
  return sim.start(opts)
end

local function place(farm, i)
  local host, port = farm.ipmi_url(i):match("^ipmi://(.*):(%d+)$")
  return host, math.tointeger(tonumber(port))
end

local function open_at(host, port, farm, more)
  local password <close> = secret.from_string(farm.bmc(1).password)
  local o = { host = host, port = port, user = "admin", password = password, retry = 0.1 }
  for name, value in pairs(more or {}) do o[name] = value end
  return rmcp.open(o)
end

local function open(farm, i, more)
  local host, port = place(farm, i)
  return open_at(host, port, farm, more)
end

local function control(m, action, timeout)
  return m:command(0x00, 0x02, action, { once = true, timeout = timeout or 2 })
end

-- ---- attackers ----

-- Whether a datagram is one of a session.
local function is_sealed(data)
  return #data > 16 and data:byte(4) == 0x07 and data:byte(5) == 0x06
    and data:sub(7, 10) ~= "\0\0\0\0"
end

local function flip(data, at)
  return data:sub(1, at - 1) .. string.char(data:byte(at) ~ 0x10) .. data:sub(at + 1)
end

-- A login, a reset, a status and a logout through a relay that adds what `forge` returns to every
-- datagram of the session; the farm's counters afterwards.
local function attacked(forge)
  local farm <close> = start { vendors = { "x13" } }
  local host, port = place(farm, 1)
  ipmisim.relay(host, port, function(way, data)
    return way == "up" and is_sealed(data) and forge(data) or nil
  end, function(relay)
    local m <close> = assert(open_at("127.0.0.1", relay, farm))
    assert.equal(0, select(2, control(m, RESET)))
    assert.equal(1, assert(m:command(0x00, 0x01)):byte() & 1)
  end)
  return farm:count_all()
end

describe("sim over IPMI: what is forged", function()
  it("does nothing when it is a repetition", function()
    local n = attacked(function(data) return { data, data, data } end)
    assert.same({ 1, 1, 1, 0 }, { n.resets, n.ipmi_power, n.ipmi_logouts, n.ipmi_live_sessions })
    -- Set Session Privilege Level, control, status, close: each came twice too often.
    assert.equal(8, n.ipmi_forged)
  end)

  it("does nothing when a bit of it is another", function()
    local n = attacked(function(data)
      local out = {}
      for at = 5, #data do out[#out + 1] = flip(data, at) end
      out[#out + 1] = data
      return out
    end)
    assert.same({ 1, 1, 1, 0 }, { n.resets, n.ipmi_power, n.ipmi_logouts, n.ipmi_live_sessions })
    assert.is_true(n.ipmi_forged > 4 * 60)
  end)

  it("does nothing when it is cut or from another session", function()
    local n = attacked(function(data)
      local out = {}
      for length = 1, #data - 1, 7 do out[#out + 1] = data:sub(1, length) end
      out[#out + 1] = data:sub(1, 6) .. "\x01\x02\x03\x04" .. data:sub(11)
      out[#out + 1] = data
      return out
    end)
    assert.same({ 1, 1, 1, 0 }, { n.resets, n.ipmi_power, n.ipmi_logouts, n.ipmi_live_sessions })
  end)

  it("does nothing when somebody else sends it", function()
    local farm <close> = start { vendors = { "x13" } }
    local host, port = place(farm, 1)
    local other <close> = assert(udp.open { address = "127.0.0.1" })
    ipmisim.relay(host, port, function(way, data)
      if way == "up" and is_sealed(data) then
        assert(other:send(data, host, port))
        task.sleep(0.05) -- it comes first
      end
    end, function(relay)
      local m <close> = assert(open_at("127.0.0.1", relay, farm, { retry = 1 }))
      assert.equal(0, select(2, control(m, OFF)))
    end)
    local n = farm:count_all()
    assert.same({ 1, 1, 3 }, { n.resets, n.ipmi_logouts, n.ipmi_forged })
  end)
end)

-- ---- the network ----

-- How many of so many pings are answered, and in which order.
local function pings(farm, count)
  local socket <close> = assert(udp.open { address = "127.0.0.1" })
  local host, port = place(farm, 1)
  local out = {}
  for i = 1, count do
    assert(socket:send(PING:sub(1, 9) .. string.char(i) .. PING:sub(11), host, port))
  end
  while true do
    local data = socket:receive(2)
    if not data then return out end
    out[#out + 1] = data:byte(10)
  end
end

describe("sim over IPMI: the network", function()
  it("loses, repeats and reorders as it is told, the same in each run", function()
    local function run(faults, seed)
      local farm <close> = start { faults = faults, seed = seed }
      local order = pings(farm, 60)
      return order, farm:count_all()
    end
    local all = run()
    assert.equal(60, #all)
    local some, n = run { "ipmi_loss=20" }
    assert.equal(60, n.ipmi_sent + n.ipmi_lost)
    assert.equal(n.ipmi_sent, #some)
    assert.is_true(#some > 20 and #some < 55, #some)
    assert.same(some, (run { "ipmi_loss=20" }))
    assert.not_same(some, (run({ "ipmi_loss=20" }, 2)))
    local more
    more, n = run { "ipmi_dup=50" }
    assert.is_true(#more > 80 and #more < 180, #more)
    assert.equal(#more, n.ipmi_sent)
    local mixed = run { "ipmi_reorder=30" }
    assert.equal(60, #mixed)
    local early = 0
    for i = 2, #mixed do early = early + (mixed[i] < mixed[i - 1] and 1 or 0) end
    assert.is_true(early > 0)
  end)

  it("holds answers back, at some BMCs alone", function()
    local farm <close> = start { fleet = 4, faults = { "ipmi_delay=0.3@50%", "ipmi_jitter=0.01" } }
    local function seconds(i)
      local host, port = place(farm, i)
      local from = task.now()
      assert(rmcp.ping { host = host, port = port, timeout = 20, retry = 20 })
      return task.now() - from
    end
    for i = 2, 4, 2 do assert.is_true(seconds(i) >= 0.29) end
    for i = 1, 3, 2 do
      support.eventually(function() return seconds(i) < 0.29 end, 20)
    end
  end)

  it("has dead addresses, for both protocols", function()
    local farm <close> = start { fleet = 3, faults = { "blackhole@bmc=1", "refuse@bmc=2" } }
    local codes = {}
    for i = 1, 3 do
      local host, port = place(farm, i)
      local patience = i == 1 and 0.4 or 20
      local _, e = rmcp.ping { host = host, port = port, timeout = patience, retry = 0.1 }
      codes[i] = err.is(e) and e.code or "there"
    end
    assert.same({ "timeout", "refused", "there" }, codes)
    farm:fault(nil, "blackhole", false)
    farm:fault(nil, "refuse", false)
    for i = 1, 2 do
      local host, port = place(farm, i)
      assert.is_not_nil((rmcp.ping { host = host, port = port, timeout = 20, retry = 0.1 }))
    end
  end)

  it("never has a power action done twice, whatever gets lost", function()
    local farm <close> = start { fleet = 40, vendors = { "x13" },
      faults = { "ipmi_loss=20", "ipmi_dup=20", "ipmi_reorder=10" } }
    local list, unknown = {}, 0
    for i = 1, farm.count do list[i] = i end
    task.map(list, 20, function(i)
      local m <close> = assert(open(farm, i, { timeout = 60 }))
      local data, e = control(m, RESET, 1)
      if not data then
        assert.equal("unknown", e.effect)
        unknown = unknown + 1
      else
        assert.equal(1, farm.bmc(i).counters.resets)
      end
    end)
    for i = 1, farm.count do assert.is_true(farm.bmc(i).counters.resets <= 1) end
    local n = farm:count_all()
    assert.is_true(n.resets >= farm.count - unknown)
    assert.equal(n.resets, n.ipmi_power)
    assert.is_true(n.ipmi_lost > 0 and n.ipmi_duplicated > 0)
  end)
end)

describe("sim over IPMI: faults of commands", function()
  local function first(fault, f)
    local farm <close> = start { vendors = { "x13" }, faults = { fault } }
    local m <close> = assert(open(farm, 1))
    f(m, farm)
    return farm:count_all()
  end

  it("strike the command that they name", function()
    local n = first("ipmi_drop@/ipmi/Chassis Control,times=1", function(m, farm)
      local data, e = control(m, OFF, 0.3)
      assert.is_nil(data)
      assert.equal("unknown", e.effect)
      support.eventually(function() return not farm.bmc(1):is_on() end, 10)
      assert.equal(0, select(2, control(m, ON)))
    end)
    assert.same({ 2, 1 }, { n.resets, n.faults })
    n = first("ipmi_silent@/ipmi/Chassis Control", function(m)
      assert.is_nil((control(m, OFF, 0.3)))
    end)
    assert.equal(0, n.resets)
  end)

  it("answer what they are told to", function()
    first("ipmi_code=0xC3@*Device ID,times=1", function(m)
      assert.equal(0, select(2, m:command(0x06, 0x01)))
    end)
    first("ipmi_busy@nth=2", function(m)
      assert.equal(0, select(2, m:command(0x06, 0x01)))
      assert.equal(0, select(2, control(m, OFF)))
    end)
    first("ipmi_trail=3", function(m)
      assert.equal(3 + 3, #m:command(0x00, 0x01))
    end)
    local n = first("ipmi_forget@times=1", function(m)
      assert.is_nil((m:command(0x06, 0x01, "", { timeout = 0.3 })))
    end)
    assert.equal(0, n.ipmi_logouts)
    assert.equal(0, n.ipmi_live_sessions)
  end)

  it("are all tried here", function()
    local file <close> = assert(io.open(debug.getinfo(1, "S").source:sub(2)))
    local text = file:read "a"
    for _, name in ipairs(require("bmc.sim.faults").names()) do
      assert.is_true(not name:find "^ipmi_" or text:find(name, 1, true) ~= nil, name)
    end
  end)

  it("hang the machine over IPMI too", function()
    local n = first("hung", function(m, farm)
      assert.equal(0, select(2, control(m, OFF)))
      assert.is_true(farm.bmc(1):is_on())
    end)
    assert.equal(1, n.ipmi_power)
  end)
end)

-- ---- serial over LAN ----

describe("sim over IPMI: the console", function()
  it("is that of a host that boots and asks for a login", function()
    ipmisim.program "ipmitool"
    local patient = { boot = { seconds = 60 } } -- the boot menu is
    local farm <close> = start { vendors = { "x13" }, reset_delay = 0.2, traits = patient }
    local dir <close> = support.tmpdir()
    local host, port = place(farm, 1)
    local command = ("ipmitool -I lanplus -H %s -p %d -U admin -P %s -C 17 sol activate")
      :format(host, port, farm.bmc(1).password)
    local person <close> = pty.start(dir, {}, command)
    person:expect "node-001 login: "
    person:type "root\r"
    person:expect "Password: "
    person:type "not shown\r"
    person:expect "# "
    person:type "hostname\r"
    person:expect "node-001\n"
    local again, status = tools.ipmitool(farm, 1, 3, "sol activate")
    assert.not_equal(0, status)
    assert.is_string(again)
    assert.equal(0, select(2, tools.ipmitool(farm, 1, 3, "power reset")))
    person:expect "Press a number: "
    person:type "2"
    person:expect "Booting from Network"
    person:expect "login: "
    person:type "\r~."
    person:wait()
    support.eventually(function() return farm:count_all().ipmi_live_sessions == 0 end, 10)
    assert.is_nil(dir:read("screen"):find("not shown", 1, true))
  end)
end)

-- ---- many ----

describe("sim over IPMI: a fleet", function()
  it("answers FreeIPMI at all of its addresses at once", function()
    local farm <close> = start { fleet = 200, address = "127.0.9.1" }
    local list = {}
    for i = 1, farm.count do list[i] = (farm.ipmi_url(i):gsub("^ipmi://", "")) end
    local result = assert(spawn.run {
      ipmisim.program "ipmipower", "-D", "LAN_2_0", "-I", "17", "-u", "admin", "-p",
      farm.bmc(1).password, "-h", table.concat(list, ","), "--stat", timeout = 60,
    })
    assert.equal(200, select(2, result.stdout:gsub(": on\n", "")))
    local n = farm:count_all()
    assert.same({ 200, 200, 0, 200 },
      { n.ipmi_logins, n.ipmi_logouts, n.ipmi_live_sessions, n.ipmi_peak_sessions })
  end)

  it("never leaves 127/8", function()
    local core = require "bmc.rmcpd"
    for _, address in ipairs { "10.0.0.1", "0.0.0.0", "192.168.1.1" } do
      local server, e = core.serve { handler = function() end, bmcs = { {
        address = address, guid = ("\0"):rep(16), users = {}, suites = { 17 },
      } } }
      assert.is_nil(server)
      assert.equal("rejected", e.code)
    end
  end)
end)
