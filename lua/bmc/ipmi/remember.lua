-- SPDX-License-Identifier: GPL-3.0-or-later
--- What worked with a BMC where the usual did not: the next login begins with it.
--
-- Owns the memory of it: in the process, and in state/ipmi/known for the runs to come. It holds
-- only what deviates from the profile, so that for most machines there is nothing to keep. A line
-- of the file is one machine and user; later lines win, and one without settings forgets. It is a
-- hint and no more: a file that cannot be read or is held by another process is done without.

local host = require "_bmcsh.host"
local state = require "bmc.state"
local tbl = require "bmc.tbl"

local FOLDER, FILE = "ipmi", "known"
local EXPIRES = 30 * 86400 -- seconds; then the usual is tried again: firmware is updated
local SLACK = 1000         -- lines that say nothing any more before the file is written anew

-- How a setting is read back.
local KINDS = { cipher = math.tointeger, privilege = tostring, lookup = tostring, open = tostring }
local ORDER = { "cipher", "privilege", "lookup", "open" }

local M = {}

---@class bmc.ipmi.Known
---@field cipher? integer      the suite to begin with
---@field privilege? string    the level to begin with
---@field lookup? "role"
---@field open? "highest"      what Open Session asks for

-- Made with the first question: known = key -> settings, lines = in the file.
local book

local function escape(c)
  return ("%%%02X"):format(c:byte())
end

local function escaped(s)
  return (s:gsub("[%c %%]", escape))
end

local function key_of(place)
  return escaped(("%s:%d"):format(place.host, place.port)) .. " " .. escaped(place.user or "")
end

local function line_of(key, settings, at)
  local words = {}
  for _, name in ipairs(ORDER) do
    words[#words + 1] = settings[name] and ("%s=%s"):format(name, settings[name]) or nil
  end
  return ("%d %s %s\n"):format(at, key, table.concat(words, " "))
end

local function says(settings)
  for _, name in ipairs(ORDER) do
    if settings[name] then
      return true
    end
  end
  return false
end

local function take_line(line, oldest)
  local at, key, words = line:match("^(%d+) (%S+ %S*) ?(.*)$")
  if not at then
    return
  end
  local settings = { at = tonumber(at) }
  for name, value in words:gmatch("(%l+)=(%w+)") do
    settings[name] = KINDS[name] and KINDS[name](value)
  end
  book.known[key] = says(settings) and settings.at >= oldest and settings or nil
end

local function open_file()
  local folder = state.folder(FOLDER)
  return folder and state.open(folder .. "/" .. FILE, "any")
end

local function load()
  book = { known = {}, lines = 0 }
  local folder = state.folder(FOLDER)
  local file <close> = folder and io.open(folder .. "/" .. FILE, "rb")
  local oldest = host.wall() - EXPIRES
  for line in (file and file:read("a") or ""):gmatch("([^\n]*)\n") do
    take_line(line, oldest)
    book.lines = book.lines + 1
  end
end

local function whole_book()
  local lines = {}
  for key, settings in pairs(book.known) do
    lines[#lines + 1] = line_of(key, settings, settings.at)
  end
  book.lines = #lines
  return table.concat(lines)
end

local function count(known)
  local n = 0
  for _ in pairs(known) do
    n = n + 1
  end
  return n
end

local function write(line)
  local file <close> = open_file()
  if not file then
    return
  end
  book.lines = book.lines + 1
  if book.lines > SLACK and book.lines > 2 * count(book.known) + SLACK then
    file:replace(whole_book())
  else
    file:append(line)
  end
end

local function same(a, b)
  for _, name in ipairs(ORDER) do
    if a[name] ~= b[name] then
      return false
    end
  end
  return true
end

local NOTHING = {}

--- What is known of a BMC and a user.
---@param place bmc.target.Ipmi
---@return bmc.ipmi.Known settings  empty when nothing is
function M.recall(place)
  if not book then
    load()
  end
  return next(book.known) and book.known[key_of(place)] or NOTHING
end

--- Takes note of what worked, as far as it is not the usual. Writes only what is new.
---@param place bmc.target.Ipmi
---@param settings bmc.ipmi.Known  empty: the usual did
function M.note(place, settings)
  if same(M.recall(place), settings) then
    return
  end
  local key, at = key_of(place), math.floor(host.wall())
  book.known[key] = says(settings) and tbl.with(settings, { at = at }) or nil
  write(line_of(key, settings, at))
end

--- Forgets what this process knows; the file is read again with the next question.
function M.reload()
  book = nil
end

return M
