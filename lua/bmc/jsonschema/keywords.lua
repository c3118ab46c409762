-- SPDX-License-Identifier: GPL-3.0-or-later
-- jsonschema.keywords: what each keyword asks of a value. Owns the keywords that look at the value
-- itself and at its parts; those that combine schemas are in jsonschema.combine. A keyword that
-- is not known, as the DMTF's own (readonly, longDescription, requiredOnCreate, …), asks nothing.
--
-- Each is a function(check, argument, value, at, schema); check:fail(at, text) reports,
-- check:apply(schema, value, at) goes on below.

local formats = require "bmc.jsonschema.format"
local json = require "bmc.json"
local values = require "bmc.jsonschema.values"

local part, show = values.part, values.show

local M = {}

local function plural(n, what)
  return ("%d %s%s"):format(n, what, n == 1 and "" or "s")
end

-- ---- any value ----

function M.type(check, argument, value, at)
  local names = {}
  for i, name in ipairs(type(argument) == "table" and argument or { argument }) do
    if values.is(value, name) then
      return
    end
    names[i] = tostring(name)
  end
  check:fail(at, ("%s is no %s"):format(show(value), table.concat(names, ", ")))
end

function M.enum(check, argument, value, at)
  local words = {}
  for i, allowed in ipairs(argument) do
    if values.equal(allowed, value) then
      return
    end
    words[i] = show(allowed)
  end
  local shown = table.concat(words, ", ", 1, math.min(#words, 12))
  check:fail(at, ("%s is none of %s%s"):format(show(value), shown, #words > 12 and ", …" or ""))
end

function M.const(check, argument, value, at)
  if not values.equal(argument, value) then
    check:fail(at, ("%s is not %s"):format(show(value), show(argument)))
  end
end

-- ---- numbers ----

local function number_keyword(text, is_right)
  return function(check, argument, value, at, schema)
    if type(value) == "number" and type(argument) == "number"
      and not is_right(value, argument, schema) then
      check:fail(at, ("%s is %s %s"):format(show(value), text, tostring(argument)))
    end
  end
end

-- In draft 4, exclusiveMinimum is a boolean beside minimum.
M.minimum = number_keyword("not at least", function(v, n, schema)
  return v > n or v == n and schema.exclusiveMinimum ~= true
end)
M.maximum = number_keyword("not at most", function(v, n, schema)
  return v < n or v == n and schema.exclusiveMaximum ~= true
end)
M.exclusiveMinimum = number_keyword("not above", function(v, n) return v > n end)
M.exclusiveMaximum = number_keyword("not below", function(v, n) return v < n end)
M.multipleOf = number_keyword("no multiple of", function(v, n)
  local q = v / n
  return q == math.floor(q) or math.abs(q - math.floor(q + 0.5)) < 1e-9 * math.max(1, math.abs(q))
end)

-- ---- texts ----

local function length(s)
  return utf8.len(s, 1, -1, true) or #s
end

function M.minLength(check, argument, value, at)
  if type(value) == "string" and length(value) < argument then
    check:fail(at, ("%s is shorter than %s"):format(show(value), plural(argument, "character")))
  end
end

function M.maxLength(check, argument, value, at)
  if type(value) == "string" and length(value) > argument then
    check:fail(at, ("%s is longer than %s"):format(show(value), plural(argument, "character")))
  end
end

function M.pattern(check, argument, value, at)
  if type(value) == "string" and check:matches(argument, value) == false then
    check:fail(at, ("%s does not match %s"):format(show(value), argument))
  end
end

function M.format(check, argument, value, at)
  local format = formats[argument]
  if type(value) == "string" and format and not format(value) then
    check:fail(at, ("%s is no %s"):format(show(value), argument))
  end
end

-- ---- lists ----

local function list_keyword(f)
  return function(check, argument, value, at, schema)
    if values.is_list(value) then
      f(check, argument, value, at, schema)
    end
  end
end

local function each(check, schema, list, from, at)
  for i = from, #list do
    check:apply(schema, list[i], check.below(at, i - 1))
  end
end

M.prefixItems = list_keyword(function(check, argument, list, at)
  for i = 1, math.min(#argument, #list) do
    check:apply(argument[i], list[i], check.below(at, i - 1))
  end
end)

-- A list of schemas until 2019-09, for the items in turn; prefixItems since.
M.items = list_keyword(function(check, argument, list, at, schema)
  if type(argument) == "table" and values.kind(argument) == "array" then
    return M.prefixItems(check, argument, list, at)
  end
  each(check, argument, list, #part(schema.prefixItems, "array") + 1, at)
end)

M.additionalItems = list_keyword(function(check, argument, list, at, schema)
  local items = schema.items
  if type(items) == "table" and values.kind(items) == "array" then
    each(check, argument, list, #items + 1, at)
  end
end)

M.minItems = list_keyword(function(check, argument, list, at)
  if #list < argument then
    check:fail(at, ("%s, at least %d expected"):format(plural(#list, "item"), argument))
  end
end)

M.maxItems = list_keyword(function(check, argument, list, at)
  if #list > argument then
    check:fail(at, ("%s, at most %d expected"):format(plural(#list, "item"), argument))
  end
end)

M.uniqueItems = list_keyword(function(check, argument, list, at)
  local seen = {}
  for i = 1, argument and #list or 0 do
    local v = list[i]
    local key = type(v) == "table" and "\0" .. json.encode(v) or v
    local before = seen[key]
    if before and values.equal(list[before], v) then
      return check:fail(at, ("items %d and %d are the same"):format(before - 1, i - 1))
    end
    seen[key] = before or i
  end
end)

M.contains = list_keyword(function(check, argument, list, at, schema)
  local count = 0
  for i, item in ipairs(list) do
    count = count + (check:passes(argument, item, check.below(at, i - 1)) and 1 or 0)
  end
  local low = math.tointeger(schema.minContains) or 1
  local high = math.tointeger(schema.maxContains) or math.huge
  if count < low or count > high then
    check:fail(at, ("%s of the kind that is asked for"):format(plural(count, "item")))
  end
end)

-- ---- objects ----

local function object_keyword(f)
  return function(check, argument, value, at, schema)
    if values.is_object(value) then
      f(check, argument, value, at, schema)
    end
  end
end

M.properties = object_keyword(function(check, argument, object, at)
  for _, name in ipairs(check.sorted(argument)) do
    if object[name] ~= nil then
      check:apply(argument[name], object[name], check.below(at, name))
    end
  end
end)

M.patternProperties = object_keyword(function(check, argument, object, at)
  for _, pattern in ipairs(check.sorted(argument)) do
    for _, name in ipairs(check.sorted(object)) do
      if check:matches(pattern, name) then
        check:apply(argument[pattern], object[name], check.below(at, name))
      end
    end
  end
end)

local function is_named(check, schema, name)
  if part(schema.properties, "object")[name] ~= nil then
    return true
  end
  for pattern in pairs(part(schema.patternProperties, "object")) do
    if check:matches(pattern, name) ~= false then
      return true
    end
  end
  return false
end

M.additionalProperties = object_keyword(function(check, argument, object, at, schema)
  if argument == true then
    return
  end
  for _, name in ipairs(check.sorted(object)) do
    if not is_named(check, schema, name) then
      if argument == false then
        check:fail(check.below(at, name), "is not in the schema")
      else
        check:apply(argument, object[name], check.below(at, name))
      end
    end
  end
end)

-- A list of names; in draft 3 and by mistake a boolean, which asks nothing.
M.required = object_keyword(function(check, argument, object, at)
  for _, name in ipairs(type(argument) == "table" and argument or {}) do
    if object[name] == nil then
      check:fail(check.below(at, name), "is missing")
    end
  end
end)

local function count_of(object)
  local n = 0
  for _ in pairs(object) do
    n = n + 1
  end
  return n
end

M.minProperties = object_keyword(function(check, argument, object, at)
  if count_of(object) < argument then
    check:fail(at, "fewer than " .. plural(argument, "property"):gsub("ys$", "ies"))
  end
end)

M.maxProperties = object_keyword(function(check, argument, object, at)
  if count_of(object) > argument then
    check:fail(at, "more than " .. plural(argument, "property"):gsub("ys$", "ies"))
  end
end)

M.propertyNames = object_keyword(function(check, argument, object, at)
  for _, name in ipairs(check.sorted(object)) do
    check:apply(argument, name, check.below(at, name))
  end
end)

M.dependentRequired = object_keyword(function(check, argument, object, at)
  for _, name in ipairs(check.sorted(argument)) do
    if object[name] ~= nil then
      M.required(check, argument[name], object, at)
    end
  end
end)

M.dependentSchemas = object_keyword(function(check, argument, object, at)
  for _, name in ipairs(check.sorted(argument)) do
    if object[name] ~= nil then
      check:apply(argument[name], object, at)
    end
  end
end)

-- Both of these in one, until 2019-09.
M.dependencies = object_keyword(function(check, argument, object, at)
  for name, what in pairs(argument) do
    local names = type(what) == "table" and values.kind(what) == "array"
    local one = { [name] = what }
    local keyword = names and M.dependentRequired or M.dependentSchemas
    keyword(check, one, object, at)
  end
end)

return M
