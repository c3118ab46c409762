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
local questions = require "bmc.rmcp.questions"
local task = require "bmc.task"

local TIMEOUT = 30    -- seconds of a login; a BMC that says nothing for half of them is absent
local COMMAND = 15    -- seconds of a command, its resends included
local GRACE = 3       -- seconds that closing may take when everything else is over

local PRIVILEGES = { user = true, operator = true, admin = true, administrator = true } -- 6.8
local NAMES = { [2] = "user", [3] = "operator", [4] = "admin" }

-- Completion codes of a BMC that has not done the command and may do it soon (table 5-2): node
-- busy, timeout, no answer to be had, repository or firmware being updated, initializing. Of a
-- command that must not happen twice only the first is believed: the BMC says that it has not
-- begun.
local AGAIN = {
  [0xC0] = true, [0xC3] = true, [0xCE] = true, [0xD0] = true, [0xD1] = true, [0xD2] = true,
}
local NOT_BEGUN = { [0xC0] = true }
local PAUSES = { 0.1, 0.5, 1, 2 }

local OPTIONS = {
  host = true, port = true, user = true, password = true, kg = true, privilege = true,
  ciphers = true, timeout = true, retry = true, in_flight = true, keep_alive = true,
  lookup = true, open_privilege = true, password_max = true, allow_1_5 = true,
  intel20 = true, supermicro20 = true, sun20 = true,
}
local LOOKUPS = { name = true, role = true, either = true }
local OPEN_PRIVILEGES = { named = true, highest = true }

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
---@field keep_alive? number   idle seconds before the BMC hears of us: 25, as some BMCs end a
---  session after 30 (QUIRKS); 0 never
---@field lookup? "name"|"role"|"either"  how the BMC finds the user (13.20): by its name, and by
---  the role too once the BMC knows no such name; by the role; or like "name", and once more by
---  the role when the BMC's code is made with another password
---@field open_privilege? "named"|"highest"  what Open Session asks for: the privilege, and the
---  highest there is once the BMC refuses that; or the highest from the start
---@field password_max? integer  16 for a BMC that stores no more
---@field allow_1_5? boolean   speak IPMI 1.5 with a BMC that says it has no 2.0: MD5, nothing
---  encrypted, passwords of 16 bytes at most
---@field intel20? boolean     the user's name fills 16 bytes (QUIRKS)
---@field supermicro20? boolean  RAKP 2's code may be a byte too long
---@field sun20? boolean       the same

---@class bmc.rmcp.State
---@field state "closed"|"opening"|"open"|"closing"|"lost"
---@field address? string   port with it
---@field port? integer
---@field cipher? integer   the suite in use; none in IPMI 1.5
---@field privilege? integer
---@field version? "1.5"|"2.0"
---@field lookup? "name"|"role"              what the login worked with: options for the next one
---@field open_privilege? "named"|"highest"
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

--- What the login worked with, of a session that is open: options for the next one. The same is
--- in state(), which costs a table.
---@return integer? cipher  none in IPMI 1.5
---@return "name"|"role" lookup
---@return "named"|"highest" open_privilege
function session:terms()
  return self.core:terms()
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
---@param opts? { timeout: number?, once: boolean?, lun: integer?, busy: integer? }  seconds: 15;
---  busy: how often a BMC that is busy is asked again, as often as there is time when absent
---@return string? data    what follows the completion code
---@return integer|bmc.err.Value code  the completion code, 0 = done (table 5-2); or the error:
--- timeout, cancelled, internal; unreachable: with `lost` when the BMC has forgotten the session
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
    local again = (o.once and NOT_BEGUN or AGAIN)[code] and try <= (o.busy or math.huge)
    if not again or task.now() + pause >= deadline then
      return reply, code
    end
    local ok, stopped = task.sleep(pause)
    if not ok then
      stopped.effect = "none"
      return nil, stopped
    end
  end
end

--- The characters of Serial over LAN, once its payload is active (bmc.sol): an object with read(),
--- write(text | nil for a break), state() and close(), all of them waiting for nothing but the BMC.
---@param opts { chunk: integer, retry: number, keep_alive: number, zero_is_all: boolean? }
---@return userdata?
---@return bmc.err.Value? err busy: the session has one; cancelled: it is closed
function session:sol(opts)
  if not self.core then
    return err.fail("cancelled", "the session is closed", { effect = "none" })
  end
  return self.core:sol(opts)
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
  if not LOOKUPS[o.lookup or "name"] then
    error(("rmcp.open: no lookup '%s'"):format(tostring(o.lookup)), 3)
  end
  if not OPEN_PRIVILEGES[o.open_privilege or "named"] then
    error(("rmcp.open: no open_privilege '%s'"):format(tostring(o.open_privilege)), 3)
  end
end

local function login(self, user, password, kg, timeout, password_max)
  local ok, e = self.core:open(user, password, kg, timeout, password_max)
  if ok then
    return self
  end
  self:close() -- the BMC may hold a slot for a login that was given up
  return nil, err.wrap(e, { effect = "none" })
end

--- Opens a session. What failed is told by `err.code`, and finer, for programs, by `err.reason`:
---
---   auth           "user", "password", "privilege" (too high), "kg"
---   unsupported    "suite" (none in common), "version" (no IPMI 2.0), "no_ipmi" (a machine is
---                  there, IPMI over LAN is off)
---   refused        "no_ipmi" (nothing listens there)
---   timeout        "silent" (no answer at all), "stalled" (none any more), nil (the name)
---   sessions_full  "slots"
---   protocol       "downgrade" (other algorithms than asked for), nil
---   rejected       a password or user that IPMI cannot carry, or only weak ciphers asked for
---   unreachable    no such name, no way there
---
--- `err.status` is the status of Open Session or RAKP that refused (13.24), `err.completion` the
--- completion code of the command that did.
---@param o bmc.rmcp.Options
---@return bmc.rmcp.Session?
---@return bmc.err.Value? err effect none
function M.open(o)
  check(o)
  local box, e = core.session(o)
  if not box then
    return nil, err.wrap(e, { effect = "none" })
  end
  local self = setmetatable({ host = o.host, core = box }, session_mt)
  -- The options do not stay while it waits: thousands do.
  return login(self, o.user, o.password, o.kg, o.timeout or TIMEOUT, o.password_max)
end

-- ---- questions outside of a session ----

M.ping, M.suites, M.capabilities = questions.ping, questions.suites, questions.capabilities

return M
