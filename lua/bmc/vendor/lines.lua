-- SPDX-License-Identifier: GPL-3.0-or-later
--- Where in a vendor file a field stands.
--
-- Owns the way from a dotted path ("power.settle", "quirks.2.id") to the line
-- it was written in, so that a complaint about a value can name it: the loaded
-- table no longer knows. Walks the tokens of the table constructor; it never
-- judges the syntax, Lua's own loader has done that before.

local M = {}

-- Patterns of what may stand at a place, in the order they are tried.
local TOKENS = {
  { "blank", "^%s+" },
  { "comment", "^%-%-[^\n]*" },
  { "name", "^[%a_][%w_]*" },
  { "number", "^%d[%w.]*" },
  { "equals", "^==" },
  { "mark", "^." },
}

-- The end of a long bracket that opens at `at`, or nil.
local function long_end(source, at)
  local level = source:match("^%[(=*)%[", at)
  if not level then
    return nil
  end
  local _, stop = source:find("]" .. level .. "]", at, true)
  return stop or #source
end

local function quoted_end(source, at)
  local quote, i = source:sub(at, at), at + 1
  while i <= #source do
    local c = source:sub(i, i)
    if c == "\\" then
      i = i + 1
    elseif c == quote then
      return i
    end
    i = i + 1
  end
  return #source
end

local function token_at(source, at)
  local stop = long_end(source, at)
  if stop then
    return "string", stop
  end
  stop = source:match("^%-%-()%[=*%[", at)
  if stop then
    return "comment", long_end(source, stop)
  end
  if source:find("^[\"']", at) then
    return "string", quoted_end(source, at)
  end
  for _, t in ipairs(TOKENS) do
    local _, last = source:find(t[2], at)
    if last then
      return t[1], last
    end
  end
end

-- kind, text, line of each token that means something.
local function tokens(source)
  local out, at, line = {}, 1, 1
  while at <= #source do
    local kind, last = token_at(source, at)
    local text = source:sub(at, last)
    if kind ~= "blank" and kind ~= "comment" then
      out[#out + 1] = { kind = kind, text = text, line = line }
    end
    line = line + select(2, text:gsub("\n", ""))
    at = last + 1
  end
  return out
end

-- The key that starts at token i, and how many tokens it takes: `name =` or `["name"] =`.
local function key_at(list, i)
  local a, b, c, d = list[i], list[i + 1], list[i + 2], list[i + 3]
  if a.kind == "name" and b and b.text == "=" then
    return a.text, 2
  end
  if a.text == "[" and c and c.text == "]" and d and d.text == "=" then
    return b.kind == "string" and b.text:sub(2, -2) or b.text, 4
  end
end

local function join(path, key)
  return path == "" and key or path .. "." .. key
end

--- The line of every field of the table that a chunk returns.
---@param source string
---@return table<string, integer>  dotted path -> line
function M.of(source)
  local lines, stack, frame = {}, {}, nil
  local list, i, fresh = tokens(source), 1, false
  while i <= #list do
    local t, taken = list[i], 1
    if frame and fresh and t.text ~= "}" then
      local key, used = key_at(list, i)
      if not key then
        frame.index = frame.index + 1
      end
      frame.at = join(frame.path, key or tostring(frame.index))
      lines[frame.at] = lines[frame.at] or t.line
      fresh, taken = false, used or 0
    elseif t.text == "{" then
      stack[#stack + 1] = frame or false
      frame, fresh = { path = frame and frame.at or "", index = 0 }, true
    elseif t.text == "}" and frame then
      frame, fresh = table.remove(stack) or nil, false
    elseif t.text == "," or t.text == ";" then
      fresh = true
    end
    i = i + taken
  end
  return lines
end

return M
