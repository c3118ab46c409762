-- SPDX-License-Identifier: GPL-3.0-or-later
-- Cases for RMCP+ sessions. The simulated BMC shares the memory that runs out: what it lacked, the
-- client sees as silence; what counts is a clean end on this side, with no session left there.

local host = require "_bmcsh.host"
local rmcp = require "bmc.rmcp"
local rmcpd = require "bmc.rmcpd"
local secret = require "_bmcsh.secret"
local task = require "bmc.task"

local M = {}

local PASSWORD = "alloc-test"

local function silent() end

local function must(ok, e)
  if ok == nil then
    error(e, 0)
  end
  return ok, e
end

local function handle(command)
  return 0, command.data
end

local function with_bmc(f, options)
  local address = ("127.%d.77.1"):format(100 + host.pid() % 100)
  local bmc = {
    address = address, guid = ("g"):rep(16), suites = { 17, 3 },
    users = { { name = "admin", password = PASSWORD, privilege = 4 } },
  }
  for name, value in pairs(options or {}) do
    bmc[name] = value
  end
  local server <close> = must(rmcpd.serve { bmcs = { bmc }, handler = handle, log = silent })
  f(address, server.port)
end

local function open(address, port, options)
  local password <close> = must(secret.from_string(PASSWORD))
  local o = { host = address, port = port, user = "admin", password = password, retry = 0.05,
    timeout = 3 }
  for name, value in pairs(options or {}) do
    o[name] = value
  end
  return must(rmcp.open(o))
end

function M.session()
  with_bmc(function(address, port)
    local m <close> = open(address, port)
    must(m:command(0x00, 0x01, ("d"):rep(40), { timeout = 2 }))
    m:state()
    tostring(m)
  end)
end

function M.fallback()
  with_bmc(function(address, port)
    local m <close> = open(address, port, { lookup = "either", open_privilege = "highest" })
    assert(m:state().cipher == 3)
  end, { suites = { 3 } })
end

function M.flight()
  with_bmc(function(address, port)
    local m <close> = open(address, port, { in_flight = 3, keep_alive = 0.02 })
    task.map({ 1, 2, 3, 4, 5, 6 }, 6, function(i)
      must(m:command(0x00, i, "", { timeout = 2, once = i % 2 == 0 }))
    end)
    task.sleep(0.05)
  end)
end

function M.refused()
  with_bmc(function(address, port)
    local wrong <close> = must(secret.from_string("wrong"))
    local m, e = rmcp.open { host = address, port = port, user = "admin", password = wrong,
      retry = 0.05, timeout = 3 }
    assert(m == nil and e.code)
  end)
end

function M.given_up()
  with_bmc(function(address, port)
    local m <close> = open(address, port)
    local asked = task.spawn(m.command, m, 0x00, 0x02, "", { timeout = 2 })
    asked:cancel()
    m:close()
    asked:join()
  end)
end

function M.questions()
  with_bmc(function(address, port)
    local to = { host = address, port = port, timeout = 0.5, retry = 0.05 }
    must(rmcp.ping(to))
    must(rmcp.capabilities(to))
    must(rmcp.suites(to))
  end)
end

function M.name()
  with_bmc(function(_, port)
    must(rmcp.ping { host = "localhost", port = port, timeout = 3, retry = 0.05 })
  end, { address = "127.0.0.1" })
end

return M
