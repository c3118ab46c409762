-- SPDX-License-Identifier: GPL-3.0-or-later
-- The TLS side of bmc.http: trust, pins, facts of the certificate, old suites.

local host = require "_bmcsh.host"
local spawn = require "_bmcsh.spawn"

local http = require "bmc.http"
local httpd = require "bmc.httpd"
local support = require "support"
local task = require "bmc.task"

local OPENSSL = "/usr/bin/openssl"
local WRONG_PIN = "sha256//" .. ("A"):rep(43) .. "="

local function with_tls(tls, f)
  local asked = { count = 0 }
  local server <close> = assert(httpd.serve { tls = tls, handler = function()
    asked.count = asked.count + 1
    return 200, nil, "{}"
  end })
  return f(server:url("/"), asked)
end

local function get(url, opts)
  opts.url = url
  return http.request(opts)
end

local function failure(url, opts)
  local r, e = get(url, opts)
  assert.is_nil(r)
  return e
end

describe("trust", function()
  it("is refused to a certificate of its own making", function()
    with_tls(true, function(url, asked)
      local e = failure(url, {})
      assert.same({ "tls", "none", 0 }, { e.code, e.effect, asked.count })
      assert.matches("certificate of 127.0.0.1:%d+ is not trusted: self%-signed", e.text)
    end)
  end)

  it("is given without a check when asked for", function()
    with_tls(true, function(url)
      assert.equal(200, assert(get(url, { verify = false })).status)
    end)
  end)

  it("is given to what the named authority signed, for the right host only", function()
    local dir <close> = support.tmpdir()
    local cert, key = httpd.self_signed { cn = "bmc-7", names = { "127.0.0.1" } }
    local ca = dir:write("ca.pem", cert)
    with_tls({ cert = cert, key = key }, function(url)
      assert.equal(200, assert(get(url, { ca = ca })).status)
      local by_name = url:gsub("127.0.0.1", "localhost")
      assert.equal("tls", failure(by_name, { ca = ca, timeout = 30 }).code)
      local e = failure(url, { ca = ca .. ".absent", fresh = true })
      assert.same({ "rejected", "none" }, { e.code, e.effect })
    end)
  end)

  it("once given unchecked is no trust for a request that checks", function()
    with_tls(true, function(url)
      assert(get(url, { verify = false }))
      assert.equal("tls", failure(url, { verify = true }).code)
    end)
  end)
end)

describe("a pin", function()
  local function spki_of(url)
    return assert(get(url, { verify = false, last = true })).cert.spki
  end

  it("lets the right key pass, without any authority", function()
    with_tls(true, function(url)
      assert.equal(200, assert(get(url, { pin = spki_of(url) })).status)
    end)
  end)

  it("stops a wrong key before the request is sent, and names both", function()
    with_tls(true, function(url, asked)
      local spki = spki_of(url)
      local before = asked.count
      local e = failure(url, { pin = WRONG_PIN, method = "POST", body = "secret" })
      assert.same({ "pin", "none", before }, { e.code, e.effect, asked.count })
      assert.matches(spki, e.text, 1, true)
      assert.matches(WRONG_PIN, e.text, 1, true)
    end)
  end)

  it("is checked on a connection that was opened without it", function()
    with_tls(true, function(url, asked)
      assert(get(url, { verify = false }))
      assert.equal("pin", failure(url, { pin = WRONG_PIN, verify = false }).code)
      assert.equal(1, asked.count)
    end)
  end)

  it("does not replace an authority that was asked for", function()
    with_tls(true, function(url)
      assert.equal("tls", failure(url, { pin = spki_of(url), verify = true }).code)
    end)
  end)
end)

