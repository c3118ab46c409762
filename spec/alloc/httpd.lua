-- SPDX-License-Identifier: GPL-3.0-or-later
-- Cases for the HTTP server: a server comes and goes, requests with and without TLS.

local http = require "bmc.http"
local httpd = require "bmc.httpd"

local M = {}

local cert, key = httpd.self_signed { cn = "alloc.test" }

local function silent() end

local function must(ok, e)
  if ok == nil then
    error(e, 0)
  end
  return ok
end

-- One exchange with a server of its own. What the server lacked memory for, the client sees as
-- a lost connection or a 500; what counts here is that both come to an end.
local function exchange(opts, request)
  opts.log = silent
  local server <close> = must(httpd.serve(opts))
  request.url, request.timeout, request.verify = server:url("/x?y=z"), 5, false
  local response = http.request(request)
  assert(response == nil or response.status == 200 or response.status >= 500)
end

function M.certificate()
  must(httpd.self_signed { cn = "alloc.test", names = { "alloc.test", "127.0.0.1" } })
end

function M.reply()
  exchange({
    handler = function(req)
      return 200, { ["X-Path"] = req.path }, req.body
    end,
  }, { method = "POST", body = ("b"):rep(3000), headers = { ["x-auth-token"] = "t" } })
end

function M.stream()
  exchange({
    handler = function(req)
      req:start(200, { ["x-list"] = { "1", "2" } })
      req:write(("z"):rep(70000))
      req:finish()
    end,
  }, {})
end

function M.tls()
  exchange({
    tls = { cert = cert, key = key },
    handler = function()
      return 200
    end,
  }, {})
end

return M
