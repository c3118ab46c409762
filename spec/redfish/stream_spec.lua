-- SPDX-License-Identifier: GPL-3.0-or-later
local redfish = require "bmc.redfish"
local streaming = require "support.streaming"
local task = require "bmc.task"

-- Runs f(rf, log, m) with a client of a BMC whose stream is served so.
local function with(serve, f, options)
  streaming.with(serve, function(m, log) f(redfish.of(m.target), log, m) end, options)
end

local function refused(code, status, headers, body)
  with(function() return status, headers, body end, function(rf)
    local stream, e = rf:stream(streaming.URI)
    assert.is_nil(stream)
    assert.equal(code, e.code, tostring(e))
    assert.equal("none", e.effect)
    assert.equal(status, e.status)
  end)
end

describe("redfish stream", function()
  it("asks for events with the token of the session, and for those after the last", function()
    with(function(req)
      req:start(200, streaming.HEADERS)
      req:write("data: 1\n\n")
      req:finish()
    end, function(rf, log)
      local stream <close> = assert(rf:stream(streaming.URI))
      assert.equal("data: 1\n\n", stream:read())
      local other <close> = assert(rf:stream(streaming.URI, "42"))
      assert.equal("text/event-stream", log[1].accept)
      assert.equal("t0ken", log[1]["x-auth-token"])
      assert.equal("4.0", log[1]["odata-version"])
      assert.is_nil(log[1]["last-event-id"])
      assert.equal("42", log[2]["last-event-id"])
      assert.equal(200, other.status)
    end)
  end)

  it("holds no place among the requests in flight", function()
    with(function(req)
      req:start(200, streaming.HEADERS)
      task.sleep(10)
    end, function(rf)
      local first <close> = assert(rf:stream(streaming.URI))
      local second <close> = assert(rf:stream(streaming.URI))
      assert.equal(200, first.status + second.status - 200)
      assert.truthy(task.deadline(2, rf.get, rf, "/redfish/v1/EventService"))
    end, { set = { "generic.redfish.max_inflight=1" } })
  end)

  it("takes a type with parameters, in capitals, or none", function()
    for _, kind in ipairs { "text/event-stream;charset=utf-8", "Text/Event-Stream", false } do
      with(function(req)
        req:start(200, { ["content-type"] = kind or nil })
        req:write("data: 1\n\n")
        req:finish()
      end, function(rf)
        local stream <close> = assert(rf:stream(streaming.URI))
        assert.equal("data: 1\n\n", stream:read())
      end)
    end
  end)

  it("is nil without an error where there is nothing more to come", function()
    with(function() return 204 end, function(rf)
      assert.same({ n = 0 }, { n = select("#", (rf:stream(streaming.URI))) - 1 })
      assert.is_nil(select(2, rf:stream(streaming.URI)))
    end)
  end)

  it("says what an answer means that is no stream", function()
    local json = { ["content-type"] = "application/json" }
    refused("missing", 404, json, '{"error":{"code":"Base.1.8.ResourceMissingAtURI"}}')
    refused("busy", 503, json, "{}")
    refused("protocol", 200, json, "{}")
    refused("protocol", 201, json, "{}")
    refused("protocol", 500, { ["content-type"] = "text/html" }, ("<p>"):rep(100000))
  end)

  it("logs in again when the BMC has forgotten the session", function()
    with(function(req, n)
      if n == 1 then
        return 401, nil, ""
      end
      req:start(200, streaming.HEADERS)
      req:finish()
    end, function(rf, log)
      local stream <close> = assert(rf:stream(streaming.URI))
      assert.equal(200, stream.status)
      assert.equal(2, #log)
    end)
  end)

  it("refuses what is no path", function()
    with(function() return 404 end, function(rf)
      local stream, e = rf:stream("nonsense")
      assert.is_nil(stream)
      assert.equal("rejected", e.code)
    end)
  end)
end)
