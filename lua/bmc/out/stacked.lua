-- SPDX-License-Identifier: GPL-3.0-or-later
-- out.stacked: owns a table on a terminal that is too narrow for its columns, however much of them
-- is cut: its rows below each other, a line a field, and nothing cut.
local text = require "bmc.text"

local GAP, LEAST = 2, 8 -- columns between title and value; columns a value has at least

-- What a row shows: title, words and colour of each line. One that only says something says that.
local function fields_of(columns, row, i)
  local out = { { columns[1].title, columns[1].cells[i] } }
  if row.span then
    out[2] = { "", text.clean(row.span), row.colour or "red" }
    return out
  end
  for n = 2, #columns do
    out[n] = { columns[n].title, columns[n].cells[i] }
  end
  return out
end

--- The table as text.
---@param columns { title: string, cells: string[] }[]
---@param rows table[]  as they are given to table()
---@param width integer
---@param paint fun(s: string, colour: string?): string
---@return string
return function(columns, rows, width, paint)
  local left, lines = 0, {}
  for _, column in ipairs(columns) do
    left = math.max(left, text.width(column.title) + GAP)
  end
  local below = "\n" .. (" "):rep(left)
  for i, row in ipairs(rows) do
    lines[#lines + 1] = i > 1 and "" or nil
    for _, field in ipairs(fields_of(columns, row, i)) do
      local words = text.wrap(field[2], math.max(LEAST, width - left))
      lines[#lines + 1] = text.pad(field[1], left) .. paint(table.concat(words, below), field[3])
    end
  end
  return table.concat(lines, "\n")
end
