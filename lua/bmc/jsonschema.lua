-- SPDX-License-Identifier: GPL-3.0-or-later
-- jsonschema: checks a JSON document against a JSON Schema, drafts 4 to 2020-12 as far as the
-- DMTF's Redfish schemas use them. Owns the walk through schema and document together, and the
-- limits that keep it finite; what the keywords mean is in jsonschema.keywords and .combine.
--
--   local body = http.decode(text, { exact = true })
--   for _, issue in ipairs(jsonschema.validate_against_schema(body, schema, { … })) do …
--
-- Nothing is fetched: a schema that another one refers to has to be given with it. What refers
-- to one that was not is taken as right, and a warning says so. $dynamicRef is read as $ref.

local combine = require "bmc.jsonschema.combine"
local documents = require "bmc.jsonschema.documents"
local keywords = require "bmc.jsonschema.keywords"
local regex = require "bmc.jsonschema.regex"
local tbl = require "bmc.tbl"
local values = require "bmc.jsonschema.values"

local MAX_ISSUES = 100
local MAX_DEPTH = 300     -- schemas below each other; a $ref that leads to itself ends here
local MAX_STEPS = 300000  -- schemas applied in all: a second or so

-- What is looked at, in this order, so that messages come the same way each time.
local ORDER = {
  "type", "enum", "const", "allOf", "anyOf", "oneOf", "not", "if", "minimum", "maximum",
  "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern",
  "format", "prefixItems", "items", "additionalItems", "minItems", "maxItems", "uniqueItems",
  "contains", "required", "properties", "patternProperties", "additionalProperties",
  "minProperties", "maxProperties", "propertyNames", "dependentRequired", "dependentSchemas",
  "dependencies",
}
-- What a keyword has to be, where that matters: what is something else asks nothing.
local WANTED = {
  enum = "array", allOf = "array", anyOf = "array", oneOf = "array", prefixItems = "array",
  properties = "object", patternProperties = "object", dependentRequired = "object",
  dependentSchemas = "object", dependencies = "object", pattern = "string",
  minLength = "integer", maxLength = "integer", minItems = "integer", maxItems = "integer",
  minProperties = "integer", maxProperties = "integer",
}
-- Not checked; nobody should believe it was.
local UNKNOWN = { "unevaluatedProperties", "unevaluatedItems" }

---@class bmc.jsonschema.Issue
---@field severity "error"|"warning"
---@field field string    where, as a path: "Status/Health", "Members/3"; "" for the whole
---@field message string

local check = {}
local check_mt = { __index = check, __name = "bmc.jsonschema.check" }

function check_mt:__tostring()
  return ("schema check: %d issues"):format(#self.issues)
end

--- The path of a part.
---@param at string
---@param name string|integer
---@return string
function check.below(at, name)
  return at == "" and tostring(name) or at .. "/" .. tostring(name)
end

check.sorted = tbl.sorted_keys

-- ---- what is reported ----

--- Reports an error.
function check:fail(at, message)
  if #self.issues < MAX_ISSUES then
    self.issues[#self.issues + 1] = { severity = "error", field = at, message = message }
  end
end

--- Reports what an attempt has found.
function check:report(issues)
  for _, issue in ipairs(issues) do
    self:fail(issue.field, issue.message)
  end
end

-- What could not be checked, once each.
local function warn(self, at, message)
  if not self.warned[message] then
    self.warned[message] = true
    self.warnings[#self.warnings + 1] = { severity = "warning", field = at, message = message }
  end
end

-- ---- applying schemas ----

--- Whether a pattern matches; nil when the pattern cannot be used.
function check:matches(pattern, text)
  local compiled = self.patterns[pattern]
  if compiled == nil then
    local why
    compiled, why = regex.compile(pattern)
    if not compiled then
      warn(self, "", ("not checked: the pattern %s: %s"):format(pattern, why))
    end
    self.patterns[pattern] = compiled or false
  end
  if not compiled then
    return nil
  end
  local outcome, why = compiled:matches(text)
  if outcome == nil then
    warn(self, "", ("not checked: the pattern %s: %s"):format(pattern, why))
  end
  return outcome
end

--- What is wrong with a value by a schema, without reporting it.
---@return bmc.jsonschema.Issue[]
function check:attempt(schema, value, at)
  local outer = self.issues
  self.issues = {}
  self:apply(schema, value, at)
  local found = self.issues
  self.issues = outer
  return found
end

--- Whether a value fits a schema.
---@return boolean
function check:passes(schema, value, at)
  return #self:attempt(schema, value, at) == 0
end

local function follow(self, schema, ref, value, at)
  local found, why = self.documents:resolve(schema, ref)
  if found == nil then
    warn(self, at, "not checked: the schema " .. why)
  else
    self:apply(found, value, at)
  end
end

local function apply_keywords(self, schema, value, at)
  for _, name in ipairs(ORDER) do
    local argument, wanted = schema[name], WANTED[name]
    if argument ~= nil and wanted and not values.is(argument, wanted) then
      warn(self, at, ("not checked: %s, which is no %s in the schema"):format(name, wanted))
    elseif argument ~= nil then
      (keywords[name] or combine[name])(self, argument, value, at, schema)
    end
  end
  for _, name in ipairs(UNKNOWN) do
    if schema[name] ~= nil then
      warn(self, at, "not checked: " .. name)
    end
  end
end

--- Applies a schema to a value.
function check:apply(schema, value, at)
  self.steps, self.depth = self.steps + 1, self.depth + 1
  if schema == false then
    self:fail(at, "nothing is allowed here")
  elseif self.depth > MAX_DEPTH or self.steps > MAX_STEPS then
    warn(self, at, "not checked to the end: the schema leads too far")
  elseif type(schema) == "table" then
    local ref = schema["$ref"] or schema["$dynamicRef"] or schema["$recursiveRef"]
    if type(ref) == "string" then
      follow(self, schema, ref, value, at)
    end
    -- Until draft 7 what stands beside a $ref says nothing.
    if type(ref) ~= "string" or self.modern then
      apply_keywords(self, schema, value, at)
    end
  end
  self.depth = self.depth - 1
end

-- ---- the whole ----

-- Redfish's own dialect is draft 7.
local function is_modern(schema)
  local dialect = schema["$schema"]
  return type(dialect) ~= "string" or dialect:find("2019", 1, true) ~= nil
    or dialect:find("20[2-9]%d") ~= nil
end

local M = {}

---@class bmc.jsonschema.Options
---@field name? string  of the file the schema came from
---@field documents? table<string, table>  other schemas that it may refer to, by file name or URL
---@field load? fun(name: string): table?  finds further ones by the last part of their URL

--- Checks a document. Read both with bmc.http's decode(text, { exact = true }), so that null is
--- told from absent; null in a table of a script's own is http.null.
---@param body any
---@param schema table|boolean
---@param opts? bmc.jsonschema.Options
---@return bmc.jsonschema.Issue[] issues  empty when the document fits
function M.validate_against_schema(body, schema, opts)
  opts = opts or {}
  local self = setmetatable({
    documents = documents.new(opts.load), patterns = {}, issues = {}, warnings = {}, warned = {},
    steps = 0, depth = 0, modern = type(schema) == "table" and is_modern(schema),
  }, check_mt)
  if type(schema) == "table" then
    self.documents:add(schema, opts.name)
  end
  for _, name in ipairs(tbl.sorted_keys(opts.documents or {})) do
    self.documents:add(opts.documents[name], name)
  end
  self:apply(schema, body, "")
  return table.move(self.warnings, 1, #self.warnings, #self.issues + 1, self.issues)
end

return M
