-- SPDX-License-Identifier: GPL-3.0-or-later
-- roster.csv: owns how a spreadsheet of machines (RFC 4180, with a header line) becomes the
-- document that an inventory in YAML would be. What the fields mean is bmc.roster's.

local schema = require "bmc.schema"
local suggest = require "bmc.suggest"
local trim = require("bmc.text").trim

local M = {}

local function refuse(line, text, ...)
  error({ line = line, text = text:format(...) }, 0)
end

-- Column -> where it goes in the entry of a machine.
local COLUMNS = {
  name = {}, groups = {}, redfish = { "redfish" }, ipmi = { "ipmi", "address" },
  user = { "user" }, password_env = { "password", "env" }, password_file = { "password", "file" },
  password_command = { "password", "command" }, ipmi_user = { "ipmi", "user" },
  ipmi_password_env = { "ipmi", "password", "env" },
  ipmi_password_file = { "ipmi", "password", "file" },
  ipmi_password_command = { "ipmi", "password", "command" },
  vendor = { "vendor" }, system = { "system" }, timeout = { "timeout" }, mac = { "mac" },
}

--- The names of the columns, in order.
---@return string[]
function M.columns()
  local out = {}
  for name in pairs(COLUMNS) do
    out[#out + 1] = name
  end
  table.sort(out)
  return out
end

-- One field from `at`: its text, where the next begins, whether the row ends with it, and the
-- line that is reached then.
local function field(text, at, line)
  if text:sub(at, at) ~= '"' then
    local value, stop = text:match('^([^,\r\n"]*)()', at)
    return value, stop, line
  end
  local parts, from = {}, at + 1
  while true do
    local quote = text:find('"', from, true)
    if not quote then
      refuse(line, "a quotation mark is not closed")
    end
    parts[#parts + 1] = text:sub(from, quote - 1)
    if text:sub(quote + 1, quote + 1) ~= '"' then
      local value = table.concat(parts, '"')
      return value, quote + 1, line + select(2, value:gsub("\n", ""))
    end
    from = quote + 2
  end
end

-- Rows of fields with the line each begins in; empty lines are left out.
local function rows(text)
  local out, row, at, line = {}, { line = 1 }, 1, 1
  while at <= #text do
    row[#row + 1], at, line = field(text, at, line)
    local separator = text:match("^\r?\n", at) or text:sub(at, at)
    if separator ~= "," then
      if separator ~= "" and not separator:find("\n") then
        refuse(line, "%q does not belong behind a closed quotation mark or into a bare field",
          separator)
      end
      if #row > 1 or row[1] ~= "" then
        out[#out + 1] = row
      end
      line = line + 1
      row = { line = line }
    end
    at = at + math.max(#separator, 1)
  end
  return out
end

local function put(lines, entry, path, value, line)
  for i = 1, #path - 1 do
    entry[path[i]] = entry[path[i]] or {}
    lines[entry][path[i]] = line
    entry = entry[path[i]]
    lines[entry] = lines[entry] or {}
  end
  entry[path[#path]], lines[entry][path[#path]] = value, line
end

local function entry_of(lines, header, row)
  local entry = {}
  lines[entry] = {}
  if #row > #header then
    refuse(row.line, "%d fields, and the header names %d", #row, #header)
  end
  for i, value in ipairs(row) do
    local path = COLUMNS[header[i]]
    if value ~= "" and #path > 0 then
      put(lines, entry, path, value, row.line)
    end
  end
  return entry
end

local function header_of(row)
  local header, place = {}, {}
  for i, name in ipairs(row or {}) do
    name = trim((name:lower():gsub("^\xef\xbb\xbf", "")))
    if not COLUMNS[name] then
      refuse(1, "unknown column %q%s", name,
        suggest.hint(name, M.columns()))
    elseif place[name] then
      refuse(1, "the column %s stands there twice", name)
    end
    header[i], place[name] = name, i
  end
  if not place.name then
    refuse(1, "the first line names the columns, and one of them is name")
  end
  return header, place
end

local function document(text)
  local list = rows(text)
  local header, place = header_of(table.remove(list, 1))
  local hosts, groups, lines = {}, {}, {}
  lines[hosts], lines[groups] = {}, {}
  for _, row in ipairs(list) do
    local name = row[place.name] or ""
    if name == "" then
      refuse(row.line, "a row without a name")
    elseif hosts[name] then
      refuse(row.line, "%q stands here a second time, after line %d", name, lines[hosts][name])
    end
    hosts[name], lines[hosts][name] = entry_of(lines, header, row), row.line
    for group in (place.groups and row[place.groups] or ""):gmatch("[^%s,;]+") do
      groups[group] = groups[group] or {}
      lines[groups][group] = lines[groups][group] or row.line
      table.insert(groups[group], name)
    end
  end
  return { hosts = hosts, groups = next(groups) and groups or schema.unset }, lines
end

--- Reads a text; see roster.yaml.
---@param text string
---@return table? document
---@return table lines  or { line, text }
function M.read(text)
  local ok, value, lines = pcall(document, text)
  if ok then
    return value, lines
  elseif type(value) ~= "table" then
    error(value, 0)
  end
  return nil, value
end

return M
