-- SPDX-License-Identifier: GPL-3.0-or-later
-- shell.line: owns what an entered line is: Lua, the beginning of Lua, or a
-- command, and whether the history may keep it. It runs nothing.
local chunks = require "bmc.chunks"
local verbs = require "bmc.verbs"

-- A line that names one of these may hold what nobody should find in a file.
local PRIVATE = { "passw", "passphrase", "secret", "token", "community" }

local M = {}

--- The line as a function: an expression first, then a statement.
---@param text string
---@return function? chunk
---@return boolean incomplete there must be more lines
---@return string? why it is no Lua
function M.compile(text)
  local chunk = load("return " .. text, "=shell", "t")
  if chunk then
    return chunk, false
  end
  local why
  chunk, why = load(text, "=shell", "t")
  return chunk, chunk == nil and why:find("<eof>$") ~= nil, why
end

--- The words of a command line; quotes and backslashes hold blanks.
---@param line string
---@return string[]
function M.words(line)
  local words, word, at = {}, nil, 1
  while at <= #line do
    local c = line:sub(at, at)
    local quoted = c:find("[\"']") and line:match("^" .. c .. "([^" .. c .. "]*)" .. c, at)
    if quoted then
      word = (word or "") .. quoted
      at = at + #quoted + 2
    elseif c:find("%s") then
      words[#words + 1] = word
      word, at = nil, at + 1
    else
      local escaped = c == "\\" and line:sub(at + 1, at + 1) or nil
      word = (word or "") .. (escaped or c)
      at = at + (escaped and 2 or 1)
    end
  end
  words[#words + 1] = word
  return words
end

--- The script of a line that is a command, such as `power status -H m1`, and not
--- Lua: a name that is no global, followed by nothing that Lua would go on with.
---@param line string
---@return string? path
---@return table? err a command that is there and must not be run
function M.verb(line)
  local name, after = line:match("^%s*([%w_-]+)%s*(.*)$")
  if not name or rawget(_G, name) ~= nil or after:find("^[=(.,:%[{\"]") then
    return nil
  end
  local path, e = verbs.find(name)
  return path, not path and e.code == "rejected" and e or nil
end

--- What a line that is no Lua was perhaps meant to be: one that begins with a word, and no name of
--- Lua, as commands do.
---@param line string
---@return string? why  it is none, when a command has a name like it
function M.meant(line)
  local name = line:match("^%s*(%a[%w_-]*)%s+[%w-]")
  local _, e = nil, nil
  if name and rawget(_G, name) == nil then
    _, e = verbs.find(name)
  end
  return e and e.text:match("^.-%(did you mean[^)]*%)")
end

--- A command line as a function.
---@param path string of the script
---@param line string
---@return function
function M.command(path, line)
  local words = M.words(line)
  table.remove(words, 1)
  return function()
    chunks.call(assert(chunks.file(path)), words)
  end
end

--- Whether the history must not keep the line; as in other shells, a blank
--- before it says so too.
---@param line string
---@return boolean
function M.is_private(line)
  local low = line:lower()
  for _, word in ipairs(PRIVATE) do
    if low:find(word, 1, true) then
      return true
    end
  end
  return line:find("^%s") ~= nil
end

return M
