-- SPDX-License-Identifier: GPL-3.0-or-later
-- known: owns the public keys of BMCs that are trusted on first use (--trust first-use), as ssh's
-- known_hosts has those of hosts: one file for a host and port, state/known/DIGEST, mode 0600,
-- locked by whoever reads it or learns the key. When a key is asked for is bmc.redfish.meet's, that
-- it is held to bmc.http's.

local err = require "bmc.err"
local hash = require "bmc.hash"
local host = require "_bmcsh.host"
local http = require "bmc.http"
local json = require "bmc.json"
local state = require "bmc.state"

local FOLDER = "known"
local PATIENCE = 5 -- seconds for a lock that is held to read or to learn

local M = {}

---@class bmc.known.Key
---@field url string      scheme, host and port
---@field pin string      "sha256//…"
---@field at number       epoch seconds when it was learnt
---@field subject string  of the certificate it was in

---@class bmc.known.Slot  the place of one key, locked; to be closed
---@field key? bmc.known.Key  nil when none is known
local slot = {}
local slot_mt = { __index = slot, __name = "bmc.known.slot" }

function slot_mt:__tostring()
  return ("key of %s"):format(self.key and self.key.url or "nobody")
end

--- Remembers a key.
---@param url string
---@param cert bmc.http.Certificate
---@return true? ok
---@return bmc.err.Value? err
function slot:remember(url, cert)
  local key = { url = url, pin = cert.spki, subject = cert.subject, at = math.floor(host.wall()) }
  local ok, e = self.file:replace(json.encode(key), "\n")
  self.key = ok and key or nil
  return ok, e
end

--- Gives the lock back. An empty slot is removed.
function slot:close()
  if not self.key then
    self.file:remove()
  end
  self.file:close()
end

slot_mt.__close = slot.close

local function path_of(url)
  local folder, e = state.folder(FOLDER)
  return folder and folder .. "/" .. hash.sha256(url:lower()), e
end

-- The key in a file; nil for an empty file. What cannot be read is no reason to learn anew.
local function key_in(file, url)
  local text, e = file:read()
  if not text or text == "" then
    return nil, e
  end
  local key = http.decode(text)
  if type(key) ~= "table" or type(key.pin) ~= "string" or type(key.at) ~= "number"
    or type(key.url) ~= "string" then
    return err.fail("rejected", ("what is remembered of %s is damaged; bmcsh trust forget %s, and "
      .. "compare the key"):format(url, url))
  end
  return key
end

--- The place of a machine's key. Waits while another process learns it.
---@param url string  scheme, host and port
---@param seconds number  to wait at most
---@return bmc.known.Slot?
---@return bmc.err.Value? err  busy, timeout, cancelled; or why there is no such place
function M.open(url, seconds)
  local path, e = path_of(url)
  if not path then
    return nil, e
  end
  local file
  file, e = state.wait(path, "any", seconds)
  if not file then
    return nil, e
  end
  local key, why = key_in(file, url)
  if why then
    file:close()
    return nil, why
  end
  return setmetatable({ file = file, key = key }, slot_mt)
end

--- All keys that are known, by place. One that another process is just learning is left out.
---@return bmc.known.Key[]? keys
---@return bmc.err.Value? err
function M.list()
  local folder, e = state.folder(FOLDER)
  if not folder then
    return nil, e
  end
  local keys = {}
  for _, name in ipairs(host.listdir(folder) or {}) do
    local file <close> = #name == 64 and state.open(folder .. "/" .. name, "old") or nil
    keys[#keys + 1] = file and key_in(file, name)
  end
  table.sort(keys, function(a, b)
    return a.url < b.url
  end)
  return keys
end

--- Forgets a key, so that the next contact is the first one again.
---@param url string
---@return true? ok
---@return bmc.err.Value? err  missing: none is known
function M.forget(url)
  local path, e = path_of(url)
  if not path then
    return nil, e
  end
  local file <close>, why = state.wait(path, "old", PATIENCE)
  if not file then
    return nil, why.code == "missing" and err.new("missing", "no key of it is remembered") or why
  end
  return file:remove()
end

return M
