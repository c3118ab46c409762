-- SPDX-License-Identifier: GPL-3.0-or-later
local host = require "_bmcsh.host"
local spawn = require "_bmcsh.spawn"
local err = require "bmc.err"
local rmcp = require "bmc.rmcp"
local secret = require "bmc.secret"
local task = require "bmc.task"
local udp = require "bmc.udp"
local ipmisim = require "support.ipmisim"
local support = require "support"

-- Network function and command (appendix G).
local CHASSIS_STATUS, CHASSIS_CONTROL, DEVICE_ID = { 0x00, 0x01 }, { 0x00, 0x02 }, { 0x06, 0x01 }
local CHANNEL_INFO = { 0x06, 0x42 }

local function hex(s)
  return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

-- An option that is false is left out.
local open = ipmisim.open

local function ask(m, command, data, opts)
  return m:command(command[1], command[2], data, opts)
end

-- Sessions that the farm's BMC holds, this one among them.
local function sessions(address, port)
  local m <close> = assert(open(address, port))
  local data = assert(ask(m, CHANNEL_INFO, "\x0E"))
  return data:byte(4) & 0x3F
end

local function fails(code, pattern, m, e)
  if m then m:close() end
  assert.is_nil(m)
  assert.is_true(err.is(e))
  assert.equal(code, e.code, tostring(e))
  assert.matches(pattern, e.text)
  assert.equal("none", e.effect)
  return e
end

-- ---- a session ----

