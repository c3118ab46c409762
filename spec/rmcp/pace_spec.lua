-- SPDX-License-Identifier: GPL-3.0-or-later
-- What is sent again, and who may begin, where many are asked at once or all answer late.
local rmcp = require "bmc.rmcp"
local rmcpd = require "bmc.rmcpd"
local secret = require "bmc.secret"
local task = require "bmc.task"

local QUICK, DEAD = "127.0.13.1", "127.0.13.2"
local AT_ONCE = 2000 -- logins: src/rmcp_login.c

local function serve(handler)
  local bmcs = {}
  for i, address in ipairs { QUICK, DEAD } do
    bmcs[i] = {
      address = address, guid = ("g"):rep(16), suites = { 17, 3 },
      users = { { name = "admin", password = "pass", privilege = 4 } },
    }
  end
  return assert(rmcpd.serve { bmcs = bmcs, handler = handler or function() return 0, "" end })
end

local function open(server, address, retry, timeout, in_flight)
  local password <close> = secret.from_string "pass"
  return rmcp.open { host = address, port = server.port, user = "admin", password = password,
    retry = retry, timeout = timeout or 60, in_flight = in_flight }
end

local function ask(session, times)
  local before = session:state().resent
  for _ = 1, times do
    assert(session:command(0x2E, 1, "", { timeout = 60 }))
  end
  return session:state().resent - before
end

describe("a network in which all answers are late", function()
  it("gets little twice, once that is known", function()
    local server <close> = serve()
    local session <close> = assert(open(server, QUICK, 0.03))
    server:network(1, { delay = 0.1 })
    ask(session, 30)
    assert.is_true(ask(session, 10) < 10) -- else each of them, and more than once
    server:network(1, {})
    ask(session, 50)
  end)

  it("does not keep a slot: a logout that is lost is sent again soon", function()
    local server <close> = serve()
    local session = assert(open(server, QUICK, 5, nil, 16))
    local others = {}
    for i = 1, 3 do others[i] = assert(open(server, QUICK, 5, nil, 16)) end
    server:network(1, { delay = 1.6 })
    local asked = {}
    for i = 1, 64 do asked[i] = task.spawn(ask, others[i % 4] or session, 1) end
    for i = 1, 64 do asked[i]:join() end
    server:network(1, { dead = true })
    local closing = task.spawn(session.close, session)
    assert(task.sleep(0.3)) -- it is sent, and lost
    server:network(1, {})
    closing:join()
    local counters = {}
    server:counts(1, counters)
    assert.equal(3, counters.ipmi_live_sessions)
    for i = 1, 3 do others[i]:close() end
    local other <close> = assert(open(server, QUICK, 0.2))
    ask(other, 60)
  end)
end)

describe("a console", function()
  it("keeps its BMC awake from when it began, however long Lua computed before", function()
    local asked = 0
    local server <close> = serve(function(command)
      asked = asked + (command.netfn == 0x06 and command.cmd == 0x01 and 1 or 0)
      return 0, ""
    end)
    local session <close> = assert(open(server, QUICK, 0.2))
    local busy = task.now() + 1
    while task.now() < busy do end
    local began = task.now()
    local console = assert(session:sol { chunk = 60, retry = 1, keep_alive = 1 })
    assert(task.sleep(0.1))
    local early = asked
    assert.is_true(early == 0 or task.now() - began > 1)
    console:close()
  end)
end)

describe("more logins than may be under way at once", function()
  it("wait for no BMC that is silent, and leave nothing behind when they are given up", function()
    local server <close> = serve()
    server:network(2, { dead = true })
    local dead = {}
    for i = 1, AT_ONCE + 500 do
      dead[i] = task.spawn(open, server, DEAD, 0.2)
    end
    assert(task.sleep(0.05)) -- they have begun
    local session <close> = assert(open(server, QUICK, 0.2, 15))
    assert.equal(0, select(2, session:command(0x2E, 1)))
    for _, one in ipairs(dead) do one:cancel() end
    for _, one in ipairs(dead) do one:join() end
    for i = 1, AT_ONCE do
      dead[i] = task.spawn(open, server, DEAD, 10)
    end
    assert(task.sleep(0.05))
    for i = 1, AT_ONCE do dead[i]:cancel() end
    for i = 1, AT_ONCE do dead[i]:join() end
    local again <close> = assert(open(server, QUICK, 10))
    assert.equal(0, select(2, again:command(0x2E, 1)))
  end)
end)
