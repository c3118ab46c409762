-- SPDX-License-Identifier: GPL-3.0-or-later
-- out: owns how bmcsh writes for people: tables, fields, colour. It knows no
-- verbs and no JSON; what a table shows is the caller's.
--
-- A terminal gets tables that fit its width and colours (unless NO_COLOR is
-- set); a pipe gets the whole text, uncut. What has no signal is "-".
local host = require "_bmcsh.host"

local err = require "bmc.err"
local stacked = require "bmc.out.stacked"
local text = require "bmc.text"

local EPIPE, BROKEN_PIPE = 32, 141 -- the errno; the exit code
local GAP = "  "
local NARROW, NAME = 8, 20 -- no column, and no name, is cut below this

local COLOURS = { red = "31", green = "32", yellow = "33", bold = "1", dim = "2" }
-- Words of Redfish's Health and PowerState that a tired eye should find.
local MEANING = {
  ok = "green", warning = "yellow", critical = "red", failed = "red", unknown = "yellow",
}

local methods = {}
local mt = { __name = "bmcsh.out", __index = methods }

local M = {}

--- A place to write to.
---@param opts? table `stream` (stdout), `tty` (asked), `width` columns (asked), `colour`
---@return table out
function M.new(opts)
  opts = opts or {}
  local stream = opts.stream or io.stdout
  local tty = opts.tty
  if tty == nil then
    tty = host.isatty(stream == io.stderr and 2 or 1)
  end
  local no_colour = (os.getenv("NO_COLOR") or "") ~= "" or os.getenv("TERM") == "dumb"
  local colour = opts.colour
  if colour == nil then
    colour = tty and not no_colour
  end
  return setmetatable({
    stream = stream, tty = tty, colour = colour, fixed_width = opts.width,
  }, mt)
end

--- Columns there are; unlimited where the output is no terminal.
function methods:width()
  if self.fixed_width then
    return self.fixed_width
  end
  return self.tty and host.width() or math.huge
end

--- Writes text as it is. Raises when it cannot be written any more: a sweep
--- whose reader has gone should end, and close its sessions. `| head` is no
--- error to speak of; the exit code is the one a shell gives for it.
function methods:write(...)
  local ok, why, errno = self.stream:write(...)
  if ok and self.stream == io.stdout then
    ok, why, errno = self.stream:flush()
  end
  if not ok then
    local reason = "cannot write the output: " .. tostring(why)
    error(err.new(errno == EPIPE and "cancelled" or "rejected", reason,
      { exit = errno == EPIPE and BROKEN_PIPE or nil }), 0)
  end
end

--- One line of text.
function methods:line(s)
  self:write(s or "", "\n")
end

--- The text in a colour, where colours are wanted.
---@param s string
---@param colour string? a name of COLOURS
---@return string
function methods:paint(s, colour)
  if not colour or not self.colour or s:find("^%s*$") then
    return s
  end
  return ("\27[%sm%s\27[0m"):format(COLOURS[colour], s)
end

--- A value as a cell shows it.
---@param v any
---@return string
function M.show(v)
  if v == nil or v == "" then
    return "-"
  elseif type(v) == "boolean" then
    return v and "yes" or "no"
  elseif math.type(v) == "float" then
    return v == math.floor(v) and ("%.0f"):format(v) or ("%.1f"):format(v)
  end
  return text.clean(tostring(v))
end

local function value_of(column, row)
  if column.value then
    return column.value(row)
  end
  return row[column.key or column[1]]
end

-- The values of a column; a row that only says something has but the first.
local function values_of(column, rows, first)
  local values = {}
  for i, row in ipairs(rows) do
    if not row.span then
      values[i] = value_of(column, row)
    elseif first then
      values[i] = row[1]
    end
  end
  return values
end

-- The cells of one column, and whether they are numbers. Numbers of a column
-- have the same decimals, so that they can be compared at a glance.
local function cells_of(column, rows, first)
  local values, cells = values_of(column, rows, first), {}
  local numbers, fractions = 0, false
  for _, v in pairs(values) do
    numbers = numbers + (type(v) == "number" and 1 or type(v) == "string" and -math.huge or 0)
    fractions = fractions or math.type(v) == "float" and v ~= math.floor(v)
  end
  for i, row in ipairs(rows) do
    local v = values[i]
    if type(v) == "number" and fractions then
      cells[i] = ("%.1f"):format(v)
    else
      cells[i] = row.span and not first and "" or M.show(v)
    end
  end
  return cells, numbers > 0
end

local function natural(column)
  local w = text.width(column.title)
  for _, cell in ipairs(column.cells) do
    w = math.max(w, text.width(cell))
  end
  return w
end

local function total(columns)
  local sum = #GAP * (#columns - 1)
  for _, c in ipairs(columns) do
    sum = sum + c.width
  end
  return sum
