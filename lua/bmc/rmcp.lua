-- SPDX-License-Identifier: GPL-3.0-or-later
--- IPMI 2.0 sessions over the network (RMCP+).
--
-- Owns the options of a session, what a busy BMC gets (a pause, then the same
-- command), and that a session is always closed. Packets, keys, resends and
-- the finding of sessions are C (src/rmcp.h); what a command means is for the
-- modules above. Passwords are secrets and stay in C.
--
-- Sections are those of the IPMI specification, version 2.0, revision 1.1.

local core = require "_bmcsh.rmcp"
local err = require "bmc.err"
local task = require "bmc.task"

local PORT = 623
local TIMEOUT = 30    -- seconds of a login; a BMC that says nothing for half of them is absent
local COMMAND = 15    -- seconds of a command, its resends included
local RETRY = 0.5     -- seconds before the first resend; each further wait is longer
local KEEP_ALIVE = 25 -- idle seconds; some BMCs end a session after 30 (QUIRKS)
local GRACE = 3       -- seconds that closing may take when everything else is over

local PRIVILEGES = { user = 2, operator = 3, admin = 4, administrator = 4 } -- 6.8
local NAMES = { [2] = "user", [3] = "operator", [4] = "admin" }

-- Completion codes of a BMC that has not done the command and may do it soon (table 5-2): node
-- busy, timeout, being updated, not in this state, initializing. Of a command that must not
-- happen twice only the first is believed: the BMC says that it has not begun.
local AGAIN = { [0xC0] = true, [0xC3] = true, [0xD0] = true, [0xD1] = true, [0xD2] = true }
local NOT_BEGUN = { [0xC0] = true }
local PAUSES = { 0.1, 0.5, 1, 2 }

local OPTIONS = {
  host = true, port = true, user = true, password = true, kg = true, privilege = true,
  ciphers = true, timeout = true, retry = true, in_flight = true, keep_alive = true,
  lookup = true, password_max = true,
}

local M = {}

---@class bmc.rmcp.Options
---@field host string          name or address; a name is looked up without blocking
---@field port? integer        623
---@field user? string         at most 16 bytes; "" is the BMC's nameless user
---@field password? bmc.Secret at most 20 bytes; longer ones are refused, never cut
---@field kg? bmc.Secret       the BMC's key K_g, where it has one beside the password
---@field privilege? "user"|"operator"|"admin"  operator
---@field ciphers? integer[]   {17, 3}, in the order to try; no other suite is ever used
---@field timeout? number      seconds of the login: 30; silence ends it after half
---@field retry? number        seconds before a datagram is first sent again: 0.5
---@field in_flight? integer   commands at once: 1, more than that confuses many BMCs
---@field keep_alive? number   idle seconds before the BMC hears of us: 25; 0 never
---@field lookup? "name"|"role"  how the BMC finds the user: by name only (13.20)
---@field password_max? integer  16 for a BMC that stores no more

---@class bmc.rmcp.State
---@field state "closed"|"opening"|"open"|"closing"|"lost"
---@field address? string   port with it
---@field port? integer
---@field cipher? integer   the suite in use
---@field privilege? integer
---@field attempts integer  how often the login began
---@field resent integer    datagrams sent again
---@field dropped integer   datagrams thrown away: false, late, not ours
---@field unsound integer   authentic ones whose inner checksum is wrong

---@class bmc.rmcp.Session  a to-be-closed value
---@field host string
local session = {}
local session_mt = { __index = session, __name = "bmc.rmcp.session" }

function session_mt:__tostring()
  local now = self:state()
  return ("rmcp session with %s (%s%s)"):format(self.host, now.state,
    now.cipher and (", cipher suite %d, %s"):format(now.cipher, NAMES[now.privilege]) or "")
end

function session_mt:__close()
  self:close()
end

--- What the session is doing.
---@return bmc.rmcp.State
function session:state()
  return self.core and self.core:state()
    or { state = "closed", attempts = 0, resent = 0, dropped = 0, unsound = 0 }
end

-- A wait that was cut off may have come after the command was sent.
local function explain(e, once)
  if not e.effect then
    e.effect = once and "unknown" or "none"
  elseif not once then
    e.effect = "none" -- sent again at will: it is for commands that change nothing
  end
  return nil, e
end

