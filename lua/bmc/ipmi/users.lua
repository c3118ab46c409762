-- SPDX-License-Identifier: GPL-3.0-or-later
--- The accounts of a BMC as IPMI sees them: a fixed number of slots on a channel.
--
-- Sections are those of the IPMI specification, version 2.0, revision 1.1.

local channel = require "bmc.ipmi.channel"
local ipmi = require "bmc.ipmi"
local reply = require "bmc.ipmi.reply"

-- Privilege limits of a channel (6.8), as Redfish names its roles where it has them.
local ROLES = { "Callback", "User", "Operator", "Administrator", "OEM" }
local NO_ACCESS = 0x0F
-- Enable status; what a BMC of before IPMI 2.0 leaves open follows from its IPMI messaging bit.
local ENABLED, DISABLED = 1, 2
local MESSAGING = 0x10

local M = {}

---@class bmc.ipmi.User
---@field id string
---@field user_name? string  absent for the nameless user 1 and for empty slots
---@field role_id? string
---@field enabled boolean

--- The answer to Get User Access (22.27).
---@param data string
---@param id integer
---@return bmc.ipmi.User user
---@return integer slots   how many there are
function M.decode(data, id)
  local slots, status, _, access = data:byte(1, 4)
  local privilege = access & 0x0F
  local user = { id = tostring(id), role_id = ROLES[privilege] }
  status = status >> 6
  if status == ENABLED or status == DISABLED then
    user.enabled = status == ENABLED
  else
    user.enabled = access & MESSAGING ~= 0 and privilege ~= NO_ACCESS
  end
  return user, slots & 0x3F
end

local function access(c, number, id)
  local data, e = reply.ask(c, "Get User Access", string.char(number, id), 4)
  if not data then
    return nil, e
  end
  return M.decode(data, id)
end

--- The way of bmc_users.
---@param target bmc.target.Target
---@param call bmc.plan.Call
---@return bmc.ipmi.User[]? users  with the empty slots
---@return bmc.err.Value? err
function M.list(target, _, call)
  local c = ipmi.of(target)
  local number, e = channel.number(c)
  if not number then
    return nil, e
  end
  local out, slots, id = {}, 1, 1
  while id <= slots do
    local user, count = access(c, number, id)
    if not user and (id == 1 or not count.completion) then
      return nil, count
    elseif not user then
      call.note(("not read: slot %d (%s)"):format(id, count.text))
    else
      slots = id == 1 and count or slots
      local name
      name, e = reply.optional(c, "Get User Name", string.char(id), 1)
      if e then
        return nil, e
      end
      user.user_name = name and reply.text(name:sub(1, 16))
      out[#out + 1] = user
    end
    id = id + 1
  end
  return out
end

return M
