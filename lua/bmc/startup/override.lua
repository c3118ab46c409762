-- SPDX-License-Identifier: GPL-3.0-or-later
-- startup.override: owns what a boot override is in the words of one BMC: which of its names a
-- target has, and which bodies say it. Pure but for one look at what the system shows.
--
-- There are several bodies, since some BMCs refuse what others demand (B01, B07, B12, B15, B16,
-- B22). The profile says which comes first; the next one follows on a refusal.

local err = require "bmc.err"
local reading = require "bmc.reading"
local startup = require "bmc.startup"
local suggest = require "bmc.suggest"

local object, text = reading.object, reading.text

-- What people say = the target. The virtual drives are no Redfish targets, but what is wanted is
-- never the drive in the machine (B02, B08).
local SAID = {
  pxe = "Pxe", net = "Pxe", network = "Pxe", cd = "Cd", dvd = "Cd", vcd = "VirtualCd",
  vfloppy = "VirtualFloppy", vfdd = "VirtualFloppy", disk = "Hdd", hd = "Hdd", hdd = "Hdd",
  usb = "Usb", floppy = "Floppy", bios = "BiosSetup", setup = "BiosSetup", http = "UefiHttp",
  uefi = "UefiTarget", shell = "UefiShell", sd = "SDCard",
}
-- BootSource of the standard: what may be sent to a BMC that lists nothing.
local STANDARD = {}
for _, name in ipairs {
  "None", "Pxe", "Floppy", "Cd", "Usb", "Hdd", "BiosSetup", "Utilities", "Diags", "UefiShell",
  "UefiTarget", "SDCard", "UefiHttp", "RemoteDrive", "UefiBootNext", "Recovery",
} do
  STANDARD[name:lower()] = name
end
STANDARD.virtualcd, STANDARD.virtualfloppy = "VirtualCd", "VirtualFloppy"

local ENABLED = { once = "Once", continuous = "Continuous", disabled = "Disabled" }
local MODES = { uefi = "UEFI", legacy = "Legacy", bios = "Legacy" }

local TARGET, ENABLE = "BootSourceOverrideTarget", "BootSourceOverrideEnabled"
local MODE, UEFI = "BootSourceOverrideMode", "UefiTargetBootSourceOverride"
local HTTP = "HttpBootUri"

local M = { MODE = MODE, TARGET = TARGET }

---@class bmc.startup.Wish
---@field target string    as the standard calls it, or VirtualCd, VirtualFloppy
---@field value? string    as this BMC calls it; nil where only attributes can do it
---@field enabled "Once"|"Continuous"|"Disabled"
---@field mode? string     where it was asked for
---@field uefi? string     device path
---@field uri? string      for HTTP boot

-- ---- what is wanted ----