describe("the certificate", function()
  it("comes with the first answer of a connection", function()
    with_tls({ cn = "bmc-7", days = 30 }, function(url)
      local first = assert(get(url, { verify = false }))
      local cert, now = first.cert, host.wall()
      assert.equal("CN=bmc-7", cert.subject)
      assert.equal("CN=bmc-7", cert.issuer)
      assert.is_true(cert.self_signed)
      assert.is_true(cert.not_before <= now + 60)
      assert.is_true(math.abs(cert.not_after - now - 30 * 86400) < 2 * 86400)
      assert.matches("^sha256//" .. ("[%w+/]"):rep(43) .. "=$", cert.spki)
      assert.is_nil(assert(get(url, { verify = false })).cert)
      assert.equal(cert.spki, assert(get(url, { verify = false, fresh = true })).cert.spki)
    end)
  end)

  it("may have expired, which a check finds", function()
    local dir <close> = support.tmpdir()
    local cert, key = httpd.self_signed { names = { "127.0.0.1" }, days = -2 }
    local ca = dir:write("ca.pem", cert)
    with_tls({ cert = cert, key = key }, function(url)
      assert.is_true(assert(get(url, { verify = false })).cert.not_after < host.wall())
      local e = failure(url, { ca = ca })
      assert.equal("tls", e.code)
      assert.matches("expired", e.text)
    end)
  end)

  it("is absent without TLS", function()
    support.with_server(function() return 200, nil, "" end, function(url)
      assert.is_nil(assert(get(url, {})).cert)
    end)
  end)
end)

describe("TLS", function()
  it("with a server that does not speak it times out without an effect", function()
    support.with_server(function() return 200 end, function(url)
      local e = failure(url:gsub("^http", "https"), { verify = false, connect_timeout = 0.3 })
      assert.same({ "timeout", "none" }, { e.code, e.effect })
      assert.matches("did not end the TLS handshake", e.text)
    end)
  end)

  it("left out against a server that wants it is an error", function()
    with_tls(true, function(url, asked)
      assert.equal("protocol", failure(url:gsub("^https", "http"), {}).code)
      assert.equal(0, asked.count)
    end)
  end)
end)

-- A TLS server that answers each request with what it knows of the session.
local function with_openssl(options, f)
  if not host.stat(OPENSSL) then
    pending("openssl is not here")
  end
  local dir <close> = support.tmpdir()
  local key, cert = dir:file("key.pem"), dir:file("cert.pem")
  assert.equal(0, assert(spawn.run { OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes",
    "-keyout", key, "-out", cert, "-subj", "/CN=old" }).status)
  local port = support.free_port()
  local server = task.spawn(spawn.run, { OPENSSL, "s_server", "-accept", "127.0.0.1:" .. port,
    "-cert", cert, "-key", key, "-www", "-quiet", table.unpack(options) })
  local url = "https://127.0.0.1:" .. port .. "/"
  local ok, problem = pcall(function()
    f(url, support.eventually(function()
      local r, e = get(url, { verify = false, timeout = 30, last = true })
      return r or e.code ~= "refused" and e
    end))
  end)
  server:cancel()
  server:join()
  assert(ok, problem)
end

describe("a TLS session", function()
  for _, version in ipairs { "-tls1_2", "-tls1_3" } do
    it("is continued on the next connection with " .. version, function()
      with_openssl({ version }, function(url, first)
        assert.matches("\nNew, TLSv", first.body)
        local again = assert(get(url, { verify = false, timeout = 30, last = true }))
        assert.is_true(again.new_connection)
        assert.matches("\nReused, TLSv", again.body)
        assert.equal(first.cert.spki, again.cert.spki)
      end)
    end)
  end
end)

-- As H3C HDM is (QUIRKS T15): TLS 1.2, suites with static RSA only.
describe("the profile rsa-kex", function()
  it("reaches a BMC that the default does not reach, and says so", function()
    with_openssl({ "-tls1_2", "-cipher", "AES128-SHA" }, function(url, e)
      assert.same({ "tls", "none" }, { e.code, e.effect })
      assert.matches("rsa%-kex", e.text)
      assert.equal(200, assert(get(url, { verify = false, tls = "rsa-kex", timeout = 30 })).status)
    end)
  end)
end)
