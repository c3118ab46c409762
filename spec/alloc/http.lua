-- SPDX-License-Identifier: GPL-3.0-or-later
-- Cases for the HTTP client. The server shares the memory that runs out: what it lacked, the
-- client sees as a lost connection; what counts is a clean end on this side.

local http = require "bmc.http"
local httpd = require "bmc.httpd"
local secret = require "_bmcsh.secret"

local M = {}

local cert, key = httpd.self_signed { cn = "alloc.test" }

local function silent() end

local function must(ok, e)
  if ok == nil then
    error(e, 0)
  end
  return ok
end

local function with_server(opts, f)
  opts.log = silent
  local server <close> = must(httpd.serve(opts))
  f(server:url("/"))
end

local BODY = '{"a":[1,"' .. ("x"):rep(600) .. '",null]}'

local function answer()
  return 201, { ["X-Auth-Token"] = "t", ["X-Repeated"] = { "1", "2" } }, BODY
end

function M.request()
  with_server({ handler = answer }, function(url)
    local response = must(http.request {
      url = url, method = "POST", timeout = 5,
      user = "u", password = must(secret.from_string("p")),
      headers = { ["x-one"] = must(secret.from_string(("s"):rep(300))), accept = false },
      body = { '{"P":"', must(secret.from_string('"\\')), '"}' }, secret_header = "x-auth-token",
    })
    if response.status == 201 then
      assert(response.secret:equals("t"))
      must(http.json(response))
    end
  end)
end

function M.tls()
  with_server({ handler = answer, tls = { cert = cert, key = key } }, function(url)
    local first = must(http.request { url = url, verify = false, timeout = 5 })
    local pin = first.cert and first.cert.spki
    must(http.request { url = url, pin = pin, verify = false, timeout = 5 })
  end)
end

function M.stream()
  with_server({
    handler = function(req)
      req:start(200)
      req:write(("z"):rep(3000))
      req:write(("z"):rep(200000))
      req:finish()
    end,
  }, function(url)
    local response <close> = must(http.request { url = url, stream = true, timeout = 5 })
    local part, e = response:read()
    while part do
      part, e = response:read()
    end
    if e then
      error(e, 0)
    end
  end)
end

function M.redirect()
  with_server({
    handler = function(req)
      if req.path == "/" then
        return 307, { location = "/there" }, ""
      end
      return 200, nil, "{}"
    end,
  }, function(url)
    must(http.request { url = url, method = "PUT", json = { 1 }, timeout = 5 })
  end)
end

function M.refused()
  local response, e = http.request { url = "http://127.0.0.1:1/", method = "A B" }
  assert(response == nil and e.code)
end

function M.urls()
  must(http.parse_url("https://u:p@bmc-7/a?b"))
  must(http.join_url("https://bmc-7/a", "/b"))
end

function M.json()
  local odd = '{"a":["\\u00e9\xff' .. ("x"):rep(3000)
  must(http.decode(odd .. '",{}],"@odata.etag":"W/"1"","b":null}'))
end

return M
