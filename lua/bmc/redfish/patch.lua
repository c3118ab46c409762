-- SPDX-License-Identifier: GPL-3.0-or-later
--- If-Match: the entity tag a BMC wants to see before it lets something be changed.
--
-- Owns the tags that were read, what is wrong with them (E08, E09, T17), and the ladder of
-- QUIRKS rule 2: the strongest tag we hold, then without its weak prefix, without its quotes, `*`,
-- none, and at last the tag inside the body (E02). A 412 or a 428 has certainly changed nothing,
-- so the next rung may be tried; after any other answer, and after one that was lost, it may not.
-- After the first refusal the resource is read for a fresh tag, once: the one we held may be old,
-- and some refuse a tag the first time only (E07).
--
-- Where the ladder begins is a field of the profile; what worked is remembered for the target.

local errors = require "bmc.redfish.errors"
local reading = require "bmc.reading"
local request = require "bmc.redfish.request"
local tbl = require "bmc.tbl"
local trim = require("bmc.text").trim

-- The rungs in their order; there are servers that match without quotes only (E10).
local LADDER = { "held", "strong", "unquoted", "star", "none", "body" }
-- Those that a header says; what worked in a body is believed of that one resource only (E02).
local OF_ALL = { held = true, strong = true, unquoted = true, star = true, none = true }
local NEEDS_TAG = { held = true, strong = true, unquoted = true, body = true }

local REFUSALS = { [412] = true, [428] = true }
-- The same said with another status (E03).
local MESSAGES = { "PreconditionFailed", "PreconditionHeaderMissing", "PreconditionRequired" }

local NOTHING = {}

local M = {}

-- ---- tags ----

--- A tag without what servers do to it: a second pair of quotes (E08), the suffix of a
--- compressed answer (T17).
---@param tag any
---@return string? tag nil for one that says nothing (E09)
function M.clean(tag)
  if type(tag) ~= "string" then
    return nil
  end
  tag = trim(tag):gsub('\\"', '"')
  local rest = tag:gsub("^[Ww]/", ""):gsub('^"("[^"]*")"$', "%1")
    :gsub('^(.*[^-;])[-;]+gzip("?)$', "%1%2")
  if not rest:find('[^"]') then
    return nil
  end
  return (tag:find("^[Ww]/") and "W/" or "") .. rest
end

local function is_weak(tag)
  return tag:sub(1, 2) == "W/"
end

local function strong(tag)
  return (tag:gsub("^W/", ""))
end

local function unquoted(tag)
  return (strong(tag):gsub('"', ""))
end

-- The headers that bodies came with: they may say another tag. The bodies are the keys, so that
-- nothing is kept longer than they are.
local function memory(rf)
  rf.headers = rf.headers or setmetatable({}, { __mode = "k" })
  return rf.headers
end

--- Keeps the tag that came with a resource: its headers, that is, which few ever look into.
---@param rf bmc.redfish.Client
---@param body table
---@param response table
function M.learn(rf, body, response)
  memory(rf)[body] = response.headers
end

-- The tags held for a resource, the strongest first: of two that differ, one that is not weak,
-- else the header's.
local function tags_of(rf, body)
  local headers = body and memory(rf)[body] or NOTHING
  local header, inside = M.clean(headers.etag), M.clean(body and body["@odata.etag"])
  if not header or header == inside then
    return { inside }
  elseif inside and is_weak(header) and not is_weak(inside) then
    return { inside, header }
  end
  return { header, inside }
end

-- ---- the ladder ----

local climb = {}
local climb_mt = { __index = climb, __name = "bmc.redfish.patch" }

-- The rung to begin with: what worked here before, else what the profile says.
local function first_rung(rf, path)
  local worked = rf.etag_rungs
  return worked and (worked[path] or worked.all) or rf.target.profile.redfish.etag
end

local function new(rf, path, body, held)
  return setmetatable({
    rf = rf, path = path, body = body, tags = tags_of(rf, held), tried = {},
    first = first_rung(rf, path),
  }, climb_mt)
end

-- What a rung says about a tag: the header's value, false for no header.
local SAYS = {
  held = function(tag) return tag end,
  strong = strong,
  unquoted = unquoted,
  star = function() return "*" end,
  none = function() return false end,
  body = function() return false end,
}

