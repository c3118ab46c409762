-- SPDX-License-Identifier: GPL-3.0-or-later
--- Points in time as BMCs and operators write them, as seconds since the epoch. Pure.
--
-- BMCs know ISO 8601 with and without a zone, with a colon in it or not (QUIRKS R41), with a blank
-- in place of the T (XCC), and the form of C's ctime (CIMC). A time without a zone is taken as
-- UTC: which zone else it might be, nobody knows.

local trim = require("bmc.text").trim

local M = {}

local MONTHS = {
  Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10,
  Nov = 11, Dec = 12,
}
local UNITS = { s = 1, m = 60, h = 3600, d = 86400, w = 604800 }

-- Days from 1970-01-01 of the Gregorian calendar; the year begins in March, so that a leap day
-- is the last of it.
local function days(year, month, day)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  local leap_days = year // 4 - year // 100 + year // 400
  return 365 * year + leap_days + (153 * month - 457) // 5 + day - 719469
end

local function seconds(year, month, day, hour, minute, second)
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second)
  if month < 1 or month > 12 or day < 1 or day > 31 or hour > 24 or minute > 59 or second >= 61 then
    return nil
  end
  return days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
end

-- Seconds east of Greenwich; nil for something that is no zone.
local function offset(zone)
  if zone == "" or zone:upper() == "Z" then
    return 0
  end
  local sign, hours, minutes = zone:match("^([+-])(%d%d):?(%d%d)$")
  if not sign then
    return nil
  end
  return (hours * 3600 + minutes * 60) * (sign == "-" and -1 or 1)
end

local function iso(text)
  local year, month, day, rest = text:match("^(%d%d%d%d)-(%d%d)-(%d%d)(.*)$")
  if not year then
    return nil
  elseif rest == "" then
    return seconds(year, month, day, 0, 0, 0)
  end
  local hour, minute, tail = rest:match("^[Tt ](%d%d):(%d%d)(.*)$")
  if not hour then
    return nil
  end
  local second, zone = tail:match("^:(%d%d%.?%d*)%s*(.*)$")
  local east = offset(zone or tail)
  local utc = seconds(year, month, day, hour, minute, second or 0)
  return utc and east and utc - east
end

-- Tue Nov 29 11:26:12 2022
local function ctime(text)
  local name, day, hour, minute, second, year =
    text:match("^%a+%s+(%a+)%s+(%d+)%s+(%d%d):(%d%d):(%d%d)%s+(%d%d%d%d)$")
  return MONTHS[name] and seconds(year, MONTHS[name], day, hour, minute, second)
end

--- Reads a point in time.
---@param text any
---@return number? epoch seconds; nil for what is none, such as 0000-00-00T00:00:00Z
function M.parse(text)
  if type(text) ~= "string" then
    return nil
  end
  text = trim(text)
  return iso(text) or ctime(text)
end

--- The same time with a colon in its zone, as the standard wants it (QUIRKS R41).
---@param text string
---@return string
function M.tidy(text)
  return (text:gsub("([+-]%d%d)(%d%d)$", function(hours, minutes)
    return text:find("T", 1, true) and hours .. ":" .. minutes or nil
  end))
end

--- Seconds that a span such as "90s", "30m", "2h", "3d", "1w" means.
---@param text string
---@return number? seconds
function M.span(text)
  local n, unit = text:match("^%s*(%d+%.?%d*)%s*(%a)%s*$")
  return n and UNITS[unit] and tonumber(n) * UNITS[unit] or nil
end

return M
