-- SPDX-License-Identifier: GPL-3.0-or-later
--- Login and logout at one BMC.
--
-- Owns the session of a client: made once, shared by all its requests, deleted
-- at the end. Basic authentication is the fallback for services without
-- sessions, proven by one read and reported as a finding. A refused password
-- is remembered: it is sent once to make a session, once as Basic, and then
-- never again by this target, since BMCs lock accounts (QUIRKS T06, T08, T11).
--
-- `gate` lets one task at a time log in; the others wait and find the session.

local err = require "bmc.err"
local errors = require "bmc.redfish.errors"
local exchange = require "bmc.redfish.exchange"
local http = require "bmc.http"
local keep = require "bmc.redfish.keep"
local reap = require "bmc.redfish.reap"
local service = require "bmc.redfish.service"
local task = require "bmc.task"
local tbl = require "bmc.tbl"

-- Seconds that a login under way may still take after its task was cancelled: a session whose
-- answer nobody reads could not be deleted.
local GRACE = 5

-- Seconds before a logout that met a busy BMC is repeated.
local LOGOUT_PAUSE = 0.5

-- Answers to the login that mean: there is no session service here.
local NO_SERVICE = { [404] = true, [405] = true, [501] = true }

local M = {}

-- What the BMC says about these credentials, it has said for good.
local function refuse(rf, e)
  local target = rf.target
  e.text = ("user %s is refused: %s"):format(target.user, e.text)
  rf.denied = err.wrap(e, { host = target.host, way = "redfish", effect = "none" })
  return nil, err.copy(e)
end

-- ---- Basic ----

local DENIALS = { auth = true, locked = true }

-- T06, T11: Basic is believed after a read of something that wants credentials everywhere. An
-- answer like "no such resource" or "no licence" comes after the credentials were checked.
local function basic(rf, password, refusal)
  local s = exchange.session { mode = "basic", user = rf.target.user, password = password }
  local body, e = exchange.run(rf, s, "GET", service.link(rf, "Systems"))
  if not body and DENIALS[e.code] then
    return refuse(rf, refusal or e)
  elseif not body and (not e.status or e.status >= 500 or e.later) then
    return nil, e
  end
  rf.basic_only = true
  rf.target:finding("BMC_BASIC_AUTH_ONLY", "medium",
    "the BMC makes no Redfish session: every request carries the password")
  return s
end

-- ---- session ----

-- A task that is stopped now must still learn the URI of the session it causes.
local function post(rf, uri, password)
  local ok, stopped = task.sleep(0)
  if not ok then
    return nil, err.wrap(stopped, { host = rf.target.host, way = "redfish", effect = "none" })
  end
  local timeout = math.min(rf.target.profile.redfish.login_timeout, task.left() + GRACE)
  local body = { '{"UserName":' .. http.encode(rf.target.user) .. ',"Password":"', password, '"}' }
  return task.complete(timeout, GRACE, exchange.send, rf, exchange.ANONYMOUS, "POST", uri, body,
    { timeout = timeout, once = false, secret_header = "x-auth-token" })
end

-- The same message means other limits elsewhere; at a login it means sessions.
local function explain_full(rf, e)
  if errors.has(e, "CreateLimitReachedForResource") then
    e.code, e.later = "sessions_full", nil
  end
  local slots = rf.target.profile.redfish.session_limit
  if e.code == "sessions_full" and slots then
    e.text = ("%s (this kind of BMC has about %d)"):format(e.text, slots)
  end
end

-- One login, patient while the BMC says "not now". Where the answer breaks off after its head,
-- that has told of the session, which must not be left.
local function knock(rf, uri, password)
  local tries = 0
  while true do
    local response, lost = post(rf, uri, password)
    response = response or lost.secret and lost
    if not response then
      return nil, lost
    elseif response.status >= 200 and response.status < 300 then
      return response
    end
    local _, e = exchange.judge(rf, "POST", uri, response)
    explain_full(rf, e)
    if not reap.made_room(rf, e, password) then
      local ok, stopped = exchange.pause(rf, e, tries)
      if not ok then
        return nil, stopped or e
      end
      tries = tries + 1
    end
  end
end

-- What will be deleted at the end has to be a session.
local function path_of_session(uri)
  local path = exchange.path(uri)
  return path and path:find("/Sessions/.") and path
end

-- T06, T20: the URI is in Location, or in the body.
local function session_uri(response)
  return path_of_session(response.headers["location"])
    or path_of_session(tbl.dig(response.body and http.decode(response.body), "@odata.id"))
end

