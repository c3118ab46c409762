-- SPDX-License-Identifier: GPL-3.0-or-later
--- POST codes: how far the firmware of a machine has come in starting it.
--
-- IPMI has no command for them. Some makers do (profile.ipmi.post_code, with its source); on all
-- other machines nothing is sent, for the same numbers do other things there.

local device = require "bmc.ipmi.device"
local err = require "bmc.err"
local ipmi = require "bmc.ipmi"

local M = {}

local function hex(byte)
  return ("0x%02X"):format(byte)
end

--- The bytes as a record.
---@param data string  the newest last
---@return { code: string, codes: string[] }? record
function M.decode(data)
  if data == "" then
    return nil
  end
  local codes = {}
  for i = 1, #data do
    codes[i] = hex(data:byte(i))
  end
  return { code = codes[#codes], codes = codes }
end

local function command_of(target, known)
  local own = target.profile.ipmi.post_code
  if own and (not own.manufacturer or own.manufacturer == known.manufacturer_id) then
    return {
      name = "Get POST Code", netfn = own.netfn, cmd = own.command, privilege = "user",
      write = false, once = false,
    }, string.char(table.unpack(own.data or {}))
  end
  return err.refuse("unsupported", "no command is known that gets POST codes from this BMC (%s)",
    device.vendor(target))
end

--- The way of post_code.
---@param target bmc.target.Target
---@return { code: string, codes: string[] }? record
---@return bmc.err.Value? err unsupported
function M.read(target)
  local c = ipmi.of(target)
  local known, e = c:device()
  if not known then
    return nil, e
  end
  local command, data = command_of(target, known)
  if not command then
    return nil, data
  end
  local reply
  reply, e = c:request(command, data)
  if not reply then
    return nil, e
  end
  local record = M.decode(reply)
  if record then
    return record
  end
  return err.refuse("missing", "the BMC has no POST code of this start")
end

return M
