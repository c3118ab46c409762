-- SPDX-License-Identifier: GPL-3.0-or-later
--- Finding and reading vendor files.
--
-- Owns how a file is loaded (as text, with nothing in reach but `unset`, for a
-- bounded time) and the check against the schema with file and line. Which
-- files may be loaded at all is bmc.trusted's, what they mean together is
-- bmc.vendor's.

local host = require "_bmcsh.host"
local lines = require "bmc.vendor.lines"
local schema = require "bmc.schema"
local trusted = require "bmc.trusted"
local vendor_schema = require "bmc.vendor_schema"

-- A data file takes a few thousand instructions to run.
local MAX_INSTRUCTIONS = 1000000
local MAX_BYTES = 1 << 20

local M = {}

---@class bmc.vendor.File
---@field name string    as the file is called, without .lua
---@field path string
---@field data table     what it returned
---@field lines table<string, integer>  path of a field -> line; filled on first use

---@class bmc.vendor.Problem
---@field file string
---@field line? integer
---@field field? string
---@field text string

--- Where the shipped files lie.
---@return string
function M.shipped()
  return host.root .. "/lua/vendors"
end

--- A problem as one line: "idrac.lua:12: power.settle: …".
---@param p bmc.vendor.Problem
---@return string
function M.describe(p)
  local where = p.line and ("%s:%d"):format(p.file, p.line) or p.file
  return p.field and p.field ~= "" and ("%s: %s: %s"):format(where, p.field, p.text)
    or ("%s: %s"):format(where, p.text)
end

-- ---- loading ----

local function read_text(path)
  local file, why = io.open(path, "rb")
  if not file then
    return nil, why
  end
  local text = file:read(MAX_BYTES + 1) or ""
  file:close()
  if #text > MAX_BYTES then
    return nil, "is no vendor file: over 1 MiB"
  end
  return text
end

-- Runs a chunk with a bound on its work; a loop in a data file must not hang the program.
local function run(chunk)
  local co = coroutine.create(chunk)
  debug.sethook(co, function() error("runs too long for a data file", 0) end, "", MAX_INSTRUCTIONS)
  return coroutine.resume(co)
end

-- "vendor:12: text" of Lua's own messages, as a problem.
local function lua_problem(path, message)
  local line, text = tostring(message):match("^vendor:(%d+): (.*)$")
  return { file = path, line = math.tointeger(tonumber(line)), text = text or tostring(message) }
end

local function lazy_lines(text)
  return setmetatable({}, {
    __index = function(self, path)
      setmetatable(self, nil)
      for at, line in pairs(lines.of(text)) do
        self[at] = line
      end
      return self[path]
    end,
  })
end

-- The line of a field, or of what it lies in.
local function line_of(map, path)
  while path ~= "" do
    if map[path] then
      return map[path]
    end
    path = path:match("^(.*)%.[^.]+$") or ""
  end
end

--- Loads and checks one file.
---@param path string
---@param name string
---@param problems bmc.vendor.Problem[]  added to
---@return bmc.vendor.File? file  nil when there were problems
function M.load(path, name, problems)
  local text, why = read_text(path)
  if not text then
    problems[#problems + 1] = { file = path, text = why }
    return nil
  end
  local chunk, broken = load(text, "=vendor", "t", { unset = schema.unset })
  local ok, data = false, broken
  if chunk then
    ok, data = run(chunk)
  end
  if ok and type(data) ~= "table" then
    ok, data = false, "must end with: return { … }"
  end
  if not ok then
    problems[#problems + 1] = lua_problem(path, data)
    return nil
  end
  local map = lazy_lines(text)
  local found = schema.check(vendor_schema, data)
  for _, p in ipairs(found) do
    problems[#problems + 1] = {
      file = path, line = line_of(map, p.path), field = p.path, text = p.text,
    }
  end
  return #found == 0 and { name = name, path = path, data = data, lines = map } or nil
end

-- ---- folders ----

local function vendor_name(entry)
  return entry:match("^([%w-]+)%.lua$")
end

-- Editors leave files like these behind; all else that is no vendor file is worth a word.
local function is_scrap(entry)
  return entry:find("^%.") or entry:find("~$") or entry:find("%.bak$")
end

--- All vendor files of a folder, in order of names. A folder that does not exist is empty.
---@param folder string
---@param shipped boolean  belongs to the program: trusted, and has to be there
---@param problems bmc.vendor.Problem[]  added to
---@param notes string[]  added to: files that were passed over
---@return bmc.vendor.File[]
function M.load_folder(folder, shipped, problems, notes)
  local entries, e = host.listdir(folder)
  if not entries then
    if e.code ~= "missing" or shipped then
      problems[#problems + 1] = { file = folder, text = e.text }
    end
    return {}
  end
  local files = {}
  local why = not shipped and trusted.objection(folder)
  if why and #entries > 0 then
    problems[#problems + 1] = { file = folder, text = why }
    return {}
  end
  for _, entry in ipairs(entries) do
    local name, path = vendor_name(entry), folder .. "/" .. entry
    why = name and not shipped and trusted.objection(path)
    if why then
      problems[#problems + 1] = { file = path, text = why }
    elseif name then
      files[#files + 1] = M.load(path, name, problems)
    elseif not is_scrap(entry) then
      notes[#notes + 1] = ("%s is no vendor file: NAME.lua expected"):format(path)
    end
  end
  return files
end

--- One file that lies anywhere, checked as if it lay in a folder of override files.
---@param path string
---@param problems bmc.vendor.Problem[]  added to
---@return bmc.vendor.File? file
function M.load_draft(path, problems)
  local name = vendor_name(path:match("[^/]*$"))
  local why = not name and "is no vendor file: NAME.lua expected" or trusted.objection(path)
  if why then
    problems[#problems + 1] = { file = path, text = why }
    return nil
  end
  return M.load(path, name, problems)
end

return M
