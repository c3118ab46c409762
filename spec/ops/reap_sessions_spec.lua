-- SPDX-License-Identifier: GPL-3.0-or-later
-- reap_sessions: a killed process, and what the next one makes of it.
local bmc = require "bmc"
local ledger = require "bmc.ledger"
local sim = require "bmc.sim"
local support = require "support"

local LEAVE = [[
  local bmc = require "bmc"
  for i, host in ipairs(arg) do
    local m = bmc.open { host = host, user = "admin", password = "simulated" }
    m:heartbeat()
  end
  os.execute("kill -9 $PPID")]]

describe("reap_sessions", function()
  before_each(support.forget_sessions)

  it("deletes what a killed process has left, at each BMC its own", function()
    local dir <close> = support.tmpdir()
    local farm <close> = sim.start { fleet = 2, tls = false }
    local child = support.bmcsh { dir:write("leave.lua", LEAVE), farm.url(1), farm.url(2),
      farm.url(2) }
    assert.equal(9, child.signal)
    assert.equal(3, #ledger.list())
    assert.equal(3, farm:count_all().live_sessions)
    for i, left in ipairs { 1, 2 } do
      local m <close> = bmc.open { host = farm.url(i), user = "admin", password = "simulated" }
      local done = m:reap_sessions()
      assert.same({ left, 0, 0, "redfish" }, { done.deleted, done.gone, done.left, done.way })
      assert.same({ 0, 0, 0 }, { m:reap_sessions().deleted, done.gone, done.left })
    end
    assert.same({}, ledger.list())
    assert.equal(0, farm:count_all().live_sessions)
  end)
end)
