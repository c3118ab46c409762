-- SPDX-License-Identifier: GPL-3.0-or-later
--- The words in which lua/bmc/vendor_schema.lua describes fields: one kind of field each. Pure.

local M = {}

--- A number of seconds, always there.
function M.seconds(doc)
  return { type = "number", min = 0, max = 86400, required = true, doc = doc .. " (seconds)" }
end

--- A whole number, always there.
function M.count(min, max, doc)
  return { type = "number", integer = true, min = min, max = max, required = true, doc = doc }
end

--- Yes or no, always there.
function M.flag(doc)
  return { type = "boolean", required = true, doc = doc }
end

--- One of these words, always there.
function M.choice(values, doc)
  return { type = "string", one_of = values, required = true, doc = doc }
end

--- A list of texts, always there, perhaps empty.
function M.strings(doc)
  return { type = "list", of = { type = "string" }, required = true, doc = doc }
end

--- A list of some of these words, always there and not empty.
function M.words(allowed, doc)
  return {
    type = "list", min = 1, required = true, doc = doc,
    of = { type = "string", one_of = allowed },
  }
end

--- A list of Lua patterns that may be absent.
function M.patterns(doc)
  return { type = "list", min = 1, of = { type = "string", pattern = true }, doc = doc }
end

--- A list of Lua patterns, always there, perhaps empty.
function M.any_patterns(doc)
  return { type = "list", of = { type = "string", pattern = true }, required = true, doc = doc }
end

--- A text that may be absent.
function M.text(doc)
  return { type = "string", doc = doc }
end

--- A list of NAME=VALUE that may be absent.
function M.assignments(doc)
  return { type = "list", min = 1, doc = doc,
    of = { type = "string", matches = "^[%w._-]+=", like = "NAME=VALUE" } }
end

return M
