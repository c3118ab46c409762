-- SPDX-License-Identifier: GPL-3.0-or-later
-- media: owns the slots for virtual media: where they are (the system has them, the manager, or
-- both: V07), what is in one, what it takes, and which one an image goes into. Only reads;
-- inserting and ejecting is bmc.media.change's.

local bodies = require "bmc.media.body"
local err = require "bmc.err"
local reading = require "bmc.reading"
local subject = require "bmc.subject"
local tbl = require "bmc.tbl"

local object, text = reading.object, reading.text

-- What an image may go into. A CD goes into a slot that says only DVD (V14).
local FITS = {
  cd = { cd = true, dvd = true }, dvd = { cd = true, dvd = true },
  usbstick = { usbstick = true }, floppy = { floppy = true },
}
local SAID = { iso = "cd", usb = "usbstick", stick = "usbstick", disk = "usbstick" }

local INSERT, EJECT = "#VirtualMedia.InsertMedia", "#VirtualMedia.EjectMedia"

local M = {}

---@class bmc.media.Slot
---@field uri string
---@field id string
---@field name? string
---@field types string[]     as the BMC says them
---@field image? string      what is in it
---@field busy boolean
---@field connected_via? string
---@field body table
---@field insert? table      the action
---@field eject? table
---@field own_insert? string target of a vendor's action (V12)
---@field own_eject? string
---@field config? table      V03: the resource that mounts, in place of a slot

-- ---- what a slot is ----

-- "None" is Gigabyte's word for no image.
local function image_of(body)
  local image = text(body.Image)
  return image ~= "None" and image or nil
end

-- V02: some keep the image after an eject; a slot is free when it says so in either way.
local function is_busy(body)
  if body.Inserted == false or text(body.ConnectedVia) == "NotConnected" then
    return false
  end
  return body.Inserted == true or image_of(body) ~= nil
end

local function action_of(body, name)
  local action = object(object(body.Actions)[name])
  return text(action.target) and action or nil
end

-- A vendor's own action, by the end of its name: "#HpeiLOVirtualMedia.InsertVirtualMedia".
local function own_action(body, verb)
  for _, oem in pairs(object(body.Oem)) do
    for name, action in pairs(object(object(oem).Actions)) do
      if type(name) == "string" and name:find("%." .. verb .. "VirtualMedia$") then
        return text(object(action).target)
      end
    end
  end
end

--- What the body of a slot says.
---@param body table
---@return bmc.media.Slot
function M.slot(body)
  local uri = reading.link(body) or ""
  return {
    uri = uri, id = text(body.Id) or reading.tail(uri) or uri, name = text(body.Name),
    types = reading.texts(body.MediaTypes) or {}, image = image_of(body), busy = is_busy(body),
    connected_via = text(body.ConnectedVia), body = body,
    insert = action_of(body, INSERT), eject = action_of(body, EJECT),
    own_insert = own_action(body, "Insert"), own_eject = own_action(body, "Eject"),
  }
end

-- ---- where slots are ----

