-- SPDX-License-Identifier: GPL-3.0-or-later
-- Simulated BMCs that speak IPMI, written by others: OpenIPMI's ipmi_sim (cipher suite 3) and
-- bmcfarm.py (17 and 3, faults on demand); and a relay that does to datagrams what networks and
-- attackers do. All on addresses of 127/8 and free ports, each ended with the function that uses
-- it. Where a program is not installed the running test counts as skipped.

local host = require "_bmcsh.host"
local spawn = require "_bmcsh.spawn"
local rmcp = require "bmc.rmcp"
local secret = require "bmc.secret"
local task = require "bmc.task"
local udp = require "bmc.udp"
local support = require "support"

local M = { USER = "admin", PASSWORD = "bmcsh-sim-pass01" }

local PYTHON = "/usr/bin/python3"
local LONGEST = 600 -- seconds that a simulator runs, should nobody end it
local started = 0

--- A session with one of them.
---@param address string
---@param port integer
---@param options? table  for rmcp.open; `secret` is another password, false takes a value away
function M.open(address, port, options)
  local password <close> = secret.from_string(options and options.secret or M.PASSWORD)
  local o = { host = address, port = port, user = M.USER, password = password, retry = 0.2 }
  for name, value in pairs(options or {}) do
    o[name] = value or nil
  end
  o.secret = nil
  return rmcp.open(o)
end

--- The path of an installed program; skips the running test without it.
---@param name string
---@return string
function M.program(name)
  for _, dir in ipairs { "/usr/bin/", "/usr/sbin/" } do
    if host.stat(dir .. name) then
      return dir .. name
    end
  end
  require("busted").pending(name .. " is not installed")
end

-- No two that run at the same time share an address.
local function new_address()
  started = started + 1
  return ("127.%d.%d.1"):format(100 + host.pid() % 100, started % 250 + 1)
end

-- One at an address that nobody else has; FreeIPMI's programs know none above 32767.
local function new_port()
  return 10000 + support.free_port() % 20000
end

