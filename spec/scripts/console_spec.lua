-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh console, as a person at a terminal has it, and in a pipe.
local bmc = require "bmc"
local host = require "_bmcsh.host"
local ipmisim = require "support.ipmisim"
local pty = require "support.pty"
local serialhost = require "support.serialhost"
local solpeer = require "support.solpeer"
local support = require "support"

local PASSWORD = "BMC_PASSWORD=" .. ipmisim.PASSWORD

local function arguments(address, port, ...)
  return { "console", "-H", ("ipmi://%s:%d"):format(address, port), "-u", "admin", ... }
end

local function can_open(address, port)
  local m <close> = bmc.open {
    host = ("ipmi://%s:%d"):format(address, port), user = "admin", password = ipmisim.PASSWORD,
  }
  local con <close> = m:console()
  return con:write("x")
end

-- Runs f(p) with a person at the console; afterwards the terminal is as it was before, and
-- the console is free. Returns the exit code.
local function at_terminal(address, port, f, ...)
  local dir <close> = support.tmpdir()
  local around = ("stty -g >'%s/before'; %s %%s; echo $? >'%s/code'; stty -g >'%s/after'"):format(
    dir.path, PASSWORD, dir.path, dir.path)
  do
    local p <close> = pty.start(dir, arguments(address, port, ...), around)
    p:expect("to leave: Enter, then ~.", 20)
    f(p)
    support.eventually(function() return host.stat(dir.path .. "/after") end, 20)
    p:wait()
  end
  assert.equal(dir:read("before"), dir:read("after"))
  assert.is_true(can_open(address, port))
  return math.tointeger(dir:read("code"))
end

