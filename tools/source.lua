-- SPDX-License-Identifier: GPL-3.0-or-later
-- Reads sources for the layer check: what a file requires or includes, how long its functions
-- are. A lexer and no parser: that is all these questions need.

local M = {}

--- The lines of a file.
---@param path string
---@return string[]
function M.lines(path)
  local lines = {}
  for line in io.lines(path) do
    lines[#lines + 1] = line
  end
  return lines
end

-- ---- Lua ----

-- Each returns the last byte of the piece at that place and what it says, or nil.
local function long_bracket(text, at)
  local level = text:match("^%[(=*)%[", at)
  if level then
    local start, stop = text:find("]" .. level .. "]", at, true)
    return stop, text:sub(at + #level + 2, start - 1)
  end
end

local function quoted(text, at)
  local quote = text:match("^[\"']", at)
  if not quote then
    return nil
  end
  local stop = text:find("[\\" .. quote .. "]", at + 1)
  while text:sub(stop, stop) == "\\" do
    stop = text:find("[\\" .. quote .. "]", stop + 2)
  end
  return stop, text:sub(at + 1, stop - 1)
end

local function comment(text, at)
  if text:sub(at, at + 1) == "--" then
    return long_bracket(text, at + 2) or (text:find("\n", at, true) or #text + 1) - 1
  end
end

local function word(text, at)
  local found = text:match("^[%a_][%w_]*", at)
  if found then
    return at + #found - 1, found
  end
end

-- Next token: its last byte, kind and text.
local function token_at(text, at)
  local skipped = comment(text, at)
  if skipped then
    return skipped
  end
  local stop, found = long_bracket(text, at)
  if not stop then
    stop, found = quoted(text, at)
  end
  if stop then
    return stop, "string", found
  end
  stop, found = word(text, at)
  if stop then
    return stop, "word", found
  end
  return at, text:find("^%S", at) and "sign", text:sub(at, at)
end

local function tokens(path)
  local file <close> = assert(io.open(path))
  local text = file:read("a"):gsub("^#[^\n]*", "")
  local list, at, line = {}, 1, 1
  while at <= #text do
    local stop, kind, found = token_at(text, at)
    if kind then
      list[#list + 1] = { kind = kind, text = found, line = line }
    end
    line = line + select(2, text:sub(at, stop):gsub("\n", ""))
    at = stop + 1
  end
  return list
end

--- What a Lua file requires. A name that goes on with `..` ends in a dot; one that is no string
--- at all is "?".
---@param path string
---@return { name: string, line: integer }[]
function M.requires(path)
  local list, found = tokens(path), {}
  for i, token in ipairs(list) do
    if token.kind == "word" and token.text == "require" then
      local name = list[i + 1] or token
      if name.text == "(" or name.text == "," then
        name = list[i + 2]
      end
      local known = name.kind == "string"
      found[#found + 1] = { name = known and name.text or "?", line = token.line }
    end
  end
  return found
end

local OPENS = { ["function"] = true, ["if"] = true, ["do"] = true, ["repeat"] = true }
local CLOSES = { ["end"] = true, ["until"] = true }

--- The functions of a Lua file.
---@param path string
---@return { line: integer, length: integer }[]
function M.lua_functions(path)
  local open, found = {}, {}
  for _, token in ipairs(tokens(path)) do
    if token.kind == "word" and OPENS[token.text] then
      open[#open + 1] = token
    elseif token.kind == "word" and CLOSES[token.text] then
      local start = table.remove(open)
      if start.text == "function" then
        found[#found + 1] = { line = start.line, length = token.line - start.line + 1 }
      end
    end
  end
  return found
end

-- ---- C ----

--- What a C file includes by itself.
---@param path string
---@return { name: string, own: boolean, line: integer }[]
function M.includes(path)
  local found = {}
  for number, line in ipairs(M.lines(path)) do
    local bracket, name = line:match('^#include ([<"])([^>"]+)')
    if name then
      found[#found + 1] = { name = name, own = bracket == '"', line = number }
    end
  end
  return found
end

--- The functions of a C file: in this style their braces stand alone in the first column.
---@param path string
---@return { line: integer, length: integer }[]
function M.c_functions(path)
  local found, head, start = {}, 1, nil
  for number, line in ipairs(M.lines(path)) do
    if line == "{" then
      start = head
    elseif line == "}" and start then
      found[#found + 1] = { line = start, length = number - start + 1 }
      start = nil
    elseif line:find("^[%a_]") then
      head = number
    end
  end
  return found
end

return M
