-- SPDX-License-Identifier: GPL-3.0-or-later
-- target.address: owns how the addresses of a machine are written and shown. Pure.

local err = require "bmc.err"
local http = require "bmc.http"

local DEFAULT_PORT = { http = 80, https = 443 }
local IPMI_PORT = 623

local M = {}

local function refuse(text, ...)
  return err.fail("rejected", text:format(...))
end

-- Said of any address. What stands there is not repeated: it may be a password.
local function no_credentials()
  return refuse("credentials do not belong into a URL: it is shown and logged; "
    .. "use user and password")
end

--- A Redfish address, "https://h[:port]", "http://…" or a bare name.
---@param text string
---@return table? url  as bmc.http parses it
---@return bmc.err.Value? err rejected
function M.redfish(text)
  if not text:find("://", 1, true) then
    text = "https://" .. text
  end
  local url, e = http.parse_url(text)
  if not url then
    return nil, e
  elseif not DEFAULT_PORT[url.scheme] then
    return refuse("%s: https, http or ipmi expected", url.scheme)
  elseif url.user or url.password then
    return no_credentials()
  elseif (url.path or "/") ~= "/" or url.query then
    return refuse("a target is a host; leave out what follows it")
  end
  return url
end

--- Whether an address is one of IPMI by its scheme.
---@param text string
---@return boolean
function M.is_ipmi(text)
  return text:find("^[iI][pP][mM][iI]://") ~= nil
end

---@class bmc.target.Place
---@field host string    name or address, without the brackets of IPv6
---@field port integer
---@field shown string   as people write it: the port where it is not the usual one

--- An IPMI address, "ipmi://h[:port]", with brackets around IPv6, or the same without scheme.
---@param text string
---@return bmc.target.Place?
---@return bmc.err.Value? err rejected
function M.ipmi(text)
  local rest = M.is_ipmi(text) and text:sub(8) or text
  rest = rest:match("^(.-)/?$")
  if rest:find("@", 1, true) then
    return no_credentials()
  end
  local host, port = rest:match("^%[([%x:.]+%%?[%w.-]*)%](.*)$")
  if not host then
    host, port = rest:match("^([%w_.-]+)(.*)$")
  end
  local number = port == "" and IPMI_PORT or math.tointeger(port and port:match("^:(%d+)$"))
  if not host or not number or number < 1 or number > 65535 then
    return refuse("%q is no IPMI address; write ipmi://NAME or ipmi://NAME:PORT, with brackets "
      .. "around IPv6", text)
  end
  local name = host:find(":", 1, true) and "[" .. host .. "]" or host
  return {
    host = host, port = number, shown = number == IPMI_PORT and name or name .. ":" .. number,
  }
end

--- A Redfish address as people write it: "10.0.5.17", "[fe80::1]:8443", the port where it is not
--- the usual one.
---@param url table
---@return string
function M.shown(url)
  if url.port ~= DEFAULT_PORT[url.scheme] then
    return url.host .. ":" .. url.port
  end
  return url.host
end

return M