-- Adds what one rung can try and was not tried yet.
local function add(self, list, rung)
  local tags = NEEDS_TAG[rung] and self.tags or { "" }
  for _, tag in ipairs(tags) do
    local value = SAYS[rung](tag)
    local name = rung == "body" and "body" or value or "none"
    if not self.tried[name] and not list[name] then
      list[#list + 1] = { rung = rung, value = value or nil, tag = tag, name = name }
      list[name] = true
    end
  end
end

-- All that can still be tried, the best first. Without a tag we say nothing first: a BMC that
-- wants one says so, and then it is read.
local function choices(self)
  local list = {}
  add(self, list, self.first)
  if not self.tags[1] then
    add(self, list, "none")
  end
  for _, rung in ipairs(LADDER) do
    add(self, list, rung)
  end
  return list
end

-- The tag inside the body, as the BMC wrote it.
local function with_tag(body, tag)
  local copy = { ["@odata.etag"] = tag }
  for name, value in pairs(body) do
    copy[name] = value
  end
  return copy
end

function climb:tell(text)
  local target = self.rf.target
  if target.trace then
    target.trace { kind = "note", host = target.host, way = "redfish",
      text = ("PATCH %s: %s"):format(self.path, text) }
  end
end

-- Reads the resource for its tag (rule 2: 428; E01, E07, E12). What was refused with a tag may be
-- tried again with the same one, once. Returns an error only when the wait was stopped.
function climb:refresh()
  self.fresh = true
  local body, e = self.rf:get(self.path)
  if body then
    self.tags = tags_of(self.rf, body)
    self.tried = { ["*"] = self.tried["*"], none = self.tried.none }
  elseif not e.status then
    return e
  end
end

local function shown(choice)
  if choice.rung == "body" then
    return "@odata.etag in the body"
  end
  return choice.value and "If-Match " .. choice.value or "no If-Match"
end

-- What had to be found out is not found out again.
function climb:remember(choice)
  if self.refused then
    local rf = self.rf
    rf.etag_rungs = rf.etag_rungs or {}
    rf.etag_rungs[OF_ALL[choice.rung] and "all" or self.path] = choice.rung
    self:tell(("taken with %s; begun with from now on"):format(shown(choice)))
  end
end

--- Whether a BMC has refused a write for its tag, so that it has done nothing.
---@param e bmc.err.Value
---@return boolean
function M.is_refusal(e)
  if e.effect ~= "none" then
    return false
  end
  for _, key in ipairs(MESSAGES) do
    if errors.has(e, key) then
      return true
    end
  end
  return REFUSALS[e.status] or false
end

-- Whether to read before anything is sent: the profile says so, or a tag is what this BMC wants
-- and there is none.
local function wants_reading(self)
  local when = self.rf.target.profile.redfish.etag_fresh
  if when == "always" or self.tags[1] then
    return when == "always"
  end
  return when == "missing" or self.rf.etag_rungs ~= nil and NEEDS_TAG[self.first]
end

function climb:run(send, opts)
  while true do
    local choice = choices(self)[1]
    if not choice then
      return nil, self.refused
    end
    self.tried[choice.name], opts.if_match = true, choice.value
    local body = choice.rung == "body" and with_tag(self.body, choice.tag) or self.body
    local answer, response = send(self.rf, "PATCH", self.path, body, opts)
    if answer then
      self:remember(choice)
      return answer, response
    elseif not M.is_refusal(response) then
      return nil, response
    end
    self.refused = self.refused or response
    self:tell(("%d with %s"):format(response.status, shown(choice)))
    local stopped = not self.fresh and self:refresh()
    if stopped then
      return nil, stopped
    end
  end
end

--- Changes properties of a resource, with whatever If-Match the BMC wants.
---@param rf bmc.redfish.Client
---@param send fun(rf: table, method: string, path: string, body: table, opts: table): table?, table
---@param path string
---@param body table
---@param opts? bmc.redfish.Options  `held`: the resource as it was read, whose tag we hold
---@return table? body
---@return table|bmc.err.Value response or error with effect
function M.run(rf, send, path, body, opts)
  local own = tbl.with(opts, {})
  local self = new(rf, request.path(path) or path, body, own.held)
  own.held = nil
  local stopped = wants_reading(self) and self:refresh()
  if stopped then
    return nil, stopped
  end
  return self:run(send, own)
end

-- Whether the profile means this action.
local function concerns(patterns, path)
  return not patterns[1] or tbl.matches(reading.path(path):match("/Actions/(.+)$"), patterns)
end

--- The If-Match of an action's POST: none, unless the profile says otherwise (E04, E06, E11).
---@param rf bmc.redfish.Client
---@param path string
---@return string? value
---@return bmc.err.Value? err the resource cannot be read now
function M.of_action(rf, path)
  local redfish = rf.target.profile.redfish
  local how = redfish.action_etag
  if how == "none" or not concerns(redfish.action_etag_for, path) then
    return nil
  elseif how == "star" then
    return "*"
  end
  local owner, e = rf:get((path:gsub("/Actions/.*$", "")))
  if not owner then
    return nil, not e.status and e or nil
  end
  return tags_of(rf, owner)[1] or "*"
end

return M
