-- SPDX-License-Identifier: GPL-3.0-or-later
--- What has to be said and belongs to no result: lines on standard error.
--
-- Owns their form. Results, progress and traces have their own ways; this is for
-- what nobody asked for and somebody should know. Names and texts come from BMCs
-- too, so control characters never reach the terminal.

local text = require "bmc.text"

local M = {}

--- Writes one line: `bmcsh: …`.
---@param format string
---@param ... any
function M.warning(format, ...)
  io.stderr:write("bmcsh: ", text.clean(format:format(...)), "\n")
end

return M