-- The collections of the system and of its manager, each once; where neither links one, those that
-- the standard has below them, and that they are guesses.
local function collections(system, manager)
  local out, unlinked, seen = {}, {}, {}
  for _, owner in ipairs { system or false, manager or false } do
    local uri = owner and reading.link(owner.VirtualMedia)
    if uri and not seen[reading.same(uri)] then
      out[#out + 1], seen[reading.same(uri)] = uri, true
    end
    unlinked[#unlinked + 1] = owner and reading.below(owner, "VirtualMedia") or nil
  end
  return out[1] and out or unlinked, out[1] == nil
end

-- V03: a collection without slots may name the resource that mounts.
local function config_slot(rf, uri)
  local path = rf.target.profile.media.config_link
  local link = path and reading.link(tbl.at(rf:get(uri), path))
  local config = link and rf:get(link)
  if not config or not object(config.Actions)["#IsoConfig.Mount"] then
    return nil
  end
  return { uri = link, id = text(config.Id) or "VM", types = { "CD" }, busy = false, body = config,
    config = config }
end

-- Adds slots, each Id once: a BMC may list the same ones in both places.
local function add(slots, seen, members)
  for _, body in ipairs(members) do
    local slot = M.slot(body)
    if not seen[slot.id] then
      slots[#slots + 1], seen[slot.id] = slot, true
    end
  end
end

-- All slots of a machine, the system's first.
local function read_slots(rf, known, call)
  local slots, seen = {}, {}
  local places, guessed = collections(known.system, known.manager)
  for _, uri in ipairs(places) do
    local members, problems = rf:collection(uri)
    if not members and not problems.status then
      return nil, problems
    elseif not members and not guessed then
      call.note(("not there: %s (%s)"):format(uri, problems.status))
    elseif members and #members > 0 then
      add(slots, seen, members)
    elseif members and not guessed then
      slots[#slots + 1] = config_slot(rf, uri)
    end
  end
  return slots
end

--- All slots of the machine that an operation is about, the system's first.
---@param rf bmc.redfish.Client
---@param args table  `system`
---@param call bmc.plan.Call
---@param choose function  of bmc.subject: which system that is
---@return bmc.media.Slot[]? slots {} where it has none
---@return bmc.err.Value? err
function M.of(rf, args, call, choose)
  local known, e = subject.known(rf, args, call, choose)
  if not known then
    return nil, e
  end
  return read_slots(rf, known, call)
end

-- ---- which one ----

--- What kind of medium a word or the end of a URL means.
---@param word string?
---@param url string
---@return string? kind "cd", "dvd", "usbstick", "floppy"
---@return bmc.err.Value? err
function M.kind(word, url)
  if not word then
    return url:lower():find("%.im[ga]$") and "usbstick" or "cd"
  end
  local kind = SAID[word:lower()] or word:lower()
  if FITS[kind] then
    return kind
  end
  return err.fail("rejected", ("no medium %q; there are CD, DVD, USBStick, Floppy"):format(word),
    { effect = "none" })
end

-- A slot without types is judged by its name, and one without a telling name takes anything.
local function fits(slot, kind)
  for _, name in ipairs(slot.types) do
    if FITS[kind][name:lower()] then
      return true
    end
  end
  if slot.types[1] then
    return false
  end
  local name = (slot.id .. " " .. (slot.name or "")):lower()
  local disc = name:find("cd", 1, true) or name:find("dvd", 1, true)
  local disk = name:find("floppy", 1, true) or name:find("disk", 1, true)
    or name:find("usb", 1, true)
  return not (disc or disk) or (disc ~= nil) == (FITS[kind].cd ~= nil)
end

-- Whether something can be put into it at all. Where any slot has an action, those without one
-- belong to the remote console (V14, V15); where none has, they are patched (V04, V12).
local function usable(slot, any_action, profile)
  if profile.method == "patch" or slot.config then
    return true
  elseif slot.insert or slot.own_insert then
    return true
  end
  return not any_action
end

local function any_action(slots)
  for _, slot in ipairs(slots) do
    if slot.insert or slot.own_insert then
      return true
    end
  end
  return false
end

-- First what holds this very image, for it must not be in twice; then what is free; then the rest.
local function rank(slot, url)
  if slot.busy and slot.image == url then
    return 1
  end
  return slot.busy and 3 or 2
end

local function ids(slots)
  local out = {}
  for i, slot in ipairs(slots) do
    out[i] = slot.types[1] and ("%s (%s)"):format(slot.id, table.concat(slot.types, ", "))
      or slot.id
  end
  return out[1] and table.concat(out, "; ") or "none"
end

local function none_fits(slots, kind, wanted, profile)
  local what = wanted and ("no slot %q for virtual media"):format(wanted)
    or ("no slot for a %s image"):format(bodies.TYPES[kind])
  local hint = profile.hint and "; " .. profile.hint or ""
  return err.fail(wanted and "missing" or "unsupported",
    ("%s; there are: %s%s"):format(what, ids(slots), hint), { effect = "none" })
end

--- The slots that an image may go into, the best first.
---@param slots bmc.media.Slot[]
---@param wanted { slot: string?, kind: string, url: string }
---@param profile table  profile.media
---@return bmc.media.Slot[]? candidates
---@return bmc.err.Value? err unsupported; missing: no slot of that Id
function M.candidates(slots, wanted, profile)
  local out, actions = {}, any_action(slots)
  for i, slot in ipairs(slots) do
    local chosen
    if wanted.slot then
      chosen = slot.id:lower() == wanted.slot:lower()
    else
      chosen = fits(slot, wanted.kind) and not tbl.matches(slot.id, profile.slot_skip)
    end
    if chosen and usable(slot, actions, profile) then
      slot.place = i
      out[#out + 1] = slot
    end
  end
  if not out[1] then
    return none_fits(slots, wanted.kind, wanted.slot, profile)
  end
  table.sort(out, function(a, b)
    local x, y = rank(a, wanted.url), rank(b, wanted.url)
    return x < y or x == y and a.place < b.place
  end)
  return out
end

return M
