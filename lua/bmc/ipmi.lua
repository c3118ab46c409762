-- SPDX-License-Identifier: GPL-3.0-or-later
--- The IPMI client of one target: what operations ask a BMC with.
--
-- Owns the session of a target, opened with the first command and closed with the target, and
-- what becomes of a command: refused here when nothing may be written, repeated once in a new
-- session when the old one is lost and the command changes nothing, an error by its completion
-- code. The parts lie below ipmi/: commands (the table), login (levels, what is remembered),
-- codes, device. Packets and resends are the engine's (bmc.rmcp). Knows no vendor: what differs
-- is read from target.profile.ipmi.

local codes = require "bmc.ipmi.codes"
local commands = require "bmc.ipmi.commands"
local device = require "bmc.ipmi.device"
local err = require "bmc.err"
local gate = require "bmc.target.gate"
local hex = require "bmc.hex"
local login = require "bmc.ipmi.login"
local task = require "bmc.task"
local tbl = require "bmc.tbl"

local RANK = login.RANK
local HIGHER = { user = "operator", operator = "admin" }
local NONE = {}

---@class bmc.ipmi.Client
---@field target bmc.target.Target
---@field session? bmc.rmcp.Session  while one is open
local client = {}
local client_mt = { __index = client, __name = "bmc.ipmi" }

function client_mt:__tostring()
  local state = self.closed and "closed" or self.session and "open as " .. self.level
    or "not logged in"
  return ("ipmi %s (%s)"):format(self.target.ipmi.shown, state)
end

-- ---- the session ----

