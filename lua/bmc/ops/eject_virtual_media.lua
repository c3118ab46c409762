-- SPDX-License-Identifier: GPL-3.0-or-later
-- eject_virtual_media: takes images out again.

local change = require "bmc.media.change"
local err = require "bmc.err"
local media = require "bmc.media"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"

-- What there is to eject: all that is taken, or the slot of that Id. One that mounts by host and
-- path does not say whether it has (V03).
local function chosen(slots, wanted)
  local out, ids = {}, {}
  for i, slot in ipairs(slots) do
    ids[i] = slot.id
    if wanted and slot.id:lower() == wanted:lower() then
      return { slot }
    elseif slot.busy or slot.config then
      out[#out + 1] = slot
    end
  end
  if wanted then
    return err.refuse("missing", "no slot %q for virtual media; there are: %s", wanted,
      table.concat(ids, ", "))
  end
  return out
end

local function find(rf, args, call)
  local slots, e = media.of(rf, args, call, subject.certain)
  if not slots then
    return nil, e
  end
  return chosen(slots, args.slot)
end

local function over_redfish(target, args, call)
  local rf = redfish.of(target)
  local slots, e = find(rf, args, call)
  if not slots then
    return nil, err.wrap(e, { effect = "none" })
  end
  local done = {}
  for _, slot in ipairs(slots) do
    if slot.busy or slot.config then
      local ok, failure = change.eject(rf, slot, call)
      if not ok then
        failure.effect = done[1] and "unknown" or failure.effect
        return nil, failure
      end
      done[#done + 1] = slot.id
    end
  end
  if not done[1] then
    call.step { step = "nothing to do", ok = true, why = "no image is inserted" }
  end
  return { ejected = #done, slots = done }
end

--- Ejects what is inserted: m:eject_virtual_media(), m:eject_virtual_media { slot = "CD1" }.
---
--- All slots, unless one is named. ejected is how many were taken, slots their Ids; a slot that is
--- free already is no error. Power the machine off first when it runs from the image: taking it
--- away under an operating system breaks that (V20).
--- Errors: missing (no slot of that Id), timeout (the slot is still taken: effect unknown), and
--- those of the transport.
---@type bmc.plan.Op
return {
  name = "eject_virtual_media",
  write = true,
  seconds = 180,
  record = { "ejected", "slots", "way", "seconds", "trail" },
  ways = { redfish = over_redfish },
}
