-- SPDX-License-Identifier: GPL-3.0-or-later
-- virtual_media: the slots for images, and what is in them.

local media = require "bmc.media"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"

local function record_of(slot)
  return {
    id = slot.id, name = slot.name, media_types = slot.types[1] and slot.types or nil,
    inserted = slot.busy, image = slot.image, connected_via = slot.connected_via,
    insertable = slot.insert ~= nil or slot.own_insert ~= nil or slot.config ~= nil,
  }
end

local function over_redfish(target, args, call)
  local slots, e = media.of(redfish.of(target), args, call, subject.system_if_any)
  if not slots then
    return nil, e
  end
  local out = {}
  for i, slot in ipairs(slots) do
    out[i] = record_of(slot)
  end
  return out
end

--- The slots for virtual media, the system's first.
---
--- inserted is whether something is in it; image what, where the BMC says (some go on showing it
--- after an eject: V02); insertable whether it has an action for that.
--- Errors: those of the transport.
---@type bmc.plan.Op
return {
  name = "virtual_media",
  list = true,
  record = { "id", "name", "media_types", "inserted", "image", "connected_via", "insertable" },
  ways = { redfish = over_redfish },
}
