-- SPDX-License-Identifier: GPL-3.0-or-later
-- The serial console over the network, with BMCs that others wrote.
local bmc = require "bmc"
local host = require "_bmcsh.host"
local ipmisim = require "support.ipmisim"
local pty = require "support.pty"
local rmcp = require "bmc.rmcp"
local secret = require "bmc.secret"
local serialhost = require "support.serialhost"
local solpeer = require "support.solpeer"
local support = require "support"
local task = require "bmc.task"

-- Lost datagrams are made up for quickly here: what is tested is not the patience.
local QUICK = { "generic.ipmi.sol.retry=0.05", "generic.ipmi.retry=0.1" }
local CHANNEL_INFO = { 0x06, 0x42 }

local function open(address, port, options)
  local o = {
    host = ("ipmi://%s:%d"):format(address, port), user = "admin", password = ipmisim.PASSWORD,
    set = QUICK,
  }
  for name, value in pairs(options or {}) do
    o[name] = value
  end
  return bmc.open(o)
end

-- Types a line and waits for the prompt; what was written before it, without the echo.
local function ask(con, line)
  assert(con:write(line .. "\r"))
  assert(con:expect(line:gsub("%p", "%%%0") .. "\r*\n", 10))
  assert(con:expect("%$ $", 20))
  return con.before
end

-- Sessions that the farm's BMC holds, this one among them.
local function sessions(address, port)
  local password <close> = secret.from_string(ipmisim.PASSWORD)
  local m <close> = assert(rmcp.open { host = address, port = port, user = "admin",
    password = password, privilege = "user" })
  return assert(m:command(CHANNEL_INFO[1], CHANNEL_INFO[2], "\x0E")):byte(4) & 0x3F
end

local function can_open(address, port)
  local m <close> = open(address, port)
  local con <close> = m:console()
  return tostring(con):find("(open)", 1, true) ~= nil
end

-- ---- a console ----

