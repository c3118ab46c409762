-- SPDX-License-Identifier: GPL-3.0-or-later
-- insert_virtual_media: an image on the network becomes a drive of the machine.

local bodies = require "bmc.media.body"
local change = require "bmc.media.change"
local err = require "bmc.err"
local media = require "bmc.media"
local readback = require "bmc.readback"
local redfish = require "bmc.redfish"
local secret = require "bmc.secret"
local subject = require "bmc.subject"

-- The password as a secret of our own, to be closed; nil where none was given.
local function password_of(password)
  if password == nil then
    return nil
  elseif type(password) == "string" or secret.is(password) then
    return secret.source({ value = password }):get()
  end
  return password:get()
end

local function tried(call, slot, e)
  call.step { step = "slot " .. slot.id, ok = false, code = e.code, effect = e.effect,
    why = e.text }
end

-- Whether another slot may do: the BMC has refused (V14, V15), or this one takes no such URL.
local function may_go_on(e)
  return readback.refused(e) or e.code == "unsupported" and e.effect == "none"
end

-- Into the first candidate that takes it.
local function insert(rf, candidates, image, call)
  local first
  for _, slot in ipairs(candidates) do
    local result, e = change.insert(rf, slot, image, call)
    if result then
      return result
    elseif not may_go_on(e) then
      return nil, e
    end
    tried(call, slot, e)
    first = first or e
  end
  return nil, first
end

-- The candidates, the best first.
local function find(target, args, kind, call)
  local slots, e = media.of(redfish.of(target), args, call, subject.certain)
  if not slots then
    return nil, e
  end
  return media.candidates(slots, { slot = args.slot, kind = kind, url = args.url },
    target.profile.media)
end

local function over_redfish(target, args, call)
  local ok, e = bodies.check(args)
  local kind, candidates
  if ok then
    kind, e = media.kind(args.media, args.url)
  end
  if kind then
    candidates, e = find(target, args, kind, call)
  end
  if not candidates then
    return nil, err.wrap(e, { effect = "none" })
  end
  local password <close>, no_password = password_of(args.password)
  if no_password then
    return nil, err.wrap(no_password, { effect = "none" })
  end
  return insert(redfish.of(target), candidates, {
    url = args.url, kind = kind, user = args.user, password = password, writable = args.writable,
  }, call)
end

--- Inserts an image: m:insert_virtual_media("https://files/rescue.iso").
---
--- url: https, http, nfs, cifs or what the BMC takes; no credentials in it. media is "CD" (default;
--- "USBStick" for .img), slot the Id of one slot instead of the first that is free and fits. A slot
--- that is named, or the only one, is ejected first. user and password (a string, a secret or a
--- source of one; never shown) are for the share; writable lets the machine write.
--- slot, uri and method tell where it went and how; ejected is what was taken out for it.
---
--- Errors: rejected (a URL no BMC can take), unsupported (no slot fits, or it takes no such URL),
--- missing (no slot of that Id), timeout (accepted, and the slot never showed it: effect unknown),
--- busy, licence, and those of the transport.
---@type bmc.plan.Op
return {
  name = "insert_virtual_media",
  write = true,
  seconds = 300,
  params = { "url" },
  record = { "slot", "uri", "method", "ejected", "confirmed", "way", "seconds", "trail" },
  ways = { redfish = over_redfish },
}
