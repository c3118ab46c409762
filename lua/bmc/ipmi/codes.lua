-- SPDX-License-Identifier: GPL-3.0-or-later
--- Completion codes: what a BMC says of a command that it did not do, as an error value.
--
-- Owns the meaning of the codes that hold for every command (IPMI 2.0, table 5-2). Codes 80h to
-- BEh mean something else with each command: who sends one accepts them by its option `accept`.

local err = require "bmc.err"

-- code = { error code, in words }
local CODES = {
  [0xC0] = { "busy", "node busy" },
  [0xC1] = { "unsupported", "invalid command" },
  [0xC2] = { "unsupported", "command invalid for this LUN" },
  [0xC3] = { "busy", "timeout while processing the command" },
  [0xC4] = { "busy", "out of space" },
  [0xC5] = { "busy", "reservation cancelled or invalid" },
  [0xC6] = { "rejected", "request data truncated" },
  [0xC7] = { "rejected", "request data length invalid" },
  [0xC8] = { "rejected", "request data field length limit exceeded" },
  [0xC9] = { "rejected", "parameter out of range" },
  [0xCA] = { "rejected", "cannot return that many bytes" },
  [0xCB] = { "missing", "sensor, data or record not present" },
  [0xCC] = { "rejected", "invalid data field in request" },
  [0xCD] = { "unsupported", "command illegal for this sensor or record type" },
  [0xCE] = { "busy", "no answer could be provided" },
  [0xCF] = { "busy", "duplicated request" },
  [0xD0] = { "busy", "SDR repository in update mode" },
  [0xD1] = { "busy", "device in firmware update mode" },
  [0xD2] = { "busy", "BMC initialization in progress" },
  [0xD3] = { "missing", "destination unavailable" },
  [0xD4] = { "auth", "insufficient privilege, or a firmware firewall" },
  [0xD5] = { "rejected", "not supported in the present state" },
  [0xD6] = { "unsupported", "sub-function disabled or unavailable" },
  [0xFF] = { "internal", "unspecified error" },
}

-- Codes that leave open whether a write was done: it took too long, no answer could be made, it
-- came twice, unspecified.
local OPEN = { [0xC3] = true, [0xCE] = true, [0xCF] = true, [0xFF] = true }

local M = { PRIVILEGE = 0xD4, STATE = 0xD5 }

--- What a write that was answered so may have done.
---@param code integer
---@return "none"|"unknown"
function M.effect(code)
  return OPEN[code] and "unknown" or "none"
end

--- A completion code in words.
---@param code integer
---@return string
function M.text(code)
  local known = CODES[code]
  if known then
    return known[2]
  elseif code == 0 then
    return "done"
  elseif code >= 0x80 and code <= 0xBE then
    return "specific to this command"
  end
  return code <= 0x7E and "OEM" or "reserved"
end

--- The error of a command that the BMC has answered, and did not do.
---@param name string     of the command
---@param code integer    not 0
---@return bmc.err.Value  effect none; `completion` is the code
function M.error(name, code)
  local known = CODES[code]
  return err.new(known and known[1] or "rejected",
    ("%s: completion code %02Xh, %s"):format(name, code, M.text(code)),
    { completion = code, effect = "none" })
end

return M