-- Runs f while the program runs, from when it answers at the last of its addresses. It is killed
-- by its pid, as a task that waits for it is cancelled; where nobody is left to do that, by
-- timeout(1).
local function with_program(argv, address, port, last, f)
  local bounded = { "/usr/bin/timeout", "--foreground", tostring(LONGEST), stdin = argv.stdin }
  table.move(argv, 1, #argv, #bounded + 1, bounded)
  return task.scope(function(s)
    local child = s:spawn(spawn.run, bounded)
    local _ <close> = support.defer(function() child:cancel() end)
    local ended
    s:spawn(function()
      ended = child:join() or true
    end)
    support.eventually(function()
      assert(not ended, ended and ended ~= true and ended.stderr)
      return rmcp.ping { host = last, port = port, timeout = 0.1, retry = 0.1 } ~= nil
    end)
    return f(address, port)
  end)
end

--- Runs f(address, port) with BMCs of bmcfarm.py, one an address from there on.
---@param options table what it takes: base, count (up to 200), suites = "17,3", kg, privilege,
---  slots, loss, delay, and quirk, a name or a list of names; script: another one than bmcfarm.py
---@param f fun(address: string, port: integer): ...
---@return any ... what f returned
function M.farm(options, f)
  local script = options.script or support.shared("ipmi/sim") .. "/bmcfarm.py"
  local address = options.base or new_address()
  local port = options.base and support.free_port() or new_port()
  local argv = { PYTHON, script, "--base", address, "--port", tostring(port) }
  local prefix, first = address:match("^(.*%.)(%d+)$")
  local last = prefix .. math.tointeger(first) + (options.count or 1) - 1
  for name, value in pairs(options) do
    local values = name == "script" and {} or type(value) == "table" and value or { value }
    for _, one in ipairs(values) do
      argv[#argv + 1], argv[#argv + 2] = "--" .. name, tostring(one)
    end
  end
  return with_program(argv, address, port, last, f)
end

-- Types lines at the command port of an ipmi_sim, each after the prompt.
local TYPE = [[
import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)
def prompt():
    seen = b""
    while not seen.endswith(b"> "):
        part = s.recv(4096)
        if not part:
            sys.exit("the command port was closed")
        seen += part
    return seen
prompt()
for line in sys.argv[3:]:
    s.sendall(line.encode() + b"\n")
    sys.stdout.buffer.write(prompt())
]]

local function typist(address, port)
  return function(...)
    local typed = assert(spawn.run { timeout = 60, PYTHON, "-c", TYPE, address, tostring(port),
      ... })
    assert(typed.status == 0, typed.stderr)
    return typed.stdout
  end
end

--- Runs f(address, port, tell) with one ipmi_sim. No host is behind its serial port, unless one
--- listens at the TCP port `serial` (support.serialhost). tell(line, ...) is for its command port,
--- such as "sensor_set_value 0x20 0 1 93 1".
---@param f fun(address: string, port: integer, tell: fun(...: string): string): ...
---@param serial? fun(address: string, folder: string): integer  starts the host at an address, told
---  where the BMC's power hook keeps its files; gives its port
---@param prepare? fun(dir: string)  changes the files of the BMC before it starts
---@return any ... what f returned
function M.sim(f, serial, prepare)
  local program, make = M.program("ipmi_sim"), support.shared("ipmi/sim") .. "/mkbmc.sh"
  local dir <close> = support.tmpdir()
  local address, port = new_address(), new_port()
  local console = support.free_port()
  local made = spawn.run { "sh", make, dir.path, address, tostring(port),
    tostring(serial and serial(address, dir.path) or support.free_port()), tostring(console),
    timeout = 60 }
  assert(made.status == 0, made.stderr)
  if prepare then
    prepare(dir.path)
  end
  return with_program({ program, "-n", "-c", dir.path .. "/lan.conf", "-f", dir.path .. "/bmc.emu",
    "-s", dir.path .. "/state", stdin = "" }, address, port, address, function()
    return f(address, port, typist(address, console))
  end)
end

-- ---- a relay ----

local CAPABILITIES = 0x38 -- Get Channel Authentication Capabilities

local function pump(from, hook, name, send)
  while true do
    local data, peer_host, peer_port = from:receive()
    if not data then
      return
    end
    for _, datagram in ipairs(hook(name, data) or { data }) do
      send(datagram, peer_host, peer_port)
    end
  end
end

--- Runs f(port) with a relay at 127.0.0.1, or elsewhere on this machine, to a BMC. hook(way, data),
--- way "up" (to the BMC) or "down", returns the datagrams to pass on instead, or nil to pass this
--- one on.
---@param address string
---@param port integer
---@param hook fun(way: "up"|"down", data: string): string[]?
---@param f fun(port: integer): ...
---@param at? string  numeric
---@return any ... what f returned
function M.relay(address, port, hook, f, at)
  local front <close> = assert(udp.open { address = at or "127.0.0.1" })
  local back <close> = assert(udp.open { address = "127.0.0.1" })
  local client = {}
  return task.scope(function(s)
    local up = s:spawn(pump, front, hook, "up", function(data, from_host, from_port)
      client.host, client.port = from_host, from_port
      back:send(data, address, port)
    end)
    local down = s:spawn(pump, back, hook, "down", function(data)
      front:send(data, client.host, client.port)
    end)
    local _ <close> = support.defer(function()
      up:cancel()
      down:cancel()
    end)
    return f(select(2, front:address()))
  end)
end

-- The capabilities without the bit for IPMI 2.0.
local function hide(data)
  if data:byte(5) ~= 0 or data:byte(20) ~= CAPABILITIES then
    return nil
  end
  return data:sub(1, 24) .. string.char(data:byte(25) & ~2) .. data:sub(26, -2)
    .. string.char(data:byte(-1) + (data:byte(25) & 2) & 0xFF)
end

--- Runs f(relay's port at 127.0.0.1, address, port) with a BMC of IPMI 1.5: an ipmi_sim that is
--- made to hide that it has 2.0.
---@param f fun(relay: integer, address: string, port: integer): ...
---@param hook? fun(way: "up"|"down", data: string): string[]?  as a relay's
---@return any ... what f returned
function M.old(f, hook)
  return M.sim(function(address, port)
    return M.relay(address, port, function(way, data)
      local hidden = way == "down" and hide(data)
      return hidden and { hidden } or hook and hook(way, data)
    end, function(relay)
      return f(relay, address, port)
    end)
  end)
end

return M
