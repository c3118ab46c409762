-- SPDX-License-Identifier: GPL-3.0-or-later
-- The resources of one simulated BMC: looks a URI up in a source (a recorded
-- tree or a generated one), keeps the text of what was read, lays edits over
-- it, and gives each text its entity tag. Knows no HTTP and no Redfish.
-- A source answers find(key) -> key|nil and read(key, machine) -> text, headers,
-- status; headers (lower-case names) and status may be nil.

local json = require "bmc.json"
local decode = require "bmc.sim.decode"
local splice = require "bmc.sim.splice"

local M = {}

local methods = {}
local store_mt = { __index = methods, __name = "bmcsh.sim.store" }

store_mt.__tostring = function(self)
  return ("sim.store of %s"):format(self.source)
end

--- The form in which sources know a path: percent-decoded, no slash at the end.
---@param path string
---@return string key
function M.key(path)
  if path:find("%", 1, true) then
    path = path:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
  end
  return path:byte(-1) == 47 and (path:gsub("/+$", "")) or path
end

--- Makes the store of a BMC.
---@param source table
---@param machine table|nil facts for generated sources
---@return table store
function M.new(source, machine)
  return setmetatable({
    source = source, machine = machine, edits = 0,
    texts = {}, tags = {}, headers = {}, statuses = {},
  }, store_mt)
end

--- The key of a resource, if there is one; a page with its query has a key of
--- its own, and a query that no page has is ignored.
---@param path any as it came in the request, or as a resource has it: then it may be no string
---@param query string|nil
---@return string|nil key
function methods:find(path, query)
  if type(path) ~= "string" then return nil end
  local key = M.key(path)
  if query and query ~= "" then
    local wanted = M.key(query)
    local page = self.source:find(key .. "?" .. wanted)
      or self.source:find(key .. "?" .. wanted:gsub("&%$expand=[^&]*", ""))
    if page then return page end
  end
  return self.source:find(key)
end

-- The tag of a text: as its headers say it, else as the document says it.
local function tag_of(text, headers)
  if headers and headers.etag then return headers.etag end
  return decode.value(splice.get(text, "@odata.etag"))
end

local function load(self, key)
  local text, headers, status = self.source:read(key, self.machine)
  if not text then return nil end
  self.texts[key], self.headers[key], self.statuses[key] = text, headers, status
  self.tags[key] = tag_of(text, headers)
  return text
end

--- The text of a resource as it is now.
---@param key string from find()
---@return string|nil text
function methods:text(key)
  return self.texts[key] or load(self, key)
end

--- One value out of a resource.
---@param key string
---@param ... string member names, outermost first
---@return string|nil text JSON text; nil where absent
function methods:get(key, ...)
  local text = self:text(key)
  return text and splice.get(text, ...)
end

--- The same, read.
---@param key string
---@param ... string member names, outermost first
---@return any value nil where absent
function methods:value(key, ...)
  return decode.value(self:get(key, ...))
end

--- Changes one value of a resource; its entity tag, if it has one, changes too.
---@param key string from find()
---@param value string JSON text
---@param ... string member names, outermost first
function methods:edit(key, value, ...)
  local text = splice.set(assert(self:text(key), key), value, ...)
  self.edits = self.edits + 1
  if self.tags[key] then self.tags[key] = ('"sim-%d"'):format(self.edits) end
  if splice.get(text, "@odata.etag") then
    text = splice.set(text, json.encode(self.tags[key]), "@odata.etag")
  end
  self.texts[key] = text
end

return M
