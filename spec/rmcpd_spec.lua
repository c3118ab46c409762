-- SPDX-License-Identifier: GPL-3.0-or-later
-- The server side of RMCP+ alone, with a handler of the test. What a whole BMC does with it is in
-- sim/ipmi_spec.lua and sim/ipmi_network_spec.lua.
local host = require "_bmcsh.host"
local rmcp = require "bmc.rmcp"
local rmcpd = require "bmc.rmcpd"
local secret = require "bmc.secret"
local support = require "support"
local udp = require "bmc.udp"

local ADDRESS = "127.0.11.1"

local function serve(handler, more)
  local bmc = {
    address = ADDRESS, guid = ("g"):rep(16), suites = { 17, 3 },
    users = { { name = "admin", password = "pass", privilege = 4 } },
  }
  for name, value in pairs(more or {}) do bmc[name] = value end
  local said = {}
  local server = assert(rmcpd.serve {
    bmcs = { bmc }, handler = handler, log = function(line) said[#said + 1] = line end,
  })
  return server, said
end

local function open(server, more)
  local password <close> = secret.from_string "pass"
  local o = { host = ADDRESS, port = server.port, user = "admin", password = password, retry = 0.2 }
  for name, value in pairs(more or {}) do o[name] = value end
  return rmcp.open(o)
end

describe("rmcpd", function()
  it("hands commands over and answers with what it gets", function()
    local got
    local server <close> = serve(function(command)
      got = command
      return 0, command.data:reverse()
    end)
    local m <close> = assert(open(server))
    assert.equal("cba", (m:command(0x2E, 0x42, "abc", { lun = 2 })))
    assert.same({ 1, 0x2E, 0x42, 2, 3, "abc" },
      { got.bmc, got.netfn, got.cmd, got.lun, got.privilege, got.data })
    assert.is_true(server:alive(1, got.session))
    m:close()
    support.eventually(function() return not server:alive(1, got.session) end)
    assert.is_false(server:send(1, got.session, 1, "late"))
    assert.matches("^rmcpd: 1 BMCs at UDP port %d+$", tostring(server))
  end)

  it("survives a handler that fails, and one that is silent", function()
    local server <close>, said = serve(function(command)
      if command.cmd == 1 then error "no such thing" end
    end)
    local m <close> = assert(open(server))
    assert.equal(0xFF, select(2, m:command(0x2E, 1, "", { once = true })))
    assert.matches("no such thing", said[1])
    local data, e = m:command(0x2E, 2, "", { once = true, timeout = 0.2 })
    assert.is_nil(data)
    assert.equal("timeout", e.code)
    assert.equal("unknown", e.effect)
  end)

  it("counts, and starts again from zero", function()
    local server <close> = serve(function() return 0 end)
    local m <close> = assert(open(server))
    m:command(0x2E, 1)
    local n = {}
    server:counts(1, n)
    assert.same({ 1, 1, 0 }, { n.ipmi_logins, n.ipmi_live_sessions, n.ipmi_logouts })
    server:zero(1)
    server:counts(1, n)
    assert.same({ 0, 1, 0 }, { n.ipmi_logins, n.ipmi_live_sessions, n.ipmi_commands })
    server:forget(1)
    server:counts(1, n)
    assert.equal(0, n.ipmi_live_sessions)
  end)

  it("keeps no more logins than it has slots, whoever floods it", function()
    local server <close> = serve(function() return 0 end, { slots = 3 })
    local flood <close> = assert(udp.open { address = "127.0.11.9" })
    -- Open Session Request for suite 17 (13.17), again and again, and never RAKP 1.
    local request = "\x06\x00\xFF\x07\x06\x10" .. ("<I4I4I2"):pack(0, 0, 32) .. "\0\4\0\0\1\2\3\4"
      .. "\0\0\0\x08\3\0\0\0" .. "\1\0\0\x08\4\0\0\0" .. "\2\0\0\x08\1\0\0\0"
    local n = {}
    for _ = 1, 100 do
      assert(flood:send(request, ADDRESS, server.port))
      assert(flood:receive(5)) -- none is refused: the oldest gives way
      server:counts(1, n)
      assert.is_true(n.ipmi_half_open_sessions <= 3)
    end
    assert.same({ 3, 0, 0 },
      { n.ipmi_half_open_sessions, n.ipmi_live_sessions, n.ipmi_sessions_refused })
    local m <close> = assert(open(server))
    assert.equal("open", m:state().state)
  end)

  it("says what is wrong with its options", function()
    local first <close> = serve(function() end)
    local bmc = { address = ADDRESS, guid = ("g"):rep(16), users = {}, suites = {} }
    local server, e = rmcpd.serve { bmcs = { bmc }, port = first.port, handler = print }
    assert.is_nil(server)
    assert.equal("busy", e.code)
    for field, value in pairs { address = "nowhere", guid = "short", users = false,
      kg = ("k"):rep(21) } do
      local wrong = {}
      for k, v in pairs(bmc) do wrong[k] = v end
      wrong[field] = value
      assert.has_error(function() rmcpd.serve { bmcs = { wrong }, handler = print } end)
    end
    assert.has_error(function() rmcpd.serve { bmcs = {}, handler = print } end)
  end)

  it("leaves nothing behind", function()
    local before = host.live()["bmcsh.rmcpd"] or 0
    do
      local server <close> = serve(function() return 0 end)
      server:network(1, { delay = 30 }) -- an answer is on its way when it closes
      assert.is_nil((open(server, { timeout = 0.2 })))
      server:close()
      server:close()
    end
    collectgarbage()
    collectgarbage()
    assert.equal(before, host.live()["bmcsh.rmcpd"])
  end)
end)
