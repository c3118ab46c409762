-- SPDX-License-Identifier: GPL-3.0-or-later
--- Logging in to a BMC over IPMI: with which suite, at which privilege level, and what is done
--- when the BMC wants it otherwise.
--
-- Owns the choice of the level and the memory of what worked. The steps of a login and what each
-- refusal means are the engine's (bmc.rmcp). A password that was refused is not tried again, at
-- no level and with no other look-up: BMCs lock accounts.

local err = require "bmc.err"
local remember = require "bmc.ipmi.remember"
local rmcp = require "bmc.rmcp"
local task = require "bmc.task"

local RANK = { user = 2, operator = 3, admin = 4 }

-- What is usual, and the order in which others are tried (QUIRKS: "Asked privilege must equal the
-- user's maximum", "ADMIN is promised, Set Privilege then fails").
local USUAL = "operator"
local LEVELS = { "operator", "user", "admin" }

-- Reasons of a refusal that will not pass: the credentials are not right.
local DENIALS = { password = true, user = true, kg = true }

local NOTHING = {}

local M = { RANK = RANK }

-- The levels that allow the work, the likeliest first: by what is needed and what is known.
local orders = { user = {}, operator = {}, admin = {} }

local function new_order(need, known)
  local out = { known and RANK[known] >= RANK[need] and known or nil }
  for _, level in ipairs(LEVELS) do
    if RANK[level] >= RANK[need] and level ~= known then
      out[#out + 1] = level
    end
  end
  return out
end

local function levels_for(need, known)
  known = RANK[known] and known or false
  orders[need][known] = orders[need][known] or new_order(need, known)
  return orders[need][known]
end

-- The suites in the order to try, that which worked the last time first.
local function ciphers_for(profile, known)
  if not known or known == profile.ciphers[1] then
    return profile.ciphers
  end
  local out, listed = { known }, false
  for _, cipher in ipairs(profile.ciphers) do
    listed = listed or cipher == known
    out[#out + 1] = cipher ~= known and cipher or nil
  end
  return listed and out or profile.ciphers
end

local function traced(target, level, began, session, e)
  if target.trace then
    local cipher = session and session:terms()
    target.trace {
      kind = "request", host = target.host, way = "ipmi", method = "login",
      uri = "as " .. level, error = e and e.code,
      status = cipher and "cipher suite " .. cipher or session and "IPMI 1.5" or nil,
      seconds = task.now() - began,
    }
  end
end

local function options_of(target, level, password, kg, known)
  local place, profile = target.ipmi, target.profile.ipmi
  local options = {
    host = place.host, port = place.port, user = place.user, password = password, kg = kg,
    privilege = level, ciphers = ciphers_for(profile, known.cipher),
    timeout = math.min(profile.login_timeout, task.left()), retry = profile.retry,
    in_flight = profile.in_flight, keep_alive = profile.keep_alive,
    lookup = known.lookup or profile.lookup, password_max = profile.password_max,
    open_privilege = known.open or profile.open_privilege, allow_1_5 = place.allow_1_5,
  }
  for _, name in ipairs(profile.workarounds) do
    options[name] = true
  end
  return options
end

local function attempt(self, level, password, kg, known)
  local target, began = self.target, task.now()
  local session, e = rmcp.open(options_of(target, level, password, kg, known))
  traced(target, level, began, session, e)
  return session, e
end

-- What of a login is not as usual: for most nothing. A command that needs more than the usual
-- level tells nothing about what the usual one is worth.
local function deviations(profile, session, level, need, known)
  local cipher, lookup, open = session:terms()
  local privilege = known.privilege
  if RANK[need] <= RANK[USUAL] then
    privilege = level ~= USUAL and level or nil
  end
  cipher = cipher ~= profile.ciphers[1] and cipher or nil
  lookup = lookup == "role" and profile.lookup ~= "role" and "role" or nil
  open = open ~= profile.open_privilege and open or nil
  if privilege or cipher or lookup or open then
    return { privilege = privilege, cipher = cipher, lookup = lookup, open = open }
  end
  return NOTHING
end

-- What follows from a login that has worked.
local function take(self, session, level, need, known)
  local place = self.target.ipmi
  remember.note(place, deviations(self.target.profile.ipmi, session, level, need, known))
  if not session:terms() then -- no cipher suite: IPMI 1.5
    self.target:finding("BMC_IPMI_1_5_ENABLED", "medium",
      "it was spoken to in an IPMI 1.5 session, which nothing encrypts")
  end
  return session, level
end

-- Logs in at the first level that the BMC grants.
local function climb(self, need, password, kg)
  local known, first = remember.recall(self.target.ipmi), nil
  local levels = levels_for(need, known.privilege)
  for i = 1, #levels do
    local session, e = attempt(self, levels[i], password, kg, known)
    if session then
      return take(self, session, levels[i], need, known)
    elseif e.reason ~= "privilege" then
      return nil, e
    end
    first = first or e
  end
  return nil, first
end

local function denied(self, e)
  if DENIALS[e.reason] then
    self.denied = err.copy(e)
  end
  return nil, e
end

-- What the operator can do about a refusal, on the command line and in a runbook.
local REMEDIES = {
  kg = "give it: --kg-env VAR, in a runbook kg",
  version = "allow it: --allow-ipmi-1-5, in a runbook allow_ipmi_1_5",
  user = "no user was given: -u NAME, in a runbook user",
}
REMEDIES.password = REMEDIES.user

-- Says of a login that lacked something what it was.
local function advise(self, e)
  local place = self.target.ipmi
  local lacks = { kg = not place.kg, version = true, user = not place.user,
    password = not place.user }
  if lacks[e.reason] then
    e.text = e.text .. "; " .. REMEDIES[e.reason]
  end
  return e
end

-- What a source gives, nil where there is none.
local function secret_of(source)
  if source then
    return source:get_for_login()
  end
end

--- Opens a session that allows the work.
---@param self bmc.ipmi.Client
---@param need "user"|"operator"|"admin"  the least level of the command
---@return bmc.rmcp.Session? session
---@return string|bmc.err.Value level  that was granted; or the error, effect none
function M.open(self, need)
  if self.denied then
    return nil, err.copy(self.denied)
  end
  local password <close>, e = secret_of(self.target.ipmi.password)
  if e then
    return nil, err.wrap(e, { effect = "none" })
  end
  local kg <close>, failed = secret_of(self.target.ipmi.kg)
  if failed then
    return nil, err.wrap(failed, { effect = "none" })
  end
  local session, level = climb(self, need, password, kg)
  if not session then
    return denied(self, advise(self, level))
  elseif password then
    self.target:used(password, self.target.ipmi.user)
  end
  return session, level
end

--- Takes note that the BMC wants a higher level than IPMI does.
---@param self bmc.ipmi.Client
---@param level string
function M.prefer(self, level)
  local place = self.target.ipmi
  local known = remember.recall(place)
  remember.note(place, { cipher = known.cipher, lookup = known.lookup, open = known.open,
    privilege = level })
end

return M