describe("an rmcp session", function()
  it("is opened, answers and is closed, with each suite that is spoken", function()
    ipmisim.farm({}, function(address, port)
      for _, cipher in ipairs { 17, 3 } do
        -- Nothing is asked twice, whose second answer would be dropped.
        local m = assert(open(address, port, { ciphers = { cipher }, retry = 8 }))
        assert.equal("000000", hex((assert(ask(m, CHASSIS_STATUS)))))
        assert.equal(2, select(2, ask(m, CHASSIS_CONTROL, "\x01")) == 0 and 2)
        assert.equal("010000", hex((assert(ask(m, CHASSIS_STATUS)))))
        assert.equal("2001021502bf", hex((assert(ask(m, DEVICE_ID))):sub(1, 6)))
        assert.equal(0xC1, select(2, ask(m, { 0x2C, 0x77 })))
        ask(m, CHASSIS_CONTROL, "\x00")
        local state = m:state()
        assert.same({ "open", cipher, 3, 0 },
          { state.state, state.cipher, state.privilege, state.dropped })
        assert.same({ cipher, state.lookup, state.open_privilege }, { m:terms() })
        assert.matches("^rmcp session with .* %(open, cipher suite %d+, operator%)$", tostring(m))
        m:close()
        m:close()
        assert.matches("%(closed%)$", tostring(m))
        assert.equal("cancelled", select(2, ask(m, DEVICE_ID)).code)
      end
      assert.equal(1, sessions(address, port))
    end)
  end)

  it("takes 17 first, then 3", function()
    ipmisim.farm({}, function(address, port)
      local m <close> = assert(open(address, port))
      assert.equal(17, m:state().cipher)
    end)
    for _, options in ipairs { { suites = "3" }, { quirk = "suite17lie" } } do
      ipmisim.farm(options, function(address, port)
        local m <close> = assert(open(address, port))
        assert.equal(3, m:state().cipher)
      end)
    end
  end)

  it("never uses another suite, whoever asks", function()
    for cipher = 0, 255 do
      if cipher ~= 17 and cipher ~= 3 then
        local m, e = open("127.0.0.1", 9, { ciphers = { cipher } })
        fails("rejected", "only 17 and 3", m, e)
      end
    end
    ipmisim.farm({ suites = "0,1,2" }, function(address, port)
      local m, e = open(address, port)
      fails("unsupported", "it offers 0, 1, 2", m, e)
      m, e = open(address, port, { ciphers = { 0, 17 } })
      fails("unsupported", "it offers 0, 1, 2", m, e)
    end)
  end)

  it("works with the BMC that others wrote", function()
    ipmisim.sim(function(address, port)
      local m <close> = assert(open(address, port, { privilege = "admin" }))
      assert.equal(3, m:state().cipher)
      local id = assert(ask(m, DEVICE_ID))
      local argv = { ipmisim.program("ipmitool"), "-I", "lanplus", "-H", address, "-p",
        tostring(port), "-U", "admin", "-P", ipmisim.PASSWORD, "-C", "3", "-L", "USER" }
      table.move({ "raw", "6", "1" }, 1, 3, #argv + 1, argv)
      local theirs = spawn.run(argv).stdout:gsub("%s", "")
      assert.equal(theirs, hex(id))
      assert.equal("2a7c", ("%04x"):format(("<I2"):unpack(id, 7)))
    end)
  end)

  it("opens with K_g, and as each privilege", function()
    ipmisim.farm({ kg = "key-of-the-bmc" }, function(address, port)
      local kg <close> = secret.from_string("key-of-the-bmc")
      local m <close> = assert(open(address, port, { kg = kg }))
      assert.equal("000000", hex((assert(ask(m, CHASSIS_STATUS)))))
    end)
    ipmisim.farm({}, function(address, port)
      for name, level in pairs { user = 2, operator = 3, admin = 4 } do
        local m <close> = assert(open(address, port, { privilege = name }))
        assert.equal(level, m:state().privilege)
        local code = select(2, ask(m, CHASSIS_CONTROL, "\x00"))
        assert.equal(name == "user" and 0xD4 or 0, code)
      end
    end)
  end)

  it("finds the BMC by name, or says that there is none", function()
    ipmisim.farm({ base = "127.0.0.1" }, function(_, port)
      local m <close> = assert(open(support.localhost(), port))
      assert.equal("127.0.0.1", m:state().address)
    end)
    local m, e = open("no-such-host.invalid")
    fails("unreachable", "no%-such%-host%.invalid", m, e)
  end)

  it("refuses what IPMI cannot carry, before it sends anything", function()
    local m, e = open("127.0.0.1", 9, { secret = ("x"):rep(21) })
    fails("rejected", "21 bytes; IPMI carries at most 20", m, e)
    m, e = open("127.0.0.1", 9, { secret = ("x"):rep(17), password_max = 16 })
    fails("rejected", "at most 16", m, e)
    m, e = open("127.0.0.1", 9, { user = ("u"):rep(17) })
    fails("rejected", "at most 16", m, e)
    local kg <close> = secret.from_string(("k"):rep(21))
    m, e = open("127.0.0.1", 9, { kg = kg })
    fails("rejected", "K_g", m, e)
    assert.error_matches(function() open("h", 1, { privilege = "oem" }) end, "privilege 'oem'")
    assert.error_matches(function() open("h", 1, { cipher = 3 }) end, "no option 'cipher'")
    assert.error_matches(function() rmcp.open { host = "h", password = "string" } end, "secret")
  end)
end)

-- ---- what went wrong ----

describe("a login that fails says why:", function()
  it("user, password, privilege", function()
    ipmisim.farm({ privilege = 3 }, function(address, port)
      fails("auth", "no user nobody", open(address, port, { user = "nobody" }))
      fails("auth", "^wrong password for user admin", open(address, port, { secret = "wrong" }))
      fails("auth", "16 bytes, and the BMC may have stored",
        open(address, port, { secret = "wrong-and-longer-01" }))
      fails("auth", "may not have privilege administrator",
        open(address, port, { privilege = "admin" }))
      assert.equal(1, sessions(address, port))
    end)
  end)

  it("K_g", function()
    ipmisim.farm({ kg = "key-of-the-bmc" }, function(address, port)
      local kg <close> = secret.from_string("another")
      fails("auth", "K_g is not the BMC's", open(address, port, { kg = kg }))
      fails("auth", "has a key K_g of its own", open(address, port))
    end)
  end)

  it("codes that nobody with the password would send", function()
    ipmisim.farm({ quirk = "badrakp2" }, function(address, port)
      fails("auth", "wrong password", open(address, port))
      assert.equal("auth", select(2, open(address, port)).code)
    end)
    ipmisim.farm({ quirk = "badrakp4" }, function(address, port)
      fails("auth", "K_g", open(address, port))
    end)
  end)

  it("nobody there, a machine without IPMI, no answer at all", function()
    fails("refused", "nothing listens", open("127.0.0.1", support.free_port()))
    local silent <close> = assert(udp.open { address = "127.0.0.1" })
    local _, port = silent:address()
    fails("timeout", "no answer from UDP port", open("127.0.0.1", port, { timeout = 1 }))
    ipmisim.farm({}, function(address, farm_port)
      local function pings_only(_, data)
        return data:byte(4) == 6 and { data } or {}
      end
      ipmisim.relay(address, farm_port, pings_only, function(relay)
        fails("unsupported", "IPMI over LAN is switched off",
          open("127.0.0.1", relay, { timeout = 1.5 }))
      end)
    end)
  end)

  it("no slot is free", function()
    ipmisim.farm({ slots = 1 }, function(address, port)
      local m <close> = assert(open(address, port))
      fails("sessions_full", "slot", open(address, port, { timeout = 3 }))
      assert.equal("000000", hex((assert(ask(m, CHASSIS_STATUS)))))
    end)
  end)

  it("a wrong password is sent to be checked once", function()
    ipmisim.farm({}, function(address, port)
      local rakp = { [0x12] = 0, [0x14] = 0 }
      local function count(way, data)
        local kind = way == "up" and data:byte(5) == 6 and data:byte(6)
        if rakp[kind] then
          rakp[kind] = rakp[kind] + 1
        end
      end
      ipmisim.relay(address, port, count, function(relay)
        fails("auth", "wrong password", open("127.0.0.1", relay, { secret = "x", retry = 1 }))
        support.eventually(function() return rakp[0x14] > 0 end)
      end)
      assert.same({ [0x12] = 1, [0x14] = 1 }, rakp) -- the second one tells the BMC to forget it
      assert.equal(1, sessions(address, port))
    end)
  end)
end)

-- ---- BMCs as they are ----

describe("an rmcp session lives with a BMC that", function()
  -- Faults with which everything works: name, options.
  local harmless = {
    openpriv0 = {}, openstatus = {}, rakp4lost = {}, rakp2dup = {}, badmac = {}, badsum = {},
    busy = {}, trail = {}, dup = {}, stale = {}, nosuites = {}, suite17lie = {},
    slowrakp = {}, -- by 2.5 s
  }
  for quirk, options in pairs(harmless) do
    it("does " .. quirk, function()
      ipmisim.farm({ quirk = quirk }, function(address, port)
        local m <close> = assert(open(address, port, options))
        for _ = 1, 5 do
          local data, code = ask(m, CHASSIS_STATUS)
          assert.equal("000000", hex(assert(data, code)):sub(1, 6))
          assert.equal(0, code)
        end
        if quirk == "badmac" or quirk == "dup" or quirk == "stale" then
          assert.is_true(m:state().dropped > 0)
        elseif quirk == "badsum" then
          assert.is_true(m:state().unsound > 0)
        end
      end)
    end)
  end

  it("forgets the session", function()
    ipmisim.farm({ quirk = "dropsession" }, function(address, port)
      local m <close> = assert(open(address, port))
      local data, e
      repeat -- twenty of them it answers, less what had to be sent again
        data, e = ask(m, CHASSIS_STATUS, "", { timeout = 0.5 })
      until not data
      assert.equal("timeout", e.code)
    end)
  end)

  it("loses two datagrams of ten", function()
    ipmisim.farm({ loss = 20, count = 20, slots = 60 }, function(address, port)
      local list = {}
      for i = 1, 20 do
        list[i] = address:gsub("%d+$", i)
      end
      local cross = task.map(list, 20, function(one)
        local m <close> = assert(open(one, port, { retry = 0.05 }))
        return hex((assert(ask(m, CHASSIS_STATUS))))
      end)
      assert.equal(20, #cross)
    end)
  end)
end)

-- ---- what others send ----

describe("a datagram that is", function()
  -- Everything that the BMC sends comes behind what spoil(data) makes of it.
  local function with_spoiled(spoil, f)
    ipmisim.farm({}, function(address, port)
      local function hook(way, data)
        local out = way == "down" and spoil(data) or {}
        out[#out + 1] = data
        return out
      end
      ipmisim.relay(address, port, hook, function(relay)
        local m <close> = assert(open("127.0.0.1", relay, { retry = 2 }))
        for _ = 1, 10 do
          assert.equal("000000", hex((assert(ask(m, CHASSIS_STATUS)))))
        end
        f(m:state())
      end)
    end)
  end

  it("truncated, changes nothing", function()
    with_spoiled(function(data)
      local out = {}
      for n = 0, #data - 1 do
        out[#out + 1] = data:sub(1, n)
      end
      return out
    end, function(state)
      assert.is_true(state.dropped > 0)
    end)
  end)

  it("of a session, with one bit changed, changes nothing", function()
    local changed = 0
    with_spoiled(function(data)
      local out = {}
      if data:byte(5) == 6 and data:byte(6) & 0xC0 == 0xC0 then
        for at = 5, #data do
          local bit = 1 << changed % 8
          out[#out + 1] = data:sub(1, at - 1) .. string.char(data:byte(at) ~ bit)
            .. data:sub(at + 1)
          changed = changed + 1
        end
      end
      return out
    end, function(state)
      assert.is_true(changed > 500)
      assert.is_true(state.dropped > 400, state.dropped)
    end)
  end)

  it("a code of the login, changed, changes nothing", function()
    with_spoiled(function(data)
      local kind = data:byte(6)
      if data:byte(5) == 6 and (kind == 0x13 or kind == 0x15) then
        return { data:sub(1, -2) .. string.char(data:byte(-1) ~ 0x10) }
      end
    end, function(state)
      assert.equal(1, state.attempts)
    end)
  end)

  it("replayed, changes nothing", function()
    local seen = {}
    with_spoiled(function(data)
      seen[#seen + 1] = data
      return table.move(seen, 1, #seen, 1, {})
    end, function(state)
      assert.is_true(state.dropped > 50)
      assert.equal(0, state.unsound)
    end)
  end)

  it("of another session, changes nothing", function()
    ipmisim.farm({ count = 2 }, function(address, port)
      local taken
      local other = assert(open(address:gsub("%d+$", "2"), port))
      local function take(way, data)
        if way == "down" and data:byte(6) == 0xC0 then
          taken = data
        end
      end
      ipmisim.relay(address:gsub("%d+$", "2"), port, take, function(relay)
        local m <close> = assert(open("127.0.0.1", relay))
        assert(ask(m, CHASSIS_STATUS))
      end)
      local function mix(way, data)
        local renamed = taken:sub(1, 6) .. data:sub(7, 10) .. taken:sub(11)
        return way == "down" and { taken, renamed, data }
      end
      ipmisim.relay(address, port, mix, function(relay)
        local m <close> = assert(open("127.0.0.1", relay))
        assert.equal("000000", hex((assert(ask(m, CHASSIS_STATUS)))))
        assert.is_true(m:state().dropped > 0)
      end)
      assert.equal("000000", hex((assert(ask(other, CHASSIS_STATUS)))))
      other:close()
    end)
  end)
end)

-- ---- commands ----

describe("a command", function()
  -- Counts the packets of the session that go up; passes down what keep() lets through.
  local function with_count(keep, f, options)
    ipmisim.farm({}, function(address, port)
      local count = { up = 0 }
      local function hook(way, data)
        local inside = data:byte(5) == 6 and data:byte(6) & 0xC0 == 0xC0
        if inside and way == "up" then
          count.up = count.up + 1
        end
        if inside and count.on and not keep(way, count) then
          return {}
        end
      end
      ipmisim.relay(address, port, hook, function(relay)
        local m <close> = assert(open("127.0.0.1", relay, options))
        -- What the login sent twice is through before this is answered.
        assert(rmcp.ping { host = "127.0.0.1", port = relay })
        count.up, count.on = 0, true
        f(m, count, address, port)
        count.on = false
      end)
    end)
  end

  it("is sent again while the BMC is silent", function()
    with_count(function(_, count) return count.up >= 3 end, function(m, count)
      assert.equal("000000", hex((assert(ask(m, CHASSIS_STATUS)))))
      assert.equal(3, count.up)
      assert.is_true(m:state().resent >= 2)
    end, { retry = 0.05 })
  end)

  it("that may happen once is sent once, and its silence is told", function()
    for _, lost in ipairs { "up", "down" } do
      with_count(function(way) return way ~= lost end, function(m, count)
        local data, e = ask(m, CHASSIS_CONTROL, "\x01", { once = true, timeout = 0.5 })
        assert.is_nil(data)
        assert.same({ "timeout", "unknown", 1 }, { e.code, e.effect, count.up })
        count.on = false
        assert.equal(lost == "up" and 0 or 1, (assert(ask(m, CHASSIS_STATUS))):byte(1))
      end, { retry = 0.02 })
    end
  end)

  it("that may happen once is told so too when it is cancelled", function()
    with_count(function() return false end, function(m)
      task.scope(function(s)
        local t = s:spawn(ask, m, CHASSIS_CONTROL, "\x01", { once = true })
        task.sleep(0.05)
        t:cancel()
        local data, e = t:join()
        assert.is_nil(data)
        assert.same({ "cancelled", "unknown" }, { e.code, e.effect })
      end)
    end)
  end)

  it("waits for its turn", function()
    with_count(function() return true end, function(m)
      local list = {}
      for i = 1, 50 do
        list[i] = i
      end
      local answers = task.map(list, 50, function(i)
        local command = i % 2 == 0 and CHASSIS_STATUS or DEVICE_ID
        return #assert(ask(m, command))
      end)
      for i, n in ipairs(answers) do
        assert.equal(i % 2 == 0 and 3 or 15, n)
      end
    end)
  end)

  it("may be one of several in flight, and one that gives up is in nobody's way", function()
    with_count(function() return true end, function(m)
      task.scope(function(s)
        for i = 1, 200 do
          local t = s:spawn(ask, m, CHASSIS_STATUS)
          if i % 3 == 0 then
            t:cancel()
          end
        end
      end)
      assert.equal("000000", hex((assert(ask(m, CHASSIS_STATUS)))))
    end, { in_flight = 8 })
  end)

  it("ends with its deadline, its cancel, its session", function()
    with_count(function() return false end, function(m)
      local data, e = task.deadline(0.1, ask, m, CHASSIS_STATUS)
      assert.is_nil(data)
      assert.same({ "timeout", "none" }, { e.code, e.effect })
      task.scope(function(s)
        local waiting = s:spawn(ask, m, CHASSIS_STATUS)
        local queued = s:spawn(ask, m, CHASSIS_CONTROL, "\x00", { once = true })
        task.sleep(0.02)
        m.core:free()
        data, e = waiting:join()
        assert.same({ nil, "cancelled" }, { data, e.code })
        data, e = queued:join()
        assert.same({ nil, "cancelled", "none" }, { data, e.code, e.effect })
      end)
      m.core = nil
    end)
  end)

  it("that carries more than IPMI takes is misuse", function()
    with_count(function() return true end, function(m)
      assert.error_matches(function() ask(m, DEVICE_ID, ("x"):rep(2000)) end, "more data")
      assert.error_matches(function() m:command(7, 1) end, "even")
      assert.error_matches(function() m:command(6, 256) end, "range")
      assert.equal(0xC1, select(2, ask(m, { 0x2C, 0x77 }, ("x"):rep(1000))))
    end)
  end)
end)

-- ---- the end ----

describe("closing an rmcp session", function()
  it("is said again when nobody hears it, for a short time", function()
    for lost = 0, 2 do
      ipmisim.farm({}, function(address, port)
        local seen = math.huge
        local function hook(way, data)
          if way == "up" and data:byte(6) == 0xC0 then
            seen = seen + 1
            return seen <= lost and {} or nil
          end
        end
        ipmisim.relay(address, port, hook, function(relay)
          local m = assert(open("127.0.0.1", relay, { retry = 1 }))
          seen = 0
          m:close()
          assert.equal(lost + 1, seen)
        end)
        assert.equal(1, sessions(address, port))
      end)
    end
  end)

  it("comes with every way out", function()
    ipmisim.farm({}, function(address, port)
      local function work(how)
        local m <close> = assert(open(address, port))
        assert(ask(m, CHASSIS_STATUS))
        if how == "error" then
          error("on purpose")
        end
        task.sleep(how == "cancel" and 60 or 0)
      end
      work("return")
      assert.is_false((pcall(work, "error")))
      local t = task.spawn(work, "cancel")
      task.sleep(0.2)
      t:cancel()
      t:join()
      assert.equal(1, sessions(address, port))
    end)
  end)

  it("comes with a login that is given up, wherever it is", function()
    ipmisim.farm({}, function(address, port)
      for _, kind in ipairs { 0x12, 0x14, 0xC0 } do
        local opening, held
        local function hook(way, data)
          if way == "down" and data:byte(6) == (kind == 0xC0 and 0xC0 or kind + 1) and not held then
            held = true
            opening:cancel()
            return {}
          end
        end
        ipmisim.relay(address, port, hook, function(relay)
          opening = task.spawn(open, "127.0.0.1", relay)
          local m, e = opening:join()
          assert.same({ nil, "cancelled" }, { m, e.code })
          -- What is still in the relay may be on its way.
          support.eventually(function() return sessions(address, port) == 1 end)
        end)
        assert.is_true(held)
      end
    end)
  end)

  it("is done by a program that is interrupted", function()
    ipmisim.farm({}, function(address, port)
      local dir <close> = support.tmpdir()
      local script = dir:write("run.lua", ([[
        local rmcp, secret = require "bmc.rmcp", require "bmc.secret"
        local m <close> = assert(rmcp.open { host = %q, port = %d, user = "admin",
          password = secret.from_string(%q) })
        io.open(%q, "w"):close()
        require("bmc.task").sleep(60)]]):format(address, port, ipmisim.PASSWORD,
        dir:file("there")))
      local command = "%s %s & p=$!; while [ ! -e %s ]; do sleep 0.05; done; kill $p; wait $p"
      local r = spawn.run { "sh", "-c", command:format(support.program(), script,
        dir:file("there")), timeout = 60 }
      assert.equal(143, r.status, r.stderr)
      assert.equal(1, sessions(address, port))
    end)
  end)

  it("is done once for a session that nobody closed", function()
    ipmisim.farm({}, function(address, port)
      do
        assert(open(address, port))
      end
      collectgarbage()
      collectgarbage()
      assert.equal(1, sessions(address, port))
    end)
  end)
end)

describe("keep-alive", function()
  it("speaks up when nobody else does, and finds out when the BMC is gone", function()
    ipmisim.farm({}, function(address, port)
      local up = 0
      local function hook(way, data)
        up = up + (way == "up" and data:byte(6) == 0xC0 and 1 or 0)
      end
      ipmisim.relay(address, port, hook, function(relay)
        local m <close> = assert(open("127.0.0.1", relay, { keep_alive = 1 }))
        local before = up
        support.eventually(function() return up > before + 2 end)
        assert.equal("open", m:state().state)
      end)
    end)
  end)

  it("does not keep a program", function()
    ipmisim.farm({}, function(address, port)
      local r = support.bmcsh { "-e", ([[
        local rmcp, secret = require "bmc.rmcp", require "bmc.secret"
        m = assert(rmcp.open { host = %q, port = %d, user = "admin",
          password = secret.from_string(%q) })
        print("end")]]):format(address, port, ipmisim.PASSWORD) }
      assert.same({ 0, "end\n", "" }, { r.status, r.stdout, r.stderr })
      assert.equal(1, sessions(address, port))
    end)
  end)
end)

-- ---- without a session ----

describe("without a session", function()
  it("a BMC answers the presence ping", function()
    ipmisim.farm({}, function(address, port)
      assert.is_true(rmcp.ping { host = address, port = port })
    end)
    local ok, e = rmcp.ping { host = "127.0.0.1", port = support.free_port(), timeout = 0.3 }
    assert.same({ nil, "refused" }, { ok, e.code })
    local silent <close> = assert(udp.open { address = "127.0.0.1" })
    ok, e = rmcp.ping { host = "127.0.0.1", port = select(2, silent:address()), timeout = 0.1 }
    assert.same({ nil, "timeout" }, { ok, e.code })
  end)

  it("it lists its cipher suites, or says that it cannot", function()
    ipmisim.farm({ suites = "0,1,2,3,17" }, function(address, port)
      local ids = {}
      for i, suite in ipairs(assert(rmcp.suites { host = address, port = port })) do
        ids[i] = suite.id
      end
      assert.same({ 0, 1, 2, 3, 17 }, ids)
    end)
    ipmisim.farm({ quirk = "nosuites" }, function(address, port)
      assert.equal("unsupported", select(2, rmcp.suites { host = address, port = port }).code)
    end)
  end)
end)

describe("many sessions", function()
  it("share two sockets and take little memory", function()
    support.not_sanitized("memory is counted")
    ipmisim.farm({ count = 200 }, function(address, port)
      local prefix, list = address:match("^(.*%.)%d+$"), {}
      for i = 1, 200 do
        list[i] = prefix .. i
      end
      local before = #host.listdir("/proc/self/fd")
      task.map(list, 200, function(one)
        local m <close> = assert(open(one, port))
        assert.is_true(#host.listdir("/proc/self/fd") <= before + 2)
        assert.equal("000000", hex((assert(ask(m, CHASSIS_STATUS)))))
      end)
      assert.equal(1, sessions(list[200], port))
    end)
  end)
end)
