-- SPDX-License-Identifier: GPL-3.0-or-later
-- tokens: owns the cache of session tokens that processes share, for those who ask for it
-- (--token-cache): one file for a machine, a user and a service, state/tokens/DIGEST, mode 0600,
-- locked by whoever reads it or logs in. The first line tells about the session, the second is
-- the token, which is never a Lua string. When to use one is bmc.redfish.session's.

local hash = require "bmc.hash"
local host = require "_bmcsh.host"
local http = require "bmc.http"
local json = require "bmc.json"
local state = require "bmc.state"

local FOLDER = "tokens"

local M = {}

---@class bmc.tokens.Slot  the place of one token, locked; to be closed
---@field about? { url: string, uri: string, user: string, at: number }  nil when it is empty
local slot = {}
local slot_mt = { __index = slot, __name = "bmc.tokens.slot" }

function slot_mt:__tostring()
  return ("token of %s"):format(self.about and self.about.url or "nobody")
end

--- The token; nil when there is none, or no whole one.
---@return bmc.Secret? token  for the caller to close
function slot:token()
  if not self.about then
    return nil
  end
  return (self.file:secret(#self.head + 1))
end

--- Puts a token in, in place of what was there.
---@param about { url: string, uri: string?, user: string }
---@param token bmc.Secret
---@return true? ok
---@return bmc.err.Value? err
function slot:put(about, token)
  about.at = math.floor(host.wall())
  self.about, self.head = about, json.encode(about)
  return self.file:replace(self.head, "\n", token, "\n")
end

--- Takes the token out.
function slot:clear()
  self.about = nil
  self.file:remove()
end

--- Gives the lock back. An empty slot is removed. Twice is once.
function slot:close()
  if self.closed then
    return
  elseif not self.about then
    self.file:remove()
  end
  self.file:close()
  self.closed = true
end

slot_mt.__close = slot.close

local function slot_of(file)
  local head = file:head() or ""
  local about = http.decode(head)
  if type(about) ~= "table" or not about.url then
    about = nil
  end
  return setmetatable({ file = file, head = head, about = about }, slot_mt)
end

--- The slot of a machine, a user and a service; waits while another process logs in there.
---@param url string  scheme, host and port
---@param user string
---@param uuid? string  of the service
---@param seconds number  to wait at most
---@return bmc.tokens.Slot? slot
---@return bmc.err.Value? err  busy, or why there is no such file; timeout, cancelled
function M.slot(url, user, uuid, seconds)
  local folder, e = state.folder(FOLDER)
  if not folder then
    return nil, e
  end
  local name = hash.sha256(table.concat({ url, user, uuid or "" }, "\0"))
  local file
  file, e = state.wait(folder .. "/" .. name, "any", seconds)
  if not file then
    return nil, e
  end
  return slot_of(file)
end

--- All slots that nobody holds. Each is locked until it is closed.
---@return bmc.tokens.Slot[]? slots
---@return bmc.err.Value? err
function M.slots()
  local folder, e = state.folder(FOLDER)
  if not folder then
    return nil, e
  end
  local out = {}
  for _, name in ipairs(host.listdir(folder) or {}) do
    local file = #name == 64 and state.open(folder .. "/" .. name, "old")
    out[#out + 1] = file and slot_of(file) or nil
  end
  return out
end

return M
