-- SPDX-License-Identifier: GPL-3.0-or-later
-- Virtual media: the slots of a generated tree, InsertMedia, EjectMedia and PATCH of a slot, with
-- the refusals of real BMCs (QUIRKS V01 to V19, as the traits say). The state is in the resource
-- itself, so recorded slots work as well.

local cjson = require "cjson"
local json = require "bmc.json"
local message = require "bmc.sim.message"
local tbl = require "bmc.tbl"

local M = {}

local INSERT, EJECT = "VirtualMedia.InsertMedia", "VirtualMedia.EjectMedia"

-- Parameters of InsertMedia, and those that an image-only BMC takes none the less.
local PARAMETERS = {
  Image = true, Inserted = false, WriteProtected = false, UserName = true, Password = true,
  TransferProtocolType = true, TransferMethod = true, MediaType = true,
}

-- ---- as resources ----

local function slot_body(tree, path, slot)
  local traits, actions = tree.traits.media, nil
  if traits.actions and slot.actions ~= false then
    actions = { ["#" .. INSERT] = { target = path .. "/Actions/" .. INSERT .. tree.slash } }
    if not traits.late_eject then
      actions["#" .. EJECT] = { target = path .. "/Actions/" .. EJECT .. tree.slash }
    end
  end
  return {
    Name = "Virtual media", MediaTypes = slot.types, Image = cjson.null, ImageName = cjson.null,
    Inserted = false, ConnectedVia = "NotConnected", WriteProtected = true,
    TransferMethod = cjson.null, TransferProtocolType = cjson.null, UserName = cjson.null,
    Password = cjson.null, Actions = actions,
  }
end

--- Adds the slots.
---@param tree table
function M.add(tree)
  local traits, ids = tree.traits.media, {}
  local owner = traits.where == "system" and tree.system or tree.manager
  local path = owner .. "/VirtualMedia"
  for i, slot in ipairs(traits.slots) do
    local at = path .. "/" .. slot.id
    tree:add(at, "VirtualMedia", function() return slot_body(tree, at, slot) end)
    ids[i] = slot.id
  end
  tree:add_collection(path, "VirtualMediaCollection", ids)
  tree:hang(owner, "VirtualMedia", path)
end

-- ---- state ----

local function is_in(bmc, key)
  return bmc.store:get(key, "Inserted") == "true"
end

local function set(bmc, key, name, value)
  if bmc.store:get(key, name) then bmc.store:edit(key, json.encode(value), name) end
end

-- A recorded slot that is empty says so in its own way: null, "", "None".
local function remember_empty(bmc, key)
  if bmc.empty_slots[key] or is_in(bmc, key) then return end
  bmc.empty_slots[key] = bmc.store:get(key, "Image") or "null"
end

local function offer_eject(bmc, key, offered)
  if not bmc.traits.media.late_eject then return end
  local entry = offered and json.encode { target = key .. "/Actions/" .. EJECT } or "null"
  bmc.store:edit(key, entry, "Actions", "#" .. EJECT)
end

local function put_in(bmc, key, body)
  remember_empty(bmc, key)
  for name in pairs(PARAMETERS) do
    if body[name] ~= nil and name ~= "Password" then set(bmc, key, name, body[name]) end
  end
  bmc.store:edit(key, json.encode(body.Image), "Image")
  set(bmc, key, "ImageName", tostring(body.Image):match("[^/]*$"))
  set(bmc, key, "Inserted", body.Inserted ~= false)
  set(bmc, key, "ConnectedVia", "URI")
  offer_eject(bmc, key, true)
  bmc:add_to "media_inserted"
end

local function take_out(bmc, key)
  if not bmc.traits.media.keeps_image then
    bmc.store:edit(key, bmc.empty_slots[key] or "null", "Image")
    set(bmc, key, "ImageName", cjson.null)
  end
  set(bmc, key, "Inserted", false)
  set(bmc, key, "ConnectedVia", "NotConnected")
  offer_eject(bmc, key, false)
end

-- ---- actions ----

local function slot_of(bmc, key)
  local id = key:match("[^/]*$")
  for _, slot in ipairs(bmc.traits.media.slots) do
    if slot.id == id then return slot end
  end
  return {}
end

local function bad_parameters(traits, body)
  for _, name in ipairs(tbl.sorted_keys(body)) do
    if PARAMETERS[name] == nil or (traits.image_only and not PARAMETERS[name]) then
      return message.fail(400, "ActionParameterUnknown", INSERT, name)
    end
  end
  if type(body.Image) ~= "string" or body.Image == "" then
    return message.fail(400, "ActionParameterMissing", INSERT, "Image")
  end
  for _, name in ipairs(traits.need) do
    if body[name] == nil then return message.fail(400, "ActionParameterMissing", INSERT, name) end
  end
end

--- Executes InsertMedia.
---@param bmc table
---@param key string of the slot
---@param body table
---@return integer|nil status nil: done
---@return table|nil headers
---@return string|nil answer
function M.insert(bmc, key, body)
  local traits, refuses = bmc.traits.media, slot_of(bmc, key).refuses
  if refuses then return message.fail(refuses, "ActionNotSupported", INSERT) end
  local status, headers, answer = bad_parameters(traits, body)
  if status then return status, headers, answer end
  if bmc.later:has(key) then return message.fail(500, "GeneralError") end
  if is_in(bmc, key) then return message.fail(traits.busy, "ResourceInUse") end
  put_in(bmc, key, body)
end

--- Executes EjectMedia.
---@param bmc table
---@param key string of the slot
---@return integer|nil status nil: done
---@return table|nil headers
---@return string|nil answer
function M.eject(bmc, key)
  local traits = bmc.traits.media
  if not is_in(bmc, key) then
    if traits.empty >= 300 then return message.fail(traits.empty, "ResourceInUse") end
    return nil
  end
  bmc:add_to "media_ejected"
  bmc.later:add(traits.settle, key, function() take_out(bmc, key) end)
end

-- ---- PATCH ----

--- Refuses a PATCH of a slot that this BMC does not take.
---@param bmc table
---@param key string
---@param document table
---@param body table
---@return integer|nil status nil: nothing against it
---@return table|nil headers
---@return string|nil answer
function M.check(bmc, key, document, body)
  if document.MediaTypes == nil and not key:find("/VirtualMedia/", 1, true) then return nil end
  if body.Image == nil and body.Inserted == nil then return nil end
  local traits = bmc.traits.media
  remember_empty(bmc, key)
  local offers = tbl.dig(document, "Actions", "#" .. INSERT) ~= nil
  if (offers and not traits.patch) or slot_of(bmc, key).refuses then
    return message.fail(400, "PropertyNotWritable", "Image")
  elseif type(body.Image) == "string" and body.Image ~= "" then
    if is_in(bmc, key) then return message.fail(traits.busy, "ResourceInUse") end
    if traits.patch and body.Inserted ~= true then
      return message.fail(400, "PropertyMissing", "Inserted")
    end
  end
end

--- Follows a PATCH that was taken: the slot is full or empty now.
---@param bmc table
---@param key string
---@param document table as it was before
---@param body table
function M.applied(bmc, key, document, body)
  if document.MediaTypes == nil and not key:find("/VirtualMedia/", 1, true) then return end
  if type(body.Image) == "string" and body.Image ~= "" then
    put_in(bmc, key, body)
  elseif (body.Image ~= nil or body.Inserted == false) and document.Inserted == true then
    bmc:add_to "media_ejected"
    take_out(bmc, key)
  end
end

return M
