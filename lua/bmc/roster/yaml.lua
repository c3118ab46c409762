-- SPDX-License-Identifier: GPL-3.0-or-later
-- roster.yaml: owns how a YAML text becomes plain tables, with the line in which each name stands.
-- What the names mean is bmc.roster's.
--
-- libyaml parses; its events are put together here instead of by lyaml, because that one keeps the
-- last of two entries of one name, knows no lines, and takes the MAC address 00:11:22:33:44:55 for
-- a number. A scalar stays the text that was written, but for true, false and null.

local yaml = require "yaml"

local schema = require "bmc.schema"

local DEPTH = 32 -- an inventory needs six

local NULL = { ["~"] = true, null = true, Null = true, NULL = true, [""] = true }
local BOOLEAN = { ["true"] = true, ["false"] = false }

local M = {}

local function refuse(line, text, ...)
  error({ line = line, text = text:format(...) }, 0)
end

local function line_of(event)
  return event.start_mark.line + 1
end

local node

local function scalar(event)
  local text = event.value
  if event.style ~= "PLAIN" then
    return text
  elseif NULL[text] then
    return schema.unset
  elseif BOOLEAN[text] ~= nil then
    return BOOLEAN[text]
  end
  return text
end

-- `<<: *rack`: what the other map has and this one has not.
local function merge(self, map, line)
  local other = map["<<"]
  map["<<"] = nil
  for _, one in ipairs(type(other) == "table" and #other > 0 and other or { other }) do
    if type(one) ~= "table" or one == schema.unset then
      refuse(line, "<< takes a map, or a list of maps")
    end
    for key, value in pairs(one) do
      if map[key] == nil then
        map[key], self.lines[map][key] = value, self.lines[one][key]
      end
    end
  end
end

local function map_of(self)
  local map, lines = {}, {}
  self.lines[map] = lines
  for event in self.next do
    local line = line_of(event)
    if event.type == "MAPPING_END" then
      break
    end
    local key = node(self, event)
    if type(key) ~= "string" then
      refuse(line, "a name is expected before the colon")
    elseif lines[key] then
      refuse(line, "%q stands here a second time, after line %d", key, lines[key])
    end
    lines[key] = line
    map[key] = node(self, self.next())
  end
  if lines["<<"] then
    merge(self, map, lines["<<"])
  end
  return map
end

local function list_of(self)
  local list, lines = {}, {}
  self.lines[list] = lines
  for event in self.next do
    if event.type == "SEQUENCE_END" then
      break
    end
    lines[#list + 1] = line_of(event)
    list[#list + 1] = node(self, event)
  end
  return list
end

function node(self, event)
  if event.type == "SCALAR" then
    return scalar(event)
  elseif event.type == "ALIAS" then
    local value = self.anchors[event.anchor]
    if value == nil then
      refuse(line_of(event), "*%s stands before its &%s, or without one", event.anchor,
        event.anchor)
    end
    return value
  end
  self.depth = self.depth + 1
  if self.depth > DEPTH then
    refuse(line_of(event), "nested more than %d deep", DEPTH)
  end
  local value = event.type == "MAPPING_START" and map_of(self) or list_of(self)
  self.depth = self.depth - 1
  if event.anchor then
    self.anchors[event.anchor] = value
  end
  return value
end

local function document(text)
  local self = { next = yaml.parser(text), anchors = {}, lines = {}, depth = 0 }
  local value
  for event in self.next do
    if event.type == "DOCUMENT_START" then
      if value ~= nil then
        refuse(line_of(event), "a second document; one is expected")
      end
      value = node(self, self.next())
    end
  end
  return value, self.lines
end

-- What libyaml says of a place, in our words for places.
local function misread(said)
  local text = tostring(said)
  return { line = tonumber(text:match("line: (%d+)")), text = text:match("^(.-) at document:")
    or text:match("^[^\n]*") }
end

--- Reads a text. A null is schema.unset, so that it is told from what is not there.
---@param text string
---@return any document  nil when it is empty
---@return table lines  lines[t][key]: where that name of that table stands; without a document, or
---  after a failure: { line = integer?, text = string }
function M.read(text)
  local ok, value, lines = pcall(document, text)
  if ok then
    return value, lines
  end
  return nil, type(value) == "table" and value or misread(value)
end

return M
