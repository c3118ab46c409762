-- SPDX-License-Identifier: GPL-3.0-or-later
--- Collections: all pages, all members, whatever is wrong with some of them.
--
-- Owns paging with its guards and the reading of members, at most as many at
-- once as the profile allows. Believes no count: `Members@odata.count` is wrong
-- in many recordings. A member that cannot be read is a problem in the second
-- result, never the end of the rest (QUIRKS rule 6, R25, R26, R33).
--
-- Members come with their pages where the service can be believed to expand
-- them (redfish.expand); those that came as links or in part are read.

local err = require "bmc.err"
local expand = require "bmc.redfish.expand"
local pages = require "bmc.redfish.pages"
local reading = require "bmc.reading"
local task = require "bmc.task"

local M = {}

-- ---- pages ----

-- One reading of a collection: what it has found so far.
local function new_run(rf, path, limit, reads)
  return {
    rf = rf, path = path, limit = limit or math.huge, reads = reads, members = {}, problems = {},
  }
end

-- Whether a member needs no request of its own. An expanded one has to show all that the
-- standard requires, since services drop fields when they expand (R06).
local function is_whole(run, member)
  return pages.is_inline(member)
    and (not run.expanded or expand.whole(member) or not pages.uri(member))
end

-- The members of a page that came as links.
local function links_of(page)
  local uris = {}
  for _, member in ipairs(pages.members(page)) do
    uris[#uris + 1] = not pages.is_inline(member) and pages.uri(member) or nil
  end
  return uris
end

-- A page after the first. The link to it may have lost the query: then it is added, as long as
-- that helps.
local function further_page(run, at)
  local query = run.expanded and run.adds_query ~= false and expand.path(run.rf, at)
  local page, e
  if query and run.adds_query then
    page = run.rf:get(query)
    run.adds_query = page ~= nil
    if page then
      return page
    end
  end
  page, e = run.rf:get(at)
  local links = page and query and links_of(page)
  if not links or not expand.worth(#links) then
    return page, e
  end
  local expanded = run.rf:get(query)
  run.adds_query = expanded ~= nil and #links_of(expanded) < #links
  return run.adds_query and expanded or page
end

-- Takes the members of the first page, which was read from `at`, and of all that follow it.
local function follow(run, page, at)
  local next_page = pages.iterate(run.rf, at, function(uri)
    if page then
      local first = page
      page = nil
      return first
    end
    return further_page(run, uri)
  end)
  while #run.members < run.limit do
    local members, problem = next_page()
    if not members then
      run.problems[1] = problem
      return
    end
    for i = 1, math.min(#members, run.limit - #run.members) do
      run.members[#run.members + 1] = members[i]
    end
  end
end

-- ---- with $expand ----

-- The links that a plain reading finds and this one has not: a believed service that leaves
-- members out is noticed by its own count. Wrong counts cost one request, and no member.
local function recover(run, first)
  local count = first["Members@odata.count"]
  if type(count) ~= "number" or #run.members >= count then
    return
  end
  local plain = new_run(run.rf, run.path)
  local page = run.rf:get(run.path)
  if not page then
    return
  end
  follow(plain, page, run.path)
  local found = {}
  for _, member in ipairs(run.members) do
    found[reading.same(pages.uri(member))] = member
  end
  for i, member in ipairs(plain.members) do
    local uri = pages.uri(member)
    if uri and not found[reading.same(uri)] then
      expand.distrust(run.rf, run.path, "leaves out " .. uri)
    end
    plain.members[i] = uri and found[reading.same(uri)] or member
  end
  if #plain.members >= #run.members then
    run.members, run.problems = plain.members, plain.problems
  end
end

-- Takes an expanded page and all that follow it. The error of a page that fails: then all is to
-- be read again without the query.
local function follow_expanded(run, page, query)
  run.expanded = true
  follow(run, page, query)
  local problem = run.problems[1]
  if problem then
    run.members, run.problems, run.expanded = {}, {}, nil
    return problem.err
  elseif run.limit == math.huge then
    recover(run, page)
  end
end

-- The collection by its whole members, for a target that is trusted. Some show a collection as
-- empty then, with a count of 0, which only a plain reading can tell from an empty one.
local function gather_expanded(run, query)
  local page, e = run.rf:get(query)
  if not page or type(page.Members) ~= "table" or next(page.Members) == nil then
    return false, e, page ~= nil
  end
  e = follow_expanded(run, page, query)
  return not e, e
end

-- A first page of links from a service that offers more: what comes of asking for it.
local function try_expanded(run, page, query)
  local links = links_of(page)
  if not expand.worth(math.min(#links, run.limit)) then
    return false
  end
  local expanded, e = run.rf:get(query)
  if expanded and not expand.test(run.rf, run.path, links, expanded) then
    return false
  end
  e = expanded and follow_expanded(run, expanded, query) or not expanded and e
  if e then
    expand.refused(run.rf, run.path, e)
    return false
  end
  local missing = #run.members < run.limit and expand.missing(links, run.members)
  if missing then
    expand.distrust(run.rf, run.path, "leaves out " .. missing)
    run.members, run.expanded = {}, nil
  end
  return not missing
end

-- Follows the pages: the run; or nil and the error when the first page fails.
local function gather(rf, path, limit, expanding, reads)
  local run = new_run(rf, path, limit, reads)
  local query = expanding and expand.path(rf, path)
  local refusal, empty
  if query and expand.trusted(rf) and expand.worth(run.limit) then
    local done
    done, refusal, empty = gather_expanded(run, query)
    if done then
      return run
    end
    query = nil
  end
  local page, e = rf:get(path)
  if not page then
    return nil, e
  elseif refusal then
    expand.refused(rf, path, refusal)
  end
  if not query or not try_expanded(run, page, query) then
    follow(run, page, path)
  end
  if empty and run.members[1] then
    expand.distrust(rf, path, "leaves out all members")
  end
  return run
end

-- ---- reading ----

-- A member that came in part stays what it is when it cannot be read.
local function read_member(run, member)
  if is_whole(run, member) then
    return member
  end
  local body, e = run.rf:get(pages.uri(member), run.reads)
  if body then
    return reading.placed(body, pages.uri(member))
  elseif pages.is_inline(member) then
    return member
  end
  return nil, e
end

local function to_read(run)
  local n = 0
  for _, member in ipairs(run.members) do
    n = is_whole(run, member) and n or n + 1
  end
  return n
end

-- The members in their order, as { body } or { nil, err }; nil when they need no tasks.
local function read_together(run)
  if to_read(run) < 2 then
    return nil
  end
  return task.map(run.members, run.rf.target.profile.redfish.max_inflight, function(member)
    return { read_member(run, member) }
  end)
end

-- A task that was stopped half-way has no result, rather than a short one.
local function was_stopped(problems)
  return problems[1] and (task.cancelled() or task.left() <= 0)
end

--- See client:collection.
---@param rf bmc.redfish.Client
---@param path string
---@param limit? integer
---@param expanding? boolean  by $expand, if the service may be asked for it
---@param reads? bmc.redfish.Options  of the requests for single members
---@return table[]? bodies
---@return bmc.redfish.Problem[]|bmc.err.Value problems
function M.read(rf, path, limit, expanding, reads)
  local run, failure = gather(rf, path, limit, expanding, reads)
  if not run then
    return nil, failure
  end
  local bodies, problems, results = {}, run.problems, read_together(run)
  for i, member in ipairs(run.members) do
    local body, e
    if results then
      body, e = table.unpack(results[i] or { nil, err.new("cancelled") }, 1, 2)
    else
      body, e = read_member(run, member)
    end
    bodies[#bodies + 1] = body
    if not body then
      problems[#problems + 1] = { uri = pages.uri(member), err = e }
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
---@param limit? integer
---@return string[]? uris
---@return bmc.redfish.Problem[]|bmc.err.Value problems
function M.links(rf, path, limit)
  local run, failure = gather(rf, path, limit)
  if not run then
    return nil, failure
  end
  local uris = {}
  for _, member in ipairs(run.members) do
    uris[#uris + 1] = pages.uri(member)
  end
  return uris, run.problems
end

return M
