-- SPDX-License-Identifier: GPL-3.0-or-later
-- sol.switch: owns the setting of a BMC that Serial over LAN is on (IPMI 2.0, 26.2 and 26.3). It
-- is written when a person has said so, where it is off, or where nothing else makes the BMC give
-- up a console that nobody has: off, and on again.

local err = require "bmc.err"
local task = require "bmc.task"

local SET = {
  name = "Set SOL Configuration Parameters", netfn = 0x0C, cmd = 0x21, privilege = "admin",
  write = true,
}
local GET = {
  name = "Get SOL Configuration Parameters", netfn = 0x0C, cmd = 0x22, privilege = "operator",
}
local THIS_CHANNEL, ENABLE = 0x0E, 1
local PAUSE = 0.5 -- seconds between two writes: some BMCs lose what comes too fast (M76)

local M = {}

-- nil where the BMC does not say.
local function is_on(client)
  local reply = client:request(GET, string.char(THIS_CHANNEL, ENABLE, 0, 0))
  if reply and #reply >= 2 then
    return reply:byte(2) & 1 == 1
  end
end

local function set(client, on)
  local reply, e = client:request(SET, string.char(THIS_CHANNEL, ENABLE, on and 1 or 0))
  if not reply then
    return nil, e
  end
  return task.sleep(PAUSE)
end

--- Switches it on, off before when it is on.
---@param client bmc.ipmi.Client
---@param refused_as_off? boolean  the BMC has said that it is off
---@return true|nil
---@return bmc.err.Value? err unsupported: it is on for others, and off for this user
function M.restart(client, refused_as_off)
  local on = is_on(client)
  if on and refused_as_off then
    return err.fail("unsupported", "Serial over LAN is on at this BMC, and off for this user "
      .. "(payload access)")
  end
  local ok, e = true, nil
  if on ~= false then
    ok, e = set(client, false)
  end
  if ok then
    ok, e = set(client, true)
  end
  if ok and is_on(client) == false then
    return err.fail("rejected", "the BMC does not switch Serial over LAN on")
  end
  return ok, e
end

return M
