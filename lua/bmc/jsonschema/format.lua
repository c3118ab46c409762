-- SPDX-License-Identifier: GPL-3.0-or-later
-- jsonschema.format: what the words of `format` mean. A word that is not here says nothing, as
-- the standard wants it. Pure.

local regex = require "bmc.jsonschema.regex"

local M = {}

local DAYS = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function is_leap(year)
  return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
end

function M.date(s)
  local year, month, day = s:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)$")
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  return year ~= nil and DAYS[month] ~= nil and day >= 1 and day <= DAYS[month]
    and (month ~= 2 or day < 29 or is_leap(year))
end

-- A leap second is legal at any minute: nobody here keeps the list of them.
function M.time(s)
  local hour, minute, second, zone = s:match("^(%d%d):(%d%d):(%d%d)(.*)$")
  if not hour or tonumber(hour) > 23 or tonumber(minute) > 59 or tonumber(second) > 60 then
    return false
  end
  zone = zone:gsub("^%.%d+", "")
  local hours, minutes = zone:match("^[+-](%d%d):(%d%d)$")
  return zone:lower() == "z" or hours ~= nil and tonumber(hours) < 24 and tonumber(minutes) < 60
end

M["date-time"] = function(s)
  local date, time = s:match("^(.-)[Tt](.*)$")
  return date ~= nil and M.date(date) and M.time(time)
end

-- The letters of a duration with their numbers, each once and in this order.
local function in_order(s, letters)
  for letter in letters:gmatch(".") do
    s = s:gsub("^%d+" .. letter, "", 1)
  end
  return s
end

function M.duration(s)
  local days, time = s:match("^P([%dYMWD]*)(.*)$")
  if not days or days == "" and time == "" or time == "T" then
    return false
  end
  local rest = time:gsub("%.%d+S$", "S")
  return (days:find("^%d+W$") ~= nil and time == "" or in_order(days, "YMD") == "")
    and (time == "" or rest:sub(1, 1) == "T" and in_order(rest:sub(2), "HMS") == "")
end

function M.uuid(s)
  return s:find("^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$") ~= nil
end

-- The characters of RFC 3986; whatever else it is, it can be put into a request.
local function is_reference(s)
  return not s:find("[^%w%-._~:/?#%[%]@!$&'()*+,;=%%]")
    and not s:gsub("%%%x%x", ""):find("%", 1, true) and not s:find("#.*#")
end

M["uri-reference"] = is_reference

function M.uri(s)
  return s:find("^%a[%w+.-]*:") ~= nil and is_reference(s)
end

function M.ipv4(s)
  if not s:find("^%d+%.%d+%.%d+%.%d+$") then
    return false
  end
  for part in s:gmatch("%d+") do
    if #part > 3 or tonumber(part) > 255 or part:find("^0%d") then
      return false
    end
  end
  return true
end

-- Groups of one side of "::", or of the whole; nil when one is wrong.
local function groups(s, may_end_in_ipv4)
  local count = 0
  local head, last = s:match("^(.*:)([%d.]+)$")
  if not head then
    head, last = "", s
  end
  if may_end_in_ipv4 and last:find(".", 1, true) then
    if not M.ipv4(last) then
      return nil
    end
    s, count = head:gsub(":$", ""), 2
  end
  if s == "" then
    return count
  end
  for group in (s .. ":"):gmatch("(.-):") do
    count = count + 1
    if not group:find("^%x%x?%x?%x?$") then
      return nil
    end
  end
  return count
end

function M.ipv6(s)
  local left, right = s:match("^(.-)::(.*)$")
  if not left then
    return s ~= "" and groups(s, true) == 8
  elseif right:find("::", 1, true) then
    return false
  end
  local a, b = groups(left, false), groups(right, true)
  return a ~= nil and b ~= nil and a + b <= 7
end

function M.hostname(s)
  if #s > 253 or s == "" then
    return false
  end
  for label in (s:gsub("%.$", "") .. "."):gmatch("(.-)%.") do
    if #label > 63 or not label:find("^%w[%w-]*$") or label:find("-$") then
      return false
    end
  end
  return true
end

function M.email(s)
  return s:find("^[^@%s]+@[^@%s]+$") ~= nil
end

function M.regex(s)
  return regex.compile(s) ~= nil
end

M["json-pointer"] = function(s)
  return (s == "" or s:sub(1, 1) == "/") and not s:gsub("~[01]", ""):find("~", 1, true)
end

return M
