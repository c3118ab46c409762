-- SPDX-License-Identifier: GPL-3.0-or-later
-- Reads JSON that a client has sent, or that stands in a resource. Strict where somebody else may
-- have written it: what cannot be read is nil, and no error.

local cjson = require "cjson"

local M = {}

--- An object or a list, as a request has it for a body.
---@param text string
---@return table|nil
function M.object(text)
  local ok, value = pcall(cjson.decode, text)
  return ok and type(value) == "table" and value or nil
end

--- Any value; a word alone is no document, so it is read as the only item of a list.
---@param text string|nil JSON
---@return any value nil for no text, for null, and for what is no JSON
function M.value(text)
  local list = text and M.object("[" .. text .. "]")
  if list and list[1] ~= cjson.null then return list[1] end
end

return M
