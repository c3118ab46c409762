-- SPDX-License-Identifier: GPL-3.0-or-later
-- sol.payload: owns switching Serial over LAN on and off at a BMC: the activation of its payload
-- (IPMI 2.0, 24.1 and 24.2), with what BMCs refuse in it, and what is done about a console that
-- somebody has already.
--
-- Whether the BMC supports the payload, and whether it is active, is not asked first: several
-- BMCs answer that wrongly or not at all (QUIRKS).

local err = require "bmc.err"
local switch = require "bmc.sol.switch"
local task = require "bmc.task"

-- Not the lines of bmc.ipmi.commands: a console is opened for a read-only target as well, it is
-- what is typed that is refused.
local ACTIVATE = { name = "Activate Payload", netfn = 0x06, cmd = 0x48, privilege = "user" }
local DEACTIVATE = { name = "Deactivate Payload", netfn = 0x06, cmd = 0x49, privilege = "user" }

local SOL, INSTANCE = 0x01, 0x01
local ENCRYPTED, AUTHENTICATED, ALERTS_SUCCEED, ALERTS_DEFERRED = 0x80, 0x40, 0x08, 0x04

-- What the payload is asked to be, in the order to try. The last two leave it to the session,
-- whose packets are encrypted whatever is asked: those that are not, are thrown away. An Intel
-- 82571 takes the last one only (M66).
local PROTECTIONS = {
  ENCRYPTED | AUTHENTICATED | ALERTS_DEFERRED, ENCRYPTED | AUTHENTICATED, ALERTS_DEFERRED,
  ALERTS_SUCCEED,
}

-- Completion codes of Activate Payload (24.1), and "invalid data field".
local ACTIVE, DISABLED, LIMIT = 0x80, 0x81, 0x82
local PROTECTION = { [0x83] = true, [0x84] = true, [0x85] = true, [0xCC] = true }
local OWN = { [ACTIVE] = true, [DISABLED] = true, [LIMIT] = true, [0x83] = true, [0x84] = true,
  [0x85] = true, [0xCC] = true }

local STEALS, PAUSE = 3, 0.5 -- a console taken over: tries, and seconds between them
local GRACE = 3              -- seconds that switching it off may take

local LEAST, MOST = 8, 1024  -- bytes of a packet that a BMC may sensibly name
local HEADER, CHARACTERS = 4, 255

local M = {}

local function request(bits)
  return string.char(SOL, INSTANCE, bits or 0, 0, 0, 0)
end

-- Characters of a packet, from the size of the packets that the BMC takes.
local function chunk_of(reply, payload)
  local size = #reply >= 6 and ("<I2"):unpack(reply, 5) or 0
  if size < LEAST or size > MOST then
    size = payload
  end
  return math.min(size - HEADER, CHARACTERS)
end

local function refused(code, tried)
  if code == ACTIVE then
    return err.fail("busy", tried.steals == 0
      and "another client has the console, or one that is gone has not given it back; --force "
        .. "(force = true) takes it over"
      or "the BMC does not give the console up; --reset-sol (reset_sol = true) switches Serial "
        .. "over LAN off there, and on again",
      { reason = "active", retry_after = math.huge }) -- trying again a moment later is of no use
  elseif code == DISABLED then
    return err.fail("unsupported", "Serial over LAN is switched off at this BMC, or for this "
      .. "user; --reset-sol (reset_sol = true) switches it on at the BMC")
  elseif code == LIMIT then
    return err.fail("busy", "the BMC has no more consoles to give")
  end
  return err.fail("unsupported", ("the BMC opens no console in an encrypted session (completion "
    .. "code %02Xh)"):format(code))
end

-- Asks with one kind of protection after the other, until it is not that which is refused.
local function ask(client)
  local reply, code
  for _, bits in ipairs(PROTECTIONS) do
    reply, code = client:request(ACTIVATE, request(bits), { accept = OWN })
    if not reply or not PROTECTION[code] then
      break
    end
  end
  return reply, code
end

-- Whether it may be we who have it: a command that was sent again because its answer was lost is
-- done twice by some BMCs.
local function maybe_ours(client, before)
  local session = client.session
  return session and (session ~= before.session or session:state().resent > before.resent)
end

local function explain(e)
  if e.completion == 0xD4 then
    e.text = "this user's privilege is not enough for the console of this BMC"
  end
  return nil, e
end

-- Switches it off for whoever has it.
local function steal(client)
  local reply, e = client:request(DEACTIVATE, request(), { accept = OWN })
  if not reply then
    return nil, e
  end
  return task.sleep(PAUSE)
end

-- What is done about a refusal; true: then it is asked for again.
local function overcome(client, code, opts, tried)
  if code == ACTIVE and not tried.renewed and maybe_ours(client, tried) then
    tried.renewed = true
    client:renew(client.session)
    return true
  elseif code == ACTIVE and opts.force and tried.steals < STEALS then
    tried.steals = tried.steals + 1
    return steal(client)
  elseif opts.reset_sol and not tried.reset
      and (code == DISABLED or code == ACTIVE and opts.force) then
    tried.reset = true
    return switch.restart(client, code == DISABLED)
  end
  return refused(code, tried)
end

--- Activates the payload.
---@param client bmc.ipmi.Client
---@param payload integer  bytes of a packet, where the BMC names a size that cannot be
---@param opts { force: boolean?, reset_sol: boolean? }  take it from whoever has it; as a last
--- resort change the BMC's settings
---@return bmc.rmcp.Session? session  in which it is active
---@return integer|bmc.err.Value chunk  characters that go into a packet; or the error, effect
--- none: busy (with reason "active"), unsupported, auth, and those of the session
function M.activate(client, payload, opts)
  local session, e = client:open()
  if not session then
    return nil, e
  elseif session:state().version == "1.5" then
    return err.fail("unsupported", "a console over the network needs IPMI 2.0, this BMC speaks 1.5")
  end
  local tried = { session = session, resent = session:state().resent, steals = 0 }
  while true do
    local reply, code = ask(client)
    if not reply then
      return explain(code)
    elseif code == 0 then
      return client.session, chunk_of(reply, payload)
    end
    local ok
    ok, e = overcome(client, code, opts, tried)
    if not ok then
      return nil, e
    end
  end
end

--- Deactivates the payload, in the session that has it and in no other. Never fails: what the BMC
--- says to it is no proof (QUIRKS), and its end of the session is another end of the console.
---@param session bmc.rmcp.Session
function M.deactivate(session)
  if session:state().state == "open" then
    task.shield(GRACE, session.command, session, DEACTIVATE.netfn, DEACTIVATE.cmd, request(),
      { timeout = GRACE })
  end
end

return M
