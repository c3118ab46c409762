-- SPDX-License-Identifier: GPL-3.0-or-later
-- reading: owns how a value of a BMC is read: health and state words in any spelling, numbers
-- that come as strings or as objects, padded text, links old and new, and sensors that are not
-- there. Pure: it asks no BMC. The records made of these values are bmc.records.
--
-- One rule stands above the others: a field without a signal is nil, never 0 and never "".

local trim = require("bmc.text").trim

local SLASH = ("/"):byte()
local BLANK = (" "):byte() -- and no white space has a higher code

local M = {}

-- Words are compared without case, blanks, "-" and "_": "Ok", "NON_CRITICAL", "Standby Offline".
-- NORMAL and INFORMATIONAL are Cisco's (R47).
local HEALTH = {
  ok = "OK", normal = "OK", informational = "OK",
  warning = "Warning", degraded = "Warning", noncritical = "Warning",
  critical = "Critical", fatal = "Critical", failed = "Critical",
}
local RANK = { OK = 1, Warning = 2, Critical = 3 }

-- Nothing is measured in these states: X10 and iLO report 0 there.
local IDLE = { absent = true, disabled = true }

local POWER = {
  on = "on", off = "off", poweringon = "powering_on", poweringoff = "powering_off",
  paused = "on",
}

--- Text without the blanks some firmware pads with.
---@param v any
---@return string? text nil for "", for blanks and for what is no string
function M.text(v)
  if type(v) ~= "string" then
    return nil
  elseif v:find("^%S") and v:byte(-1) > BLANK then
    return v -- nearly all come without
  end
  v = trim(v)
  return v ~= "" and v or nil
end

--- A number, also when it comes as a string, with its unit or not (R23), or in an object with
--- a Reading, as the excerpts of the new data model do.
---@param v any
---@return number? n nil for anything else, not-a-number and infinity included
function M.number(v)
  if type(v) == "table" then
    return M.number(v.Reading)
  elseif type(v) == "string" then
    local digits, unit = trim(v):match("^([-+]?%d+%.?%d*)(.*)$")
    v = digits and unit:find("^%s*%a*%%?$") and tonumber(digits)
  end
  if type(v) ~= "number" or v ~= v or v == math.huge or v == -math.huge then
    return nil
  end
  return math.tointeger(v) or v
end

