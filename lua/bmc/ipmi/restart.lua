-- SPDX-License-Identifier: GPL-3.0-or-later
--- Restarting the BMC by IPMI (20.2, 20.3), and how to see whether it is there again.
--
-- Owns the commands, and the looks that bmc.comeback takes; how long to look is for that.

local device = require "bmc.ipmi.device"
local err = require "bmc.err"
local ipmi = require "bmc.ipmi"
local reply = require "bmc.ipmi.reply"
local rmcp = require "bmc.rmcp"

local GLANCE = 2 -- seconds for a BMC that is there to answer what everybody may ask

local M = {}

-- A BMC that is on its way down may not get its answer out (QUIRKS: "No answer to … the command
-- that resets the host or the BMC").
local LOST = { timeout = true, unreachable = true }

--- Sends the reset, once.
---@param target bmc.target.Target
---@param warm boolean?  Warm Reset, which not all BMCs have
---@param call bmc.plan.Call
---@return string? command  that was sent
---@return bmc.err.Value? err  with a command: its answer was lost; else it was refused
function M.send(target, warm, call)
  local name = warm and "Warm Reset" or "Cold Reset"
  local done, e = reply.change(ipmi.of(target), call, name, "")
  if done or LOST[e.code] and e.effect ~= "none" then
    return name, e
  end
  return nil, e
end

local looks = {}
local looks_mt = { __index = looks, __name = "bmc.ipmi.restart" }

--- Whether anything answers there. Not by a ping: some BMCs answer none.
---@return boolean there
---@return bmc.err.Value? err
function looks:answers()
  local place = self.target.ipmi
  local offers, e = rmcp.capabilities { host = place.host, port = place.port, timeout = GLANCE }
  return offers ~= nil or e.code == "unsupported" or e.code == "protocol", e
end

--- Whether it takes commands again, in a session of its own.
---@return boolean ready
---@return bmc.err.Value? err
function looks:ready()
  local c = ipmi.of(self.target)
  -- Not c:device(), which is what the BMC said first.
  local data, e = c:ask("Get Device ID", "")
  local now
  if data then
    now, e = device.decode(data)
  end
  if not now then
    return false, e
  elseif now.updating then
    return false, err.new("busy", "the BMC is not ready yet")
  end
  return true
end

--- The looks at a BMC, for bmc.comeback.
---@param target bmc.target.Target
---@return table looks
function M.looks(target)
  return setmetatable({ target = target, way = "ipmi" }, looks_mt)
end

return M
