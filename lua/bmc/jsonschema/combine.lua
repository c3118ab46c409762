-- SPDX-License-Identifier: GPL-3.0-or-later
-- jsonschema.combine: keywords that combine schemas, and which of several alternatives a value
-- was meant to fit: a message about the wrong one helps nobody.

local values = require "bmc.jsonschema.values"

local M = {}

function M.allOf(check, argument, value, at)
  for _, schema in ipairs(argument) do
    check:apply(schema, value, at)
  end
end

-- "#Bios.v1_2_0.Bios" is meant for "…/Bios.v1_2_4.json#/definitions/Bios", and for no other.
local function version_of(value)
  local kind = type(value) == "table" and value["@odata.type"]
  return type(kind) == "string" and kind:match("^#([%w_]+%.v%d+_%d+_)") or nil
end

local function is_meant(schema, version)
  local ref = type(schema) == "table" and schema["$ref"]
  return version ~= nil and type(ref) == "string" and ref:find(version, 1, true) ~= nil
end

-- Tries all: how many fit, and what is wrong with the closest of the others.
local function try(check, schemas, value, at)
  local version, fits = version_of(value), 0
  local closest, least
  for _, schema in ipairs(schemas) do
    local issues = check:attempt(schema, value, at)
    if #issues == 0 then
      fits = fits + 1
    end
    local distance = is_meant(schema, version) and -1 or #issues
    if not least or distance <= least then
      closest, least = issues, distance
    end
  end
  return fits, closest or {}
end

local function report(check, closest, count, at)
  if count > 1 then
    check:fail(at, ("fits none of %d alternatives; the closest:"):format(count))
  end
  check:report(closest)
end

-- {"type": "null"} beside one other is how schemas say "or null": no alternative to speak of.
local function without_null(schemas)
  local out = {}
  for _, schema in ipairs(schemas) do
    if type(schema) ~= "table" or schema.type ~= "null" then
      out[#out + 1] = schema
    end
  end
  return out
end

function M.anyOf(check, argument, value, at)
  for _, schema in ipairs(argument) do
    if check:passes(schema, value, at) then
      return
    end
  end
  local others = without_null(argument)
  local _, closest = try(check, others, value, at)
  report(check, closest, #others, at)
end

function M.oneOf(check, argument, value, at)
  local fits, closest = try(check, argument, value, at)
  if fits == 0 then
    report(check, closest, #without_null(argument), at)
  elseif fits > 1 then
    check:fail(at, ("fits %d of %d alternatives, where one is expected"):format(fits, #argument))
  end
end

M["not"] = function(check, argument, value, at)
  if check:passes(argument, value, at) then
    check:fail(at, values.show(value) .. " is what it must not be")
  end
end

M["if"] = function(check, argument, value, at, schema)
  local branch = check:passes(argument, value, at) and "then" or "else"
  if schema[branch] ~= nil then
    check:apply(schema[branch], value, at)
  end
end

return M