end

-- Takes from the widest of the chosen columns until all fit, or none has more
-- than `least` left.
local function squeeze(columns, width, least, chosen)
  local excess = total(columns) - width
  while excess > 0 do
    local widest
    for _, c in ipairs(columns) do
      if chosen(c) and c.width > least and (not widest or c.width > widest.width) then
        widest = c
      end
    end
    if not widest then
      return
    end
    widest.width = widest.width - 1
    excess = excess - 1
  end
end

-- Leaves out the last of the columns that can be done without.
local function drop_extra(columns)
  for i = #columns, 1, -1 do
    if columns[i].extra then
      return table.remove(columns, i)
    end
  end
end

-- Makes the columns fit. Names give way last: a row is worth nothing when nobody
-- can tell whose it is. Half a serial number is worth nothing either.
local function fit(columns, width)
  repeat
    for _, c in ipairs(columns) do
      c.width = natural(c)
    end
    squeeze(columns, width, NARROW, function(c) return not c.name and not c.whole end)
    squeeze(columns, width, NAME, function(c) return c.name end)
  until total(columns) <= width or not drop_extra(columns)
  squeeze(columns, width, NARROW, function(c) return c.whole end)
end

local function prepare(spec, rows)
  local columns = {}
  for i, column in ipairs(spec) do
    local cells, numeric = cells_of(column, rows, i == 1)
    columns[i] = {
      title = column.title or column[2], cells = cells, right = numeric or column.right,
      name = column.name, whole = column.whole, extra = column.extra, wrap = column.wrap,
    }
  end
  return columns
end

local function heading(self, columns)
  local parts = {}
  for i, c in ipairs(columns) do
    parts[i] = text.pad(text.cut(c.title, c.width), c.width, c.right)
  end
  return self:paint(table.concat(parts, GAP):match("^.*%S") or "", "bold")
end

-- A row that says in words why it has no values. The words are never cut: they
-- are what the operator needs most.
local function spanned(self, column, row, width)
  local first = text.pad(text.cut(M.show(row[1]), column.width, column.name), column.width)
  local room = math.max(NARROW, width - column.width - #GAP)
  local lines = text.wrap(text.clean(row.span), room)
  for i, words in ipairs(lines) do
    local left = i == 1 and first or (" "):rep(column.width)
    lines[i] = left .. GAP .. self:paint(words, row.colour or "red")
  end
  return table.concat(lines, "\n")
end

-- What does not fit the last column goes on below it, where that is asked for.
local function plain(self, columns, i)
  local parts, below, last = {}, {}, columns[#columns]
  for n, c in ipairs(columns) do
    local cell = c.cells[i]
    if c == last and c.wrap and text.width(cell) > c.width then
      below = text.wrap(cell, c.width)
      cell = table.remove(below, 1)
    end
    local shown = text.pad(text.cut(cell, c.width, c.name), c.width, c.right)
    if c == last and not c.right then
      shown = shown:match("^.*%S") or ""
    end
    parts[n] = self:paint(shown, MEANING[cell:lower()])
  end
  table.insert(below, 1, table.concat(parts, GAP))
  return table.concat(below, "\n" .. (" "):rep(total(columns) - last.width))
end

--- Prints a table. A column is { key, title } or { title=, value=function(row) },
--- with `name = true` for what a row is known by, `right = true` for words at its right
--- edge, `extra = true` for what is left out first, `whole = true` for what is of no use when it
--- is cut, and `wrap = true` for a last one whose words go on in the next line. A row is a
--- record, or { first cell, span = "text" } for one that has only something to say.
---@param spec table[] columns
---@param rows table[]
function methods:table(spec, rows)
  local columns, width = prepare(spec, rows), self:width()
  fit(columns, width)
  if total(columns) > width then
    columns = prepare(spec, rows)
    return self:write(stacked(columns, rows, width, function(s, colour)
      return self:paint(s, colour or MEANING[s:lower()])
    end), "\n")
  end
  local lines = { heading(self, columns) }
  for i, row in ipairs(rows) do
    lines[#lines + 1] = row.span and spanned(self, columns[1], row, width)
      or plain(self, columns, i)
  end
  self:write(table.concat(lines, "\n"), "\n")
end

--- Prints one record, a line a field: { key, label } pairs; absent is "-".
---@param spec table[] as the columns of table()
---@param record table
function methods:fields(spec, record)
  local wide = 0
  for _, f in ipairs(spec) do
    wide = math.max(wide, text.width(f.title or f[2]))
  end
  for _, f in ipairs(spec) do
    local shown = M.show(value_of(f, record))
    self:line(text.pad(f.title or f[2], wide) .. GAP
      .. self:paint(shown, MEANING[shown:lower()]))
  end
end

return M
