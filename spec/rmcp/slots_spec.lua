-- SPDX-License-Identifier: GPL-3.0-or-later
-- A BMC has few slots for sessions, and keeps one for a minute that nobody gives back: a login that
-- comes to nothing, whenever that is, leaves none taken.
local secret = require "bmc.secret"
local sim = require "bmc.sim"
local spawn = require "_bmcsh.spawn"
local task = require "bmc.task"
local tbl = require "bmc.tbl"
local ipmisim = require "support.ipmisim"
local support = require "support"

local OPEN, OPENED = 0x10, 0x11 -- payload types (13.27.3)

local function open(address, port, options)
  return ipmisim.open(address, port, tbl.with({ retry = 0.5 }, options or {}))
end

local function kind(data)
  return data:byte(5) == 6 and data:byte(6)
end

-- f(relay, address, port), with a BMC of so many slots, behind a relay and directly.
local function with_slots(slots, hook, f)
  ipmisim.farm({ slots = slots }, function(address, port)
    ipmisim.relay(address, port, hook, function(relay)
      f(relay, address, port)
    end)
  end)
end

-- Every slot of the BMC is free.
local function assert_free(slots, address, port)
  local held = {}
  local _ <close> = support.defer(function()
    for _, m in ipairs(held) do m:close() end
  end)
  for i = 1, slots do
    held[i] = assert(open(address, port))
  end
end

describe("a login leaves no slot taken", function()
  it("when the BMC's keys are others", function()
    for _, options in ipairs { { slots = 1, kg = "theirs" }, { slots = 1, quirk = "badrakp4" } } do
      ipmisim.farm(options, function(address, port)
        for _ = 1, 2 do
          local m, e = open(address, port)
          assert.is_nil(m)
          assert.equal("kg", e.reason)
        end
      end)
    end
  end)

  it("when it is given up before Open Session is answered", function()
    local asked, held = false, true
    with_slots(1, function(way, data)
      asked = asked or kind(data) == OPEN
      while way == "down" and kind(data) == OPENED and held do
        task.sleep(0.01)
      end
    end, function(relay, address, port)
      task.scope(function(s)
        local login = s:spawn(open, "127.0.0.1", relay, { retry = 8 })
        support.eventually(function() return asked end)
        s:spawn(function()
          task.sleep(0.1)
          held = false
        end)
        login:cancel()
        login:join()
      end)
      assert_free(1, address, port)
    end)
  end)

  it("when Open Session is answered twice", function()
    with_slots(2, function(way, data)
      return way == "up" and kind(data) == OPEN and { data, data } or nil
    end, function(relay, address, port)
      for _ = 1, 3 do
        local m <close> = assert(open("127.0.0.1", relay))
        assert(m:command(0x00, 0x01))
      end
      assert_free(2, address, port)
    end)
  end)

  it("when that second answer comes to an open session, or to one that closes", function()
    for _, moment in ipairs { "open", "closing" } do
      local asked, answered, late, release
      with_slots(2, function(way, data)
        if kind(data) == OPEN then -- the first one is slow
          local first = asked
          asked = data
          return first and { first, data } or {}
        elseif kind(data) == OPENED then
          late = answered and data
          answered = true
          return late and {} or nil
        elseif way == "down" and release and kind(data) then
          release = false
          return { data, late }
        end
      end, function(relay, address, port)
        local m <close> = assert(open("127.0.0.1", relay, { retry = 0.8 }))
        release = moment == "open"
        assert(m:command(0x00, 0x01))
        release = moment == "closing"
        m:close()
        assert_free(2, address, port)
      end)
    end
  end)

  it("because a slow BMC is given the time that its first answer took", function()
    local farm <close> = assert(sim.start {
      count = 1, tls = false, ipmi = true, faults = { "ipmi_delay=1" },
    })
    local address, port = farm.ipmi_url(1):match("^ipmi://(.*):(%d+)$")
    local asked = 0
    ipmisim.relay(address, math.tointeger(port), function(_, data)
      asked = asked + (kind(data) == OPEN and 1 or 0)
    end, function(relay)
      local password <close> = secret.from_string(farm.bmc(1).password)
      local m <close> = assert(open("127.0.0.1", relay, { retry = 0.1, password = password }))
      assert.same({ 1, 1 }, { asked, m:state().attempts })
    end)
  end)

  it("when a fleet is interrupted", function()
    local farm <close> = assert(sim.start {
      count = 40, tls = false, ipmi = true, faults = { "ipmi_delay=0.2" },
    })
    for _, seconds in ipairs { 0.3, 0.5, 0.7, 0.9 } do
      -- Not with SIGINT, which a shell has ignored by what it starts in the background.
      local shell = ('"$@" & p=$!; sleep %s; kill -TERM $p; wait $p'):format(seconds)
      local r = assert(spawn.run { "env", support.state(),
        "BMC_PASSWORD=" .. farm.bmc(1).password, "bash", "-c", shell, "bash", support.program(),
        "power", "status", "-H", farm:ipmi_range(), "-u", farm.bmc(1).user, "--concurrency", "40",
        timeout = 60 })
      assert.is_true(r.status == 143 or r.status == 0, r.stderr)
      support.eventually(function()
        local n = farm:count_all()
        return n.ipmi_live_sessions + n.ipmi_half_open_sessions == 0
      end, 20)
    end
  end)
end)
