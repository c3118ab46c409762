-- SPDX-License-Identifier: GPL-3.0-or-later
--- Collections: all pages, all members, whatever is wrong with some of them.
--
-- Owns paging with its guards and the reading of members, at most as many at
-- once as the profile allows. Believes no count: `Members@odata.count` is wrong
-- in many recordings. A member that cannot be read is a problem in the second
-- result, never the end of the rest (QUIRKS rule 6, R25, R26, R33).

local err = require "bmc.err"
local exchange = require "bmc.redfish.exchange"
local task = require "bmc.task"
local tbl = require "bmc.tbl"

-- A service that always has one more page must end somewhere.
local MAX_PAGES = 1000
local NONE = {}

local M = {}

-- QUIRKS R26: members may be plain strings.
local function uri_of(member)
  if type(member) == "string" then
    return member
  end
  local uri = tbl.dig(member, "@odata.id")
  return type(uri) == "string" and uri or nil
end

-- A member that is there as a whole needs no request of its own.
local function is_inline(member)
  return type(member) == "table"
    and (member.Id ~= nil or member.Name ~= nil or member["@odata.type"] ~= nil)
end

local function next_link(page)
  local link = page["Members@odata.nextLink"] or page["@odata.nextLink"]
  return exchange.path(type(link) == "table" and link["@odata.id"] or link)
end

-- Takes the members of a page that are new. A BMC that ignores $skip sends the first page for
-- ever: false when a page brought nothing.
local function take(members, seen, page, limit)
  local before = #members
  for _, member in ipairs(type(page.Members) == "table" and page.Members or NONE) do
    local uri = uri_of(member)
    if #members >= limit then
      return false
    elseif uri and not seen[uri] or not uri and is_inline(member) then
      members[#members + 1] = member
      seen[uri or member] = true
    end
  end
  return #members > before
end

local function endless(rf, path)
  return err.new("too_large", ("%s: more than %d pages"):format(path, MAX_PAGES),
    { host = rf.target.host, way = "redfish", effect = "none" })
end

-- Follows the pages: members, problems; or nil and the error when the first one fails.
local function gather(rf, path, limit)
  local members, seen, visited = {}, {}, {}
  local at = path
  for _ = 1, MAX_PAGES do
    local page, e = rf:get(at)
    if not page and at == path then
      return nil, e
    elseif not page then
      return members, { { uri = at, err = e } }
    end
    visited[at] = true
    at = take(members, seen, page, limit or math.huge) and next_link(page)
    if not at or visited[at] then
      return members, {}
    end
  end
  return members, { { uri = at, err = endless(rf, path) } }
end

-- ---- members ----

local function read_member(rf, member)
  if is_inline(member) then
    return member
  end
  return rf:get(uri_of(member))
end

local function to_read(members)
  local n = 0
  for _, member in ipairs(members) do
    n = is_inline(member) and n or n + 1
  end
  return n
end

-- The members in their order, as { body } or { nil, err }; nil when they need no tasks.
local function read_together(rf, members)
  if to_read(members) < 2 then
    return nil
  end
  return task.map(members, rf.target.profile.redfish.max_inflight, function(member)
    return { read_member(rf, member) }
  end)
end

-- A task that was stopped half-way has no result, rather than a short one.
local function was_stopped(problems)
  return problems[1] and (task.cancelled() or task.left() <= 0)
end

--- See client:collection.
---@param rf bmc.redfish.Client
---@param path string
---@param opts? { limit: integer? }
---@return table[]? bodies
---@return bmc.redfish.Problem[]|bmc.err.Value problems
function M.read(rf, path, opts)
  local members, problems = gather(rf, path, opts and opts.limit)
  if not members then
    return nil, problems
  end
  local bodies, results = {}, read_together(rf, members)
  for i, member in ipairs(members) do
    local body, e
    if results then
      body, e = table.unpack(results[i] or { nil, err.new("cancelled") }, 1, 2)
    else
      body, e = read_member(rf, member)
    end
    bodies[#bodies + 1] = body
    if not body then
      problems[#problems + 1] = { uri = uri_of(member), err = e }
    end
  end
  if was_stopped(problems) then
    return nil, problems[1].err
  end
  return bodies, problems
end

--- See client:links.
---@param rf bmc.redfish.Client
---@param path string
---@param opts? { limit: integer? }
---@return string[]? uris
---@return bmc.redfish.Problem[]|bmc.err.Value problems
function M.links(rf, path, opts)
  local members, problems = gather(rf, path, opts and opts.limit)
  if not members then
    return nil, problems
  end
  local uris = {}
  for _, member in ipairs(members) do
    uris[#uris + 1] = uri_of(member)
  end
  return uris, problems
end

return M
