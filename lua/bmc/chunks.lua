-- SPDX-License-Identifier: GPL-3.0-or-later
-- chunks: owns how a runbook becomes a function, and what it may return. Small,
-- because every start of bmcsh loads it. It catches no errors.
local M = {}

--- Compiles a file. Text only: a precompiled chunk can do what source cannot.
---@param path string
---@return function? chunk
---@return string? why
function M.file(path)
  return loadfile(path, "t")
end

--- Compiles a text; a first line for the system's loader (#!) is passed over.
---@param text string
---@param name string as errors show it, "=stdin"
---@return function? chunk
---@return string? why
function M.text(text, name)
  local source = text:gsub("^#[^\n]*", "")
  return load(source, name, "t")
end

--- Calls a runbook. It may return nothing, an exit code, or a command of
--- bmc.cli, which is then run with the same arguments.
---@param chunk function
---@param args string[]
---@return integer code
function M.call(chunk, args)
  local result = chunk(table.unpack(args))
  local meta = getmetatable(result)
  if type(meta) == "table" and meta.__name == "bmcsh.command" then
    return result(args)
  elseif math.type(result) == "integer" then
    return result
  end
  return result == false and 1 or 0
end

return M
