-- SPDX-License-Identifier: GPL-3.0-or-later
-- Logs for support.scripted: resources of a log, from a few words about its entries.

local scripted = require "support.scripted"

local M = { SYSTEM = scripted.SYSTEM, MANAGER = "/redfish/v1/Managers/1" }

local function link(path)
  return { ["@odata.id"] = path }
end

--- An entry: its number and its time, and more fields if need be.
function M.entry(path, id, created, fields)
  local body = {
    ["@odata.id"] = ("%s/Entries/%s"):format(path, id), Id = tostring(id), EntryType = "Event",
    Created = created, Message = "entry " .. id,
  }
  for k, v in pairs(fields or {}) do
    body[k] = v
  end
  return body
end

--- Entries with a time an hour apart, from..to; downwards where from is the larger.
function M.hourly(path, from, to, fields)
  local out = {}
  for id = from, to, from > to and -1 or 1 do
    local day, hour = id // 24 + 1, id % 24
    out[#out + 1] = M.entry(path, id, ("2024-05-%02dT%02d:00:00Z"):format(day, hour), fields)
  end
  return out
end

--- Adds a log to the resources of a service.
---@param resources table
---@param owner string  path of the system or manager
---@param name string
---@param pages table[]  the members of each page
---@param fields? table  more for the LogService
---@return string path of the log
function M.add(resources, owner, name, pages, fields)
  local path = ("%s/LogServices/%s"):format(owner, name)
  local list = resources[owner .. "/LogServices"] or { Members = {} }
  list.Members[#list.Members + 1] = link(path)
  resources[owner .. "/LogServices"] = list
  resources[path] = { ["@odata.id"] = path, Id = name, Entries = link(path .. "/Entries") }
  for k, v in pairs(fields or {}) do
    resources[path][k] = v or nil
  end
  for i, members in ipairs(pages) do
    local at = i == 1 and path .. "/Entries" or ("%s/Entries/page/%d"):format(path, i)
    resources[at] = {
      ["@odata.id"] = at, Members = members,
      ["Members@odata.nextLink"] = pages[i + 1] and ("%s/Entries/page/%d"):format(path, i + 1),
    }
  end
  local services = link(owner .. "/LogServices")
  if owner == M.SYSTEM then
    resources[owner] = resources[owner] or scripted.system { LogServices = services }
  elseif owner == M.MANAGER then
    resources[owner] = resources[owner] or { ["@odata.id"] = owner, Id = "1", ManagerType = "BMC",
      LogServices = services }
  end
  return path
end

return M
