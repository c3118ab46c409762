-- SPDX-License-Identifier: GPL-3.0-or-later
-- logs.entries: owns the entries of one log: all of them, or the newest that are wanted, with as
-- few requests as the order of the log allows.
--
-- Logs come in pages, oldest entry first or newest first, with whole entries or with links to
-- them. Nothing says which; the times of the entries do. A log that is seen to begin with the
-- newest is read until there are enough; of one that holds links only the newest are followed.
-- Entries without a time come first (R13): they may be the newest, and none gets lost. Only those
-- that say nothing at all, the empty slots of an iLO, come last.

local err = require "bmc.err"
local expand = require "bmc.redfish.expand"
local reading = require "bmc.reading"
local records = require "bmc.logs.record"
local task = require "bmc.task"
local timestamp = require "bmc.timestamp"
local walks = require "bmc.chassis.walk"

-- Entries that cannot be read are named one by one up to here.
local NAMED = 3

---@class bmc.logs.Wanted
---@field limit number      the newest so many
---@field since? number     not older than this epoch second
---@field rank? integer     not less severe: bmc.logs.record's rank

local M = {}

-- ---- pages ----

-- The pages of a log with the first of them. R19: some links lead to an object that has no
-- members; the entries are elsewhere.
local function open(rf, log)
  local pages = rf:pages(log.entries)
  local members, page = pages()
  local lacks = not members and page.err.code == "missing"
    or members and type(page.Members) ~= "table"
  if lacks and log.alt and reading.same(log.alt) ~= reading.same(log.entries) then
    local others = rf:pages(log.alt)
    local found, at = others()
    if found then
      log.entries = log.alt
      return others, found, at
    end
  end
  return pages, members, page
end

-- Calls take(member) for every member, page after page until is_enough() says so. The error is
-- that of the first page; what goes wrong later is told and leaves the log incomplete.
local function each_member(rf, log, note, take, is_enough)
  local pages, members, page = open(rf, log)
  if not members then
    return nil, page.err
  end
  while members do
    for _, member in ipairs(members) do
      take(member)
    end
    if is_enough and is_enough() then
      return true
    end
    members, page = pages()
  end
  if page then
    note(("log %s is incomplete: %s (%s)"):format(log.place, page.uri,
      page.err.status or page.err.code))
  end
  return page == nil
end

-- ---- members that are links ----