describe("a console", function()
  it("is opened, answers and is given back, with each suite", function()
    for _, suites in ipairs { "17", "3" } do
      ipmisim.farm({ suites = suites }, function(address, port)
        local m <close> = open(address, port)
        local con <close> = m:console()
        assert.matches("^console of .* %(open%)$", tostring(con))
        assert.equal("login: ", con:expect("login: $", 10))
        assert.equal(address .. "\r\n", ask(con, "hostname"))
        assert(con:send_break())
        con:close()
        con:close()
        assert.matches("%(closed%)$", tostring(con))
        assert.equal("cancelled", select(2, con:write("x")).code)
        assert.equal("cancelled", select(2, con:read(1)).code)
        assert.is_true(can_open(address, port))
        m:close()
        assert.equal(1, sessions(address, port))
      end)
    end
  end)

  it("works with the BMC that others wrote, again and again", function()
    serialhost.sim(function(address, port, typed)
      local m <close> = open(address, port)
      for _ = 1, 4 do
        local con <close> = m:console()
        assert.equal("simhost.example\r\n", ask(con, "hostname"))
        con:close()
      end
      assert.equal(("hostname\r"):rep(4), typed())
      assert.equal(2, #m.target.closers) -- of the session, and of its consoles
    end)
  end)

  it("passes on every byte", function()
    local bytes = {}
    for n = 0, 1023 do
      bytes[#bytes + 1] = string.char(n * 5 & 0xFF)
    end
    local text = table.concat(bytes):gsub("\r", "") -- which the machine answers
    solpeer.run({ "plain" }, function(address, port, typed)
      local m <close> = open(address, port)
      local con <close> = m:console()
      assert(con:expect("login: $", 10))
      assert(con:write(text .. "end"))
      assert(con:expect("end$", 10))
      assert.equal(text .. "end", typed())
      assert.equal(text, con.before)
    end)
  end)

  it("is switched on at a BMC where it is off, when that is asked for", function()
    serialhost.sim(function(address, port)
      do
        local password <close> = secret.from_string(ipmisim.PASSWORD)
        local session <close> = assert(rmcp.open { host = address, port = port, user = "admin",
          password = password, privilege = "admin" })
        assert.equal(0, select(2, session:command(0x0C, 0x21, "\x0E\1\0"))) -- 26.2: disabled
      end
      local m <close> = open(address, port)
      local none, e = bmc.try(m.console, m)
      assert.is_nil(none)
      assert.equal("unsupported", e.code)
      local watching <close> = open(address, port, { read_only = true })
      none, e = bmc.try(watching.console, watching, { reset_sol = true })
      assert.is_nil(none)
      assert.equal("rejected", e.code)
      local con <close> = m:console { reset_sol = true }
      assert.matches("%(open%)$", tostring(con))
      con:close()
      assert.is_true(can_open(address, port))
    end)
  end)

  it("shows what ipmitool and ipmiconsole show", function()
    serialhost.sim(function(address, port)
      local mine
      do
        local m <close> = open(address, port)
        local con <close> = m:console()
        mine = ask(con, "flood 20")
      end
      local dir <close> = support.tmpdir()
      local theirs = {
        ipmitool = ("%s -I lanplus -H %s -p %d -U admin -P %s -C 3 sol activate"):format(
          ipmisim.program("ipmitool"), address, port, ipmisim.PASSWORD),
        ipmiconsole = ("%s -I 3 -W opensesspriv,solpayloadsize -h %s:%d -u admin -p %s"):format(
          ipmisim.program("ipmiconsole"), address, port, ipmisim.PASSWORD),
      }
      local ready = { ipmitool = "[SOL Session operational.", ipmiconsole = "[SOL established]" }
      local leave = { ipmitool = "\r~.", ipmiconsole = "&." }
      for name, command in pairs(theirs) do
        local p <close> = pty.start(dir, {}, command)
        p:expect(ready[name], 20)
        -- Its first packet has the number of ours, and ipmi_sim takes it for that one.
        support.eventually(function()
          p:type("hostname\r")
          return pcall(p.expect, p, "simhost.example\n$ ", 1)
        end)
        p:type("flood 20\r")
        p:expect("flood 20\n")
        local shown = p:expect("0000019\n$ ", 20):gsub("%$ $", "")
        assert.equal((mine:gsub("\r", "")), shown, name)
        p:type(leave[name])
        p:wait()
      end
    end)
  end)

  it("is written to a file that is its owner's", function()
    ipmisim.farm({}, function(address, port)
      local dir <close> = support.tmpdir()
      local m <close> = open(address, port)
      for n = 1, 2 do
        local con <close> = m:console { log = dir.path .. "/log" }
        ask(con, "hostname")
        con:close()
        assert.equal(n, select(2, dir:read("log"):gsub("hostname\r\n" .. address .. "\r\n%$ ", "")))
      end
      assert.equal(0x180, host.stat(dir.path .. "/log").mode & 0x1FF)
      local con, e = bmc.try(m.console, m, { log = "/nowhere/log" })
      assert.is_nil(con)
      assert.equal("missing", e.code)
    end)
  end)

  it("says what was seen when what is waited for does not come", function()
    ipmisim.farm({}, function(address, port)
      local m <close> = open(address, port)
      local con <close> = m:console()
      assert(con:expect("login", 10))
      local none, e = con:expect({ "=> $", "grub> $" }, 0.2)
      assert.is_nil(none)
      assert.equal("timeout", e.code)
      assert.equal(": ", e.seen)
      assert.truthy(e.text:find([[no match of "=> $", "grub> $" within 0.2 s; last seen: ": "]],
        1, true), e.text)
      assert.equal(": ", con:read(1)) -- nothing is lost by it
      none, e = con:read(0.1)
      assert.is_nil(none)
      assert.equal("timeout", e.code)
      assert.equal("none", e.effect)
      assert(con:write("hostname\r"))
      assert.same({ 2, "127", "1" },
        { con:expect({ "never", "(%d+)%.%d+%.%d+%.(%d+)\r" }, 10) })
    end)
  end)

  it("does not type for a read-only target, nor for a dry run", function()
    serialhost.sim(function(address, port, typed)
      do
        local m <close> = open(address, port, { read_only = true })
        local con <close> = m:console()
        for _, e in ipairs { select(2, con:write("x\r")), select(2, con:send_break()) } do
          assert.same({ "rejected", "none" }, { e.code, e.effect })
        end
        local none, e = bmc.try(m.console, m, { force = true })
        assert.is_nil(none)
        assert.equal("rejected", e.code)
      end
      local withheld = {}
      local m <close> = open(address, port, { dry_run = true, trace = function(event)
        withheld[#withheld + 1] = event.kind == "dry-run" and event.body or nil
      end })
      local con <close> = m:console()
      assert.is_true(con:write("x\r"))
      assert.same({ "x\r" }, withheld)
      assert.equal("", typed())
    end)
  end)
end)

-- ---- whose it is ----

describe("a console of somebody else", function()
  it("is only taken with force, and whoever had it learns that it is gone", function()
    ipmisim.farm({}, function(address, port)
      local first <close> = open(address, port)
      local con <close> = first:console()
      assert(con:expect("login", 10))
      local second <close> = open(address, port)
      local none, e = bmc.try(second.console, second)
      assert.is_nil(none)
      assert.same({ "busy", "none" }, { e.code, e.effect })
      assert.truthy(tostring(e):find("--force", 1, true))

      local taken <close> = second:console { force = true }
      assert.equal(address .. "\r\n", ask(taken, "hostname"))
      none, e = con:write("reboot\r")
      assert.is_nil(none)
      assert.same({ "unreachable", "unknown" }, { e.code, e.effect })
      assert.truthy(e.text:find("7 characters typed the BMC has acknowledged 0", 1, true), e.text)
      assert.truthy(e.text:find("taken over", 1, true))
      con:read(1)
      assert.equal("unreachable", select(2, con:read(1)).code)
      con:close()
      assert.equal(address .. "\r\n", ask(taken, "hostname")) -- closing the lost one took nothing
    end)
  end)

  it("is one for a session", function()
    ipmisim.farm({}, function(address, port)
      local m <close> = open(address, port)
      local con <close> = m:console()
      local none, e = bmc.try(m.console, m)
      assert.is_nil(none)
      assert.same({ "busy", "active" }, { e.code, e.reason })
      assert(con:expect("login", 10))
      local second <close> = m:console { force = true }
      assert.matches("%(closed%)$", tostring(con))
      assert.equal(address .. "\r\n", ask(second, "hostname"))
    end)
  end)

  it("is not taken back from who has taken it, or two would do nothing else", function()
    ipmisim.farm({}, function(address, port)
      local first <close> = open(address, port)
      local con <close> = first:console { force = true, reconnect = true }
      assert(con:expect("login: $", 10))
      local second <close> = open(address, port)
      local theirs <close> = second:console { force = true }
      assert(theirs:expect("login: $", 10))
      assert.equal("unreachable", select(2, con:write("x")).code) -- it finds out
      task.sleep(2)
      assert.matches("%(being connected again%)$", tostring(con))
      assert.equal(address .. "\r\n", ask(theirs, "hostname"))
      theirs:close()
      assert(con:expect("login: $", 20)) -- free again
    end)
  end)

  it("is not ended by an activation that is cut off", function()
    ipmisim.farm({}, function(address, port)
      local first <close> = open(address, port)
      local con <close> = first:console()
      assert(con:expect("login: $", 10))
      local cut = false
      ipmisim.relay(address, port, function(way) return cut and way == "down" and {} or nil end,
        function(relay)
          local second <close> = open("127.0.0.1", relay)
          assert(second:power_state()) -- logs in
          cut = true
          local none, e = task.deadline(0.5, bmc.try, second.console, second)
          assert.is_nil(none)
          assert.equal("timeout", e.code)
          cut = false
        end)
      assert.equal(address .. "\r\n", ask(con, "hostname"))
    end)
  end)
end)

describe("a console is given back", function()
  local function check(f)
    ipmisim.farm({}, function(address, port)
      f(address, port)
      assert.is_true(can_open(address, port))
      assert.equal(1, sessions(address, port))
    end)
  end

  it("when the script fails", function()
    check(function(address, port)
      local ok = pcall(function()
        local m <close> = open(address, port)
        local con <close> = m:console()
        assert(con:expect("never", 0.1))
      end)
      assert.is_false(ok)
    end)
  end)

  it("when nobody closes it but the machine", function()
    check(function(address, port)
      local m <close> = open(address, port)
      m:console()
    end)
  end)

  it("when the task is cancelled, or out of time", function()
    check(function(address, port)
      task.scope(function(s)
        local waits = s:spawn(function()
          local m <close> = open(address, port)
          local con <close> = m:console()
          con:expect("never")
        end)
        task.sleep(0.5)
        waits:cancel()
      end)
    end)
    check(function(address, port)
      task.deadline(3, function() -- time enough to open it
        local m <close> = open(address, port)
        local con <close> = m:console()
        assert.equal("timeout", select(2, con:expect("never")).code)
        assert.equal("timeout", select(2, con:write("x")).code)
      end)
    end)
  end)

  it("when it is cut off while it is opened", function()
    check(function(address, port)
      for n = 0, 10 do
        task.deadline(0.002 * n, bmc.try, function()
          local m <close> = open(address, port)
          local con <close> = m:console()
          con:expect("never")
        end)
        assert.is_true(can_open(address, port))
      end
    end)
  end)
end)

-- ---- networks and BMCs as they are ----

local function lines(count)
  local list = {}
  for n = 0, count - 1 do
    list[#list + 1] = ("%07d\r\n"):format(n)
  end
  return table.concat(list)
end

-- Two long texts that differ are told by where.
local function same(expected, got)
  local at = 1
  while at <= #expected and expected:byte(at) == got:byte(at) do
    at = at + 1
  end
  assert.is_true(expected == got, ("%d characters expected, %d came; from the %dth on: %q, not %q")
    :format(#expected, #got, at, got:sub(at, at + 30), expected:sub(at, at + 30)))
end

-- Types and receives several thousand characters.
local function talk(con, typed)
  assert(con:expect("login: $", 10))
  local text = lines(400):gsub("\r\n", ".")
  assert(con:write(text .. "\r"))
  assert(con:expect("0000399%.\r\n", 25))
  same(text, con.before .. "0000399.")
  assert(con:expect("%$ $", 10))
  same(text .. "\r", typed())
  same(lines(500), ask(con, "count 500"))
  same(text .. "\rcount 500\r", typed())
end

describe("a console loses, repeats and reorders no character", function()
  local function through(habits, hook, f)
    solpeer.run(habits, function(address, port, typed)
      ipmisim.relay(address, port, hook, function(relay)
        local m <close> = open("127.0.0.1", relay)
        local con <close> = m:console()
        talk(con, typed)
        f(con)
      end)
    end)
  end

  -- Loses a fifth of the datagrams; the same ones in each run.
  local function lossy()
    local state = 7
    return function()
      state = (state * 1103515245 + 12345) & 0x7FFFFFFF
      return (state >> 16) % 5 == 0 and {} or nil
    end
  end

  it("when a fifth of the datagrams is lost", function()
    through({ "plain" }, lossy(), function(con)
      assert.is_true(con:state().resent > 3)
    end)
  end)

  it("when it is lost, and a repeat has more in it than what it repeats", function()
    through({ "grow", "part" }, lossy(), function() end)
  end)

  it("when datagrams come twice, late and in another order", function()
    local kept = { up = {}, down = {} }
    -- Each one comes again behind the next one, and behind the tenth.
    local function shuffle(way, data)
      local list = kept[way]
      list[#list + 1] = data
      return { data, list[#list - 1] or data, list[#list - 10] or data, data }
    end
    through({ "plain" }, shuffle, function(con)
      assert.equal(0, con:state().overruns)
    end)
  end)

  it("when nobody reads for a while", function()
    solpeer.run({ "plain" }, function(address, port)
      local m <close> = open(address, port)
      local con <close> = m:console()
      assert(con:expect("login: $", 10))
      assert(con:write("count 9000\r"))
      task.sleep(2)
      local seen = ""
      while not seen:find("%$ $") do
        seen = seen .. assert(con:read(10))
      end
      same(lines(9000), (seen:match("count 9000\r\n(.*)%$ $")))
    end)
  end)

  local habits = {
    "plain", "jump", "grow", "part", "nack", "full", "silentfull", "deaf", "big", "stick",
  }
  for _, habit in ipairs(habits) do
    it("with a BMC that has the habit " .. habit, function()
      solpeer.run({ habit }, function(address, port, typed)
        local m <close> = open(address, port)
        local con <close> = m:console()
        talk(con, typed)
        assert(con:send_break())
        assert.equal("<break>", typed():match("<break>$"))
      end)
    end)
  end

  it("with a BMC that acknowledges nothing", function()
    solpeer.run({ "mute" }, function(address, port, typed)
      local m <close> = open(address, port,
        { set = { QUICK[1], QUICK[2], "generic.ipmi.sol.no_acks=true" } })
      local con <close> = m:console()
      talk(con, typed)
      assert(con:send_break())
    end)
  end)

  it("with a BMC that sends characters without a number", function()
    solpeer.run({ "unnumbered" }, function(address, port, typed)
      local m <close> = open(address, port,
        { set = { QUICK[1], QUICK[2], "generic.ipmi.sol.unnumbered=true" } })
      local con <close> = m:console()
      talk(con, typed)
    end)
  end)

  it("when the word is lost that the machine may go on", function()
    solpeer.run({ "obeys" }, function(address, port)
      local lose = 0
      local function hook(way)
        if way == "up" and lose > 0 then
          lose = lose - 1
          return {}
        end
      end
      ipmisim.relay(address, port, hook, function(relay)
        local m <close> = open("127.0.0.1", relay)
        local con <close> = m:console()
        assert(con:expect("login: $", 10))
        assert(con:write("count 9000\r"))
        task.sleep(2)
        lose = 1
        local seen = ""
        while not seen:find("%$ $") do
          seen = seen .. assert(con:read(15))
        end
        assert.equal(0, lose)
        same(lines(9000), (seen:match("count 9000\r\n(.*)%$ $")))
      end)
    end)
  end)

  it("and sends a break again that was refused", function()
    solpeer.run({ "latebreak" }, function(address, port, typed)
      local m <close> = open(address, port)
      local con <close> = m:console()
      assert(con:send_break())
      assert.equal("<break>", typed())
    end)
    solpeer.run({ "nobreak" }, function(address, port, typed)
      local m <close> = open(address, port)
      local con <close> = m:console()
      local none, e = con:send_break()
      assert.is_nil(none)
      assert.same({ "unsupported", "none" }, { e.code, e.effect })
      assert.equal("0000000\r\n", ask(con, "count 1"))
      assert.equal("count 1\r", typed())
    end)
  end)

  it("with a BMC that says of what it took that it took nothing", function()
    solpeer.run({ "whole" }, function(address, port, typed)
      local m <close> = open(address, port,
        { set = { QUICK[1], QUICK[2], "generic.ipmi.sol.zero_is_all=true" } })
      local con <close> = m:console()
      talk(con, typed)
    end)
  end)
end)

describe("a console in which nobody types", function()
  -- The quiet console after 1.5 s, of a BMC that ends it after half a second; what was typed.
  local function idle(set, options)
    return solpeer.run({ "idle" }, function(address, port, typed)
      options.set = { QUICK[1], QUICK[2], table.unpack(set) }
      local m <close> = open(address, port, options)
      local con <close> = m:console()
      assert(con:expect("login: $", 10))
      return select(2, con:expect("never", 1.5)).code, typed()
    end)
  end

  it("is nudged where the BMC wants that", function()
    assert.same({ "unreachable", "" }, { idle({}, {}) }) -- as it is without
    assert.same({ "timeout", "" }, { idle({ "generic.ipmi.sol.nudge=0.1" }, {}) })
    local nul = { "generic.ipmi.sol.nudge=0.1", "generic.ipmi.sol.nudge_nul=true" }
    local code, typed = idle(nul, {})
    assert.equal("timeout", code)
    assert.matches("^%z%z+$", typed)
    assert.same({ "timeout", "" }, { idle(nul, { read_only = true }) })
  end)
end)

describe("a console that is lost", function()
  -- Runs f(con, relay) with a relay that passes nothing while relay.cut.
  local function with_cut(options, f)
    ipmisim.farm({}, function(address, port)
      local relay, notices = { cut = false }, {}
      options.notice = function(text) notices[#notices + 1] = text end
      ipmisim.relay(address, port, function() return relay.cut and {} or nil end, function(at)
        local m <close> = open("127.0.0.1", at,
          { set = { QUICK[1], QUICK[2], "generic.ipmi.keep_alive=1" } })
        local con <close> = m:console(options)
        assert(con:expect("login", 10))
        con:read(1)
        f(con, relay, notices, address)
        con:close()
        m:close()
        support.eventually(function() return sessions(address, port) == 1 end)
      end)
    end)
  end

  it("ends with the reason", function()
    with_cut({}, function(con, relay)
      relay.cut = true
      local none, e = con:read(25)
      assert.is_nil(none)
      assert.equal("unreachable", e.code)
      assert.truthy(e.text:find("stopped answering", 1, true))
      assert.matches("%(ended%)$", tostring(con))
      none, e = con:expect("x", 1)
      assert.is_nil(none)
      assert.same({ "unreachable", "none" }, { e.code, e.effect })
      assert.same({ "unreachable", "none" },
        { select(2, con:write("x")).code, select(2, con:write("x")).effect })
      relay.cut = false
      -- The session is told to be closed, now that it can be: none is left.
    end)
  end)

  it("is connected again when that is wanted, and nothing is typed twice", function()
    with_cut({ reconnect = true }, function(con, relay, notices, address)
      relay.cut = true
      local none, e = con:write("typed into the void\r")
      assert.is_nil(none)
      assert.same({ "unreachable", "unknown" }, { e.code, e.effect })
      assert.matches("%(being connected again%)$", tostring(con))
      none, e = con:write("and this")
      assert.is_nil(none)
      assert.same({ "unreachable", "none" }, { e.code, e.effect })
      assert.equal("timeout", select(2, con:read(0.1)).code)
      relay.cut = false
      assert.equal("farm login", con:expect("farm login", 20))
      assert(con:expect(": $", 10))
      assert.equal(address .. "\r\n", ask(con, "hostname"))
      assert.is_nil(con.before:find("typed", 1, true))
      assert.equal(2, #notices)
      assert.matches("lost.*connecting again", notices[1])
      assert.matches("connected again", notices[2])
    end)
  end)

  it("to the BMC itself, ends at once", function()
    solpeer.run({ "bye" }, function(address, port)
      local m <close> = open(address, port)
      local con <close> = m:console()
      assert(con:expect("login: $", 10))
      assert(con:write("bye\r"))
      local none, e = con:expect("never", 10)
      assert.is_nil(none)
      assert.equal("unreachable", e.code)
      assert.truthy(e.text:find("the BMC has ended the console", 1, true), e.text)
      assert.is_true(can_open(address, port))
    end)
  end)

  it("to the BMC itself, is opened again, but not taken from somebody else", function()
    solpeer.run({ "bye" }, function(address, port)
      local m <close> = open(address, port)
      local con <close> = m:console { reconnect = true }
      assert(con:expect("login: $", 10))
      assert(con:write("bye\r"))
      assert(con:expect("login: $", 20))
      assert.equal("0000000\r\n", ask(con, "count 1"))
      con:close()

      local other <close> = open(address, port)
      local theirs
      local mine <close> = m:console {
        reconnect = true, force = true, notice = function() theirs = theirs or other:console() end,
      }
      assert(mine:expect("login: $", 10))
      assert(mine:write("bye\r"))
      local none, e = mine:expect("never", 20)
      assert.is_nil(none)
      assert.same({ "busy", "active" }, { e.code, e.reason })
      assert.matches("%(ended%)$", tostring(mine))
      mine:close()
      assert.equal("0000000\r\n", ask(theirs, "count 1"))
    end)
  end)

  it("is closed at once, also while it is being connected again", function()
    with_cut({ reconnect = true }, function(con, relay)
      relay.cut = true
      con:write("x")
      local began = task.now()
      con:close()
      assert.is_true(task.now() - began < 4)
      relay.cut = false
    end)
  end)
end)