-- A word out of a list, in any case.
local function pick(map, word, what)
  local found = map[tostring(word):lower()]
  if found then
    return found
  end
  local known = {}
  for _, name in pairs(map) do
    known[#known + 1] = name
  end
  table.sort(known)
  return err.refuse("rejected", "no %s %q%s", what, tostring(word),
    suggest.hint(tostring(word), known))
end

-- "None" is what clears an override.
local function enabled_of(args)
  local word = args.enabled or "Once"
  if tostring(args.target):lower() == "none" then
    word = "Disabled"
  end
  return pick(ENABLED, word, "BootSourceOverrideEnabled")
end

-- What belongs to one target only.
local function check_target(wish)
  if wish.uefi and wish.target ~= "UefiTarget" then
    return err.refuse("rejected", "a UEFI device path goes with the target UefiTarget, not with %s",
      wish.target)
  elseif wish.uri and wish.target ~= "UefiHttp" then
    return err.refuse("rejected", "a boot URI goes with the target UefiHttp, not with %s",
      wish.target)
  elseif wish.target == "UefiTarget" and not wish.uefi and wish.enabled ~= "Disabled" then
    return err.refuse("rejected", "UefiTarget needs a UEFI device path")
  end
  return wish
end

--- The arguments of set_next_boot as a wish, without regard to any BMC.
---@param args table  target, enabled, mode, uefi_target, http_uri
---@return bmc.startup.Wish? wish
---@return bmc.err.Value? err rejected
function M.wish(args)
  if type(args.target) ~= "string" and args.enabled == nil then
    return err.refuse("rejected", "a boot target is wanted, such as Pxe, Cd, Hdd, BiosSetup")
  end
  local enabled, e = enabled_of(args)
  local mode
  if enabled and args.mode then
    mode, e = pick(MODES, args.mode, "boot mode")
  end
  if e then
    return nil, e
  end
  local wish = { enabled = enabled, mode = mode, uefi = args.uefi_target, uri = args.http_uri }
  local said = args.target or "None"
  wish.target = SAID[said:lower()] or STANDARD[said:lower()] or said
  return check_target(wish)
end

-- ---- what this BMC calls it ----

-- The first name that is allowed; without a list, the first that the standard knows.
local function name_of(names, allowed)
  for _, name in ipairs(names) do
    if allowed and allowed[name] or not allowed and STANDARD[name:lower()] == name then
      return name
    end
  end
  for _, value in ipairs(allowed or {}) do
    if value:lower() == names[#names]:lower() then
      return value
    end
  end
end

local function not_allowed(wish, allowed)
  return err.refuse("unsupported", "this BMC cannot boot from %s; it %s", wish.target,
    allowed and "allows " .. table.concat(allowed, ", ") or "does not say what it allows")
end

-- B17: some have no Continuous any more.
local function check_enabled(wish, places)
  local allowed = startup.allowed(places, ENABLE)
  if not allowed or allowed[wish.enabled] then
    return true
  end
  local hint = wish.enabled == "Continuous"
    and ": what is to boot so each time has to be set again before each reset" or ""
  return err.refuse("unsupported", "this BMC knows only %s%s", table.concat(allowed, ", "), hint)
end

--- Finds the names of this BMC for a wish.
---@param wish bmc.startup.Wish  gets `value`
---@param profile table  profile.boot
---@param places bmc.startup.Places
---@return true? ok
---@return bmc.err.Value? err unsupported, with what is allowed
function M.resolve(wish, profile, places)
  local ok, e = check_enabled(wish, places)
  if not ok then
    return nil, e
  elseif wish.enabled == "Disabled" then
    wish.value = profile.disable_target
    return true
  end
  local allowed = startup.allowed(places, TARGET)
  local names = profile.targets[wish.target] or { wish.target }
  wish.value = name_of(names, allowed)
  if wish.value or object(profile.attributes)[wish.target] then
    return true
  end
  return not_allowed(wish, allowed)
end

-- ---- what says it ----

-- What changes (B22): a target is always sent, the others when they differ. A target alone must
-- not arm what was to be cleared.
local function changes(wish, boot)
  local body = { [TARGET] = wish.value, [UEFI] = wish.uefi, [HTTP] = wish.uri }
  if text(boot[ENABLE]) ~= wish.enabled or wish.enabled == "Disabled" then
    body[ENABLE] = wish.enabled
  end
  if wish.mode and text(boot[MODE]) ~= wish.mode then
    body[MODE] = wish.mode
  end
  return body
end

--- The body with target, enabled and mode, as far as the BMC has them (B01, B15, B16).
---@param wish bmc.startup.Wish
---@param boot table  the Boot that is there
---@return table
function M.full(wish, boot)
  local body = changes(wish, boot)
  body[ENABLE] = wish.enabled
  body[TARGET] = wish.value or text(boot[TARGET])
  body[MODE] = wish.mode or text(boot[MODE])
  return body
end

-- All three, whether the BMC shows a mode or not.
local function forced(wish, boot)
  local body = M.full(wish, boot)
  body[MODE] = body[MODE] or "UEFI"
  return body
end

-- Without what some refuse: the mode (B12), Enabled together with a device path (B07).
local function bare(wish, boot)
  local body = changes(wish, boot)
  body[MODE] = nil
  if not wish.uefi then
    body[ENABLE] = wish.enabled
  else
    body[ENABLE] = nil
  end
  return body
end

local ORDER = {
  changes = { changes, M.full, forced, bare }, full = { M.full, forced, changes, bare },
}

local function key_of(body)
  local parts = {}
  for name, value in pairs(body) do
    parts[#parts + 1] = name .. "=" .. value
  end
  table.sort(parts)
  return table.concat(parts, "\0")
end

--- The bodies that say the wish, the profile's choice first, none twice.
---@param wish bmc.startup.Wish
---@param profile table  profile.boot
---@param boot table     the Boot that is there
---@return table[]
function M.bodies(wish, profile, boot)
  local out, seen = {}, {}
  for _, form in ipairs(ORDER[profile.send]) do
    local body = form(wish, boot)
    if wish.uefi and not profile.uefi_enabled then
      body[ENABLE] = nil
    end
    local key = key_of(body)
    if not seen[key] then
      out[#out + 1], seen[key] = body, true
    end
  end
  return out
end

--- Whether a Boot shows what was wished.
---@param wish bmc.startup.Wish
---@param boot table
---@return boolean
function M.holds(wish, boot)
  if text(boot[ENABLE]) ~= wish.enabled and not (wish.uefi and boot[ENABLE] == nil) then
    return false
  elseif wish.enabled == "Disabled" then
    return true
  end
  return (wish.value == nil or text(boot[TARGET]) == wish.value)
    and (not wish.mode or boot[MODE] == nil or text(boot[MODE]) == wish.mode)
    and (not wish.uefi or boot[UEFI] == nil or text(boot[UEFI]) == wish.uefi)
    and (not wish.uri or text(boot[HTTP]) == wish.uri)
end

--- The manager attributes that bring a target about (B08), as a body; nil when there are none.
---@param wish bmc.startup.Wish
---@param profile table  profile.boot
---@return table? attributes
function M.attributes(wish, profile)
  local list = object(profile.attributes)[wish.target]
  local out = list and wish.enabled ~= "Disabled" and {}
  for _, line in ipairs(out and list or {}) do
    local name, value = line:match("^(.-)=(.*)$")
    out[name] = value:gsub("{once}", wish.enabled == "Once" and "Enabled" or "Disabled")
  end
  return out or nil
end

--- The BIOS attributes that hold a boot URI (B09); nil when the profile has none.
---@param uri string
---@param profile table  profile.boot
---@return table? attributes
function M.http_attributes(uri, profile)
  local out = profile.http_attributes and {}
  for _, line in ipairs(profile.http_attributes or {}) do
    local name, value = line:match("^(.-)=(.*)$")
    out[name] = value == "{uri}" and uri or value
  end
  return out
end

return M
