-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmc.httpd: HTTP servers whose handlers are tasks.
--
-- Owns the life of a server: one task accepts, each request is handled in a task of its own, and
-- closing ends them all. Bytes, framing and TLS are C (src/httpd.h). It knows no path and no
-- BMC: that is the business of the handler, in bmc.sim and the like.
--
-- A handler returns status, headers, body, or answers by itself with the methods of the request
-- and returns nothing. One that raises, or gives no answer, costs its client a 500 and the log a
-- line, never the server.

local core = require "_bmcsh.httpd"
local log = require "bmc.log"
local running = require("_bmcsh.task").self
local task = require "bmc.task"

local M = {}

-- How long closing waits for handlers that do not end when they are cancelled.
local GRACE = 5
-- A certificate that names a thousand addresses would be sent with every handshake.
local MAX_NAMES = 16

---@class bmc.httpd.Request
---@field method string          GET HEAD POST PATCH PUT DELETE; others have been answered with 501
---@field target string          as sent
---@field path string            percent-decoded, without the query
---@field query string?          as sent, without the question mark
---@field headers table<string, string>  names in lower case; repeated ones joined by ", "
---@field body string
---@field peer string            the client's address
---@field peer_port integer
---@field local_address string   the address it came to
---@field local_port integer
---@field secure boolean         over TLS
---@field reply fun(self, status: integer, headers: table?, body: string?): true?, table?
---@field start fun(self, status: integer, headers: table?): true?, table?  then write, finish
---@field write fun(self, part: string): true?, table?  waits until there is room for more
---@field finish fun(self): true?, table?
---@field abort fun(self)        sends what was written, then ends the connection as a crash would
---@field started fun(self): boolean  whether a status has been sent, or the connection aborted
---@field gone fun(self): boolean     whether the client left before it had the whole answer

---@class bmc.httpd.Options
---@field address string|string[]|nil  numeric; 127.0.0.1
---@field port integer?          0, the default: one that is free at every address
---@field handler fun(req: bmc.httpd.Request): integer?, table?, string?
---@field tls true|table|nil     true, or { cn=, days=, names= }: self-signed; { cert=, key= }: each
---                              a PEM text or a path
---@field max_body integer?      bytes of a request, 16 MiB; a longer one is answered with 413
---@field timeout number?        seconds, 60, for a client to send a request or take part of a reply
---@field log fun(line: string)? standard error

-- ---- requests ----

local function respond(self, req)
  self.handlers[running()] = true
  local status, headers, body = self.handler(req)
  if status == nil then
    if not req:started() and not req:gone() then
      error("the handler gave no answer", 0)
    end
    return
  end
  local sent, e = req:reply(status, headers, body)
  if not sent and e.code == "rejected" then
    error(e, 0)
  end
end

local function excuse(self, req, problem)
  self.log(("%s %s: %s"):format(req.method, req.path, problem))
  if not req:started() then
    req:reply(500)
  end
end

-- Raises nothing: an error here would end the scope, and with it the server.
local function serve(self, req)
  local _ <close> = req
  local ok, problem = xpcall(respond, debug.traceback, self, req)
  if not ok and not req:gone() then
    pcall(excuse, self, req, problem)
  end
  self.handlers[running()] = nil
end

-- Ends when the server is closed, or this task is stopped; that closes the server too.
local function accept_all(self)
  local _ <close> = self.core
  task.scope(function(scope)
    for req in self.core.accept, self.core do
      scope:spawn(serve, self, req)
    end
    self.core:close()
    scope:cancel()
  end)
end

-- ---- servers ----

---@class bmc.httpd.Server
local server = {}
local server_mt = { __index = server, __name = "bmc.httpd" }

function server_mt:__tostring()
  return tostring(self.core)
end

--- The port it listens at.
---@return integer|nil port nil once closed
function server:port()
  return (self.core:port())
end

--- The URL of a path at its first address.
---@param path string? with the leading slash
---@return string
function server:url(path)
  local host = self.address:find(":", 1, true) and "[" .. self.address .. "]" or self.address
  return ("%s://%s:%d%s"):format(self.scheme, host, self.number, path or "")
end

--- Stops to listen at one of its addresses, which ends the connections that came there, or takes
--- it up again: as a machine that goes away, and comes back.
---@param address string
---@param on boolean
---@return true|nil
---@return table? err missing (not one of its addresses), busy, rejected, cancelled (closed)
function server:listen_at(address, on)
  return self.core:listen_at(address, on)
end

--- Stops listening, ends the connections, cancels the handlers and waits for their end. From
--- inside a handler it does not wait, for that one is among them. Idempotent.
function server:close()
  self.core:close()
  if not self.handlers[running()] then
    task.shield(GRACE, self.accepting.join, self.accepting)
  end
end

server_mt.__close = server.close

local function names_of(address)
  local names = { "localhost" }
  for i, name in ipairs(address) do
    if i > MAX_NAMES then
      break
    end
    names[#names + 1] = name
  end
  return names
end

local function certificate(tls, address)
  if not tls then
    return nil
  end
  local wish = tls == true and {} or tls
  if wish.cert then
    return wish.cert, wish.key
  end
  return core.self_signed {
    cn = wish.cn or "localhost", days = wish.days, names = wish.names or names_of(address),
  }
end

local function warn(line)
  log.warning("httpd: %s", line)
end

--- Starts a server. The program goes on until it is closed, is interrupted, or the deadline of the
--- task that started it has passed. Use `local server <close> = httpd.serve{…}`.
---@param opts bmc.httpd.Options
---@return bmc.httpd.Server|nil
---@return table? err busy (port taken, no descriptors), missing (no such address or file),
--- rejected (not numeric, no right), tls (certificate or key unusable)
function M.serve(opts)
  assert(type(opts.handler) == "function", "httpd.serve: a handler expected")
  local address = opts.address or "127.0.0.1"
  address = type(address) == "table" and address or { address }
  local cert, key = certificate(opts.tls, address)
  if opts.tls and not cert then
    return nil, key
  end
  local listening, e = core.listen {
    address = address, port = opts.port, cert = cert, key = key, max_body = opts.max_body,
    timeout = opts.timeout,
  }
  if not listening then
    return nil, e
  end
  local self = setmetatable({
    core = listening, handler = opts.handler, log = opts.log or warn, handlers = {},
    address = address[1], scheme = cert and "https" or "http", number = listening:port(),
  }, server_mt)
  self.accepting = task.spawn(accept_all, self)
  return self
end

--- Makes a self-signed certificate with a key of its own (EC P-256).
---@param opts { cn: string?, days: number?, names: string[]? } days below zero: it expired then
---@return string|nil cert PEM
---@return string|table key PEM; or err: tls
M.self_signed = core.self_signed

return M
