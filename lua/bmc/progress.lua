-- SPDX-License-Identifier: GPL-3.0-or-later
-- progress: owns the line that tells how far a sweep is: on a terminal only, in its place, and
-- gone when something else is printed.
local out = require "bmc.out"
local text = require "bmc.text"

local CLEAR = "\r\27[K"
local NARROW = 10 -- columns that it takes at least

local progress = {}
local progress_mt = { __name = "bmcsh.progress", __index = progress }

--- Takes the line away.
function progress:clear()
  if self.shown then
    self.out.stream:write(CLEAR)
    self.out.stream:flush()
    self.shown = false
  end
end

--- Shows a line in the place of the one before.
---@param line string
function progress:show(line)
  if self.out.tty then
    self.out.stream:write(CLEAR, text.cut(line, math.max(self.out:width() - 1, NARROW)))
    self.out.stream:flush()
    self.shown = true
  end
end

local M = {}

--- A place for the line.
---@param opts? table  as for bmc.out.new; the stream is stderr
---@return table progress
function M.new(opts)
  opts = opts or {}
  return setmetatable({
    out = out.new { stream = opts.stream or io.stderr, tty = opts.tty, width = opts.width },
    shown = false,
  }, progress_mt)
end

return M
