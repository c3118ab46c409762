-- SPDX-License-Identifier: GPL-3.0-or-later
-- media.change: owns putting an image into a slot and taking it out, by whatever that slot has:
-- the standard's actions, a vendor's own, a PATCH (V04, V12), or the resource that mounts (V03).
--
-- What was done is read back. An eject is over when the slot is free (V10), and one that was
-- refused over a free slot was not needed (V19). An image that is in, though its answer was lost,
-- is in; one that may be on its way is never sent again.

local bodies = require "bmc.media.body"
local err = require "bmc.err"
local http = require "bmc.http"
local media = require "bmc.media"
local readback = require "bmc.readback"
local reading = require "bmc.reading"
local task = require "bmc.task"

local object = reading.object

local M = {}

-- ---- looking ----

local function look(rf, slot)
  return function()
    local body, e = rf:get(slot.uri)
    return body and media.slot(body), e
  end
end

-- Waits until a slot is what it is to be.
local function wait(rf, slot, is_right, seconds)
  return readback.wait(look(rf, slot), is_right, seconds, rf.target.profile.media.poll)
end

local function post(rf, uri, body, call)
  local answer, response = rf:post(uri, body)
  call.sent("POST " .. uri, not answer and response or nil)
  return rf:follow(answer, response)
end

local function patch(rf, slot, body, call)
  local answer, response = rf:patch(slot.uri, body, { held = slot.body })
  call.sent("PATCH " .. slot.uri, not answer and response or nil)
  return rf:follow(answer, response)
end

-- V03: the actions of the resource that mounts.
local function mount_target(slot, verb)
  local action = object(object(slot.config.Actions)["#IsoConfig." .. verb])
  return reading.text(action.target) or slot.uri .. "/Actions/IsoConfig." .. verb
end

-- ---- out ----

-- V13: {} also where there is nothing to say.
local function send_eject(rf, slot, call)
  if slot.config then
    return post(rf, mount_target(slot, "UnMount"), {}, call)
  elseif slot.eject then
    return post(rf, slot.eject.target, {}, call)
  elseif slot.own_eject then
    return post(rf, slot.own_eject, {}, call)
  end
  return patch(rf, slot, { Image = http.null, Inserted = false }, call)
end

local function is_free(slot)
  return not slot.busy
end

--- Takes out what is in a slot, and waits until it is free.
---@param rf bmc.redfish.Client
---@param slot bmc.media.Slot
---@param call bmc.plan.Call
---@return true? ok
---@return bmc.err.Value? err
function M.eject(rf, slot, call)
  local done, e = send_eject(rf, slot, call)
  if rf.target.dry_run or slot.config and done then
    return done and true, e
  elseif e and (e.code == "cancelled" or not e.status and e.effect == "none") then
    return nil, e
  end
  local seconds = rf.target.profile.media.settle
  local free, seen = wait(rf, slot, is_free, e and e.effect == "none" and 0 or seconds)
  if free then
    return true
  elseif e or free == nil then
    return nil, e or err.wrap(seen, { effect = "unknown" })
  end
  return err.fail("timeout", ("slot %s is still taken %g s after the eject")
    :format(slot.id, seconds), { effect = "unknown" })
end

-- ---- in ----

-- Sends until no other parameter is asked for. The profile's patience is for a slot that is not
-- quite free yet (V10).
local function insist(rf, send, body, image, call)
  local profile, tried = rf.target.profile.media, {}
  while true do
    local outcome, e = readback.insist(function() return send(body) end, profile.settle,
      profile.poll)
    if outcome or not readback.refused(e) then
      return outcome, e
    end
    local other, how = bodies.adjust(body, e, image, tried)
    if not other then
      return nil, e
    end
    call.note("sent again " .. how)
    body = other
  end
end

-- V21, V16: an ActionInfo tells what is required.
local function info_of(rf, action)
  local uri = reading.link(action["@Redfish.ActionInfo"])
  return uri and rf:get(uri) or nil
end

local function by_action(rf, slot, image, call)
  local body = bodies.of_action(image, rf.target.profile.media, info_of(rf, slot.insert))
  return insist(rf, function(b) return post(rf, slot.insert.target, b, call) end, body, image,
    call)
end

local function by_patch(rf, slot, image, call)
  local body = bodies.of_patch(image, rf.target.profile.media)
  return insist(rf, function(b) return patch(rf, slot, b, call) end, body, image, call)
