-- SPDX-License-Identifier: GPL-3.0-or-later
-- startup.order: owns a boot order: what its entries are called, in the standard's BootOrder and
-- in the lists that some vendors have beside or instead of it (B04, B20), and the new order that a
-- few names stand for. Only reads.
--
-- A name may be a reference (Boot0003), what the BMC shows for it, its alias, its device path, or
-- an unmistakable part of what is shown. Those not named keep their order behind the others.

local err = require "bmc.err"
local parts = require "bmc.parts"
local reading = require "bmc.reading"

local text, trim = reading.text, require("bmc.text").trim

local M = {}

---@class bmc.startup.Order
---@field uri string        to write to; nil: where bmc.startup.write says
---@field property string
---@field names string[]    now
---@field body? table       as read

---@class bmc.startup.Option
---@field reference string
---@field name? string
---@field alias? string
---@field path? string
---@field enabled? boolean

-- ---- what is there ----

--- The order that a vendor keeps of its own.
---@param rf bmc.redfish.Client
---@param system_uri string?  nil: the system does not say where it is
---@return bmc.startup.Order? order nil where the profile knows none, or it is not there
---@return bmc.err.Value? err
function M.own(rf, system_uri)
  local boot = rf.target.profile.boot
  if not (system_uri and boot.order_uri and boot.order_property) then
    return nil
  end
  local system = reading.path(system_uri):gsub("%%", "%%%%")
  local uri = boot.order_uri:gsub("{system}", system)
  local body, e = rf:get(uri)
  if not body then
    return nil, not e.status and e or nil
  end
  local names = reading.texts(body[boot.order_current or boot.order_property])
  return names and { uri = uri, property = boot.order_property, names = names, body = body }
end

--- The boot options of a system, by what they are called.
---@param rf bmc.redfish.Client
---@param system table
---@return bmc.startup.Option[]? options {} where it has none
---@return bmc.err.Value? err
function M.options(rf, system)
  local uri = reading.link(reading.object(system.Boot).BootOptions)
  if not uri then
    return {}
  end
  local members, e = rf:collection(uri)
  if not members then
    return e.status and {} or nil, not e.status and e or nil
  end
  local out = {}
  for _, option in ipairs(members) do
    local reference = text(option.BootOptionReference) or text(option.Id)
    out[#out + 1] = reference and {
      reference = reference, name = text(option.DisplayName) or text(option.Name),
      alias = text(option.Alias), path = text(option.UefiDevicePath),
      enabled = parts.flag(option.BootOptionEnabled),
    } or nil
  end
  return out
end

-- ---- names ----

-- B21, B04: "Boot0019: disk" and "UEFI Network:(B26/D0/F0) …" are known by what stands first.
local function head(entry)
  return trim(entry:match("^([^:]*):") or entry):lower()
end

local function find_entry(names, wanted)
  for _, entry in ipairs(names) do
    if entry:lower() == wanted or head(entry) == wanted then
      return entry
    end
  end
end

local function is_called(option, wanted)
  for _, name in ipairs { option.reference, option.name or "", option.alias or "",
    option.path or "" } do
    if name:lower() == wanted then
      return true
    end
  end
  return false
end

-- The options that a name may mean: those called so, else those with it in what they show.
local function candidates(options, wanted)
  local exact, part = {}, {}
  for _, option in ipairs(options) do
    if is_called(option, wanted) then
      exact[#exact + 1] = option
    elseif option.name and option.name:lower():find(wanted, 1, true) then
      part[#part + 1] = option
    end
  end
  return exact[1] and exact or part
end

local function ambiguous(device, found)
  local names = {}
  for i, option in ipairs(found) do
    names[i] = ("%s (%s)"):format(option.reference, option.name or "no name")
  end
  return err.refuse("rejected", "%q may be any of %s", device, table.concat(names, ", "))
end

local function unknown(device, names)
  return err.refuse("rejected", "the boot order has no %q; it has %s", device,
    table.concat(names, ", "))
end

-- The entry that a device stands for.
local function entry_of(device, names, options)
  local wanted = device:lower()
  local entry = find_entry(names, wanted)
  if entry then
    return entry
  end
  local found = candidates(options, wanted)
  if #found > 1 then
    return ambiguous(device, found)
  end
  entry = found[1] and (find_entry(names, found[1].reference:lower()) or found[1].reference)
  if not entry then
    return unknown(device, names)
  end
  return entry
end

--- The order that begins with these devices.
---@param devices string[]
---@param names string[]     the order now
---@param options bmc.startup.Option[]
---@param exact? boolean     those not named are left out
---@return string[]? order
---@return bmc.err.Value? err rejected: a name nobody has, or that several have
function M.arrange(devices, names, options, exact)
  local out, taken = {}, {}
  for _, device in ipairs(devices) do
    local entry, e = entry_of(device, names, options)
    if not entry then
      return nil, e
    elseif not taken[entry] then
      out[#out + 1], taken[entry] = entry, true
    end
  end
  for _, entry in ipairs(exact and {} or names) do
    if not taken[entry] then
      out[#out + 1] = entry
    end
  end
  return out
end

--- Whether two orders are the same, as far as the first goes.
---@param a string[]
---@param b string[]?
---@return boolean
function M.same(a, b)
  for i, entry in ipairs(a) do
    if not b or head(entry) ~= head(b[i] or "") then
      return false
    end
  end
  return b ~= nil and #a == #b
end

return M
