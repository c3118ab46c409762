-- SPDX-License-Identifier: GPL-3.0-or-later
-- complete.command: owns which words could stand next in the line of a command: choices, options,
-- and values of options, out of the tables of its argparse parser. Where files, machines and the
-- like come from is the caller's.
local M = {}

-- "--host" of "-H --host".
local function long_name(option)
  for _, name in ipairs(option._aliases or {}) do
    if name:find("^%-%-") then
      return name
    end
  end
end

local function values_of(element, given, word, sources)
  local source = element._choices or element.suggested or sources[long_name(element)]
    or sources[element._argname] or {}
  return type(source) == "function" and source(given, word) or source
end

-- name -> option, with those that the help does not show.
local function options_of(parser)
  local out = {}
  for _, option in ipairs(parser._options) do
    for _, name in ipairs(option._aliases) do
      out[name] = option
    end
  end
  return out
end

-- What the words before the cursor leave open, the option whose value comes next, and what they
-- have given: the last value of each option by its long name, and those that are no options.
local function read(options, words)
  local at = { given = {} }
  for _, word in ipairs(words) do
    local name, value = word:match("^(%-%-[^=]+)=(.*)$")
    local option = not at.verbatim and (options[name or word] or options[word:sub(1, 2)])
    if at.wants then
      at.given[long_name(at.wants)], at.wants = word, nil
    elseif word == "--" then
      at.verbatim = true
    elseif option and option._maxargs > 0 then
      value = value or #word > 2 and not options[word] and word:sub(3) or nil
      at.given[long_name(option)], at.wants = value, not value and option or nil
    elseif not option then
      table.insert(at.given, word)
    end
  end
  return at
end

-- The argument that takes the next word which is no option.
local function argument_at(parser, taken)
  for _, argument in ipairs(parser._arguments) do
    if taken < argument._maxargs then
      return argument
    end
    taken = taken - argument._maxargs
  end
end

local function long_names(parser)
  local out = {}
  for _, option in ipairs(parser._options) do
    for _, name in ipairs(not option._hidden and option._public_aliases or {}) do
      out[#out + 1] = name:find("^%-%-") and name or nil
    end
  end
  return out
end

-- Those that go on from the word. Behind a folder, and such as `dell.` and `PATH=`, more follows.
local function fitting(list, word, prefix)
  local out = {}
  for _, value in ipairs(list) do
    value = tostring(value)
    if value:sub(1, #word) == word and not value:find("%s") then
      out[#out + 1] = prefix .. value .. (value:find("[/.=]$") and "" or " ")
    end
  end
  return out
end

-- Of a list with commas, the last item is completed.
local function values(element, at, word, sources, prefix)
  local before, last = word:match("^(.*,)(.-)$")
  if element._choices or not before then
    before, last = "", word
  end
  return fitting(values_of(element, at.given, last, sources), last, prefix .. before)
end

--- The words that could replace the one before the cursor.
---@param parser table    of argparse; an element may have `suggested`, a list or such a function,
---  of words that it takes among others
---@param words string[]  the whole ones before it, without the command's name
---@param word string     as far as it is typed
---@param sources table<string, fun(given: table, word: string): string[]>  by "--option", or by
---  what the help calls its value; `given` has the values of options before it by their long
---  names, and the words that are none in order
---@return string[]
function M.words(parser, words, word, sources)
  local options = options_of(parser)
  local at = read(options, words)
  local name, value = word:match("^(%-%-[^=]+)=(.*)$")
  if at.wants then
    return values(at.wants, at, word, sources, "")
  elseif name then
    return options[name] and values(options[name], at, value, sources, name .. "=") or {}
  elseif word:find("^%-") and not at.verbatim then
    return fitting(long_names(parser), word, "")
  end
  local argument = argument_at(parser, #at.given)
  local list = argument and values(argument, at, word, sources, "") or {}
  return #list == 0 and word == "" and fitting(long_names(parser), "", "") or list
end

return M