--- The words of a list.
---@param v any
---@return string[]? texts  nil where there are none
function M.texts(v)
  local out = {}
  for _, item in ipairs(M.list(v)) do
    out[#out + 1] = M.text(item)
  end
  return out[1] and out or nil
end

--- The table v is, or an empty one: `object(x.Status).Health` needs no test for null.
---@param v any
---@return table
function M.object(v)
  return type(v) == "table" and v or {}
end

--- A list, also when the BMC gives a single object where an array belongs (R23) or null (R33).
---@param v any
---@return any[]
function M.list(v)
  if type(v) ~= "table" then
    return {}
  elseif v[1] ~= nil or next(v) == nil then
    return v
  end
  return { v }
end

--- The highest number in a list; 0 and less say nothing.
---@param list any
---@param pick fun(item: any): any  where it is in an item
---@return number?
function M.highest(list, pick)
  local best
  for _, item in ipairs(M.list(list)) do
    local n = M.number(pick(item))
    if n and n > (best or 0) then
      best = n
    end
  end
  return best
end

--- A field of the vendors' own: of that name in any of the objects below Oem.
---@param item table
---@param name string
---@return any
function M.oem(item, name)
  for _, own in pairs(M.object(item.Oem)) do
    if type(own) == "table" and own[name] ~= nil then
      return own[name]
    end
  end
  return nil
end

--- Where a link points: {"@odata.id"}, iLO 4's {href}, or a plain string (R26).
---@param v any
---@return string? uri
function M.link(v)
  if type(v) == "table" then
    v = M.text(v["@odata.id"]) or v.href
  end
  return M.text(v)
end

--- Where the links of a list point.
---@param v any
---@return string[]
function M.links(v)
  local out = {}
  for _, item in ipairs(M.list(v)) do
    out[#out + 1] = M.link(item)
  end
  return out
end

--- The path of a URI, without a slash at its end. Some services put scheme and host before it.
---@param uri string
---@return string
function M.path(uri)
  if uri:byte() ~= SLASH then
    uri = uri:gsub("^%a+://[^/]*", "")
  end
  return uri:byte(-1) == SLASH and (uri:match("^.*[^/]") or "") or uri
end

--- The last part of where a resource is.
---@param v any  a URI, or what links one
---@return string?
function M.tail(v)
  local uri = M.link(v)
  return uri and ("/" .. uri):match("^.*/([^/]+)/*$")
end

--- A URI fit for comparing: its path in lower case (iLO mixes both).
---@param uri string?
---@return string
function M.same(uri)
  return M.path(uri or ""):lower()
end

--- Whether a list of URIs holds one, however it is written.
---@param uris string[]
---@param uri string?
---@return boolean
function M.among(uris, uri)
  for _, other in ipairs(uris) do
    if M.same(other) == M.same(uri) then
      return true
    end
  end
  return false
end

--- Where the standard has a resource below another one, for want of a link to it.
---@param resource table
---@param name string
---@return string? uri  nil when the resource does not say where it is itself
function M.below(resource, name)
  local uri = M.link(resource)
  return uri and ("%s/%s"):format(M.path(uri), name)
end

--- A resource as it was read, which need not say where that was (R09).
---@param body table
---@param uri string?
---@return table body
function M.placed(body, uri)
  if not M.link(body) then
    body["@odata.id"] = uri
  end
  return body
end

--- The field of that name in any case: HealthRollUp, MemberID (R22).
---@param t any
---@param name string
---@return any
function M.field(t, name)
  if type(t) ~= "table" then
    return nil
  elseif t[name] ~= nil then
    return t[name]
  end
  name = name:lower()
  for k, v in pairs(t) do
    if type(k) == "string" and k:lower() == name then
      return v
    end
  end
  return nil
end

local function squash(v)
  return type(v) == "string" and v:lower():gsub("[%s_-]", "") or ""
end

--- The health of a Status, its own and not the roll-up. Health and State are found also where
--- they are swapped (R20, R21); what has no Status is neither well nor ill (R44).
---@param status any a Status object, or the word itself
---@return "OK"|"Warning"|"Critical"|nil
function M.health(status)
  if type(status) ~= "table" then
    return HEALTH[squash(status)]
  end
  return HEALTH[squash(M.field(status, "Health"))] or HEALTH[squash(M.field(status, "State"))]
end

--- The worst of two health words.
---@param a string?
---@param b string?
---@return string? worst nil when neither says anything
function M.worse(a, b)
  return (RANK[a] or 0) >= (RANK[b] or 0) and a or b
end

--- The health of a Status and of what is below it. A BMC whose Health is worse than its own
--- HealthRollup is taken at the worse word.
---@param status any
---@return "OK"|"Warning"|"Critical"|nil
function M.rollup(status)
  return M.worse(HEALTH[squash(M.field(status, "HealthRollup"))], M.health(status))
end

--- Whether an item is not there or switched off, so that its numbers mean nothing.
---@param item table
---@return boolean
function M.idle(item)
  local status = M.object(item).Status
  return IDLE[squash(M.field(status, "State"))] or IDLE[squash(M.field(status, "Health"))] or false
end

--- The power state of a system. "Paused" is on: the processors stand, the power does not.
---@param system table
---@return "on"|"off"|"powering_on"|"powering_off"|"unknown"
function M.power_state(system)
  return POWER[squash(M.text(system.PowerState) or system.Power)] or "unknown"
end

--- A point in time as the BMC wrote it, nil for those that stand for "never": year 0 (F21) and
--- the first day of the epoch, which a clock shows that was not set.
---@param v any
---@return string? time
function M.time(v)
  v = M.text(v)
  if not v or v:find("^0000") or v:find("^1970%-01%-01") then
    return nil
  end
  return v
end

return M
