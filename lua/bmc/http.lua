-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmc.http: HTTP requests as tasks make them.
--
-- Owns what is policy above one exchange: which redirects are followed, and how JSON is read that
-- is not quite JSON. The exchange itself, TLS, timeouts and limits are C (src/http.h). Knows no
-- Redfish: what a status means to an operation is the business of bmc.redfish.
--
-- A redirect is followed only where the credentials may go: the same place, or the same host from
-- http to https. The method and the body stay what they were, since some BMCs redirect a POST to
-- the same path with a slash (QUIRKS T07, T10); only 303 asks for a GET.

local cjson = require "cjson"
local core = require "_bmcsh.http"
local err = require "bmc.err"
local json = require "_bmcsh.json"
local tbl = require "bmc.tbl"

local MAX_REDIRECTS = 5
local MAX_DEPTH = 64
local NONE = {}

local REDIRECTS = { [301] = true, [302] = true, [303] = true, [307] = true, [308] = true }
local SEE_OTHER = 303
-- Methods that change nothing.
local READS = { GET = true, HEAD = true }

local M = {}

---@class bmc.http.Options
---@field url string           https or http; no user or password inside
---@field method? string       "GET"
---@field headers? table<string, string|userdata|false>  false leaves out one sent by default
---@field body? string|(string|userdata)[]  a secret in a list becomes the inside of a JSON string
---@field json? any            becomes the body
---@field user? string|userdata      with password: Basic authentication
---@field password? string|userdata
---@field timeout? number      seconds for everything, 30; with stream: until the head has come
---@field connect_timeout? number  seconds for name, TCP and TLS, 10
---@field max_body? integer    bytes of the answer, 16 MiB; a stream has no limit
---@field stream? boolean      the answer comes with its head; then read(), close()
---@field once? boolean        never sent twice; true for POST and PATCH, else false
---@field fresh? boolean       on a connection of its own
---@field last? boolean        close the connection afterwards
---@field verify? boolean      true, or false where a pin is given
---@field ca? string           file of authorities to believe
---@field pin? string          "sha256//" and base64 of the server's public key
---@field tls? "default"|"rsa-kex"  rsa-kex: old suites and short keys too
---@field secret_header? string  its value is handed back as a secret only

---@class bmc.http.Response
---@field status integer
---@field reason string
---@field headers table<string, string>  names in lower case, repeated ones joined by ", "
---@field body? string         not with stream
---@field url string           the last one, after redirects
---@field seconds number
---@field connect_seconds number
---@field new_connection boolean
---@field address string       "ip:port"
---@field cert? bmc.http.Certificate  on a new TLS connection
---@field secret? userdata     value of secret_header
---@field read fun(self): string?, table?  a stream: the next part; nil at the end; nil, err
---@field close fun(self)      a stream: gives up the rest

---@class bmc.http.Certificate
---@field subject string
---@field issuer string
---@field not_before number    epoch seconds
---@field not_after number
---@field spki string          "sha256//…", as a pin
---@field self_signed boolean

-- ---- requests ----

local function has_header(headers, wanted)
  for name in pairs(headers) do
    if name:lower() == wanted then
      return true
    end
  end
  return false
end

local function with_json(opts)
  local headers = opts.headers or {}
  if not has_header(headers, "content-type") then
    headers = tbl.with(headers, { ["content-type"] = "application/json" })
  end
  local copy = tbl.with(opts, { body = M.encode(opts.json), headers = headers })
  copy.json = nil
  return copy
end

-- A task that is stopped has an error C had no part in: what was sent is not known.
local function explain(e, opts)
  if e.effect == nil then
    e.effect = READS[opts.method or "GET"] and "none" or "unknown"
  end
  return e
end

-- ---- redirects ----

local function place(u)
  return ("%s://%s:%d"):format(u.scheme, u.host, u.port)
end

local function may_follow(from, to)
  if to.user or to.password then
    return false
  elseif place(from) == place(to) then
    return true
  end
  return from.host == to.host and from.scheme == "http" and to.scheme == "https"
end

-- The URL that a redirect leads to.
local function resolve(response)
  local location = response.headers.location
  local url, e = core.join_url(response.url, location)
  local to = url and core.parse_url(url)
  if not to then
    return nil, err.new("protocol", ("%s redirects to something that is no URL%s"):format(
      response.url, e and "" or ", or not one of http"))
  end
  if not may_follow(core.parse_url(response.url), to) then
    return nil, err.new("rejected", ("%s redirects to %s: not followed, for the credentials are "
      .. "not meant for that place"):format(response.url, place(to)))
  end
  return url
end

local function next_options(opts, response, url, seconds)
  local changes = { url = url, timeout = opts.timeout and opts.timeout - seconds }
  local copy = tbl.with(opts, changes)
  if response.status == SEE_OTHER and not READS[opts.method or "GET"] then
    copy.method, copy.body = "GET", nil
  end
  return copy
