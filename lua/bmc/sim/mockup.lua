-- SPDX-License-Identifier: GPL-3.0-or-later
-- A recorded Redfish tree in the DMTF mockup layout as a source for store.lua:
-- DIR/redfish/v1/…/index.json, or DIR/index.json for /redfish/v1 itself.
-- Reads files when they are asked for; serves their bytes as they are.

local cjson = require "cjson"
local host = require "_bmcsh.host"
local err = require "bmc.err"
local decode = require "bmc.sim.decode"
local splice = require "bmc.sim.splice"
local store = require "bmc.sim.store"

local M = {}

local methods = {}
local mockup_mt = { __index = methods, __name = "bmcsh.sim.mockup" }

mockup_mt.__tostring = function(self)
  return ("sim.mockup %s: %d resources"):format(self.dir, self.count)
end

-- Recorded headers that belong to the recorded transfer, not to the resource.
local TRANSFER = {
  ["connection"] = true, ["content-encoding"] = true, ["content-length"] = true, ["date"] = true,
  ["keep-alive"] = true, ["set-cookie"] = true, ["transfer-encoding"] = true,
  ["x-auth-token"] = true,
}

local function slurp(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

-- Directory names may hold any character, so they are normalised as request
-- paths are. Two that differ in case alone stay apart under their exact names.
local function walk(self, dir, uri)
  for _, name in ipairs(host.listdir(dir) or {}) do
    if name == "index.json" then
      local key = store.key(uri)
      self.dirs[key] = dir
      self.folded[key:lower()] = self.folded[key:lower()] or key
      self.count = self.count + 1
    elseif name ~= "headers.json" then
      walk(self, dir .. "/" .. name, uri .. "/" .. name)
    end
  end
end

-- Where the recorded root says that sessions are opened.
local function sessions_of(self)
  local root = self:find("/redfish/v1")
  local link = decode.value(root and splice.get(self:read(root), "Links", "Sessions", "@odata.id"))
  return type(link) == "string" and link or nil
end

--- Opens a recorded tree.
---@param dir string a directory that holds redfish/v1, or is the root resource itself
---@return table|nil source
---@return table|nil err missing: there is no tree
function M.open(dir)
  local self = setmetatable({
    dir = dir, name = dir:match("([^/]*)/*$"), dirs = {}, folded = {}, texts = {}, count = 0,
  }, mockup_mt)
  local full = host.stat(dir .. "/redfish")
  walk(self, full and dir .. "/redfish" or dir, full and "/redfish" or "/redfish/v1")
  if self.count == 0 then
    return err.fail("missing", dir .. ": no index.json of a Redfish tree in it")
  end
  self.sessions = sessions_of(self)
  return self
end

--- Finds a resource; services that ignore case are served too.
---@param key string store.key()
---@return string|nil key
function methods:find(key)
  return self.dirs[key] and key or self.folded[key:lower()]
end

local function headers_of(dir)
  local text = slurp(dir .. "/headers.json")
  local ok, all = pcall(cjson.decode, text or "")
  if not ok or type(all.GET) ~= "table" then return nil end
  local headers = {}
  for name, value in pairs(all.GET) do
    if not TRANSFER[name:lower()] then headers[name:lower()] = tostring(value) end
  end
  return headers
end

-- A recorded error keeps its meaning: 403 for a missing licence, else 404.
local function status_of(text)
  if splice.get(text, "@odata.id") or not splice.get(text, "error") then return 200 end
  return text:find("LIC501", 1, true) and 403 or 404
end

--- Reads a resource; BMCs that share a tree share its text.
---@param key string from find()
---@return string|nil text
---@return table|nil headers recorded ones, lower-case names
---@return integer|nil status with which it was recorded
function methods:read(key)
  local dir = self.dirs[key]
  local text = self.texts[key] or (dir and slurp(dir .. "/index.json"))
  if not text then return nil end
  self.texts[key] = text
  return text, headers_of(dir), status_of(text)
end

return M
