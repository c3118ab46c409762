-- SPDX-License-Identifier: GPL-3.0-or-later
-- What happens to a session that is open: silence, disorder, several commands at once.
local task = require "bmc.task"
local ipmisim = require "support.ipmisim"
local support = require "support"

local open = ipmisim.open

local function status(m, opts)
  return m:command(0x00, 0x01, "", opts)
end

local function is_sealed(data)
  return data:byte(5) == 6 and data:byte(6) & 0xC0 == 0xC0
end

-- f(m, hook), with what hook.down(data) makes of the answers in the session; at "::1" too.
local function with_session(options, f, at)
  ipmisim.farm({}, function(address, port)
    local hook = {}
    local function pass(way, data)
      return hook[way] and is_sealed(data) and hook[way](data) or nil
    end
    ipmisim.relay(address, port, pass, function(relay)
      local m <close> = assert(open(at or "127.0.0.1", relay, options))
      f(m, hook)
    end, at)
  end)
end

local function lost(data, e)
  assert.is_nil(data)
  assert.same({ "unreachable", true }, { e.code, e.lost })
  return e
end

describe("a session that the BMC has forgotten", function()
  it("is told from a slow one, and a new one works", function()
    ipmisim.farm({ quirk = "dropsession" }, function(address, port)
      local m <close> = assert(open(address, port, { retry = 0.05 }))
      local data, e
      repeat -- twenty of them it answers, less what had to be sent again
        data, e = status(m)
      until not data
      assert.equal("none", lost(data, e).effect)
      assert.equal("lost", m:state().state)
      lost(task.deadline(0, status, m)) -- without asking
      local again <close> = assert(open(address, port))
      assert(status(again))
    end)
  end)

  it("is found out by keep-alive", function()
    with_session({ keep_alive = 0.4, retry = 0.05 }, function(m, hook)
      hook.down = function() return {} end
      support.eventually(function() return m:state().state == "lost" end)
      lost(status(m))
    end)
  end)

  it("is not one whose BMC is gone altogether", function()
    local silent = false
    ipmisim.farm({}, function(address, port)
      ipmisim.relay(address, port, function() return silent and {} or nil end, function(relay)
        local m <close> = assert(open("127.0.0.1", relay, { retry = 0.02 }))
        silent = true
        local data, e = status(m, { timeout = 1 })
        assert.same({ nil, "timeout", nil }, { data, e.code, e.lost })
        assert.equal("open", m:state().state)
        silent = false
        assert(status(m))
      end)
    end)
  end)

  it("ends commands that may happen once as unknown", function()
    with_session({ keep_alive = 0.4, retry = 0.05, in_flight = 2 }, function(m, hook)
      hook.down = function() return {} end
      task.scope(function(s)
        local once = s:spawn(m.command, m, 0x00, 0x02, "\x01", { once = true })
        assert.equal("none", lost(status(m)).effect)
        assert.equal("unknown", lost(once:join()).effect)
      end)
    end)
  end)
end)

describe("answers", function()
  local function ask_all(m, n)
    local list = {}
    for i = 1, n do
      list[i] = i
    end
    for i, answer in ipairs(task.map(list, n, function(one)
      return (assert(m:command(one % 2 == 0 and 0x00 or 0x06, 0x01)))
    end)) do
      assert.equal(i % 2 == 0 and 3 or 15, #answer)
    end
  end

  it("may come in any order, when several commands are in flight", function()
    with_session({ in_flight = 8, retry = 5 }, function(m, hook)
      local held = {}
      hook.down = function(data)
        table.insert(held, 1, data)
        if #held < 8 then
          return {}
        end
        local out = held
        held = {}
        return out
      end
      ask_all(m, 64)
      hook.down = nil
      assert.same({ 0, 0 }, { m:state().dropped, m:state().resent })
    end)
  end)

  it("count once, however late the copy comes", function()
    with_session({ retry = 5 }, function(m, hook)
      local first
      hook.down = function(data)
        first = first or data
      end
      ask_all(m, 50)
      for back = 1, 2 do -- far behind what is remembered, then as a copy of the last
        hook.down = function(data)
          local copy = back == 1 and first or data
          return { data, copy }
        end
        local before = m:state().dropped
        assert(status(m))
        support.eventually(function() return m:state().dropped == before + 1 end)
      end
      assert(status(m))
    end)
  end)

  it("may be lost without harm, though one waits behind", function()
    with_session({ in_flight = 4, retry = 0.05 }, function(m, hook)
      local n = 0
      hook.down = function()
        n = n + 1
        return n % 3 == 0 and {} or nil
      end
      ask_all(m, 60)
      assert.is_true(m:state().resent > 0)
    end)
  end)
end)

describe("a session over IPv6", function()
  it("works like any other", function()
    local address = support.ipv6()
    with_session({}, function(m)
      assert.same({ address, "open" }, { m:state().address, m:state().state })
      for _ = 1, 5 do
        assert.equal(3, #assert(status(m)))
      end
    end, address)
  end)

  it("says that nothing listens", function()
    local m, e = open(support.ipv6(), support.free_port())
    assert.same({ nil, "refused" }, { m, e.code })
  end)
end)

describe("looking up names", function()
  it("holds nobody up", function()
    local known = support.localhost()
    ipmisim.farm({ base = "127.0.0.1", slots = 20 }, function(_, port)
      local most, last = 0, task.now()
      task.scope(function(s)
        local ticker = s:spawn(function()
          while task.sleep(0.001) do
            most, last = math.max(most, task.now() - last), task.now()
          end
        end)
        local names = {}
        for i = 1, 20 do
          names[i] = i % 2 == 0 and known or "no-such-bmc-" .. i .. ".invalid"
        end
        task.map(names, 20, function(name)
          local m <close>, e = open(name, port, { timeout = 20 })
          assert.equal(name == known, m ~= nil, tostring(e))
        end)
        ticker:cancel()
      end)
      assert.is_true(most < 2, most)
    end)
  end)
end)
