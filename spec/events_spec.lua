-- SPDX-License-Identifier: GPL-3.0-or-later
-- Event streams as operators hold them: m:stream_events().
local bmc = require "bmc"
local streaming = require "support.streaming"
local support = require "support"
local task = require "bmc.task"

local message, take = streaming.message, streaming.take
local QUICK = { retry = 0.02 }

-- Serves the n-th list of pieces on the n-th connection; the last one stays open, the others
-- break as a pulled cable would.
local function pieces(lists)
  return function(req, n)
    req:start(200, streaming.HEADERS)
    for _, piece in ipairs(lists[n] or {}) do
      req:write(piece)
    end
    if n < #lists then
      return req:abort()
    end
    task.sleep(30)
  end
end

-- What is said on the way, as -v shows it: notes() returns it, options go to streaming.with.
local function listener()
  local lines = {}
  return function() return table.concat(lines, "\n") end, {
    trace = function(event) lines[#lines + 1] = event.text end,
  }
end

describe("an event stream", function()
  it("gives events one by one, however they are cut", function()
    local text = message(1, "one") .. ": a comment\n\n" .. message(2, "two", "three")
    local cut = {}
    for i = 1, #text, 7 do
      cut[#cut + 1] = text:sub(i, i + 6)
    end
    streaming.with(pieces { cut }, function(m)
      local events <close> = m:stream_events()
      local list = {}
      for event in events do
        list[#list + 1] = event
        if #list == 3 then
          break
        end
      end
      assert.same({ "one", "two", "three" },
        { list[1].message, list[2].message, list[3].message })
      assert.same({ Message = "one", MessageId = "Test.1.0.Event" }, list[1].raw)
      assert.is_nil(list[1].event_type)
    end)
  end)

  it("that breaks is connected again, from the last whole event on", function()
    local notes, options = listener()
    streaming.with(pieces {
      { message(1, "one"), message(2, "two"), message(3, "lost"):sub(1, 30) },
      { "id: 3\n\n" },
      { message(4, "four") },
    }, function(m, log)
      local events <close> = m:stream_events(QUICK)
      assert.same({ "one", "two", "four" }, take(events, 3))
      assert.equal("2", log[2]["last-event-id"])
      assert.equal("3", log[3]["last-event-id"])
      assert.matches("again in 0.02 s", notes())
    end, options)
  end)

  it("that ends in order is connected again too", function()
    streaming.with(function(req, n)
      req:start(200, streaming.HEADERS)
      req:write(message(n, "number " .. n))
      req:finish()
    end, function(m)
      local events <close> = m:stream_events(QUICK)
      assert.same({ "number 1", "number 2", "number 3" }, take(events, 3))
    end)
  end)

  it("waits as long as the BMC asks for, and longer each time it fails", function()
    local times = {}
    streaming.with(function(req, n)
      times[n] = task.now()
      if n == 1 then
        req:start(200, streaming.HEADERS)
        req:write("retry: 100\n\n" .. message(1, "one"))
        return req:abort()
      elseif n < 4 then
        return 503, nil, ""
      end
      req:start(200, streaming.HEADERS)
      req:write(message(2, "two"))
      task.sleep(30)
    end, function(m)
      local events <close> = m:stream_events()
      assert.same({ "one", "two" }, take(events, 2))
      assert.is_true(times[2] - times[1] >= 0.1)
      assert.is_true(times[3] - times[2] >= 0.2)
      assert.is_true(times[4] - times[3] >= 0.4)
    end)
  end)

  it("waits a little although the BMC asks for no wait at all", function()
    local notes, options = listener()
    streaming.with(pieces { { "retry: 0\n\n" .. message(1, "one") }, { message(2, "two") } },
      function(m)
        local events <close> = m:stream_events()
        assert.same({ "one", "two" }, take(events, 2))
        assert.matches("again in 0.1 s", notes())
      end, options)
  end)

  it("takes time in proportion, however many events come at once", function()
    local COUNT = 200000
    local began = os.clock()
    streaming.with(pieces { { 'data: {"Events":[' .. ("{},"):rep(COUNT - 1) .. "{}]}\n\n" } },
      function(m)
        local events <close> = m:stream_events(QUICK)
        for _ = 1, COUNT do
          assert(events())
        end
      end)
    assert.is_true(os.clock() - began < 30)
  end)

  it("survives a BMC that is away, knows no stream for a while, and no session", function()
    local answers = { [2] = 503, [3] = 404, [4] = 401, [5] = 500 }
    streaming.with(function(req, n)
      if answers[n] then
        return answers[n], nil, ""
      end
      req:start(200, streaming.HEADERS)
      req:write(message(n, "number " .. n))
      return req:abort()
    end, function(m)
      local events <close> = m:stream_events(QUICK)
      assert.equal("number 1", events().message)
      assert.equal("number 6", events().message)
    end)
  end)

  it("is given up after a long silence, with the reason", function()
    streaming.with(function(req, n)
      if n > 1 then
        return 503, nil, ""
      end
      req:start(200, streaming.HEADERS)
      req:write(message(1, "one"))
      return req:abort()
    end, function(m)
      local events <close> = m:stream_events { retry = 0.02, patience = 1 }
      assert.equal("one", events().message)
      local _, e = bmc.try(events)
      assert.equal("busy", e.code)
      assert.matches("not a word for", e.text)
      assert.is_nil(events())
    end)
  end)

  it("ends where the BMC says that nothing more is to come", function()
    streaming.with(function(req, n)
      if n > 1 then
        return 204
      end
      req:start(200, streaming.HEADERS)
      req:write(message(1, "one"))
      req:finish()
    end, function(m)
      local list = {}
      for event in m:stream_events(QUICK) do
        list[#list + 1] = event.message
      end
      assert.same({ "one" }, list)
    end)
  end)

  it("passes over what is no event, and says so", function()
    local notes, options = listener()
    streaming.with(pieces { {
      "data: this is no JSON\n\n", "data: [1,2]\n\n", "data: 7\n\n",
      'data: {"@odata.type":"#MetricReport.v1_0_0.MetricReport","Id":"x"}\n\n',
      'data: {"Events":[]}\n\n', 'data: {"Events":["text"]}\n\n', 'data: {"Events":[{}]}\n\n',
      'data: {"Events":[null,{"Message":"after null"}]}\n\n',
      'data: {"MessageId":"A.1.B","Message":"bare"}\n\n',
      'data: {"Events":{"Message":"no list"}}\n\n',
    } }, function(m)
      local events <close> = m:stream_events(QUICK)
      assert.same({ raw = {} }, events())
      assert.same({ "after null", "bare", "no list" }, take(events, 3))
      assert.matches("MetricReport", notes())
      assert.matches("not understood", notes())
    end, options)
  end)

  it("with an event that has no end is an error, not memory", function()
    streaming.with(function(req)
      req:start(200, streaming.HEADERS)
      local block = ("x"):rep(65536)
      while req:write(block) do end
    end, function(m)
      local events <close> = m:stream_events(QUICK)
      local _, e = bmc.try(events)
      assert.equal("too_large", e.code)
      assert.equal(m.host, e.host)
    end)
  end)

  it("ends with its task: a deadline, a cancel", function()
    streaming.with(pieces { { message(1, "one") } }, function(m)
      local events <close> = m:stream_events(QUICK)
      assert.equal("one", events().message)
      local ok, e = pcall(task.deadline, 0.1, events)
      assert.is_false(ok)
      assert.equal("timeout", e.code)
      local others <close> = m:stream_events(QUICK)
      local h = task.spawn(function() return bmc.try(function() others() return others() end) end)
      assert(task.sleep(0.1))
      h:cancel()
      local _, stopped = h:join()
      assert.equal("cancelled", stopped.code)
    end)
  end)

  it("ends when it is closed, also while another task waits for it, or the machine is", function()
    for _, how in ipairs { "events", "machine" } do
      streaming.with(pieces { { message(1, "one") } }, function(m)
        local events <close> = m:stream_events(QUICK)
        assert.equal("one", events().message)
        local h = task.spawn(function() return "ended", events() end)
        assert(task.sleep(0.05))
        if how == "events" then
          events:close()
        else
          m:close()
        end
        local word, event = task.deadline(30, h.join, h)
        assert.equal("ended", word)
        assert.is_nil(event)
        assert.is_nil(events())
        assert.matches("closed", tostring(events))
      end)
    end
  end)

  it("is forgotten by the machine when it is closed, however many there were", function()
    streaming.with(pieces { {} }, function(m)
      m:stream_events(QUICK):close()
      local closers = #m.target.closers
      for _ = 1, 5 do
        m:stream_events(QUICK):close()
      end
      assert.equal(closers, #m.target.closers)
    end)
  end)

  it("can be read by a generator", function()
    streaming.with(pieces { { message(1, "one"), message(2, "two") } }, function(m)
      local events <close> = m:stream_events(QUICK)
      local upper = coroutine.wrap(function()
        for event in events do
          coroutine.yield(event.message:upper())
        end
      end)
      assert.same({ "ONE", "TWO" }, { upper(), upper() })
    end)
  end)

  it("that is not to be had at first is an error at once", function()
    streaming.with(function() return 404, nil, "" end, function(m, log)
      local _, e = bmc.try(m.stream_events, m, QUICK)
      assert.equal("missing", e.code)
      assert.equal(1, #log)
    end)
  end)

  it("leaves the server nothing to write to when it is closed", function()
    local gone = false
    streaming.with(function(req)
      req:start(200, streaming.HEADERS)
      while req:write(message(nil, "again")) do end
      gone = true
    end, function(m)
      local events = m:stream_events()
      take(events, 10)
      events:close()
      support.eventually(function() return gone end)
    end)
  end)
end)
