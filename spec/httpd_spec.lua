-- SPDX-License-Identifier: GPL-3.0-or-later
local core = require "_bmcsh.httpd"
local spawn = require "_bmcsh.spawn"

local err = require "bmc.err"
local http = require "bmc.http"
local httpd = require "bmc.httpd"
local sink = require "support.sink"
local support = require "support"
local task = require "bmc.task"

local with_server = support.with_server

local function get(url, opts)
  local all = { url = url, timeout = 10, verify = false }
  for key, value in pairs(opts or {}) do
    all[key] = value
  end
  return http.request(all)
end

local function failure(result, e)
  assert.is_nil(result)
  assert.is_true(err.is(e))
  return e
end

-- What a server says to these bytes until it closes the connection; the header says when.
local function talk(url, bytes, script)
  return assert(spawn.run {
    "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$0\n" .. (script or "cat >&3; cat <&3"),
    url:match("%d+$"), stdin = bytes, timeout = 60, max_output = 64 * 1024 * 1024,
  }).stdout
end

local function status_of(answer)
  return tonumber(answer:match("^HTTP/1%.1 (%d+) "))
end

local function echo(req)
  return 200, nil, req.body
end

local function silent() end

describe("a request", function()
  it("tells what was asked for, from where and at which address", function()
    local seen
    with_server(function(req)
      seen = req
      return 200
    end, function(url, server)
      assert(get(url .. "/a%20b/c%2Fd?$select=x&y=%26", {
        method = "PATCH", body = "hello", headers = { ["X-Auth-Token"] = "t", ["If-Match"] = '"1"',
          ["OData-Version"] = "4.0", ["X-Never_Heard-Of"] = "q" },
      }))
      assert.equal(server:port(), seen.local_port)
    end)
    assert.same({ "PATCH", "/a b/c/d", "$select=x&y=%26", "/a%20b/c%2Fd?$select=x&y=%26", "hello" },
      { seen.method, seen.path, seen.query, seen.target, seen.body })
    assert.same({ "t", '"1"', "4.0", "q" }, { seen.headers["x-auth-token"],
      seen.headers["if-match"], seen.headers["odata-version"], seen.headers["x-never_heard-of"] })
    assert.same({ "127.0.0.1", "127.0.0.1" }, { seen.peer, seen.local_address })
    assert.is_false(seen.secure)
    assert.equal("HTTP request (PATCH /a b/c/d)", tostring(seen))
  end)

  it("has the headers that came several times joined, and no query without a mark", function()
    local seen
    with_server(function(req)
      seen = req
      return 200
    end, function(url)
      talk(url, "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nx:2 \r\nConnection: close\r\n\r\n")
    end)
    assert.equal("1, 2", seen.headers.x)
    assert.is_nil(seen.query)
  end)

  it("comes whole, whether its body has a length or comes in chunks", function()
    local big = ("0123456789abcdef"):rep(200000)
    with_server(echo, function(url)
      assert.equal(big, assert(get(url, { method = "POST", body = big })).body)
      assert.equal("", assert(get(url, { method = "POST" })).body)
      assert.equal("x", assert(get(url, { method = "DELETE", body = "x" })).body)
      assert.equal("", assert(get(url, { method = "DELETE" })).body)
      local answer = talk(url, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        .. "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n3\r\nabc\r\n0\r\nT: x\r\n\r\n")
      assert.equal("helloabc", answer:match("\r\n\r\n(.*)$"))
    end)
  end)

  it("may come byte by byte, after empty lines, and name a whole URL", function()
    with_server(function(req)
      return 200, nil, req.path
    end, function(url)
      local answer = talk(url,
        "\r\n\r\nGET http://a/b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "dd bs=1 status=none >&3; cat <&3")
      assert.equal("/b", answer:match("\r\n\r\n(.*)$"))
    end)
  end)

  it("of a client that asks first is called for", function()
    with_server(echo, function(url)
      local answer = talk(url, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        .. "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        "cat >&3; read -r line <&3; echo \"$line\"; printf hi >&3; cat <&3")
      assert.matches("^HTTP/1%.1 100 Continue\r\n\r\nHTTP/1%.1 200 OK\r\n.*\r\n\r\nhi$", answer)
    end)
  end)

  local refused = {
    { 400, "GET /\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\n\r\n" },
    { 400, "GET x HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n folded\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello" },
    { 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
      .. "Transfer-Encoding: chunked\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n" },
    { 413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n" },
    { 413, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n"
      .. ("x"):rep(1001) .. "\r\n" },
    { 431, "GET / HTTP/1.1\r\nHost: a\r\nX: " .. ("x"):rep(33000) },
    { 501, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 501, "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n" },
    { 501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n" },
    { 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n" },
  }
  for _, case in ipairs(refused) do
    local status, bytes = table.unpack(case)
    local shown = bytes:sub(1, 70):gsub("%c+", " / ")
    it(("is answered with %d: %s"):format(status, shown), function()
      with_server({ max_body = 1000, handler = function()
        error("it must not come here")
      end }, function(url)
        assert.equal(status, status_of(talk(url, bytes)))
      end)
    end)
  end
end)

describe("a connection", function()
  it("ends gently: what is still being sent does not destroy the last answer", function()
    with_server({ handler = echo, max_body = 1000 }, function(url)
      local bytes = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n"
      assert.equal(413, status_of(talk(url, bytes .. ("x"):rep(3000000))))
    end)
  end)

  it("takes no more input than it can use while its request is handled", function()
    with_server(function()
      task.sleep(60)
      return 200
    end, function(url)
      local said = talk(url, "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "cat >&3; timeout 0.5 head -c 60000000 /dev/zero >&3; echo $?")
      assert.equal("124\n", said) -- timeout had to stop it
    end)
  end)

  it("costs no time while its client goes on sending, but takes no answer", function()
    with_server(function(req)
      req:start(200)
      while req:write(("x"):rep(50000)) do end
    end, function(url)
      task.scope(function(s)
        s:spawn(talk, url, "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
          "cat >&3; sleep 0.2; echo more >&3; sleep 0.8")
        task.sleep(0.4)
        local before = os.clock()
        task.sleep(0.4)
        assert.is_true(os.clock() - before < 0.2)
      end)
    end)
  end)

  it("serves one request after another", function()
    with_server(echo, function(url)
      assert.is_true(assert(get(url)).new_connection)
      for _, method in ipairs { "GET", "POST", "DELETE", "PUT" } do
        assert.is_false(assert(get(url, { method = method })).new_connection)
      end
    end)
  end)

  it("answers in order what comes before it is asked for", function()
    with_server(function(req)
      task.sleep(req.path == "/1" and 0.05 or 0)
      return 200, nil, req.path
    end, function(url)
      local answer = talk(url, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\n"
        .. "Content-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      local bodies = {}
      for body in answer:gmatch("\r\n\r\n(/%d)") do
        bodies[#bodies + 1] = body
      end
      assert.same({ "/1", "/2", "/3" }, bodies)
    end)
  end)

  it("ends after the answer where HTTP/1.0 is spoken, unless asked to stay", function()
    with_server(echo, function(url)
      assert.matches("\r\nConnection: close\r\n", talk(url, "GET / HTTP/1.0\r\n\r\n"))
      local both = talk(url, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        .. "GET / HTTP/1.0\r\n\r\n")
      assert.matches("Connection: keep%-alive.*Connection: close", both)
    end)
  end)

  it("ends when a client is silent, or drips, for too long", function()
    with_server({ handler = echo, timeout = 0.1 }, function(url)
      assert.equal("", talk(url, "", "cat <&3"))
      assert.equal("", talk(url, "GET / HTTP/1.1\r\n"))
      assert.equal("", talk(url, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"))
      talk(url, "", "printf 'GET / HTTP/1.1\\r\\n' >&3; while sleep 0.02; do printf x >&3; done")
    end)
  end)

  it("has all the time it needs while the handler works", function()
    with_server({ timeout = 1, handler = function()
      task.sleep(1.5)
      return 204
    end }, function(url)
      assert.equal(204, assert(get(url)).status)
    end)
  end)
end)

describe("an answer", function()
  it("has status, headers and body as the handler gave them, and an exact length", function()
    with_server(function(req)
      if req.path == "/list" then
        return 299, { ["X-Many"] = { "1", "2" }, ["X-Number"] = 7 }, "abc"
      end
      return 401, { ["WWW-Authenticate"] = "Basic" }
    end, function(url)
      local r = assert(get(url .. "/list"))
      local h = r.headers
      assert.same({ 299, "1, 2", "7", "3", "abc" },
        { r.status, h["x-many"], h["x-number"], h["content-length"], r.body })
      assert.matches("^%a%a%a, %d%d %a%a%a %d%d%d%d %d%d:%d%d:%d%d GMT$", h.date)
      r = assert(get(url))
      assert.same({ 401, "Unauthorized", "0", "" },
        { r.status, r.reason, r.headers["content-length"], r.body })
    end)
  end)

  it("to HEAD, and one with a status that has none, comes without a body", function()
    with_server(function(req)
      return req.method == "HEAD" and 200 or 204, nil, "hidden"
    end, function(url)
      local head = talk(url, "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      assert.matches("\r\nContent%-Length: 6\r\n.*\r\n\r\n$", head)
      local r = assert(get(url))
      assert.same({ 204, "" }, { r.status, r.body })
      assert.is_nil(r.headers["content-length"])
      assert.is_false(assert(get(url)).new_connection)
    end)
  end)

  it("may be larger than any buffer", function()
    local big = ("0123456789abcdef"):rep(500000)
    with_server(function()
      return 200, nil, big
    end, function(url)
      assert.equal(big, assert(get(url)).body)
    end)
  end)

  it("may come in parts, chunked or with a length", function()
    with_server(function(req)
      assert(req:start(200, req.path == "/length" and { ["Content-Length"] = "6" } or nil))
      for _, part in ipairs { "ab", "", "cd", "ef" } do
        assert(req:write(part))
        task.sleep(0.01)
      end
      assert(req:finish())
    end, function(url)
      local r = assert(get(url .. "/chunked"))
      assert.same({ "chunked", "abcdef" }, { r.headers["transfer-encoding"], r.body })
      r = assert(get(url .. "/length"))
      assert.same({ "6", "abcdef" }, { r.headers["content-length"], r.body })
      assert.is_false(r.new_connection)
    end)
  end)

  it("waits for the client to take it, and ends when it leaves", function()
    local written, gone = 0, nil
    with_server(function(req)
      req:start(200)
      local ok, e = true, nil
      while ok do
        ok, e = req:write(("x"):rep(65536))
        written = written + 1
      end
      gone = e
    end, function(url)
      talk(url, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "cat >&3; sleep 0.3")
      support.eventually(function()
        return gone
      end)
    end)
    assert.equal("unreachable", gone.code)
    assert.is_true(written > 1 and written * 65536 < 32 * 1024 * 1024)
  end)

  it("to a client that takes nothing for too long is given up", function()
    local gone
    with_server({ timeout = 1, handler = function(req)
      req:start(200)
      repeat
        local ok, e = req:write(("x"):rep(1000000))
        gone = e
      until not ok
    end }, function(url)
      task.scope(function(s)
        local client = s:spawn(pcall, talk, url, "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
          "cat >&3; sleep 50")
        support.eventually(function()
          return gone
        end)
        assert.equal("unreachable", gone.code)
        client:cancel()
      end)
    end)
  end)

  it("has all of its time after a handler that has computed", function()
    with_server({ timeout = 2, handler = function()
      local enough = task.now() + 2.2
      repeat until task.now() > enough
      return 200, nil, ("x"):rep(20000000)
    end }, function(url)
      assert.equal(20000000, #assert(get(url, { timeout = 100, max_body = 1 << 25 })).body)
    end)
  end)

  it("can be seen to be in vain while the handler does something else", function()
    local gone
    with_server(function(req)
      support.eventually(function()
        gone = req:gone()
        return gone
      end)
      return 200
    end, function(url)
      failure(get(url, { timeout = 1 }))
      support.eventually(function()
        return gone
      end)
    end)
  end)

  it("is given once: more of it is a mistake", function()
    local problems = {}
    with_server(function(req)
      local function try(f, ...)
        local ok, e = pcall(f, req, ...)
        problems[#problems + 1] = not ok and e or "none"
      end
      try(req.write, "x")
      try(req.reply, 99)
      try(req.reply, "x")
      try(req.reply, 200, { "x" })
      assert(req:reply(200))
      try(req.reply, 200)
      try(req.start, 200)
      try(req.finish)
    end, function(url)
      assert.equal(200, assert(get(url)).status)
    end)
    assert.equal(7, #problems)
    for _, problem in ipairs(problems) do
      assert.matches("expected", problem:gsub("has not been started, or has ended", "expected"))
    end
  end)
end)

describe("a fault on purpose", function()
  local function end_of(handler, opts)
    return with_server(handler, function(url)
      return failure(get(url, opts))
    end)
  end

  it("is no answer at all", function()
    local e = end_of(function(req)
      req:abort()
    end)
    assert.same({ "protocol", "unknown" }, { e.code, e.effect })
  end)

  it("is half an answer, all of which arrives", function()
    with_server(function(req)
      req:start(200, { ["Content-Length"] = "200000" })
      req:write(("x"):rep(100000))
      req:abort()
    end, function(url)
      local answer = talk(url, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      assert.equal(100000, #answer:match("\r\n\r\n(.*)$"))
      failure(get(url))
    end)
  end)

  it("is a length that is too long, too short, or no number", function()
    for _, length in ipairs { "100", "1", "-3", "many" } do
      with_server(function()
        return 200, { ["Content-Length"] = length }, "short"
      end, function(url)
        local answer = talk(url, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert.matches("\r\nContent%-Length: " .. length:gsub("%-", "%%-") .. "\r\n", answer)
        assert.matches("\r\n\r\nshort$", answer)
      end)
    end
  end)

  it("is a coding that the body does not keep to", function()
    local e = end_of(function()
      return 401, { ["Transfer-Encoding"] = "chunked" }, "<html>"
    end)
    assert.equal("protocol", e.code)
  end)

  it("is a body without an end", function()
    local e = end_of(function(req)
      req:start(200)
      while req:write(("x"):rep(65536)) do end
    end, { max_body = 1000000 })
    assert.equal("too_large", e.code)
  end)
end)

describe("a handler", function()
  local function problem_of(handler)
    local lines = {}
    local status = with_server({ handler = handler, log = function(line)
      lines[#lines + 1] = line
    end }, function(url)
      local r = get(url .. "/x")
      assert.equal(r and r.status, (get(url .. "/x") or {}).status) -- the server goes on
      return r and r.status
    end)
    assert.equal(2, #lines)
    return lines[1], status
  end

  it("that raises costs a 500 and a line in the log", function()
    local line, status = problem_of(function()
      error("kaboom")
    end)
    assert.equal(500, status)
    assert.matches("^GET /x: .*httpd_spec.lua:%d+: kaboom", line)
  end)

  it("that raises shows the path it was asked for, and nothing acts on a terminal", function()
    local real, printed = io.stderr, sink()
    -- luacheck: push ignore 122
    local _ <close> = setmetatable({}, { __close = function() io.stderr = real end })
    io.stderr = printed
    -- luacheck: pop
    with_server({ handler = function() error("kaboom") end }, function(url)
      assert.equal(500, get(url .. "/%1b%5D0;x%07%0Abmcsh:%20all%20is%20well%C2%9b31m").status)
    end)
    local said = table.concat(printed.parts)
    assert.matches("GET /.*all is well.*kaboom", said)
    assert.is_nil(said:sub(1, -2):find("[%c]") or said:find("\xc2\x9b", 1, true))
  end)

  it("that raises in the middle of its answer ends the connection", function()
    local line, status = problem_of(function(req)
      req:start(200)
      error(err.new("busy", "later"))
    end)
    assert.is_nil(status)
    assert.matches("busy: later", line)
  end)

  it("that gives no answer costs a 500", function()
    local line, status = problem_of(silent)
    assert.equal(500, status)
    assert.matches("no answer", line)
  end)

  it("cannot smuggle a line end into a header", function()
    for _, header in ipairs { { ["X"] = "a\r\nY: b" }, { ["X"] = "a\nb" }, { ["X"] = "a\0b" },
      { ["X\r\nY"] = "a" }, { ["X Y"] = "a" }, { [""] = "a" } } do
      local line, status = problem_of(function()
        return 200, header
      end)
      assert.equal(500, status)
      assert.matches("rejected", line)
    end
  end)

  it("runs beside the others", function()
    local waiting = 0
    with_server(function()
      waiting = waiting + 1
      support.eventually(function()
        return waiting == 20
      end)
      return 200
    end, function(url)
      task.scope(function(s)
        for _ = 1, 20 do
          s:spawn(function()
            assert.equal(200, assert(get(url)).status)
          end)
        end
      end)
    end)
  end)
end)

describe("a server", function()
  it("listens at many addresses of one port, and each request knows its own", function()
    local addresses = {}
    for i = 1, 1100 do
      addresses[i] = ("127.8.%d.%d"):format(i // 250, i % 250 + 1)
    end
    local server <close> = assert(httpd.serve { address = addresses, handler = function(req)
      return 200, nil, req.local_address
    end })
    for _, i in ipairs { 1, 2, 500, 1100 } do
      local url = ("http://%s:%d/"):format(addresses[i], server:port())
      assert.equal(addresses[i], assert(get(url)).body)
    end
  end)

  it("leaves one of its addresses, and comes back to it", function()
    local server <close> = assert(httpd.serve {
      address = { "127.0.0.1", "127.0.0.2" }, handler = echo,
    })
    local function at(address)
      return get(("http://%s:%d/"):format(address, server:port()))
    end
    assert(at("127.0.0.2"))
    assert.is_true(server:listen_at("127.0.0.2", false))
    assert.equal("refused", failure(at("127.0.0.2")).code)
    assert(at("127.0.0.1"))
    assert.is_true(server:listen_at("127.0.0.2", true))
    assert(at("127.0.0.2"))
    assert.equal("missing", failure(server:listen_at("127.0.0.3", true)).code)
  end)

  it("says why it cannot listen", function()
    local server <close> = assert(httpd.serve { handler = echo })
    local function code(opts)
      opts.handler = echo
      return failure(httpd.serve(opts)).code
    end
    assert.equal("busy", code { port = server:port() })
    assert.equal("rejected", code { address = "localhost" })
    assert.equal("missing", code { address = "203.0.113.7" })
    assert.equal("missing", code { tls = { cert = "/nonexistent", key = "x" } })
    assert.equal("tls", code { tls = { cert = "-----BEGIN", key = "-----BEGIN" } })
    assert.has_error(function()
      httpd.serve { handler = echo, port = 70000 }
    end)
    assert.has_error(function()
      httpd.serve { handler = echo, address = {} }
    end)
    assert.has_error(function()
      httpd.serve {}
    end)
  end)

  it("ends connections and handlers when it is closed, twice if need be", function()
    local asked, ended
    local server = assert(httpd.serve { handler = function()
      asked = true
      local _, e = task.sleep(60)
      ended = e
      return 200
    end })
    assert.equal(("HTTP server (port %d)"):format(server:port()), tostring(server))
    task.scope(function(s)
      local client = s:spawn(get, server:url("/"))
      support.eventually(function()
        return asked
      end)
      server:close()
      server:close()
      assert.equal("cancelled", ended.code)
      assert.equal("protocol", failure(client:join()).code)
    end)
    assert.equal("refused", failure(get(server:url("/"))).code)
    assert.is_nil(server:port())
    assert.equal("HTTP server (closed)", tostring(server))
  end)

  it("can be closed by one of its handlers", function()
    local server
    server = assert(httpd.serve { handler = function(req)
      server:close()
      return 200, nil, req.path
    end })
    failure(get(server:url("/")))
    server:close()
  end)

  it("ends with the time of the task that started it", function()
    local server
    task.deadline(0.05, function()
      server = assert(httpd.serve { handler = echo })
      task.sleep(1)
    end)
    support.eventually(function()
      return not server:port()
    end)
  end)

  it("goes on with what a client asked for that has left", function()
    local left, done = task.channel(1), nil
    with_server(function(req)
      left:get()
      done = req.path
      return 200
    end, function(url)
      failure(get(url .. "/reset", { method = "POST", timeout = 0.5 }))
      left:put(true)
      support.eventually(function()
        return done == "/reset"
      end)
    end)
  end)

  it("in C hands each request to the one who waits, and drops what nobody answers", function()
    local server <close> = assert(core.listen {})
    task.scope(function(s)
      local client = s:spawn(get, ("http://127.0.0.1:%d/"):format(server:port()))
      do
        local req <close> = assert(server:accept())
        assert.has_error(function()
          req:finish()
        end)
      end
      assert.equal("protocol", failure(client:join()).code)
      local waiter = s:spawn(server.accept, server)
      task.sleep(0)
      assert.has_error(function()
        server:accept()
      end)
      server:close()
      assert.equal("cancelled", failure(waiter:join()).code)
      assert.equal("cancelled", failure(server:accept()).code)
    end)
  end)

  it("with TLS drops a client that speaks none, or nothing", function()
    with_server({ tls = true, handler = echo, timeout = 2 }, function(url)
      assert.is_nil(status_of(talk(url, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")))
      assert.equal("", talk(url, "", "cat <&3"))
      assert.equal(200, assert(get(url)).status)
    end)
  end)
end)