-- Closing one that is lost takes seconds, and nobody has to wait for it but the target's close.
local function drop(self)
  local session = self.session
  if session then
    self.session, self.level, self.leaving = nil, nil, self.leaving or {}
    self.leaving[#self.leaving + 1] = task.spawn(session.close, session)
  end
end

-- A session that allows the work. One that allows less is closed first: slots are few.
local function ensure(self, need)
  if self.session and RANK[self.level] >= RANK[need] then
    return self.session
  end
  local permit <close>, stopped = self.gate:acquire()
  if not permit then
    return nil, err.wrap(stopped, { effect = "none" })
  elseif self.session and RANK[self.level] >= RANK[need] then
    return self.session
  elseif self.closed then
    return err.refuse("cancelled", "the target is closed")
  elseif self.session then
    local lesser = self.session
    self.session, self.level = nil, nil
    lesser:close()
  end
  local session, level = login.open(self, need)
  if not session then
    return nil, level
  elseif self.closed then
    session:close()
    return err.refuse("cancelled", "the target is closed")
  end
  self.session, self.level = session, level
  return session
end

--- The open session, for what is more than a command: serial over LAN.
---@param need? "user"|"operator"|"admin"  the least level: user
---@return bmc.rmcp.Session?
---@return bmc.err.Value? err as bmc.rmcp.open; effect none
function client:open(need)
  local session, e = ensure(self, need or "user")
  if not session then
    return nil, err.wrap(e, { host = self.target.host, way = "ipmi" })
  end
  return session
end

--- Closes a session that is of no use any more, one that is lost or holds what it should not: the
--- next command logs in anew.
---@param session bmc.rmcp.Session
function client:renew(session)
  if session == self.session then
    self.session, self.level = nil, nil
  end
  session:close()
end

-- ---- one command ----

local function numbers(command)
  return ("netfn %02Xh command %02Xh"):format(command.netfn, command.cmd)
end

local function traced(target, command, began, reply, code)
  target.trace {
    kind = "request", host = target.host, way = "ipmi", method = command.name,
    uri = numbers(command), status = reply and ("%02Xh"):format(code),
    error = not reply and code.code or nil, seconds = task.now() - began,
  }
end

-- Whether the session is at fault. One question that nobody answers proves nothing; many do.
local function is_lost(self, command, code, seconds)
  return code.code ~= "timeout" or not command.once and seconds >= self.target.profile.ipmi.silence
end

-- Sends the command in the session that there is, or in a new one. The third result says that
-- the session was lost.
local function exchange(self, command, data, opts, seconds)
  local session, e = ensure(self, command.privilege or "user")
  if not session then
    return nil, e
  end
  local began = task.now()
  local reply, code = session:command(command.netfn, command.cmd, data,
    { timeout = seconds, once = command.once, lun = opts.lun, busy = opts.busy })
  if self.target.trace then
    traced(self.target, command, began, reply, code)
  end
  if reply or task.cancelled() or task.left() <= 0 or not is_lost(self, command, code, seconds) then
    return reply, code
  elseif session == self.session then
    drop(self)
  end
  return nil, code, true
end

-- The command until it is answered: twice at most, the second time in another session.
local function insist(self, command, data, opts, deadline)
  local reply, code, lost = exchange(self, command, data, opts,
    math.min(self.target.profile.ipmi.silence, deadline - task.now()))
  local again = lost and (not command.once or code.effect == "none")
  if not again or task.now() >= deadline then
    return reply, code
  end
  return exchange(self, command, data, opts, deadline - task.now())
end

-- The command at the next level, for a BMC that wants more than IPMI does; that is remembered.
-- An account that may not have it has heard the BMC's answer already.
local function climb(self, command, data, opts, deadline)
  local level = HIGHER[self.level]
  if not level or self.topped then
    return "", codes.PRIVILEGE
  end
  local raised = tbl.with(command, { privilege = level })
  local reply, code = insist(self, raised, data, opts, deadline)
  if reply and code ~= codes.PRIVILEGE then
    login.prefer(self, self.level)
  elseif not reply and code.reason == "privilege" then
    self.topped = true
    return "", codes.PRIVILEGE
  end
  return reply, code
end

-- The error of a command, with what it may have done.
local function failure(self, command, reply, code)
  local e = code
  if reply then
    e = codes.error(command.name, code)
    e.effect = command.write and codes.effect(code) or "none"
    e.data = reply ~= "" and reply or nil
  elseif not command.write then
    e.effect = "none"
  end
  return nil, err.wrap(e, {
    host = self.target.host, way = "ipmi", effect = command.write and "unknown" or "none",
  })
end

-- A command from its sending to its outcome.
local function settle(self, command, data, opts)
  local accept = opts.accept or NONE
  local deadline = task.now() + (opts.timeout or self.target.profile.ipmi.command_timeout)
  local reply, code = insist(self, command, data, opts, deadline)
  if reply and code == codes.PRIVILEGE and not accept[code] then
    reply, code = climb(self, command, data, opts, deadline)
  end
  if reply and (code == 0 or accept[code]) then
    return reply, code
  end
  return failure(self, command, reply, code)
end

-- The login comes first and not below: a sweep has thousands of them under way at a time, each
-- with the stack of its task.
local function perform(self, command, data, opts)
  local session, e = ensure(self, command.privilege or "user")
  if not session then
    return failure(self, command, nil, e)
  end
  return settle(self, command, data, opts)
end

local function write(self, command, data, opts)
  local pass, e = gate.enter(self.target, {
    way = "ipmi", method = command.name, uri = numbers(command), title = command.name,
    shown = function() return hex.of(data, " ") end,
    bytes = function() return commands.disclosed(command, data) end,
  })
  if not pass then
    return not e and "" or nil, e or 0
  end
  return gate.leave(pass, perform(self, command, data, opts))
end

---@class bmc.ipmi.Options
---@field accept? table<integer, boolean>  completion codes that are no error
---@field timeout? number  seconds: profile.ipmi.command_timeout
---@field lun? integer
---@field busy? integer    how often a BMC that is busy is asked again: while there is time

--- Sends a command by its numbers.
---@param command bmc.ipmi.Command  privilege "user", write and once false where absent
---@param data? string  request bytes
---@param opts? bmc.ipmi.Options
---@return string? data  what follows the completion code
---@return integer|bmc.err.Value code  0, or one of `accept`; or the error: those of bmc.rmcp, and
--- by completion code (bmc.ipmi.codes), with effect
function client:request(command, data, opts)
  data, opts = data or "", opts or NONE
  if command.write then
    return write(self, command, data, opts)
  end
  return perform(self, command, data, opts)
end

--- Sends a command by the name that the specification gives it (bmc.ipmi.commands).
---@param name string
---@param data? string
---@param opts? bmc.ipmi.Options
---@return string? data
---@return integer|bmc.err.Value code  see request
function client:ask(name, data, opts)
  return self:request(commands.find(name), data, opts)
end

--- What the BMC is: Get Device ID, asked once. The target learns it, so that the profile fits.
---@return bmc.ipmi.Device?
---@return bmc.err.Value? err
function client:device()
  if not self.known then
    local data, e = self:ask "Get Device ID"
    local known
    if data then
      known, e = device.decode(data)
    end
    if not known then
      return nil, err.wrap(e, { host = self.target.host, way = "ipmi" })
    end
    self.known = known
    self.target:adopt {
      ipmi_manufacturer = known.manufacturer_id, ipmi_product = known.product_id,
      ipmi_firmware = known.firmware,
    }
  end
  return self.known
end

--- Ends the session. Called by the target's close; may wait, never fails.
function client:close()
  local session = self.session
  self.session, self.level, self.closed = nil, nil, true
  if session then
    session:close()
  end
  for _, handle in ipairs(self.leaving or NONE) do
    handle:join()
  end
  self.leaving = nil
end

local M = {}

--- The client of a target, made on first use. Sends nothing.
---@param target bmc.target.Target
---@return bmc.ipmi.Client
function M.of(target)
  local self = target.clients.ipmi
  if not self then
    self = setmetatable({ target = target, gate = task.semaphore(1) }, client_mt)
    target.clients.ipmi = self
    target:on_close(function() self:close() end)
  end
  return self
end

return M
