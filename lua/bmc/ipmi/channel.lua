-- SPDX-License-Identifier: GPL-3.0-or-later
--- The number of the channel that a session runs over.
--
-- "The channel of this request" has a number of its own (IPMI 2.0, revision 1.1, 6.3), but what is
-- configured by channel is asked for with the true one: some BMCs keep other settings under that.

local reply = require "bmc.ipmi.reply"

local THIS = 0x0E

local M = {}

--- The number of this session's channel (22.24). THIS where the BMC does not say.
---@param c bmc.ipmi.Client
---@return integer? channel
---@return bmc.err.Value? err
function M.number(c)
  local data, e = reply.optional(c, "Get Channel Info", string.char(THIS), 1)
  if e then
    return nil, e
  end
  return data and data:byte() & 0x0F or THIS
end

return M
