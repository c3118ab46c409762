-- SPDX-License-Identifier: GPL-3.0-or-later
--- What a BMC answers to anybody, outside of a session.
--
-- Owns the presence ping, the lists of how a BMC lets users in and of its cipher suites, and what
-- their bits mean. bmc.rmcp is its face.
--
-- Sections are those of the IPMI specification, version 2.0, revision 1.1.

local core = require "_bmcsh.rmcp"
local err = require "bmc.err"
local task = require "bmc.task"

local PORT = 623
local RETRY = 0.5 -- seconds before the first resend; each further wait is longer

local M = {}

--- Asks whether a BMC is there: the ASF presence ping (13.2.3).
---@param o { host: string, port: integer?, timeout: number?, retry: number? }  seconds: 5, 0.5
---@return boolean? ipmi   whether what answers says that it has IPMI
---@return bmc.err.Value? err timeout, refused, unreachable, cancelled
function M.ping(o)
  return core.ping(o.host, o.port or PORT, o.timeout or 5, o.retry or RETRY)
end

---@class bmc.rmcp.Capabilities
---@field ipmi_2_0 boolean
---@field ipmi_1_5 boolean
---@field auth_types string[]  of IPMI 1.5: "none" "md2" "md5" "password" "oem"
---@field kg_set? boolean      a K_g that is not 0; nil where the BMC does not say
---@field per_message boolean  IPMI 1.5 authenticates each message
---@field user_level boolean   IPMI 1.5 authenticates what a user may do
---@field named boolean        there are users with a name, enabled
---@field null_user boolean    … users without one, with a password
---@field anonymous boolean    … users with neither name nor password
---@field oem_id integer       IANA number

-- The bits of the authentication type support (22.13).
local AUTH_TYPES = { [0] = "none", [1] = "md2", [2] = "md5", [4] = "password", [5] = "oem" }

local function decode_capabilities(data)
  local types, status, extended = data:byte(2, 4)
  local list, newer = {}, types & 0x80 ~= 0
  for bit = 0, 5 do
    list[#list + 1] = types & 1 << bit ~= 0 and AUTH_TYPES[bit] or nil
  end
  local kg_set = nil
  if newer then
    kg_set = status & 0x20 ~= 0
  end
  return {
    ipmi_2_0 = newer and extended & 0x02 ~= 0, ipmi_1_5 = not newer or extended & 0x01 ~= 0,
    auth_types = list, kg_set = kg_set,
    per_message = status & 0x10 == 0, user_level = status & 0x08 == 0,
    named = status & 0x04 ~= 0, null_user = status & 0x02 ~= 0, anonymous = status & 0x01 ~= 0,
    oem_id = #data >= 7 and ("<I3"):unpack(data, 5) or 0,
  }
end

--- What a BMC says to anybody about how it lets users in (22.13), for findings. Some BMCs are wrong
--- about themselves (QUIRKS): a hint, and no reason not to try.
---@param o { host: string, port: integer?, timeout: number? }  seconds: 5
---@return bmc.rmcp.Capabilities?
---@return bmc.err.Value? err timeout, unsupported, refused, unreachable, protocol, cancelled
function M.capabilities(o)
  local deadline = task.now() + (o.timeout or 5)
  local data, code
  for _, channel in ipairs { "\x8E", "\x0E" } do -- old BMCs do not know the bit for 2.0
    data, code = core.ask(o.host, o.port or PORT, math.max(deadline - task.now(), 0), RETRY, false,
      0x06, 0x38, channel .. "\x04")
    if code ~= 0xCC then
      break
    end
  end
  if not data then
    return nil, code
  elseif code ~= 0 then
    return err.fail("unsupported",
      ("Get Channel Authentication Capabilities: completion code %02Xh"):format(code))
  elseif #data < 4 then
    return err.fail("protocol", "Get Channel Authentication Capabilities: the answer is too short")
  end
  return decode_capabilities(data)
end

---@class bmc.rmcp.Suite
---@field id integer
---@field authentication integer   table 13-17: 0 none, 1 HMAC-SHA1, 2 HMAC-MD5, 3 HMAC-SHA256
---@field integrity integer        table 13-18
---@field confidentiality integer  table 13-19

-- A list is asked for 16 bytes at a time (22.15), and has at most 64 such parts.
local PARTS, PART = 64, 16

--- The cipher suites that a BMC offers (22.15), for a finding about weak ones. Slow, wrong or
--- missing on many BMCs (QUIRKS): asked with one short try, and nothing may depend on it.
--- `ask` asks it elsewhere: some BMCs answer only in a session.
---@param o { host: string?, port: integer?, timeout: number?, ask: function? }  seconds of each
---  part: 1; ask(data) -> reply, completion code, or nil, err
---@return bmc.rmcp.Suite[]?
---@return bmc.err.Value? err timeout, unsupported, refused, unreachable, cancelled
function M.suites(o)
  local timeout, parts = o.timeout or 1, {}
  local ask = o.ask or function(data)
    return core.ask(o.host, o.port or PORT, timeout, timeout, true, 0x06, 0x54, data)
  end
  for part = 0, PARTS - 1 do
    local data, code = ask(string.char(0x0E, 0x00, 0x80 | part))
    if not data then
      return nil, code
    elseif code ~= 0 then
      return err.fail("unsupported", ("Get Channel Cipher Suites: completion code %02Xh")
        :format(code))
    end
    parts[#parts + 1] = data:sub(2) -- the first byte is the channel
    if #data - 1 < PART then
      break
    end
  end
  return core.offers(table.concat(parts))
end

return M
