-- SPDX-License-Identifier: GPL-3.0-or-later
local err = require "bmc.err"
local task = require "bmc.task"
local udp = require "bmc.udp"
local support = require "support"

local function code_of(ok, e)
  assert.is_nil(ok)
  assert.is_true(err.is(e))
  return e.code
end

local function open(options)
  return assert(udp.open(options or { address = "127.0.0.1" }))
end

local function port_of(socket)
  return (select(2, socket:address()))
end

describe("a udp socket", function()
  it("sends to and receives from an address", function()
    local a <close> = open()
    local b <close> = open()
    assert.is_true(a:send("hello", "127.0.0.1", port_of(b)))
    local data, host, port = b:receive(5)
    assert.same({ "hello", "127.0.0.1", port_of(a) }, { data, host, port })
    assert.is_true(b:send("back", host, port))
    assert.equal("back", (a:receive(5)))
  end)

  it("does so over IPv6", function()
    local address = support.ipv6()
    local a <close> = open { address = address }
    local b <close> = open { family = "ipv6", address = address }
    assert.is_true(a:send("hello", address, port_of(b)))
    assert.same({ "hello", address, port_of(a) }, { b:receive(5) })
  end)

  it("carries any bytes, none, and as many as fit", function()
    local a <close> = open()
    local b <close> = open()
    for _, data in ipairs { "", "\0\xff\0", ("x"):rep(65507) } do
      assert.is_true(a:send(data, "127.0.0.1", port_of(b)))
      assert.is_true(data == b:receive(5))
    end
    assert.equal("too_large", code_of(a:send(("x"):rep(65508), "127.0.0.1", port_of(b))))
  end)

  it("binds to the port it is told, once", function()
    local port = support.free_port()
    local a <close> = open { address = "127.0.0.1", port = port }
    assert.same({ "127.0.0.1", port }, { a:address() })
    assert.equal("rejected", code_of(udp.open { address = "127.0.0.1", port = port }))
  end)

  it("refuses addresses that are none, or not ours", function()
    assert.equal("rejected", code_of(udp.open { address = "localhost" }))
    assert.equal("rejected", code_of(udp.open { address = "192.0.2.1" }))
    assert.equal("rejected", code_of(udp.open { address = "127.0.0.1", family = "ipv6" }))
    assert.error_matches(function() udp.open { family = "ipx" } end, "family")
    assert.error_matches(function() udp.open { port = 70000 } end, "port")
    local a <close> = open()
    assert.error_matches(function() a:send("x", "127.0.0.1", 65536) end, "port")
  end)

  it("broadcasts only when opened for it", function()
    local plain <close> = open()
    local loud <close> = open { address = "127.0.0.1", broadcast = true }
    assert.equal("rejected", code_of(plain:send("x", "127.255.255.255", 9)))
    local all <close> = open { address = "0.0.0.0" }
    assert.is_true(loud:send("wake", "127.255.255.255", port_of(all)))
    assert.equal("wake", (all:receive(5)))
  end)

  it("prints its address", function()
    local a = open()
    assert.matches("^udp socket %(127%.0%.0%.1 port %d+%)$", tostring(a))
    a:close()
    a:close()
    assert.equal("udp socket (closed)", tostring(a))
    assert.error_matches(function() a:receive() end, "closed")
    assert.error_matches(function() a:address() end, "closed")
  end)
end)

