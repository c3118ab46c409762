-- SPDX-License-Identifier: GPL-3.0-or-later
-- jsonschema.documents: owns the schemas that are at hand and what a $ref among them leads to:
-- by $id (id in draft 4), by anchor, by JSON pointer, and, for files that were given without the
-- address they are published at, by the last part of it: the DMTF's schemas refer to each other
-- by URL, and lie side by side in one folder. Nothing is fetched over a network; a function may
-- be given that finds a schema by that last part.

local M = {}

-- Below these a schema is only mentioned.
local DATA = { enum = true, const = true, default = true, examples = true }

local function split(uri)
  return uri:match("^([^#]*)#?(.*)$")
end

-- What a reference means, seen from a base. Dots in paths are rare enough to be left alone.
local function join(base, ref)
  if ref:find("^%a[%w+.-]*:") then
    return ref
  end
  local document = split(base)
  if ref:sub(1, 1) == "#" or ref == "" then
    return document .. ref
  elseif ref:sub(1, 1) == "/" then
    return (document:match("^%a[%w+.-]*://[^/]*") or "") .. ref
  end
  return (document:match("^(.*/)") or "") .. ref
end

local function decoded(fragment)
  return (fragment:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

local documents = {}
local documents_mt = { __index = documents, __name = "bmc.jsonschema.documents" }

local function index(self, node, base)
  local id = node["$id"] or node.id
  if type(id) == "string" then
    base = join(base, id)
    local document, fragment = split(base)
    self.at[fragment == "" and document or base] = node
    base = document
  end
  for _, name in ipairs { "$anchor", "$dynamicAnchor" } do
    if type(node[name]) == "string" then
      self.at[base .. "#" .. node[name]] = node
    end
  end
  self.base[node] = base
  for name, below in pairs(node) do
    if type(below) == "table" and not DATA[name] then
      index(self, below, base)
    end
  end
end

--- Adds a schema.
---@param schema table
---@param name? string  of its file, such as "Resource.json"
function documents:add(schema, name)
  local id = schema["$id"] or schema.id
  local address = type(id) == "string" and split(id) or name or ""
  self.at[address] = self.at[address] or schema
  for _, known in ipairs { name or address, address } do
    local last = known:match("([^/]+)$")
    if last and not self.named[last] then
      self.named[last] = schema
    end
  end
  index(self, schema, address)
end

-- "/definitions/Status" below a document.
local function point(node, pointer)
  for token in pointer:gmatch("/([^/]*)") do
    if type(node) ~= "table" then
      return nil
    end
    token = token:gsub("~1", "/"):gsub("~0", "~")
    local below = node[token]
    if below == nil and token:find("^%d+$") then
      below = node[tonumber(token) + 1]
    end
    node = below
  end
  return node
end

-- The schema at an address, looked for by the last part of it where that is all there is.
local function document_at(self, address)
  local last = address:match("([^/]+)$")
  local found = self.at[address] or self.named[last or ""]
  if found == nil and last and self.load and not self.tried[last] then
    self.tried[last] = true
    found = self.load(last)
    if found then
      self:add(found, last)
    end
  end
  return found
end

--- The schema that a reference in another one means.
---@param from table  the schema that holds it
---@param ref string
---@return table|boolean|nil schema
---@return string? why  in words, when there is none
function documents:resolve(from, ref)
  local uri = join(self.base[from] or "", ref)
  local address, fragment = split(uri)
  fragment = decoded(fragment)
  local document = document_at(self, address)
  if fragment ~= "" and fragment:sub(1, 1) ~= "/" then
    document = self.at[address .. "#" .. fragment]
    fragment = ""
  end
  if document == nil then
    return nil, ("%s was not given"):format(address == "" and ref or address)
  end
  local found = point(document, fragment)
  if found == nil then
    return nil, ("%s leads nowhere"):format(ref)
  end
  return found
end

--- An empty collection.
---@param load? fun(name: string): table?  the schema of a file name that is not in it
function M.new(load)
  return setmetatable({
    at = {}, named = {}, tried = {}, load = load, base = setmetatable({}, { __mode = "k" }),
  }, documents_mt)
end

return M