describe("bmcsh console at a terminal", function()
  it("is a terminal of the machine, with a way to leave it", function()
    serialhost.sim(function(address, port, typed)
      local dir <close> = support.tmpdir()
      local code = at_terminal(address, port, function(p)
        p:type("hostname\r")
        p:expect("hostname\nsimhost.example\n$ ")
        p:type("~?")
        p:expect("~B  send a break")
        p:type("~B")
        p:expect("break sent")
        p:type("~~x\3\4\26\r")
        p:expect("$ ")
        -- The break is what ipmi_sim makes of it on a TCP port.
        assert.equal("hostname\r\xFF\xF3~x\3\4\26\r", typed())
        p:type("~.")
        p:expect("the console is closed")
        assert.equal(0x180, host.stat(dir.path .. "/log").mode & 0x1FF)
        assert.truthy(dir:read("log"):find("hostname\r\nsimhost.example\r\n$ ", 1, true))
      end, "--log", dir.path .. "/log")
      assert.equal(0, code)
    end)
  end)

  it("takes another escape character, watches, and gives way to nobody", function()
    serialhost.sim(function(address, port, typed)
      local dir <close> = support.tmpdir()
      local p <close> = pty.start(dir, arguments(address, port, "--escape", "&", "--read-only"),
        PASSWORD .. " %s")
      p:expect("watching only; to leave: Enter, then &.", 20)
      p:type("reboot\r~.")
      local second = support.bmcsh { env = { BMC_PASSWORD = ipmisim.PASSWORD }, stdin = "x\n",
        table.unpack(arguments(address, port)) }
      assert.equal(1, second.status, second.stderr)
      assert.truthy(second.stderr:find("busy: another client has the console", 1, true),
        second.stderr)
      assert.truthy(second.stderr:find("(force = true) takes it over", 1, true))
      second = support.bmcsh { env = { BMC_PASSWORD = ipmisim.PASSWORD }, stdin = "hostname\n",
        table.unpack(arguments(address, port, "--force", "--until", "example")) }
      assert.equal(0, second.status, second.stderr)
      p:type("\r&.")
      p:expect("the console is closed")
      p:wait()
      assert.equal("hostname\r", typed())
    end)
  end)

  it("can be left though the BMC takes nothing that is typed, nor a break", function()
    solpeer.run({ "mute" }, function(address, port)
      local dir <close> = support.tmpdir()
      local p <close> = pty.start(dir, arguments(address, port), PASSWORD .. " %s")
      p:expect("to leave: Enter, then ~.", 20)
      p:type("x\r~B~B~.")
      p:expect("the console is closed", 20)
      p:wait()
    end)
  end)

  it("takes what is pasted, however slow the BMC is", function()
    solpeer.run({ "slow" }, function(address, port, typed)
      local dir <close> = support.tmpdir()
      local p <close> = pty.start(dir, arguments(address, port, "--log", dir.path .. "/log",
        "--timestamps"), PASSWORD .. " %s")
      p:expect("to leave: Enter, then ~.", 20)
      local lines = {}
      for n = 1, 2500 do
        lines[n] = ("%07d"):format(n)
      end
      local text = table.concat(lines, " ")
      p:type(text .. "\r")
      support.eventually(function() return #typed() > #text end, 30)
      assert.equal(text .. "\r", typed())
      p:type("~.")
      p:expect("the console is closed")
      p:wait()
      assert.matches("\n%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ %$ $", dir:read("log"))
    end)
  end)

  local ends = { TERM = 128 + 15, HUP = 128 + 1, INT = 128 + 2 }
  for signal, expected in pairs(ends) do
    it("gives the console and the terminal back at SIG" .. signal, function()
      ipmisim.farm({}, function(address, port)
        assert.equal(expected, at_terminal(address, port, function(p)
          p:signal(signal)
        end))
      end)
    end)
  end

  it("gives the terminal back when it is killed or crashes", function()
    for _, signals in ipairs { { "TERM", "TERM", "TERM" }, { "SEGV" }, { "ABRT" }, { "QUIT" } } do
      ipmisim.farm({}, function(address, port)
        local dir <close> = support.tmpdir()
        local around = ("stty -g >'%s/before'; %s %%s; stty -g >'%s/after'"):format(dir.path,
          PASSWORD, dir.path)
        local p <close> = pty.start(dir, arguments(address, port), around)
        p:expect("to leave", 20)
        for _, signal in ipairs(signals) do
          pcall(p.signal, p, signal)
        end
        support.eventually(function() return host.stat(dir.path .. "/after") end, 20)
        p:wait()
        assert.equal(dir:read("before"), dir:read("after"), signals[1])
      end)
    end
  end)
end)

describe("bmcsh console in a pipe", function()
  local function run(address, port, input, ...)
    return support.bmcsh { env = { BMC_PASSWORD = ipmisim.PASSWORD }, stdin = input, timeout = 60,
      table.unpack(arguments(address, port, ...)) }
  end

  it("types what it is given, and ends", function()
    ipmisim.farm({}, function(address, port)
      local result = run(address, port, "hostname\n", "--until", "%d%.1\r\n%$ ")
      assert.equal(0, result.status, result.stderr)
      assert.truthy(result.stdout:find("hostname\r\n" .. address .. "\r\n$ ", 1, true))
      assert.equal("", result.stderr)
      -- Nothing says when: what the machine answers is waited for.
      result = run(address, port, "hostname\n")
      assert.equal(0, result.status, result.stderr)
      assert.truthy(result.stdout:find("hostname\r\n" .. address .. "\r\n$ ", 1, true))
      result = run(address, port, "", "--for", "0.5")
      assert.equal(0, result.status, result.stderr)
      assert.truthy(result.stdout:find("farm login: $"))
      result = run(address, port, "", "--for", "0.5", "--until", "never")
      assert.equal(1, result.status)
      assert.truthy(result.stderr:find('timeout: "never" has not appeared within 0.5 s', 1, true))
      assert.is_true(can_open(address, port))
    end)
  end)

  it("passes on everything, to whoever reads slowly", function()
    serialhost.sim(function(address, port)
      local dir <close> = support.tmpdir()
      local script = ("echo flood 4000 | %s %s console -H ipmi://%s:%d -u admin --until '0003999' "
        .. "| (sleep 1; cat >'%s/out')"):format(PASSWORD, pty.program(), address, port, dir.path)
      local spawn = require "_bmcsh.spawn"
      local result = spawn.run { "/bin/sh", "-c", script, timeout = 60 }
      assert.equal("", result.stderr)
      assert.equal(4000, select(2, dir:read("out"):gsub("%d%d%d%d%d%d%d\r\n", "")))
    end)
  end)

  it("ends when its reader has gone", function()
    serialhost.sim(function(address, port)
      local script = ("echo flood 4000 | %s %s console -H ipmi://%s:%d -u admin | head -3"):format(
        PASSWORD, pty.program(), address, port)
      local spawn = require "_bmcsh.spawn"
      local result = spawn.run { "/bin/sh", "-c", script, timeout = 60 }
      assert.equal(0, result.status)
      assert.is_true(can_open(address, port))
    end)
  end)
end)

describe("bmcsh console refuses", function()
  local function refuses(expected, ...)
    local result = support.bmcsh { env = { BMC_PASSWORD = "x" }, "console", ... }
    assert.equal(2, result.status)
    assert.truthy(result.stderr:find(expected, 1, true), result.stderr)
  end

  it("what it cannot do, before it asks anybody", function()
    refuses("of one machine, and these are 3", "-H", "ipmi://127.0.0.[1-3]")
    refuses("of one machine, and these are 2", "-H", "ipmi://127.0.0.1", "-H", "ipmi://127.0.0.2")
    refuses("no escape character", "-H", "ipmi://127.0.0.1", "--escape", "ab")
    refuses("is no pattern", "-H", "ipmi://127.0.0.1", "--until", "(")
    refuses("a console is no record", "-H", "ipmi://127.0.0.1", "--json")
    refuses("--read-only", "-H", "ipmi://127.0.0.1", "--dry-run")
    refuses("--read-only does not allow", "-H", "ipmi://127.0.0.1", "--force", "--read-only")
    refuses("--read-only does not allow", "-H", "ipmi://127.0.0.1", "--reset-sol", "--read-only")
    refuses("add --log FILE", "-H", "ipmi://127.0.0.1", "--timestamps")
  end)

  it("a machine of which only Redfish is known, and says what to add", function()
    local result = support.bmcsh { env = { BMC_PASSWORD = "x" }, "console", "-H",
      "https://127.0.0.1:9", "-u", "x" }
    assert.equal(1, result.status)
    assert.truthy(result.stderr:find("add --ipmi ipmi://NAME", 1, true), result.stderr)
  end)
end)
