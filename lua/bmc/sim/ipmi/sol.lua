-- SPDX-License-Identifier: GPL-3.0-or-later
-- Serial over LAN (15, 24, 26): the payload between a session and the serial port of the host.
-- What the host says is sent in numbered packets, each again until it is acknowledged.

local console = require "bmc.sim.ipmi.console"
local task = require "bmc.task"

local M = {}

local APP, TRANSPORT = 0x06, 0x0C
local SOL, FIRST = 0x01, 1
local FIELD, NO_PARAMETER, READ_ONLY = 0xCC, 0x80, 0x82
local ACTIVE, NOT_OFFERED = 0x80, 0x82 -- of Activate Payload, and 80h of Deactivate: not active
local SIZE = 252        -- bytes of a packet's data and header
local LOOK = 0.05       -- seconds between two looks at the host
local AGAIN, TRIES = 0.5, 8

-- ---- sending ----

local function send(one, sequence, acked, accepted, data)
  return one.server:send(one.index, one.session, SOL,
    string.char(sequence, acked, accepted, 0) .. data)
end

-- The next part of what the host said, or the last one again.
local function push(one, now)
  if one.waits then
    if now < one.due then return true end
    one.tries = one.tries + 1
    if one.tries > TRIES then return false end
  else
    local part = one.host:listen(SIZE - 4)
    if part == "" then return true end
    one.waits, one.tries, one.out = part, 0, one.out % 15 + 1
  end
  one.due = now + AGAIN
  return send(one, one.out, 0, 0, one.waits)
end

local function drop(bmc, one)
  if bmc.ipmi.sol == one then bmc.ipmi.sol = nil end
end

-- Ends with the payload, or when the session is over.
local function watch(bmc, one)
  while bmc.ipmi.sol == one do
    one.host:tick()
    if not push(one, bmc.clock()) or not one.server:alive(one.index, one.session) then break end
    if not task.sleep(LOOK) then break end
  end
  drop(bmc, one)
end

-- ---- receiving ----

--- Takes a packet of a session (15.9).
---@param bmc table
---@param call bmc.rmcpd.Command
function M.receive(bmc, call)
  local one = bmc.ipmi.sol
  if not one or one.session ~= call.session or #call.data < 4 then return end
  local sequence, acked, accepted, operation = call.data:byte(1, 4)
  local bytes = call.data:sub(5)
  if acked ~= 0 and acked & 0x0F == one.out and one.waits then
    local rest = operation & 0x40 ~= 0 and one.waits:sub(accepted + 1) or "" -- NACK
    one.waits, one.tries, one.due = rest ~= "" and rest or nil, 0, 0
  end
  sequence = sequence & 0x0F
  if sequence ~= 0 then
    if sequence ~= one.last then one.host:type(bytes) end
    one.last = sequence
    send(one, 0, sequence, #bytes & 0xFF, "")
  end
  push(one, bmc.clock())
end

--- Ends it, as the end of the farm does.
---@param bmc table
function M.stop(bmc)
  local one = bmc.ipmi.sol
  bmc.ipmi.sol = nil
  if one then one.watching:cancel() end
end

-- ---- commands ----

local function activate(bmc, data, call)
  local type, instance = data:byte(1, 2)
  if type & 0x3F ~= SOL or instance & 0x0F ~= FIRST then return FIELD end
  if not bmc.traits.ipmi.sol then return NOT_OFFERED end
  local old = bmc.ipmi.sol
  if old and old.server:alive(old.index, old.session) then return ACTIVE end
  bmc.ipmi.console = bmc.ipmi.console or console.new(bmc)
  local one = {
    host = bmc.ipmi.console, server = call.server, index = call.bmc, session = call.session,
    out = 0, due = 0,
  }
  bmc.ipmi.sol = one
  one.host:greet()
  one.watching = task.spawn(watch, bmc, one)
  return 0, ("<I4I2I2I2I2"):pack(0, SIZE, SIZE, call.server.port, 0xFFFF)
end

local function deactivate(bmc, data)
  if data:byte() & 0x3F ~= SOL then return FIELD end
  if not bmc.ipmi.sol then return ACTIVE end
  bmc.ipmi.sol = nil
  return 0
end

local function activation_status(bmc, data)
  if data:byte() & 0x3F ~= SOL then return FIELD end
  return 0, string.char(1, bmc.ipmi.sol and 1 or 0, 0)
end

local function instance_info(bmc, data)
  if data:byte() & 0x3F ~= SOL then return FIELD end
  local one = bmc.ipmi.sol
  return 0, ("<I4"):pack(one and one.session or 0) .. "\x01" .. ("\x00"):rep(7)
end

-- ---- configuration ----

-- 26.2: encryption and authentication are forced, at user level.
local PARAMETERS = {
  [0] = "\x00", "\x01", "\xC2", "\x0C\x60", "\x07\x0A", "\x0A", "\x0A", "\x01", "\x6F\x02",
}

local function get(bmc, data)
  local channel, parameter = data:byte(1, 2)
  if channel & 0x80 ~= 0 then return 0, "\x11" end
  local value = (bmc.ipmi.sol_settings or {})[parameter] or PARAMETERS[parameter]
  if not value then return NO_PARAMETER end
  return 0, "\x11" .. value
end

local function set(bmc, data)
  local parameter = data:byte(2)
  local usual = PARAMETERS[parameter]
  if not usual then return NO_PARAMETER end
  if parameter == 7 then return READ_ONLY end
  bmc.ipmi.sol_settings = bmc.ipmi.sol_settings or {}
  bmc.ipmi.sol_settings[parameter] = data:sub(3, 2 + #usual)
  return 0
end

M.COMMANDS = {
  { "Activate Payload", APP, 0x48, "user", 6, activate },
  { "Deactivate Payload", APP, 0x49, "user", 6, deactivate },
  { "Get Payload Activation Status", APP, 0x4A, "user", 1, activation_status },
  { "Get Payload Instance Info", APP, 0x4B, "user", 2, instance_info },
  { "Set SOL Configuration Parameters", TRANSPORT, 0x21, "admin", 3, set },
  { "Get SOL Configuration Parameters", TRANSPORT, 0x22, "user", 4, get },
}

return M