end

local function follow(opts, response)
  local seconds = 0
  for _ = 1, MAX_REDIRECTS do
    if opts.stream then
      response:close()
    end
    seconds = seconds + response.seconds
    local url, e = resolve(response)
    if not url then
      e.status, e.seconds = response.status, seconds
      e.effect = response.status == SEE_OTHER and "unknown" or "none"
      return nil, e
    end
    opts = next_options(opts, response, url, response.seconds)
    response, e = core.request(opts)
    if not response then
      return nil, explain(e, opts)
    elseif not (REDIRECTS[response.status] and response.headers.location) then
      return response
    end
  end
  return err.fail("protocol", ("%s: more than %d redirects in a row"):format(response.url,
    MAX_REDIRECTS), { status = response.status, effect = "none", seconds = seconds })
end

--- Makes a request and waits for the answer, whatever its status.
---@param opts bmc.http.Options  an unknown option raises
---@return bmc.http.Response?
---@return bmc.err.Value? err timeout refused unreachable tls pin protocol too_large rejected
--- cancelled internal; effect "none" when no byte of the request has left, seconds, and status
--- where one had come; headers and secret too where secret_header had
function M.request(opts)
  if opts.json ~= nil then
    opts = with_json(opts)
  end
  local response, e = core.request(opts)
  if not response then
    return nil, explain(e, opts)
  elseif REDIRECTS[response.status] and response.headers.location then
    return follow(opts, response)
  end
  return response
end

--- The parts of a URL. The host of an IPv6 address keeps its brackets.
---@type fun(url: string): { scheme: string, host: string, port: integer, path: string,
--- query: string?, user: string?, password: string? }?, table?
M.parse_url = core.parse_url

--- What a reference (as in a Location header) means, seen from a URL.
---@type fun(url: string, reference: string): string?, table?
M.join_url = core.join_url

-- ---- JSON ----

-- QUIRKS R40: "@odata.etag": "W/"1f3a""
local function repair_etags(s)
  return (s:gsub('("@odata%.etag"%s*:%s*)"(W?/?)"([^"\n]*)""', '%1"%2\\"%3\\""'))
end

local function why_not(why, at, max_depth)
  if why == "nested too deep" then
    return ("JSON nested deeper than %d levels"):format(max_depth)
  end
  return ("no valid JSON: %s at byte %d"):format(why, at)
end

---@class bmc.http.Names  userdata

--- Names of fields, in whatever case the BMC writes them (QUIRKS R22), for decode() to read only
--- these. For those who keep what it returns.
---@type fun(names: string[]): bmc.http.Names
M.names = json.names

--- Reads JSON as BMCs write it: a byte order mark is passed over, bytes that are no UTF-8 become
--- U+FFFD (QUIRKS R39), control characters may stand in strings and quotes in an ETag (R40). A
--- field that is null is absent, as everywhere in bmcsh; in a list it is false, so that the
--- others keep their places. Whole numbers are integers. `exact` is for those who must tell null
--- from absent and [] from {}: null is http.null, and bmc.json writes what was read.
---
--- Two more are for those who read many answers and little of each. `only`, made by http.names():
--- fields of other names, at any depth, are passed over as if they were absent. `enough` is called
--- with each item of each list: what follows one for which it says true is passed over.
---@param body string
---@param opts? { max_depth: integer?, exact: boolean?, only: bmc.http.Names?,
--- enough: (fun(item: any): boolean?)? }  64, false
---@return any value
---@return bmc.err.Value? err protocol
function M.decode(body, opts)
  opts = opts or NONE
  local max_depth, exact = opts.max_depth or MAX_DEPTH, opts.exact
  local only, enough = opts.only, opts.enough
  local value, why, at = json.decode(body, max_depth, exact, only, enough)
  if why and body:find('"@odata.etag"', 1, true) then
    local repaired, still = json.decode(repair_etags(body), max_depth, exact, only, enough)
    if not still then
      return repaired
    end
  end
  if why then
    return err.fail("protocol", why_not(why, at, max_depth))
  end
  return value
end

--- What null is in an exact reading.
M.null = cjson.null

--- The JSON of an answer; the error names its URL and content type.
---@param response bmc.http.Response
---@param opts? { max_depth: integer? }
---@return any value
---@return bmc.err.Value? err protocol
function M.json(response, opts)
  local value, e = M.decode(response.body, opts)
  if e then
    e.text = ("%s: %d, %s: %s"):format(response.url, response.status,
      response.headers["content-type"] or "no content type", e.text)
    e.status = response.status
  end
  return value, e
end

--- A value as JSON. An empty table is an object. Plain slashes: cjson writes "\/", which is legal
--- and yet more than some BMCs understand.
---@param value any
---@return string
function M.encode(value)
  return (cjson.encode(value):gsub("\\/", "/"))
end

return M
