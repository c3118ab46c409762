-- SPDX-License-Identifier: GPL-3.0-or-later
-- media.body: owns what is sent to put an image into a slot: the least that the standard asks for
-- (V01), what the profile or the BMC demands besides (V16, V17, V18, V21), and what follows from a
-- refusal that names a parameter. Pure.

local err = require "bmc.err"
local reading = require "bmc.reading"
local tbl = require "bmc.tbl"

local object = reading.object

-- The scheme of a URL = TransferProtocolType.
local PROTOCOLS = {
  http = "HTTP", https = "HTTPS", nfs = "NFS", cifs = "CIFS", smb = "CIFS", ftp = "FTP",
  sftp = "SFTP", tftp = "TFTP", scp = "SCP",
}
-- In the order in which they are given up or added when a refusal names none.
local PARAMETERS = {
  "TransferProtocolType", "TransferMethod", "Inserted", "WriteProtected", "MediaType", "UserName",
  "Password",
}
-- Added when a BMC says no more than "no" (V16, V18).
local GUESSES = { "TransferProtocolType", "TransferMethod" }
-- V17: a BMC wants credentials for a share that needs none.
local NOBODY = "none"

-- Our kind = MediaType.
local TYPES = { cd = "CD", dvd = "DVD", usbstick = "USBStick", floppy = "Floppy" }

local M = { TYPES = TYPES }

---@class bmc.media.Image
---@field url string
---@field kind string            of bmc.media.kind
---@field user? string           for the share
---@field password? bmc.Secret
---@field writable? boolean      not write-protected

local function protocol_of(url)
  return PROTOCOLS[(url:match("^(%a[%w+.-]*)://") or ""):lower()]
end

--- Checks what is asked for, without regard to any BMC.
---@param args table  url, user, media, writable
---@return true? ok
---@return bmc.err.Value? err rejected
function M.check(args)
  local url = args.url
  local why
  if type(url) ~= "string" or not url:find("^%a[%w+.-]*://[^/]") then
    why = "the URL of an image is wanted, such as https://files/rescue.iso"
  elseif not protocol_of(url) then
    why = ("no BMC takes images from %s"):format(url:match("^(.-://)"))
  elseif url:match("^%a[%w+.-]*://([^/]*)"):find("@", 1, true) then
    why = "credentials do not belong into a URL: it is shown and logged; give user and password"
  elseif args.user == nil and args.password ~= nil then
    why = "a password for the share needs a user"
  end
  if why then
    return err.fail("rejected", why, { effect = "none" })
  end
  return true
end

-- What a parameter is when nobody has said.
local DEFAULTS = {
  TransferProtocolType = function(image) return protocol_of(image.url) end,
  TransferMethod = function() return "Stream" end,
  Inserted = function() return true end,
  WriteProtected = function(image) return not image.writable end,
  MediaType = function(image) return TYPES[image.kind] end,
  UserName = function(image) return image.user or NOBODY end,
  Password = function(image) return image.password or NOBODY end,
}

local function default(name, image)
  return DEFAULTS[name](image)
end

-- The values that an action lists; some list a sentence of help instead (Cisco).
local function listed(action, name)
  local out = {}
  for _, value in ipairs(reading.texts(action[name .. "@Redfish.AllowableValues"]) or {}) do
    if not value:find(" ", 1, true) then
      out[#out + 1], out[value:upper()] = value, true
    end
  end
  return out[1] and out or nil
end

--- Whether an action can take an image from there.
---@param slot bmc.media.Slot
---@param image bmc.media.Image
---@return true? ok
---@return bmc.err.Value? err unsupported
function M.check_protocol(slot, image)
  local allowed = slot.insert and listed(slot.insert, "TransferProtocolType")
  local protocol = protocol_of(image.url)
  if not allowed or allowed[protocol] or allowed.OEM then
    return true
  end
  return err.refuse("unsupported", "slot %s takes images over %s, not over %s", slot.id,
    table.concat(allowed, ", "), protocol)
end

-- What an ActionInfo calls required.
local function required(info)
  local out = {}
  for _, parameter in ipairs(reading.list(object(info).Parameters)) do
    parameter = object(parameter)
    out[#out + 1] = parameter.Required == true and DEFAULTS[parameter.Name] and parameter.Name
      or nil
  end
  return out
end

--- The parameters of InsertMedia. What has its default is left out: some refuse it (V01).
---@param image bmc.media.Image
---@param profile table  profile.media
---@param info? table    the ActionInfo of the action
---@return table
function M.of_action(image, profile, info)
  local body = { Image = image.url, UserName = image.user, Password = image.password }
  if image.writable then
    body.WriteProtected = false
  end
  for _, names in ipairs { profile.need, required(info) } do
    for _, name in ipairs(names) do
      if body[name] == nil then
        body[name] = default(name, image)
      end
    end
  end
  return body
end

--- The properties of a slot that is patched (V04, V12).
---@param image bmc.media.Image
---@param profile table  profile.media
---@return table
function M.of_patch(image, profile)
  local body = { UserName = image.user, Password = image.password }
  for _, name in ipairs(profile.patch) do
    body[name] = name == "Image" and image.url or default(name, image)
  end
  return body
end

--- Host and path for a resource that mounts (V03). Shares have backslashes there.
---@param image bmc.media.Image
---@return table
function M.of_config(image)
  local scheme, host, path = image.url:match("^(%a[%w+.-]*)://([^/]+)(.*)$")
  local is_share = PROTOCOLS[scheme:lower()] == "CIFS"
  return {
    Host = is_share and host or scheme .. "://" .. host,
    Path = is_share and path:gsub("/", "\\") or path,
    Username = image.user or "", Password = image.password or "",
  }
end

-- ---- after a refusal ----

-- The parameters that a refusal names, in its arguments, in its words, or as related properties.
local function named(e)
  local words = {}
  for _, message in ipairs(e.messages or {}) do
    words[#words + 1] = message.text
    for _, arg in ipairs(message.args or {}) do
      words[#words + 1] = tostring(arg)
    end
  end
  local said, out = table.concat(words, " "), {}
  for _, name in ipairs(PARAMETERS) do
    out[#out + 1] = said:find("%f[%w]" .. name .. "%f[%W]") and name or nil
  end
  return out
end

-- What the operator gave is never taken out again.
local function is_given(name, image)
  return (name == "UserName" or name == "Password") and image.user ~= nil
    or name == "WriteProtected" and image.writable ~= nil
end

--- Another body after a refusal: with the parameter that it names, or without it; without names,
--- with what some demand without saying so. nil when there is nothing else to say.
---@param body table     that was refused
---@param e bmc.err.Value
---@param image bmc.media.Image
---@param tried table<string, true>  is added to
---@return table? body
---@return string? why in words
function M.adjust(body, e, image, tried)
  local names = named(e)
  for _, name in ipairs(names[1] and names or GUESSES) do
    local have = body[name] ~= nil
    if not tried[name] and not (have and (not names[1] or is_given(name, image))) then
      tried[name] = true
      local copy = tbl.with(body, {})
      copy[name] = not have and default(name, image) or nil
      return copy, (have and "without " or "with ") .. name
    end
  end
end

return M