end

local function by_own(rf, slot, image, call)
  return post(rf, slot.own_insert, { Image = image.url }, call)
end

local function by_config(rf, slot, image, call)
  local _, e = patch(rf, slot, bodies.of_config(image), call)
  if e then
    return nil, e
  end
  return post(rf, mount_target(slot, "Mount"), {}, call)
end

local function way_of(rf, slot)
  if slot.config then
    return "config", by_config
  elseif rf.target.profile.media.method == "patch" then
    return "patch", by_patch
  elseif slot.insert then
    return "action", by_action
  elseif slot.own_insert then
    return "own action", by_own
  end
  return "patch", by_patch
end

-- Whether a slot shows the image; some show its name only, or nothing but that it is taken.
local function holds(image)
  local name = image.url:match("([^/]+)$") or image.url
  return function(slot)
    return slot.busy and (slot.image == nil or slot.image == image.url
      or slot.image:find(name, 1, true) ~= nil)
  end
end

-- What came of it: the answer is believed, and the slot looked at. `lost` is the error of an
-- insert that may have happened.
local function confirm(rf, slot, image, lost)
  local seconds = rf.target.profile.media.budget
  local right, seen = wait(rf, slot, holds(image), seconds)
  if right then
    return true
  elseif right == nil then
    return nil, err.wrap(seen, { effect = "unknown" })
  elseif lost then
    lost.text = ("%s; slot %s does not show the image"):format(lost.text or lost.code, slot.id)
    return nil, lost
  end
  local now = seen and (seen.image or "nothing") or "what cannot be read"
  return err.fail("timeout", ("slot %s took the image, and after %g s it holds %s")
    :format(slot.id, seconds, now), { effect = "unknown" })
end

-- Whether the BMC has answered that it failed, so that the slot tells what came of it.
local function has_failed(e)
  return e ~= nil and e.effect == "unknown" and (e.status or 0) >= 500
end

-- V10: a slot that is not quite free yet makes some BMCs fail. What is in it then decides: the
-- image, and all is well; nothing, and it is sent again, for as long as an eject may take.
local function send_patiently(rf, slot, image, send, call)
  local profile = rf.target.profile.media
  local give_up = task.now() + profile.settle
  while true do
    local outcome, e = send(rf, slot, image, call)
    if not has_failed(e) or task.now() + profile.poll > give_up then
      return outcome, e
    end
    local ok, stopped = task.sleep(profile.poll)
    local now = ok and look(rf, slot)()
    if not now then
      return nil, ok and e or err.wrap(stopped, { effect = "unknown" })
    elseif now.busy then
      return holds(image)(now) and {} or nil, e
    end
    call.note(("slot %s is empty after %d: sent again"):format(slot.id, e.status))
  end
end

-- A slot that is taken is made free first: some refuse an insert into it (V11).
local function make_room(rf, slot, call)
  if not slot.busy then
    return true
  end
  call.note(("slot %s held %s: ejected first"):format(slot.id, slot.image or "something"))
  local ok, e = M.eject(rf, slot, call)
  if ok and not rf.target.dry_run then
    local body = rf:get(slot.uri)
    slot.body = body or slot.body
  end
  return ok, e
end

---@class bmc.media.Inserted
---@field slot string
---@field uri string
---@field method "action"|"own action"|"patch"|"config"
---@field ejected? string   what was in it
---@field confirmed? boolean

--- Puts an image into a slot.
---@param rf bmc.redfish.Client
---@param slot bmc.media.Slot
---@param image bmc.media.Image
---@param call bmc.plan.Call
---@return bmc.media.Inserted?
---@return bmc.err.Value? err
function M.insert(rf, slot, image, call)
  local ok, e = bodies.check_protocol(slot, image)
  if ok then
    ok, e = make_room(rf, slot, call)
  end
  if not ok then
    return nil, e
  end
  local method, send = way_of(rf, slot)
  local outcome
  outcome, e = send_patiently(rf, slot, image, send, call)
  local lost = e and e.effect ~= "none" and e or nil
  if not outcome and not lost then
    return nil, e
  end
  local result = { slot = slot.id, uri = slot.uri, method = method,
    ejected = slot.busy and (slot.image or "something") or nil }
  if rf.target.dry_run or slot.config and not lost then
    return result
  end
  ok, e = confirm(rf, slot, image, lost)
  result.confirmed = ok
  return ok and result or nil, e
end

return M