describe("receive", function()
  it("ends with its timeout, with the deadline, with a cancel", function()
    local a <close> = open()
    assert.equal("timeout", code_of(a:receive(0.01)))
    assert.equal("timeout", code_of(task.deadline(0.01, a.receive, a)))
    task.scope(function(s)
      local t = s:spawn(a.receive, a)
      task.sleep(0.001)
      t:cancel()
      assert.equal("cancelled", code_of(t:join()))
    end)
    assert.error_matches(function() a:receive(-1) end, "seconds")
  end)

  it("has its whole timeout after a script has computed", function()
    local a <close> = open()
    local began = task.now()
    repeat until task.now() - began > 0.3
    began = task.now()
    assert.equal("timeout", code_of(a:receive(0.2)))
    assert.is_true(task.now() - began > 0.15)
  end)

  it("gives each datagram to one who waits, in turn", function()
    local a <close> = open()
    local b <close> = open()
    task.scope(function(s)
      local waiting = {}
      for i = 1, 4 do
        waiting[i] = s:spawn(b.receive, b, 5)
      end
      task.sleep(0.001)
      waiting[2]:cancel()
      assert.equal("cancelled", code_of(waiting[2]:join()))
      for _, data in ipairs { "first", "second", "third" } do
        assert.is_true(a:send(data, "127.0.0.1", port_of(b)))
      end
      assert.equal("first", (waiting[1]:join()))
      assert.equal("second", (waiting[3]:join()))
      assert.equal("third", (waiting[4]:join()))
    end)
  end)

  it("ends when another task closes the socket", function()
    local a = open()
    task.scope(function(s)
      local t = s:spawn(a.receive, a)
      task.sleep(0.001)
      a:close()
      assert.equal("cancelled", code_of(t:join()))
    end)
  end)

  it("loses nothing when a datagram and the cancel come together", function()
    local a <close> = open()
    local b <close> = open()
    local got
    task.scope(function(s)
      local t = s:spawn(function() got = b:receive(5) or "lost" end)
      task.sleep(0.001)
      a:send("here", "127.0.0.1", port_of(b))
      t:cancel()
    end)
    -- Taken by the one that was cancelled, or still there for the next.
    assert.equal("here", got ~= "lost" and got or b:receive(5))
  end)

  it("keeps up with a thousand", function()
    local a <close> = open()
    local b <close> = open()
    local port, seen = port_of(b), 0
    for i = 1, 1000 do
      assert.is_true(a:send(tostring(i), "127.0.0.1", port))
      seen = seen + tonumber((b:receive(5)))
    end
    assert.equal(500500, seen)
  end)
end)

describe("a name", function()
  it("is looked up without holding up the others", function()
    local name = support.localhost()
    local a <close> = open()
    local b <close> = open()
    local order = {}
    task.scope(function(s)
      s:spawn(function()
        assert(a:send("hello", name, port_of(b)))
        order[#order + 1] = "sent"
      end)
      s:spawn(function()
        order[#order + 1] = "other"
      end)
    end)
    assert.same({ "other", "sent" }, order)
    assert.equal("hello", (b:receive(5)))
  end)

  it("that is unknown is unreachable", function()
    local a <close> = open()
    local ok, e = a:send("x", "no-such-host.invalid", 9)
    assert.equal("unreachable", code_of(ok, e))
    assert.matches("no%-such%-host%.invalid", e.text)
  end)

  it("can be looked up by many at once", function()
    local name = support.localhost()
    local a <close> = open()
    local b <close> = open()
    local list = {}
    for i = 1, 60 do
      list[i] = i
    end
    task.map(list, 60, function(i)
      assert(a:send(tostring(i), name, port_of(b)))
    end)
    local sum = 0
    for _ = 1, 60 do
      sum = sum + tonumber((b:receive(5)))
    end
    assert.equal(1830, sum)
  end)

  it("can be given up", function()
    local a <close> = open()
    task.scope(function(s)
      for _ = 1, 20 do
        local t = s:spawn(a.send, a, "x", "localhost", 9)
        task.sleep(0)
        t:cancel()
      end
    end)
    local closing = open()
    task.scope(function(s)
      local t = s:spawn(closing.send, closing, "x", "localhost", 9)
      task.sleep(0)
      closing:close()
      local ok, e = t:join()
      assert.is_true(ok or e.code == "cancelled")
    end)
  end)

  it("that is still looked up does not keep the program", function()
    local result = support.bmcsh { "-e", [[
      local task, udp = require "bmc.task", require "bmc.udp"
      local a = udp.open()
      for i = 1, 30 do
        task.spawn(a.send, a, "x", "name-" .. i .. ".invalid", 9):cancel()
        local t = task.spawn(a.send, a, "x", "other-" .. i .. ".invalid", 9)
        task.sleep(0)
        t:cancel()
      end
      print("end")]] }
    assert.same({ 0, "end\n", "" }, { result.status, result.stdout, result.stderr })
  end)
end)
