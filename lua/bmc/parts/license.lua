-- SPDX-License-Identifier: GPL-3.0-or-later
-- parts.license: owns how licence resources become records: the standard's License, the objects
-- that vendors have instead, and JSON texts inside strings. A key is never kept, only the SHA-256
-- of it: enough to see that two machines have the same one, or that one was changed. Pure.

local hash = require "bmc.hash"
local http = require "bmc.http"
local parts = require "bmc.parts"
local reading = require "bmc.reading"

local list, object, text = reading.list, reading.object, reading.text

local M = {}

-- The first of these properties that says something; of a list its first item.
local function first(item, names)
  for _, name in ipairs(names) do
    local value = item[name]
    value = text(type(value) == "table" and value[1] or value)
    if value then
      return value
    end
  end
end

-- Properties of vendors' objects, in the order in which they are believed.
local NAMES = {
  "License", "LicenseString", "LicenseName", "LicenseDescription", "Description", "Name",
}
local ENDS = { "LicenseEndDate", "LicenseExpire", "ExpirationDate", "ExpireDate", "Expires" }
local KEYS = { "LicenseKey", "ProductKey", "Key" }
local IDS = { "EntitlementID", "EntitlementId", "LicenseID", "Id" }

-- XCC gives the bytes of a key as a list of numbers.
local function bytes(v)
  local out = {}
  for i, n in ipairs(list(v)) do
    if math.type(n) ~= "integer" or n < 0 or n > 255 then
      return nil
    end
    out[i] = string.char(n)
  end
  return out[1] and table.concat(out) or nil
end

-- A time has a digit in it: "NO CONSTRAINTS" is none.
local function ending(v)
  v = reading.time(v)
  return v and v:find("%d") and v or nil
end

local function fingerprint(key)
  return key and key ~= "" and hash.sha256(key) or nil
end

-- What a licence allows, where it says so feature by feature.
local function features(v)
  local out = {}
  for name, allowed in pairs(object(v)) do
    if allowed == true and type(name) == "string" then
      out[#out + 1] = name
    end
  end
  table.sort(out)
  return out
end

-- The standard's License. iDRAC puts the entitlement into Name, and what it is into Description.
local function standard(item)
  local name = text(item.Name)
  if not name or name == text(item.Id) or name == text(item.EntitlementId) then
    name = text(item.Description) or name
  end
  return {
    id = parts.id(item), name = name, term = text(item.LicenseType),
    expires_at = ending(item.ExpirationDate),
    key_fingerprint = fingerprint(text(item.LicenseString)), features = {},
  }
end

local function vendors_own(item)
  return {
    id = first(item, IDS), name = first(item, NAMES), term = text(item.LicenseType),
    expires_at = ending(first(item, ENDS)),
    key_fingerprint = fingerprint(first(item, KEYS) or bytes(item.Bytes)),
    features = features(item.LicenseFeatures),
  }
end

-- Supermicro: {"ProductKey":{"Node":{"LicenseName":…},"Signature":"…"}}; the signature is what
-- makes a key of it.
local function of_text(s)
  local item = http.decode(s)
  local key = object(object(item).ProductKey)
  local node = object(key.Node)
  if not next(node) then
    return type(item) == "table" and vendors_own(item) or nil
  end
  local license = vendors_own(node)
  license.key_fingerprint = fingerprint(text(key.Signature))
  return license
end

--- One licence, whatever it was found as.
---@param item table|string  a resource, an object, or JSON text
---@return table? license id, name, term, expires_at, key_fingerprint, features; nil when it is none
function M.license(item)
  if type(item) == "string" then
    return of_text(item)
  elseif type(item) ~= "table" then
    return nil
  elseif (text(item["@odata.type"]) or ""):find("^#License%.") then
    return standard(item)
  end
  local license = vendors_own(item)
  return license.name and license or nil
end

-- ---- all of a BMC together ----

local function rank(license, editions)
  for i, pattern in ipairs(editions) do
    if license.name and license.name:find(pattern) then
      return i
    end
  end
  return math.huge
end

local function tells_most(licenses, editions)
  local chosen, least
  for _, license in ipairs(licenses) do
    local n = rank(license, editions)
    if not least or n < least then
      chosen, least = license, n
    end
  end
  return chosen
end

local function all_features(licenses)
  local out, seen = {}, {}
  local function add(name)
    if name and not seen[name] then
      out[#out + 1], seen[name] = name, true
    end
  end
  for _, license in ipairs(licenses) do
    if #license.features == 0 then
      add(license.name)
    end
    for _, name in ipairs(license.features) do
      add(name)
    end
  end
  return out[1] and out or nil
end

--- The record of a BMC. Where it has several licences, the one whose name stands first among the
--- editions is told about, and features names what all of them allow.
---@param vendor string
---@param licenses table[]
---@param editions string[]  patterns
---@return table record vendor, license_type, license_key_fingerprint, expires_at, features
function M.record(vendor, licenses, editions)
  local main = tells_most(licenses, editions) or {}
  return {
    vendor = vendor, license_type = main.name, license_key_fingerprint = main.key_fingerprint,
    expires_at = main.expires_at, features = all_features(licenses),
  }
end

return M
