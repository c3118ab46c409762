-- SPDX-License-Identifier: GPL-3.0-or-later
-- license_info: what the BMC is licensed to do. The standard's LicenseService first; else what
-- the vendor keeps below Oem of the manager.

local pages = require "bmc.redfish.pages"
local parts = require "bmc.parts.license"
local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"
local tbl = require "bmc.tbl"
local walks = require "bmc.chassis.walk"

local link, object = reading.link, reading.object

-- How far from the manager a licence may lie: service, collection, member.
local DEPTH = 3

-- A failure to read one place is no reason not to look at the others.
local function attempt(self, body, e)
  if e then
    self.failure = self.failure or e
    self.walk.note("not read: " .. (e.text or e.code))
  end
  return body
end

local function append(out, found)
  return table.move(found, 1, #found, #out + 1, out)
end

local gather

-- The licences that a resource is, lists, or links.
local function of_resource(self, body, depth)
  if body["Members@odata.nextLink"] then
    return gather(self, attempt(self, self.walk:members(body)) or {}, depth)
  elseif body.Members then
    return gather(self, reading.list(body.Members), depth)
  end
  local out = {}
  for _, name in ipairs(tbl.sorted_keys(body)) do
    if tbl.matches(name, self.names.license_parts) then
      append(out, gather(self, reading.list(body[name]), depth))
    end
  end
  return out[1] and out or { (parts.license(body)) }
end

-- The licences of some items: texts, objects, or links to resources.
function gather(self, items, depth)
  local out = {}
  for _, item in ipairs(items) do
    if type(item) == "string" and not item:find("^/") then
      append(out, { parts.license(item) })
    elseif type(item) == "table" and (pages.is_inline(item) or not link(item)) then
      append(out, of_resource(self, item, depth))
    elseif depth < DEPTH then
      local body = attempt(self, self.walk:fetch(item))
      append(out, body and of_resource(self, body, depth + 1) or {})
    end
  end
  return out
end

-- What below Oem of the manager is named as a licence, by link or as it is. A link comes before
-- an object of the same vendor, which only repeats a part of it.
local function places(node, names, links, objects)
  for _, name in ipairs(tbl.sorted_keys(object(node))) do
    local value = node[name]
    local named = type(name) == "string" and type(value) == "table"
    if named and not tbl.matches(name, names.license_links) then
      places(value, names, links, objects)
    elseif named and not tbl.matches(name, names.license_skip) then
      table.insert(link(value) and links or objects, value)
    end
  end
end

local function below_oem(self, manager)
  local links, objects = {}, {}
  places(manager.Oem, self.names, links, objects)
  places(object(manager.Links).Oem, self.names, links, objects)
  local found = gather(self, links, 0)
  return found[1] and found or gather(self, objects, 0)
end

local function collect(self, manager)
  local root = self.rf:root() or {}
  local found = gather(self, { root.LicenseService }, 0)
  if not found[1] and manager then
    found = below_oem(self, manager)
  end
  return found
end

local function over_redfish(target, args, call)
  local rf = redfish.of(target)
  local known, e = subject.known(rf, args, call, subject.system_if_any)
  if not known then
    return nil, e
  end
  local names = target.profile.manager
  local self = { rf = rf, walk = walks.new(rf, call.note), names = names }
  local licenses = collect(self, known.manager)
  if not licenses[1] and self.failure then
    return nil, self.failure
  end
  for _, license in ipairs(licenses) do
    call.note(("licence %s: %s%s"):format(license.id or "-", license.name or "-",
      license.term and " (" .. license.term .. ")" or ""))
  end
  return parts.record(known.vendor, licenses, names.license_editions)
end

--- The licence of a BMC, as far as it shows one: license_type in the BMC's words ("iLO Advanced",
--- "iDRAC9 15g Enterprise License"), expires_at as it writes it, features: those that the licence
--- lists, or the names of all licences. The key itself is never shown: license_key_fingerprint is
--- its SHA-256, absent where the BMC hides the key. The notes name every licence.
--- Errors: those of the transport, licence and auth where nothing could be read.
---@type bmc.plan.Op
return {
  name = "license_info",
  record = { "vendor", "license_type", "license_key_fingerprint", "expires_at", "features" },
  ways = { redfish = over_redfish },
}
