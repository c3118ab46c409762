-- SPDX-License-Identifier: GPL-3.0-or-later
--- The pages of a collection, one after the other, for as long as somebody wants them.
--
-- Owns paging with its guards: what is a member, what is the next page, and when to stop although
-- the BMC names one more. Reads no member. Believes no count: `Members@odata.count` is wrong in
-- many recordings.

local err = require "bmc.err"
local exchange = require "bmc.redfish.exchange"
local reading = require "bmc.reading"
local tbl = require "bmc.tbl"

-- A service that always has one more page must end somewhere.
local MAX_PAGES = 1000
-- Empty pages in a row that are followed: some services filter after they have cut, and the last
-- page of an iDRAC's log is empty (QUIRKS R01).
local EMPTY_PAGES = 3

local SOLE = { ComputerSystem = true, Chassis = true, Manager = true }

local M = {}

--- Where a member is. QUIRKS R26: members may be plain strings.
---@param member any
---@return string? uri
function M.uri(member)
  if type(member) == "string" then
    return member
  end
  local uri = tbl.dig(member, "@odata.id")
  return type(uri) == "string" and uri or nil
end

-- Whether there is more to it than a link and names.
local function has_content(member)
  for name in pairs(member) do
    if name ~= "Id" and name ~= "Name" and name:sub(1, 1) ~= "@" then
      return true
    end
  end
  return false
end

--- Whether a member is there as a whole, so that it needs no request of its own.
---@param member any
---@return boolean
function M.is_inline(member)
  return type(member) == "table" and (member.Id ~= nil or member.Name ~= nil)
    and (not M.uri(member) or has_content(member))
end

--- Where the next page is.
---@param page table
---@return string? path
function M.next(page)
  local link = page["Members@odata.nextLink"] or page["@odata.nextLink"]
  return exchange.path(type(link) == "table" and link["@odata.id"] or link)
end

-- Whether a resource stands where a collection of such belongs: some roots link the only chassis.
local function is_sole(page)
  local kind = reading.text(page["@odata.type"])
  return kind ~= nil and SOLE[kind:match("^#?(%w+)%.")] ~= nil
end

--- The members on a page. R23: a single object may stand where the array belongs. Services from
--- before Redfish 1.0 have them below Links.
---@param page table
---@return any[]
function M.members(page)
  local members = page.Members
  if members == nil then
    members = reading.object(page.Links).Members
  end
  if members == nil and is_sole(page) then
    return { page }
  end
  return reading.list(members)
end

-- The members of a page that no earlier one had.
local function fresh(seen, page)
  local members = {}
  for _, member in ipairs(M.members(page)) do
    local uri = M.uri(member)
    if uri and not seen[uri] or not uri and M.is_inline(member) then
      members[#members + 1] = member
      seen[uri or member] = true
    end
  end
  return members
end

local function endless(rf, path)
  return err.new("too_large", ("%s: more than %d pages"):format(path, MAX_PAGES),
    { host = rf.target.host, way = "redfish", effect = "none" })
end

-- Where to go on. A BMC that ignores $skip sends the same members for ever: a page that repeats
-- itself is the last.
local function after(state, page, members)
  if #members > 0 then
    state.empty = 0
  elseif #M.members(page) > 0 or state.empty == EMPTY_PAGES then
    return nil
  else
    state.empty = state.empty + 1
  end
  local at = M.next(page)
  return at and not state.visited[at] and at or nil
end

--- An iterator over the pages. Each call asks for one page and returns the members on it that no
--- earlier page had, with the page.
---@param rf bmc.redfish.Client
---@param path string
---@param read? fun(uri: string): table?, bmc.err.Value?  how to read a page, rf:get by default
---@return fun(): any[]?, table? members, page; nil at the end; nil and the bmc.redfish.Problem
function M.iterate(rf, path, read)
  local seen, state, count = {}, { visited = {}, empty = 0 }, 0
  local at = path
  return function()
    if not at then
      return nil
    elseif count == MAX_PAGES then
      return nil, { uri = at, err = endless(rf, path) }
    end
    local page, e
    if read then
      page, e = read(at)
    else
      page, e = rf:get(at)
    end
    if not page then
      return nil, { uri = at, err = e }
    end
    state.visited[at], count = true, count + 1
    local members = fresh(seen, page)
    at = after(state, page, members)
    return members, page
  end
end

return M
