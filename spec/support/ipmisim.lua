-- SPDX-License-Identifier: GPL-3.0-or-later
-- Simulated BMCs that speak IPMI, written by others: OpenIPMI's ipmi_sim (cipher suite 3) and
-- bmcfarm.py (17 and 3, faults on demand); and a relay that does to datagrams what networks and
-- attackers do. All on addresses of 127/8 and free ports, each ended with the function that uses
-- it. Where a program is not installed the running test counts as skipped.

local host = require "_bmcsh.host"
local spawn = require "_bmcsh.spawn"
local rmcp = require "bmc.rmcp"
local task = require "bmc.task"
local udp = require "bmc.udp"
local support = require "support"

local M = { USER = "admin", PASSWORD = "bmcsh-sim-pass01" }

local PYTHON = "/usr/bin/python3"
local started = 0

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

-- Runs f while the program runs, from when it answers at the last of its addresses. It is killed
-- by its pid, as a task that waits for it is cancelled.
local function with_program(argv, address, port, last, f)
  return task.scope(function(s)
    local child = s:spawn(spawn.run, argv)
    local ended
    s:spawn(function()
      ended = child:join() or true
    end)
    local ok, e = pcall(support.eventually, function()
      assert(not ended, ended and ended ~= true and ended.stderr)
      return rmcp.ping { host = last, port = port, timeout = 0.1, retry = 0.1 } ~= nil
    end, 15)
    local results = ok and table.pack(pcall(f, address, port)) or { false, e, n = 2 }
    child:cancel()
    if not results[1] then
      error(results[2], 0)
    end
    return table.unpack(results, 2, results.n)
  end)
end

--- Runs f(address, port) with BMCs of bmcfarm.py, one an address from there on.
---@param options table what it takes: base, count (up to 200), suites = "17,3", kg, privilege,
---  slots, loss, delay, and quirk, a name or a list of names
---@param f fun(address: string, port: integer): ...
---@return any ... what f returned
function M.farm(options, f)
  local script = support.shared("ipmi/sim") .. "/bmcfarm.py"
  local address, port = options.base or new_address(), support.free_port()
  local argv = { PYTHON, script, "--base", address, "--port", tostring(port) }
  local prefix, first = address:match("^(.*%.)(%d+)$")
  local last = prefix .. math.tointeger(first) + (options.count or 1) - 1
  for name, value in pairs(options) do
    for _, one in ipairs(type(value) == "table" and value or { value }) do
      argv[#argv + 1], argv[#argv + 2] = "--" .. name, tostring(one)
    end
  end
  return with_program(argv, address, port, last, f)
end

--- Runs f(address, port) with one ipmi_sim. No host is behind its serial port.
---@param f fun(address: string, port: integer): ...
---@return any ... what f returned
function M.sim(f)
  local program, make = M.program("ipmi_sim"), support.shared("ipmi/sim") .. "/mkbmc.sh"
  local dir <close> = support.tmpdir()
  local address, port = new_address(), support.free_port()
  local made = spawn.run { "sh", make, dir.path, address, tostring(port),
    tostring(support.free_port()), tostring(support.free_port()), timeout = 20 }
  assert(made.status == 0, made.stderr)
  return with_program({ program, "-n", "-c", dir.path .. "/lan.conf", "-f", dir.path .. "/bmc.emu",
    "-s", dir.path .. "/state", stdin = "" }, address, port, address, f)
end

-- ---- a relay ----

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

--- Runs f(port) with a relay at 127.0.0.1 to a BMC. hook(way, data), way "up" (to the BMC) or
--- "down", returns the datagrams to pass on instead, or nil to pass this one on.
---@param address string
---@param port integer
---@param hook fun(way: "up"|"down", data: string): string[]?
---@param f fun(port: integer): ...
---@return any ... what f returned
function M.relay(address, port, hook, f)
  local front <close> = assert(udp.open { address = "127.0.0.1" })
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
    local results = table.pack(pcall(f, select(2, front:address())))
    up:cancel()
    down:cancel()
    if not results[1] then
      error(results[2], 0)
    end
    return table.unpack(results, 2, results.n)
  end)
end

return M