--- Sends a command and waits for its answer. A command that is not `once` is sent again while the
--- BMC is silent or busy. One that is `once` is sent one time only: when no answer comes, the
--- error has effect "unknown", and what it did is to be found out by reading.
---@param netfn integer    even (5.1)
---@param cmd integer
---@param data? string     "" when absent
---@param opts? { timeout: number?, once: boolean?, lun: integer? }  seconds: 15
---@return string? data    what follows the completion code
---@return integer|bmc.err.Value code  the completion code, 0 = done (table 5-2); or the error:
--- timeout, unreachable (the session was lost), cancelled, internal
function session:command(netfn, cmd, data, opts)
  local o = opts or {}
  local deadline = task.now() + (o.timeout or COMMAND)
  if not self.core then
    return err.fail("cancelled", "the session is closed", { effect = "none" })
  end
  for try = 1, math.huge do
    local reply, code = self.core:command(netfn, cmd, data or "", deadline - task.now(), o.once,
      o.lun)
    if not reply then
      return explain(code, o.once)
    end
    local pause = PAUSES[try] or PAUSES[#PAUSES]
    if not (o.once and NOT_BEGUN or AGAIN)[code] or task.now() + pause >= deadline then
      return reply, code
    end
    local ok, stopped = task.sleep(pause)
    if not ok then
      stopped.effect = "none"
      return nil, stopped
    end
  end
end

--- Logs out. Close Session is sent again while the BMC is silent, for a short grace: a slot that
--- stays taken keeps others out for a minute. Twice is once.
function session:close()
  local box = self.core
  self.core = nil
  if box then
    task.shield(GRACE, box.close, box, GRACE)
    box:free()
  end
end

-- ---- opening ----

local function check(o)
  for name in pairs(o) do
    if not OPTIONS[name] then
      error(("rmcp.open: no option '%s'"):format(tostring(name)), 3)
    end
  end
  if not PRIVILEGES[o.privilege or "operator"] then
    error(("rmcp.open: no privilege '%s'"):format(tostring(o.privilege)), 3)
  end
end

--- Opens a session.
---@param o bmc.rmcp.Options
---@return bmc.rmcp.Session?
---@return bmc.err.Value? err effect none. `auth`: wrong user, wrong password, wrong K_g or a
--- privilege that is too high, each with its own text; `unsupported`: no cipher suite in common,
--- or IPMI over LAN is off; `refused`: nothing listens there; `timeout`: no answer at all, or
--- none any more; `sessions_full`; `unreachable`: no such name, no way there; `rejected`: a
--- password or user that IPMI cannot carry, or only weak ciphers asked for; `protocol`
function M.open(o)
  check(o)
  local box, e = core.session {
    host = o.host, port = o.port, privilege = PRIVILEGES[o.privilege or "operator"],
    ciphers = o.ciphers or { 17, 3 }, retry = o.retry or RETRY, in_flight = o.in_flight,
    keep_alive = o.keep_alive or KEEP_ALIVE, lookup_by_role = o.lookup == "role",
  }
  if not box then
    return nil, err.wrap(e, { effect = "none" })
  end
  local self = setmetatable({ host = o.host, core = box }, session_mt)
  local ok
  ok, e = box:open(o.user, o.password, o.kg, o.timeout or TIMEOUT, o.password_max)
  if ok then
    return self
  end
  self:close() -- the BMC may hold a slot for a login that was given up
  return nil, err.wrap(e, { effect = "none" })
end

-- ---- questions outside of a session ----

--- Asks whether a BMC is there: the ASF presence ping (13.2.3).
---@param o { host: string, port: integer?, timeout: number?, retry: number? }  seconds: 5, 0.5
---@return boolean? ipmi   whether what answers says that it has IPMI
---@return bmc.err.Value? err timeout, refused, unreachable, cancelled
function M.ping(o)
  return core.ping(o.host, o.port or PORT, o.timeout or 5, o.retry or RETRY)
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
---@param o { host: string, port: integer?, timeout: number? }  seconds of each part: 1
---@return bmc.rmcp.Suite[]?
---@return bmc.err.Value? err timeout, unsupported, refused, unreachable, cancelled
function M.suites(o)
  local timeout, parts = o.timeout or 1, {}
  for part = 0, PARTS - 1 do
    local data, code = core.ask(o.host, o.port or PORT, timeout, timeout, true, 0x06, 0x54,
      string.char(0x0E, 0x00, 0x80 | part))
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
