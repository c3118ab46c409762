-- SPDX-License-Identifier: GPL-3.0-or-later
-- The server over TLS: its certificates, and that it answers as one without.
local err = require "bmc.err"
local http = require "bmc.http"
local httpd = require "bmc.httpd"
local support = require "support"

local with_server = support.with_server

local function get(url, opts)
  opts = opts or {}
  return http.request { url = url, method = opts.method, body = opts.body, ca = opts.ca,
    verify = opts.verify or false, timeout = 10 }
end

local function failure(result, e)
  assert.is_nil(result)
  assert.is_true(err.is(e))
  return e
end

local function echo(req)
  return 200, nil, req.body
end

local function silent() end

describe("a server with TLS", function()
  it("shows a certificate of its own that names its address", function()
    local dir <close> = support.tmpdir()
    local cert, key = assert(httpd.self_signed { cn = "bmc-7", names = { "127.0.0.1", "::1" } })
    with_server({ handler = echo, tls = { cert = cert, key = key } }, function(url)
      local r = assert(get(url, { verify = true, ca = dir:write("ca.pem", cert) }))
      assert.equal("CN=bmc-7", r.cert.subject)
      assert.is_true(r.cert.self_signed)
      assert.is_true(r.cert.not_after > os.time() + 300 * 86400)
      assert.equal("tls", failure(get(url, { verify = true })).code)
    end)
  end)

  it("takes certificate and key from files", function()
    local dir <close> = support.tmpdir()
    local cert, key = assert(httpd.self_signed {})
    local tls = { cert = dir:write("cert.pem", cert), key = dir:write("key.pem", key) }
    with_server({ handler = echo, tls = tls }, function(url)
      assert.equal(200, assert(get(url)).status)
    end)
    tls.key = select(2, httpd.self_signed {})
    assert.equal("tls", failure(httpd.serve { handler = echo, tls = tls }).code)
  end)

  it("can show one that expired", function()
    with_server({ handler = echo, tls = { days = -2 } }, function(url)
      local r = assert(get(url))
      assert.is_true(math.abs(r.cert.not_after - (os.time() - 2 * 86400)) < 60)
      assert.is_true(r.cert.not_before < r.cert.not_after)
    end)
  end)

  it("shows its own certificate to a client that names a host, not that of another", function()
    local first <close> = assert(httpd.serve { handler = echo, tls = { cn = "first" } })
    local second <close> = assert(httpd.serve { handler = echo, tls = { cn = "second" } })
    for _, server in ipairs { first, second } do
      local r = assert(get(("https://localhost:%d/"):format(server:port())))
      assert.equal(server == first and "CN=first" or "CN=second", r.cert.subject)
    end
  end)

  it("answers, streams and fails as one without", function()
    with_server({ tls = true, log = silent, handler = function(req)
      assert.is_true(req.secure)
      if req.path == "/abort" then
        req:start(200)
        req:write("abc")
        return req:abort()
      elseif req.path == "/stream" then
        req:start(200)
        for _ = 1, 100 do
          req:write(("x"):rep(50000))
        end
        return req:finish()
      end
      return 200, nil, req.body
    end }, function(url)
      local big = ("0123456789abcdef"):rep(200000)
      assert.equal(big, assert(get(url, { method = "POST", body = big })).body)
      assert.equal(5000000, #assert(get(url .. "/stream")).body)
      assert.equal("protocol", failure(get(url .. "/abort")).code)
    end)
  end)

  it("names only what a list holds: nobody keeps what a metamethod makes", function()
    local names = setmetatable({ "here.test" }, {
      __len = function() return 3 end,
      __index = function(_, i)
        collectgarbage()
        return ("x"):rep(200) .. i
      end,
    })
    assert(httpd.self_signed { names = names })
    assert.error_matches(function() httpd.self_signed { names = { "a", 2 } } end, "names 2")
  end)

  it("makes no certificate for a name that is too long, or for ever", function()
    assert.equal("tls", failure(httpd.self_signed { cn = ("x"):rep(65) }).code)
    for _, days in ipairs { 1e300, -1e300, 0 / 0 } do
      assert.equal("tls", failure(httpd.self_signed { days = days }).code)
    end
  end)
end)
