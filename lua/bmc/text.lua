-- SPDX-License-Identifier: GPL-3.0-or-later
-- text: owns what a piece of text is on a terminal: how wide, cut where, and
-- harmless. It prints nothing and knows no tables or colours.
--
-- Names and messages come from BMCs, so they may hold anything: control
-- characters (an escape sequence would act on the operator's terminal),
-- broken UTF-8, wide and combining characters.
local M = {}

-- First and last code point of what takes two columns, and of what takes none.
local WIDE = {
  { 0x1100, 0x115f }, { 0x2e80, 0x303e }, { 0x3041, 0x33ff }, { 0x3400, 0x4dbf },
  { 0x4e00, 0xa4cf }, { 0xa960, 0xa97f }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff },
  { 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1f64f },
  { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
}
local ZERO = {
  { 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x200b, 0x200f },
  { 0x202a, 0x202e }, { 0x2060, 0x2064 }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f },
  { 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff },
}

local function within(ranges, c)
  for _, r in ipairs(ranges) do
    if c < r[1] then
      return false
    elseif c <= r[2] then
      return true
    end
  end
  return false
end

local function columns(c)
  if c < 0x300 then
    return 1
  end
  return within(WIDE, c) and 2 or within(ZERO, c) and 0 or 1
end

--- Text without the blanks around it. `^%s*(.-)%s*$` would do, but takes hours for a megabyte of
--- blanks in the middle, and nothing else runs meanwhile.
---@param s string
---@return string
function M.trim(s)
  local from = s:find("%S")
  return from and s:match("^.*%S", from) or ""
end

--- Valid UTF-8: each byte that is none becomes U+FFFD.
---@param s string
---@return string
function M.valid(s)
  if utf8.len(s) then
    return s
  end
  local out, at = {}, 1
  while at <= #s do
    local ok, wrong = utf8.len(s, at)
    if ok then
      out[#out + 1] = s:sub(at)
      break
    end
    out[#out + 1] = s:sub(at, wrong - 1) .. "\u{fffd}"
    at = wrong + 1
  end
  return table.concat(out)
end

--- Text that cannot act on a terminal: one line, valid UTF-8, no control
--- characters and no characters that turn the direction of writing.
---@param s string
---@return string
function M.clean(s)
  s = M.valid(s):gsub("[\t\r\n]+", " ")
  if s:find("[%c\xc2\xe2]") then
    s = s:gsub("%c", "\u{fffd}"):gsub("\xc2[\x80-\x9f]", "\u{fffd}")
      :gsub("\xe2\x80[\xaa-\xae]", ""):gsub("\xe2\x81[\xa6-\xa9]", "")
  end
  return s
end

--- Columns that clean text takes.
---@param s string
---@return integer
function M.width(s)
  if not s:find("[\x80-\xff]") then
    return #s
  end
  local n = 0
  for _, c in utf8.codes(s) do
    n = n + columns(c)
  end
  return n
end

-- The longest start of s in at most n columns.
local function head(s, n)
  local used = 0
  for at, c in utf8.codes(s) do
    used = used + columns(c)
    if used > n then
      return s:sub(1, at - 1)
    end
  end
  return s
end

-- The longest end of s in at most n columns.
local function tail(s, n)
  local left = M.width(s)
  for at, c in utf8.codes(s) do
    if left <= n then
      return s:sub(at)
    end
    left = left - columns(c)
  end
  return ""
end

--- Cuts clean text to n columns and shows the cut. Names are cut in the
--- middle: those of one rack differ at the end, those of one site at the start.
---@param s string
---@param n integer
---@param middle? boolean
---@return string
function M.cut(s, n, middle)
  if M.width(s) <= n then
    return s
  elseif n <= 1 then
    return n == 1 and "…" or ""
  elseif middle then
    local right = (n - 1) // 2
    return head(s, n - 1 - right) .. "…" .. tail(s, right)
  end
  return head(s, n - 1) .. "…"
end

-- The end of a line that has no blank to be broken at; what is before it goes to the lines.
local function pieces(line, n, lines)
  while M.width(line) > n do
    local piece = head(line, n)
    piece = piece ~= "" and piece or line:match(utf8.charpattern)
    if piece == line then
      break
    end
    lines[#lines + 1], line = piece, line:sub(#piece + 1)
  end
  return line
end

--- Breaks clean text at blanks into lines of at most n columns, and what has none within the line:
--- of an address or a message id, the end matters too.
---@param s string
---@param n integer
---@return string[]
function M.wrap(s, n)
  local lines, line = {}, ""
  for word in s:gmatch("%S+") do
    local longer = line ~= "" and line .. " " .. word or word
    if line ~= "" and M.width(longer) > n then
      lines[#lines + 1], line = line, word
    else
      line = longer
    end
    line = pieces(line, n, lines)
  end
  lines[#lines + 1] = line
  return lines
end

--- Fills clean text up to n columns.
---@param s string
---@param n integer
---@param right? boolean text at the right edge
---@return string
function M.pad(s, n, right)
  local fill = (" "):rep(n - M.width(s))
  return right and fill .. s or s .. fill
end

--- A number as people write it: at most three decimals, and no zero behind them.
---@param n number
---@return string
function M.number(n)
  return (("%.3f"):format(n):gsub("%.?0+$", ""):gsub("^%-0$", "0"))
end

return M
