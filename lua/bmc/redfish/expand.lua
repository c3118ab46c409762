-- SPDX-License-Identifier: GPL-3.0-or-later
--- `$expand`: whole members with their collection, from services that can be believed.
--
-- Owns the query, the test of a service's promise, and the memory of how it came out. The root
-- says what is offered; many offer what they cannot keep (QUIRKS R03..R07): they answer 400, 500
-- or 501, leave members out, leave members as links, or leave out fields. So the first collection
-- worth it is read both ways and compared, links and one member; from then on the target is
-- believed, or read plainly. What a believed service forgets later is noticed by its own count.

local errors = require "bmc.redfish.errors"
local pages = require "bmc.redfish.pages"
local reading = require "bmc.reading"
local task = require "bmc.task"
local tbl = require "bmc.tbl"

-- Fewer members than this are not worth a test.
local WORTH = 3

-- So many collections may refuse the query, each for itself (R04), before none is asked any more.
local REFUSALS = 2
local NOT_IMPLEMENTED = 501

local M = {}

-- What is known of a target: `trusted` or `off`, and single collections that refuse.
local function memory(rf)
  rf.expansion = rf.expansion or { refused = {} }
  return rf.expansion
end

local function tell(rf, text)
  if rf.target.trace then
    rf.target.trace { kind = "note", host = rf.target.host, way = "redfish", text = text }
  end
end

-- ---- the query ----

-- In the words of the service's own features: "." is what a collection contains, "*" all that it
-- refers to.
local function offered(rf)
  local offers = tbl.dig(rf.root_body or rf:root(), "ProtocolFeaturesSupported", "ExpandQuery")
  if type(offers) ~= "table" then
    return nil
  end
  local levels = offers.Levels == true and "($levels=1)" or ""
  if offers.NoLinks == true then
    return "$expand=." .. levels
  end
  return offers.ExpandAll == true and "$expand=*" .. levels or nil
end

local function query(rf)
  local redfish = rf.target.profile.redfish
  if redfish.expand == "never" then
    return nil
  end
  local form = offered(rf)
  return form and (redfish.expand_query or form)
end

--- The path with the query.
---@param rf bmc.redfish.Client
---@param path string  a collection, or a further page of one
---@return string? path  nil when this must not be asked, or is asked already
function M.path(rf, path)
  local known = memory(rf)
  if known.off or known.refused[path] or path:find("$expand=", 1, true) then
    return nil
  end
  local form = query(rf)
  return form and path .. (path:find("?", 1, true) and "&" or "?") .. form
end

--- Whether this target has kept its promise before.
---@param rf bmc.redfish.Client
---@return boolean
function M.trusted(rf)
  return memory(rf).trusted == true
end

--- Whether so many members are worth finding out.
---@param members integer
---@return boolean
function M.worth(members)
  return members >= WORTH
end

-- ---- the memory ----

--- Remembers that the service has not kept its promise.
---@param rf bmc.redfish.Client
---@param path string
---@param why string  for the reader of the trail
function M.distrust(rf, path, why)
  local known = memory(rf)
  if not known.off then
    known.off, known.trusted = true, nil
    tell(rf, ("%s: $expand %s; collections are read member by member"):format(path, why))
  end
end

-- Whether an error is about this one collection, and not about the query as such.
local function is_of_one(known, e)
  if e.code == "too_large" then
    return true
  end
  known.refusals = (known.refusals or 0) + 1
  return errors.has(e, "QueryNotSupportedOnResource") and e.status ~= NOT_IMPLEMENTED
    and (known.trusted or known.refusals < REFUSALS)
end

--- Remembers a refusal: of this one collection (R04), or of the whole service. A read that was
--- stopped says nothing about it.
---@param rf bmc.redfish.Client
---@param path string
---@param e bmc.err.Value
function M.refused(rf, path, e)
  local known = memory(rf)
  if e.code == "cancelled" or task.left() <= 0 then
    return
  elseif is_of_one(known, e) then
    known.refused[path] = true
    tell(rf, ("%s: $expand is refused here (%s)"):format(path, e.status or e.code))
  else
    M.distrust(rf, path, ("is refused (%s)"):format(e.status or e.code))
  end
end

-- ---- the test ----

--- Whether a member is there as a whole, rather than as a link or as what remained of it. The
--- four are what the standard requires of every resource.
---@param member any
---@return boolean
function M.whole(member)
  return type(member) == "table" and type(member["@odata.id"]) == "string"
    and member["@odata.type"] ~= nil and member.Id ~= nil and member.Name ~= nil
end

-- Whether a member is a link and no more.
local function is_bare(member)
  for name in pairs(type(member) == "table" and member or {}) do
    if name:sub(1, 1) ~= "@" then
      return false
    end
  end
  return true
end

-- The members of a page by their links, how many there are, how many of them are whole, and how
-- many have at least something.
local function by_link(page)
  local members, all, whole, some = {}, 0, 0, 0
  for _, member in ipairs(pages.members(page)) do
    local uri = pages.uri(member)
    if uri then
      members[reading.same(uri)] = member
      all, whole = all + 1, whole + (M.whole(member) and 1 or 0)
      some = some + (is_bare(member) and 0 or 1)
    end
  end
  return members, all, whole, some
end

--- The first of these links that is not among the members. Pages of whole members may be shorter,
--- so that only the last page tells.
---@param links string[]
---@param members any[]
---@return string? uri
function M.missing(links, members)
  local found = {}
  for _, member in ipairs(members) do
    found[reading.same(pages.uri(member))] = true
  end
  for _, uri in ipairs(links) do
    if not found[reading.same(uri)] then
      return uri
    end
  end
end

-- A field that the resource has when read by itself and lacks as a member (R06).
local function lost_field(member, body)
  for name in pairs(body) do
    if type(name) == "string" and name:sub(1, 1) ~= "@" and member[name] == nil then
      return name
    end
  end
end

-- Reads one member by itself and compares: whether a comparison was possible, and what is lost.
local function compare(rf, plain, members)
  for _, uri in ipairs(plain) do
    local member = members[reading.same(uri)]
    if M.whole(member) then
      local body = rf:get(uri)
      local lost = body and lost_field(member, body)
      return body ~= nil, lost and ("%s of %s"):format(lost, uri)
    end
  end
end

-- What is wrong with an expanded page, in words; nil when nothing is, and whether that is sure.
local function fault_of(rf, plain, page)
  local members, all, whole, some = by_link(page)
  if some == 0 then
    return "is ignored"
  elseif some < all / 2 then
    return ("leaves %d of %d members as links"):format(all - some, all)
  elseif whole < all / 2 then
    return ("leaves out what a resource must have in %d of %d members"):format(all - whole, all)
  end
  local missing = not pages.next(page) and M.missing(plain, pages.members(page))
  if missing then
    return "leaves out " .. missing
  end
  local sure, lost = compare(rf, plain, members)
  return lost and "leaves out " .. lost or nil, sure
end

--- Compares a page read with the query with the same page read plainly, and remembers the result.
---@param rf bmc.redfish.Client
---@param path string
---@param plain string[]  the links of the plain page
---@param page table      the expanded one
---@return boolean honest
function M.test(rf, path, plain, page)
  local fault, sure = fault_of(rf, plain, page)
  if fault then
    M.distrust(rf, path, fault)
    return false
  end
  local known = memory(rf)
  known.trusted = known.trusted or sure or nil
  return true
end

return M