local function tell(log, note, problems)
  if #problems > NAMED then
    return note(("not read: %d entries of log %s"):format(#problems, log.place))
  end
  for _, problem in ipairs(problems) do
    note(("not read: %s (%s)"):format(problem.uri, problem.err.status or problem.err.code))
  end
end

-- The entry that a member is or links; nil, err.
local function entry_of(rf, member)
  if records.is_entry(member) then
    return member
  end
  local uri = reading.link(member)
  if not uri then
    return member
  end
  return rf:get(uri)
end

-- All entries of a log, where the service is believed to send them with the collection.
local function expanded(rf, log, members, note)
  if not expand.worth(#members) or not expand.path(rf, log.entries) then
    return nil
  end
  local entries, problems = rf:collection(log.entries)
  if entries then
    tell(log, note, problems)
    return entries, #problems
  end
end

-- What it means that none of several entries could be read: those that are not there any more
-- were deleted meanwhile, or are dead links; anything else is a failure.
local function failure_of(problems)
  for _, problem in ipairs(problems) do
    if not walks.gone(problem.err) then
      return problem.err
    end
  end
end

-- The entries of members, in their order; those that cannot be read are told. nil and the error
-- when none can be, or the task was stopped.
local function resolve(rf, log, members, note)
  local problems, entries = {}, {}
  local bodies = task.map(members, rf.target.profile.redfish.max_inflight, function(member)
    local entry, e = entry_of(rf, member)
    if not entry then
      problems[#problems + 1] = { uri = reading.link(member), err = e }
    end
    return entry
  end)
  for i = 1, #members do
    entries[#entries + 1] = bodies[i]
  end
  tell(log, note, problems)
  if #members > 0 and (task.cancelled() or task.left() <= 0) then
    return nil, problems[1] and problems[1].err or err.new("cancelled", nil, { effect = "none" })
  end
  local failure = #entries == 0 and failure_of(problems) or nil
  return not failure and entries or nil, failure or #problems
end

-- ---- all of them ----

--- The entries of a log as the BMC gives them.
---@param rf bmc.redfish.Client
---@param log bmc.logs.Log  opened
---@param note fun(text: string)
---@return table[]? entries
---@return bmc.err.Value|boolean err or whole: whether every one could be read
function M.all(rf, log, note)
  local members, links = {}, 0
  local whole, e = each_member(rf, log, note, function(member)
    members[#members + 1] = member
    links = links + (records.is_entry(member) and 0 or 1)
  end)
  if whole == nil then
    return nil, e
  end
  local entries, lost
  if links == #members then
    entries, lost = expanded(rf, log, members, note)
  end
  if not entries then
    entries, lost = resolve(rf, log, members, note)
  end
  if not entries then
    return nil, lost
  end
  return entries, whole and lost == 0
end

--- What a log holds, without reading what it only links: enough to count it, and to see whether
--- it is still the same.
---@param rf bmc.redfish.Client
---@param log bmc.logs.Log  opened
---@param note fun(text: string)
---@return any[]? members
---@return bmc.err.Value? err
function M.members(rf, log, note)
  local members = {}
  local whole, e = each_member(rf, log, note, function(member)
    members[#members + 1] = member
  end)
  return whole ~= nil and members or nil, e
end

-- ---- the newest ----

-- Which way the times of a log run, as far as they are known.
local function watch(order, at)
  order.rising = order.rising or order.last and at and at > order.last or false
  order.falling = order.falling or order.last and at and at < order.last or false
  order.first, order.last = order.first or at, at or order.last
end

local function keeps(row, want, order)
  local rank = records.rank(row.record.severity)
  if want.since and row.at and row.at < want.since then
    return false
  elseif want.rank and not rank then
    order.unranked = order.unranked + 1
  end
  return not want.rank or rank ~= nil and rank >= want.rank
end

-- Adds an entry to the rows when it is wanted.
local function add(rows, entry, log, want, order)
  local record = records.entry(entry, log)
  local row = {
    record = record, entry = entry, place = order.count, at = timestamp.parse(record.created),
  }
  row.group = row.at and 2 or (record.message or record.message_id) and 1 or 3
  order.count = order.count + 1
  watch(order, row.at)
  if keeps(row, want, order) then
    rows[#rows + 1] = row
  end
end

-- Whether what follows is older than what is wanted.
local function is_enough(rows, want, order)
  return order.falling and not order.rising
    and (#rows >= want.limit or want.since ~= nil and order.last < want.since)
end

-- The members that can be among the newest of a log of links, by a look at both its ends.
local function newest_links(rf, log, links, want, note)
  if want.since or want.rank or #links <= want.limit then
    return resolve(rf, log, links, note)
  end
  local ends = resolve(rf, log, { links[1], links[#links] }, function() end) or {}
  local first = ends[2] and timestamp.parse(reading.time(ends[1].Created))
  local last = ends[2] and timestamp.parse(reading.time(ends[2].Created))
  if not first or not last or first == last then
    return resolve(rf, log, links, note)
  end
  local from = first > last and 1 or #links - want.limit + 1
  return resolve(rf, log, table.move(links, from, from + want.limit - 1, 1, {}), note)
end

--- Which of two rows comes first by its time.
---@return boolean? first  nil when time does not tell
function M.is_before(a, b)
  if a.group ~= b.group then
    return a.group < b.group
  elseif a.at ~= b.at then
    return a.at > b.at
  end
end

-- Newest first. Where times are the same, or are not known, the order of the log decides.
local function sort(rows, order)
  local forwards = order.first ~= nil and order.first > order.last
  table.sort(rows, function(a, b)
    local first = M.is_before(a, b)
    if first == nil then
      first = forwards == (a.place < b.place) and a.place ~= b.place
    end
    return first
  end)
end

--- The newest entries of a log that are wanted.
---@param rf bmc.redfish.Client
---@param log bmc.logs.Log  opened
---@param want bmc.logs.Wanted
---@param note fun(text: string)
---@return { record: table, entry: table, at: number?, group: integer }[]? rows  newest first
---@return bmc.err.Value|integer err or count: of the entries looked at, wanted or not
function M.newest(rf, log, want, note)
  local rows, links, order = {}, {}, { count = 0, unranked = 0 }
  local whole, e = each_member(rf, log, note, function(member)
    if records.is_entry(member) or not reading.link(member) then
      add(rows, member, log, want, order)
    else
      links[#links + 1] = member
    end
  end, function()
    return not links[1] and is_enough(rows, want, order)
  end)
  if whole == nil then
    return nil, e
  end
  local entries = order.count == 0 and expanded(rf, log, links, note)
  if not entries then
    entries, e = newest_links(rf, log, links, want, note)
  end
  if not entries and (order.count == 0 or not e.status) then
    return nil, e
  end
  for _, entry in ipairs(entries or {}) do
    add(rows, entry, log, want, order)
  end
  if order.unranked > 0 then
    note(("%d entries of log %s tell no severity and are left out"):format(order.unranked,
      log.place))
  end
  sort(rows, order)
  return table.move(rows, 1, math.tointeger(math.min(#rows, want.limit)), 1, {}), order.count
end

return M
