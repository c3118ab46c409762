-- SPDX-License-Identifier: GPL-3.0-or-later
-- sol.payload: owns switching Serial over LAN on and off at a BMC: the activation of its payload
-- (IPMI 2.0, 24.1 and 24.2), with what BMCs refuse in it, and what is done about a console that
-- somebody has already.
--
-- Whether the BMC supports the payload, and whether it is active, is not asked first: several
-- BMCs answer that wrongly or not at all (QUIRKS).

local err = require "bmc.err"
local task = require "bmc.task"

-- Not the lines of bmc.ipmi.commands: a console is opened for a read-only target as well, it is
-- what is typed that is refused.
local ACTIVATE = { name = "Activate Payload", netfn = 0x06, cmd = 0x48, privilege = "user" }
local DEACTIVATE = { name = "Deactivate Payload", netfn = 0x06, cmd = 0x49, privilege = "user" }

local SOL, INSTANCE = 0x01, 0x01
local ENCRYPTED, AUTHENTICATED, ALERTS_DEFERRED = 0x80, 0x40, 0x04

-- What the payload is asked to be, in the order to try. The last one leaves it to the session,
-- whose packets are encrypted whatever is asked: those that are not, are thrown away.
local PROTECTIONS = {
  ENCRYPTED | AUTHENTICATED | ALERTS_DEFERRED, ENCRYPTED | AUTHENTICATED, ALERTS_DEFERRED,
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

local function refused(code)
  if code == ACTIVE then
    return err.fail("busy", "another client has the console, or one that is gone has not given it "
      .. "back; --force (force = true) takes it over",
      { reason = "active", retry_after = math.huge }) -- trying again a moment later is of no use
  elseif code == DISABLED then
    return err.fail("unsupported", "Serial over LAN is switched off at this BMC, or for this user")
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

--- Activates the payload.
---@param client bmc.ipmi.Client
---@param payload integer  bytes of a packet, where the BMC names a size that cannot be
---@param force? boolean   take it from whoever has it
---@return bmc.rmcp.Session? session  in which it is active
---@return integer|bmc.err.Value chunk  characters that go into a packet; or the error, effect
--- none: busy (with reason "active"), unsupported, auth, and those of the session
function M.activate(client, payload, force)
  local session, e = client:open()
  if not session then
    return nil, e
  elseif session:state().version == "1.5" then
    return err.fail("unsupported", "a console over the network needs IPMI 2.0, this BMC speaks 1.5")
  end
  local before = { session = session, resent = session:state().resent }
  local steals, renewed = 0, false
  while true do
    local reply, code = ask(client)
    if not reply then
      return explain(code)
    elseif code == 0 then
      return client.session, chunk_of(reply, payload)
    elseif code == ACTIVE and not renewed and maybe_ours(client, before) then
      renewed = true
      client:renew(client.session)
    elseif code == ACTIVE and force and steals < STEALS then
      steals = steals + 1
      local ok, stopped = steal(client)
      if not ok then
        return nil, stopped
      end
    else
      return refused(code)
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
