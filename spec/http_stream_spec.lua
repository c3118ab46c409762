-- SPDX-License-Identifier: GPL-3.0-or-later
-- Answers that bmc.http hands out while they come.

local http = require "bmc.http"
local support = require "support"
local task = require "bmc.task"

local function open(url, opts)
  local all = { url = url, stream = true }
  for k, v in pairs(opts or {}) do
    all[k] = v
  end
  return http.request(all)
end

local function read_all(response)
  local parts = {}
  while true do
    local part, e = response:read()
    if not part then
      return table.concat(parts), e
    end
    parts[#parts + 1] = part
  end
end

-- Writes until the client is gone; notes how much went out.
local function endless(note)
  note.written = 0
  return function(req)
    req:start(200)
    local block = ("x"):rep(65536)
    while req:write(block) do
      note.written = note.written + #block
    end
    note.gone = true
  end
end

describe("a stream", function()
  it("comes with its head, then part by part, then ends", function()
    local go = task.channel(1)
    support.with_server(function(req)
      req:start(200, { ["Content-Type"] = "text/event-stream" })
      for i = 1, 3 do
        go:get()
        req:write("part " .. i)
      end
      req:finish()
    end, function(url)
      local response <close> = assert(open(url))
      assert.equal("text/event-stream", response.headers["content-type"])
      assert.is_nil(response.body)
      for i = 1, 3 do
        go:put(true)
        assert.equal("part " .. i, response:read())
      end
      assert.same({}, { response:read() })
      assert.same({}, { response:read() })
    end)
  end)

  it("loses no byte, whatever its length and the pace of its reader", function()
    local block = ("0123456789abcdef"):rep(4096)
    support.with_server(function(req)
      req:start(200)
      for _ = 1, 40 do
        req:write(block)
      end
      req:finish()
    end, function(url)
      local response <close> = assert(open(url))
      local length, first = 0, true
      for part in response.read, response do
        assert.equal(("0123456789abcdef"):sub(length % 16 + 1, length % 16 + 1), part:sub(1, 1))
        length = length + #part
        task.sleep(first and 0.2 or 0.001)
        first = false
      end
      assert.equal(40 * #block, length)
    end)
  end)

  it("holds the server back while nobody reads", function()
    local note = {}
    support.with_server(endless(note), function(url)
      local response <close> = assert(open(url))
      local written
      support.eventually(function() -- the buffers on the way are full
        written = note.written
        assert(task.sleep(0.3))
        return note.written == written
      end)
      for _ = 1, 100 do
        assert(response:read())
      end
      support.eventually(function() return note.written > written end)
    end)
  end)

  it("is given up when it is closed", function()
    local note = {}
    support.with_server(endless(note), function(url)
      local response <close> = assert(open(url))
      assert(response:read())
      response:close()
      local part, e = response:read()
      assert.is_nil(part)
      assert.equal("cancelled", e.code)
      support.eventually(function() return note.gone end)
    end)
  end)

  it("wakes the task that reads it when another one closes it", function()
    support.with_server(function(req)
      req:start(200)
      task.sleep(20)
    end, function(url)
      local response <close> = assert(open(url))
      local h = task.spawn(response.read, response)
      assert(task.sleep(0.05))
      response:close()
      local part, e = task.deadline(30, h.join, h)
      assert.is_nil(part)
      assert.equal("cancelled", e.code)
    end)
  end)

  it("is given up when nobody holds it any more", function()
    local note = {}
    support.with_server(endless(note), function(url)
      assert(open(url))
      collectgarbage()
      collectgarbage()
      support.eventually(function() return note.gone end)
    end)
  end)

  it("that breaks gives what had come, then the error", function()
    support.with_server(function(req)
      req:start(200, { ["content-length"] = "100" })
      req:write("half")
      req:abort()
    end, function(url)
      local response <close> = assert(open(url))
      local body, e = read_all(response)
      assert.equal("half", body)
      assert.same({ "protocol", 200 }, { e.code, e.status })
    end)
  end)

  it("has its timeout until the head only", function()
    support.with_server(function(req)
      if req.path == "/late" then
        task.sleep(20)
      end
      req:start(200)
      task.sleep(2)
      req:write("late")
      req:finish()
    end, function(url)
      local response <close> = assert(open(url, { timeout = 1.5 }))
      assert.equal("late", response:read())
      local none, e = open(url .. "/late", { timeout = 0.2 })
      assert.is_nil(none)
      assert.equal("timeout", e.code)
    end)
  end)

  it("ends a read at the deadline or the cancel of its task", function()
    support.with_server(function(req)
      req:start(200)
      task.sleep(20)
    end, function(url)
      local response <close> = assert(open(url))
      local part, e = task.deadline(0.1, response.read, response)
      assert.is_nil(part)
      assert.equal("timeout", e.code)
      local other <close> = assert(open(url))
      local h = task.spawn(other.read, other)
      assert(task.sleep(0.05))
      h:cancel()
      part, e = h:join()
      assert.is_nil(part)
      assert.equal("cancelled", e.code)
    end)
  end)

  it("has one reader at a time", function()
    support.with_server(function(req)
      req:start(200)
      task.sleep(20)
    end, function(url)
      local response <close> = assert(open(url))
      local h = task.spawn(response.read, response)
      assert(task.sleep(0.05))
      local ok, e = pcall(response.read, response)
      assert.is_false(ok)
      assert.matches("another task", tostring(e))
      h:cancel()
      h:join()
    end)
  end)

  it("can be read by a generator", function()
    support.with_server(function(req)
      req:start(200)
      for i = 1, 3 do
        task.sleep(0.02)
        req:write(("line %d\n"):format(i))
      end
      req:finish()
    end, function(url)
      local response <close> = assert(open(url))
      local lines = coroutine.wrap(function()
        for part in response.read, response do
          for line in part:gmatch("[^\n]+") do
            coroutine.yield(line)
          end
        end
      end)
      assert.same({ "line 1", "line 2", "line 3" }, { lines(), lines(), lines() })
      assert.is_nil(lines())
    end)
  end)

  it("follows a redirect", function()
    support.with_server(function(req)
      if req.path == "/" then
        return 307, { location = "/events" }, "moved"
      end
      return 200, nil, "there"
    end, function(url)
      local response <close> = assert(open(url))
      assert.equal(url .. "/events", response.url)
      assert.equal("there", (read_all(response)))
    end)
  end)
end)

describe("a request given up", function()
  -- Each wait is ended at another moment: before the connection, in the handshake, while the
  -- answer is awaited, while it comes.
  for _, tls in ipairs { false, true } do
    it("at any moment leaves nothing behind" .. (tls and ", with TLS" or ""), function()
      local note = {}
      support.with_server({ tls = tls, handler = endless(note) }, function(url)
        for step = 0, 30 do
          local h = task.spawn(http.request, { url = url, method = "POST", body = { "a", "b" },
            user = "u", password = "p", verify = not tls and true or false, stream = step % 2 == 0,
            max_body = 1e9 })
          assert(task.sleep(step * 0.0003))
          h:cancel()
          local r = h:join()
          if r then
            r:close()
          end
        end
        local last = assert(http.request { url = url, verify = false, stream = true })
        assert.equal(200, last.status)
        last:close()
      end)
    end)
  end
end)