-- Where to log in: the root's link first, then what the profile knows (QUIRKS T02).
local function places(rf)
  local linked = exchange.path(tbl.dig(rf.root_body, "Links", "Sessions", "@odata.id"))
  local out = { linked }
  for _, uri in ipairs(rf.target.profile.redfish.session_uris) do
    if uri ~= linked then
      out[#out + 1] = uri
    end
  end
  return out
end

-- A session; or nil, err; or nil, nil, the refusal (if one was given) and the URI of a session
-- that nobody can use (if one was made, without a token): Basic may still do.
local function log_in(rf, password)
  for _, uri in ipairs(places(rf)) do
    local response, e = knock(rf, uri, password)
    if response then
      local token = response.secret
      local made = session_uri(response)
      if not token then
        return nil, nil, nil, made
      end
      return keep.opened(rf, exchange.session({ mode = "token", uri = made }, token))
    elseif e.code == "auth" and not errors.has(e, "PasswordChangeRequired") then
      return nil, nil, e
    elseif DENIALS[e.code] then
      return refuse(rf, e)
    elseif not NO_SERVICE[e.status] then
      return nil, e
    end
  end
end

local function make_session(rf, password)
  local s, e, refusal, unusable
  if not rf.basic_only and rf.target.profile.redfish.login ~= "basic" then
    s, e, refusal, unusable = log_in(rf, password)
  end
  if not s and not e then
    s, e = basic(rf, password, refusal)
  end
  if s and unusable then
    exchange.send(rf, s, "DELETE", unusable)
  end
  return s, e
end

-- ---- the life of a session ----

local function password_of(target)
  local where = { host = target.host, way = "redfish", effect = "none" }
  if not target.password then
    return err.fail("auth", ("no password for user %s"):format(target.user), where)
  end
  local password, e = target.password:get_for_login()
  if not password then
    return nil, err.wrap(e, where)
  end
  return password
end

-- A root that cannot be read is no reason not to log in, but a BMC that does not answer is.
local function establish(rf, stale)
  local target = rf.target
  local root, no_root = service.read_root(rf)
  if not root and not no_root.status then
    return nil, no_root
  elseif not target.user then
    return exchange.ANONYMOUS
  end
  local slot <close> = keep.slot(rf)
  local kept = keep.cached(slot, stale)
  if kept then
    return kept
  end
  local password, no_password = password_of(target)
  if not password then
    return nil, no_password
  end
  local s, e = make_session(rf, password)
  if s then
    target:used(password)
    keep.put(rf, slot, s)
  end
  if not s or s.mode ~= "basic" then
    password:close()
  end
  return s, e
end

-- T19: a refusal means that it is gone. A BMC that is busy is asked a second time, since its
-- session slots are few.
local function log_out(rf, s, last)
  if not s.uri then
    return
  end
  local opts = { timeout = rf.target.profile.redfish.logout_timeout, once = false, last = last }
  local response = exchange.send(rf, s, "DELETE", s.uri, nil, opts)
  if response and response.status >= 500 then
    task.sleep(LOGOUT_PAUSE)
    response = exchange.send(rf, s, "DELETE", s.uri, nil, opts)
  end
  keep.deleted(s, response)
end

-- Logs in; the caller holds the gate. A failure is kept for those who wait at it: a dead BMC
-- costs its timeout once, not once for each of them.
local function renewed(rf, stale)
  local s, e = establish(rf, stale)
  rf.session = s
  if not s and task.left() > 0 and not task.cancelled() then
    rf.failure, rf.failed_at = e, task.now()
  end
  return s, e
end

local function enter(rf, stale)
  local asked = task.now()
  local permit <close>, stopped = rf.gate:acquire()
  if not permit then
    return nil, err.wrap(stopped, { host = rf.target.host, way = "redfish", effect = "none" })
  elseif rf.session and rf.session ~= stale then
    return rf.session
  elseif rf.denied then
    return nil, err.copy(rf.denied)
  elseif rf.failure and rf.failed_at >= asked then
    return nil, err.copy(rf.failure)
  elseif rf.closed then
    return err.fail("cancelled", "the target is closed", { host = rf.target.host, effect = "none" })
  end
  if stale then
    rf.session = nil
    log_out(rf, stale)
  end
  return renewed(rf, stale)
end

--- The session of a client, made when there is none.
---@param rf bmc.redfish.Client
---@return bmc.redfish.Session? session
---@return bmc.err.Value? err
function M.ensure(rf)
  local s = rf.session
  if s then
    return s
  end
  return enter(rf)
end

--- Another session in place of one that the BMC no longer knows. However many find that out
--- at once, one login is made (QUIRKS rule 4: the old one is deleted first, if it still can be).
---@param rf bmc.redfish.Client
---@param stale bmc.redfish.Session  what the 401 was answered to
---@return bmc.redfish.Session? session
---@return bmc.err.Value? err
function M.renew(rf, stale)
  return enter(rf, stale)
end

--- Deletes the session. Whatever the BMC answers, it is gone for us (QUIRKS T19). May wait.
---@param rf bmc.redfish.Client  marked closed
function M.close(rf)
  local _ <close> = rf.gate:acquire() -- a login under way ends first
  local s = rf.session
  rf.session = nil
  if s then
    if not s.cached then
      log_out(rf, s, true)
    end
    local credential = s.token or s.password
    if credential then
      credential:close()
    end
  end
end

return M
