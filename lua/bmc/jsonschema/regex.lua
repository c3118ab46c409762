-- SPDX-License-Identifier: GPL-3.0-or-later
-- jsonschema.regex: the regular expressions of ECMA-262 that JSON schemas have in `pattern` and
-- `patternProperties`, which Lua's patterns cannot say.
--
-- Owns how PCRE2 is asked for ECMA's meaning, and its limits: schemas come from files, texts from
-- BMCs, so an expression that would try for ever is given up by PCRE2's own match limit. The
-- library is loaded with the first expression: no other command needs it.

local MAX_TEXT = 100000 -- bytes

local M = {}

local rex, flags

-- ECMA: \u0041 and \u{41}, $ is the very end, [] matches nothing and [^] anything.
local OPTIONS = { "UTF", "ALT_BSUX", "DOLLAR_ENDONLY", "ALLOW_EMPTY_CLASS", "MATCH_UNSET_BACKREF" }

local function load()
  if rex then
    return true
  end
  local ok, library = pcall(require, "rex_pcre2")
  if not ok then
    return nil, "regular expressions need the package lua-rex-pcre2"
  end
  local known = library.flags()
  rex, flags = library, 0
  for _, name in ipairs(OPTIONS) do
    flags = flags | known[name]
  end
  return true
end

-- What the library says, without the place in our own source.
local function reason(problem)
  return (tostring(problem):gsub("^.-%.lua:%d+: ", ""))
end

---@class bmc.jsonschema.Regex
local regex = {}
local regex_mt = { __index = regex, __name = "bmc.jsonschema.regex" }

function regex_mt:__tostring()
  return "regex " .. self.pattern
end

--- Whether the text has a match.
---@param text string
---@return boolean? matches nil when that could not be found out
---@return string? why
function regex:matches(text)
  if #text > MAX_TEXT then
    return nil, "the text is too long"
  end
  local ok, from = pcall(self.compiled.find, self.compiled, text)
  if not ok then
    return nil, reason(from)
  end
  return from ~= nil
end

-- PCRE2 10.42 knows \u{…} only by a flag that its Lua face does not offer.
local function braces(pattern)
  return (pattern:gsub("\\u{(%x+)}", function(digits)
    local code = tonumber(digits, 16)
    return code <= 0xffff and ("\\u%04x"):format(code) or utf8.char(code)
  end))
end

--- An expression, ready to be used.
---@param pattern string
---@return bmc.jsonschema.Regex?
---@return string? why not
function M.compile(pattern)
  local loaded, why = load()
  if not loaded then
    return nil, why
  end
  local ok, compiled = pcall(rex.new, braces(pattern), flags)
  if not ok then
    return nil, reason(compiled)
  end
  return setmetatable({ pattern = pattern, compiled = compiled }, regex_mt)
end

return M
