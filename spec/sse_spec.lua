-- SPDX-License-Identifier: GPL-3.0-or-later
local sse = require "bmc.sse"

-- All events of a text that comes in pieces of so many bytes.
local function parse(text, size, parser)
  parser = parser or sse.parser()
  local events = {}
  for at = 1, #text, size do
    for _, event in ipairs(assert(parser:feed(text:sub(at, at + size - 1)))) do
      events[#events + 1] = event
    end
  end
  return events, parser
end

local function data(events)
  local out = {}
  for i, event in ipairs(events) do
    out[i] = event.data
  end
  return out
end

-- name, stream, the data of the events; the streams of the standard's own examples among them.
local CASES = {
  { "one event", "data: hello\n\n", { "hello" } },
  { "several lines of data", "data: YHOO\ndata: +2\ndata: 10\n\n", { "YHOO\n+2\n10" } },
  { "comments, ids and no space after the colon",
    ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
    { "first event", "second event", " third event" } },
  { "data without a value, and an event without an end", "data\n\ndata\ndata\n\ndata:",
    { "", "\n" } },
  { "the same with and without a space", "data:test\n\ndata: test\n\n", { "test", "test" } },
  { "CR alone", "data: a\r\rdata: b\rdata: c\r\r", { "a", "b\nc" } },
  { "CRLF", "data: a\r\n\r\ndata: b\r\ndata: c\r\n\r\n", { "a", "b\nc" } },
  { "all of them mixed", "data: a\r\n\ndata: b\r\r\n\ndata: c\n\r\r\n", { "a", "b", "c" } },
  { "a byte order mark", "\xEF\xBB\xBFdata: a\n\n", { "a" } },
  { "a byte order mark in the wrong place", "data: a\n\n\xEF\xBB\xBFdata: b\n\n", { "a" } },
  { "half a byte order mark", "\xEF\xBBdata: b\n\ndata: c\n\n", { "c" } },
  { "fields that mean nothing", "Data: x\nfoo: y\ndatum\n x\ndata: a\n\n", { "a" } },
  { "colons in the value", "data: {\"a\":\"b:c\"}\n\n", { '{"a":"b:c"}' } },
  { "blank lines only", "\n\n\r\n\r\r\n", {} },
  { "a blank line with a blank in it", "data: a\n \ndata: b\n\n", { "a\nb" } },
}

describe("sse.parser", function()
  for _, case in ipairs(CASES) do
    it("reads " .. case[1] .. ", however it is cut", function()
      for size = 1, #case[2] do
        assert.same(case[3], data(parse(case[2], size)), "pieces of " .. size)
      end
    end)
  end

  it("gives the type, and \"message\" where there is none", function()
    local events = parse("event: alert\ndata: a\n\ndata: b\n\nevent:\ndata: c\n\nevent: x\n\n"
      .. "data: d\n\n", 7)
    local kinds = {}
    for i, event in ipairs(events) do
      kinds[i] = event.event
    end
    assert.same({ "alert", "message", "message", "message" }, kinds)
  end)

  it("keeps an id until another comes", function()
    local events = parse("id: 7\ndata: a\n\ndata: b\n\nid: 8\ndata: c\n\nid\ndata: d\n\n", 3)
    assert.same({ "7", "7", "8", "" },
      { events[1].id, events[2].id, events[3].id, events[4].id })
  end)

  it("counts an id only when its event is whole, and with an empty event too", function()
    local _, parser = parse("id: 7\ndata: a\n\nid: 8\ndata: cut o", 5)
    assert.equal("7", parser.last_id)
    parse("ff\n\nid: 9\n\n", 5, parser)
    assert.equal("9", parser.last_id)
    _, parser = parse("data: a\n\n", 5, sse.parser("41"))
    assert.equal("41", parser.last_id)
  end)

  it("ignores an id with a NUL in it", function()
    local _, parser = parse("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", 4)
    assert.equal("1", parser.last_id)
  end)

  it("learns how long to wait, in digits only", function()
    local _, parser = parse("retry: 2500\n\nretry: 3s\n\nretry: -1\n\nretry:\n\n", 4)
    assert.equal(2.5, parser.retry)
  end)

  it("refuses an event that never ends", function()
    local parser, e = sse.parser(nil, 1000), nil
    for _ = 1, 100 do
      local events
      events, e = parser:feed(("x"):rep(100))
      if not events then
        break
      end
    end
    assert.equal("too_large", e.code)
    parser = sse.parser(nil, 1000)
    assert.is_nil((parser:feed(("data: 0123456789\n"):rep(100))))
  end)

  it("takes its time in proportion to the bytes", function()
    local line = "data: " .. ("x"):rep(400) .. "\n\n"
    local text = line:rep(2000)
    assert.equal(2000, #parse(text, 16384))
    assert.equal(2000, #parse(text, 1460))
    local parser = sse.parser()
    parse(text, 1460, parser)
    assert.equal("", parser.rest)
  end)
end)
