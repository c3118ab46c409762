-- SPDX-License-Identifier: GPL-3.0-or-later
--- The first contact with a target that is trusted on first use.
--
-- Owns that its key is known before anything is sent that it is held to: what was remembered, or
-- what it shows now, on a connection of its own with no credentials on it. From then on the key is
-- the target's pin, and libcurl sends nothing where another one is shown (src/http.h).

local err = require "bmc.err"
local known = require "bmc.known"
local log = require "bmc.log"
local request = require "bmc.redfish.request"
local task = require "bmc.task"

local ROOT = "/redfish/v1/"
local NOBODY = request.session { mode = "none" }
local ALONE = { fresh = true, last = true }

-- These say something about the wait, and nothing about the place of keys.
local WAITS = { busy = true, timeout = true, cancelled = true }

local M = {}

-- Asks for the root, whatever it answers, and remembers the key that it showed.
local function learn(rf, slot, ask)
  local target = rf.target
  local response, e = ask(rf, NOBODY, "GET", ROOT, nil, ALONE)
  if not response then
    return e
  elseif not response.cert then
    return err.new("protocol", "it has shown no key that could be remembered")
  end
  local ok, why = slot:remember(target.base, response.cert)
  if not ok then
    return why
  end
  log.warning("%s: remembered its key %s", target.host, response.cert.spki)
end

--- Whether a target's key has still to be found out.
---@param target bmc.target.Target
---@return boolean
function M.is_due(target)
  return target.tls.first_use and not target.tls.pin and target.url.scheme == "https"
end

--- Finds out the target's key, and pins it.
---@param rf bmc.redfish.Client
---@param ask fun(...): table?, bmc.err.Value?  one request, as exchange sends it
---@return true? ok
---@return bmc.err.Value? err  effect none
function M.settle(rf, ask)
  local target = rf.target
  local where = { host = target.host, way = "redfish", effect = "none" }
  local seconds = math.min(target.profile.redfish.login_timeout, task.left())
  local slot <close>, e = known.open(target.base, seconds)
  if not slot then
    local code = WAITS[e.code] and e.code or "rejected"
    return err.fail(code, "its key cannot be looked up: " .. e.text, where)
  end
  e = not slot.key and learn(rf, slot, ask) or nil
  if e then
    e.effect = "none"
    return nil, err.wrap(e, where)
  end
  target.tls.pin, target.tls.remembered = slot.key.pin, slot.key.at
  return true
end

--- Says of another key than the remembered one what to do about it.
---@param target bmc.target.Target
---@param e bmc.err.Value
function M.explain(target, e)
  if e.code == "pin" and target.tls.remembered then
    e.text = ("%s, remembered on %s: somebody else answers, or it has a new key; bmcsh trust "
      .. "forget %s takes the new one"):format(e.text,
      os.date("!%Y-%m-%d", math.floor(target.tls.remembered)), target.base)
  end
end

return M
