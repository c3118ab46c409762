-- SPDX-License-Identifier: GPL-3.0-or-later
-- logs.owners: owns where the logs of a BMC hang: on systems, on managers, on chassis. Two of them
-- may link the same ones (XCC). Which of the logs is meant is logs.places'.
--
-- A BMC should not have to answer for places that nobody asked about, so they are looked at in
-- stages: the system, its manager, all the rest; and where nothing links any, the standard's place.
--
-- The state is that of a bmc.logs.Places: rf, walk, call, system, manager, and here stage, logs,
-- seen, failure (the first answer that was an error), unanswered (the BMC is gone) and guessing
-- (the last stage).

local reading = require "bmc.reading"
local walks = require "bmc.chassis.walk"

local object, same = reading.object, reading.same

---@class bmc.logs.Log
---@field name string      last part of its URI, by which it is known: "Sel", "IML", "Log1"
---@field uri string       of the LogService
---@field place string     with what it hangs on: "Systems/1/Log1"
---@field service? table   body, once it has been opened
---@field entries? string  uri of the collection of entries, once it has been opened
---@field alt? string      where the entries are when there are none (R19)

local M = {}

--- Tells about a place that cannot be read. An answer that is an error concerns that place; no
--- answer concerns all of them.
---@param self bmc.logs.Places
---@param uri string
---@param e bmc.err.Value
---@return boolean answered  whether to go on with the others
function M.go_on(self, uri, e)
  local gone = walks.gone(e)
  if not gone then
    self.failure = self.failure or e
  end
  self.call.note(("not %s: %s (%s)"):format(gone and "there" or "read", uri, e.status or e.code))
  return gone or e.status ~= nil
end

local function new_log(uri)
  local short = reading.path(uri)
  return {
    name = reading.tail(short) or short, uri = uri,
    place = (short:gsub("^/redfish/v1/", ""):gsub("/LogServices/", "/")),
  }
end

-- The place of the logs of an owner: where it says, or where the standard has it.
local function place_of(self, owner)
  return reading.link(owner.LogServices) or self.guessing and reading.below(owner, "LogServices")
end

-- Where the logs of an owner are; {} where that is known already.
local function links_of(self, owner)
  local link = place_of(self, owner)
  if not link or self.seen[same(link)] then
    return {}
  end
  self.seen[same(link)] = true
  local uris, problems = self.rf:links(link)
  if not uris and self.guessing and problems.status then
    return {}
  elseif not uris then
    return {}, not M.go_on(self, link, problems) and problems or nil
  end
  for _, problem in ipairs(problems) do
    M.go_on(self, problem.uri, problem.err)
  end
  return uris
end

-- Adds the logs that are new, and returns them.
local function add_logs(self, uris)
  local new = {}
  for _, uri in ipairs(uris) do
    if not self.seen[same(uri)] then
      self.seen[same(uri)] = true
      new[#new + 1] = new_log(uri)
    end
  end
  table.move(new, 1, #new, #self.logs + 1, self.logs)
  return new
end

-- Systems and managers that no collection lists, though somebody links them (XD665).
local function add_linked(self, owners)
  local known, count = {}, #owners
  for _, owner in ipairs(owners) do
    known[same(reading.link(owner))] = true
  end
  for i = 1, count do
    local links = object(reading.field(owners[i], "Links"))
    for _, name in ipairs { "ComputerSystems", "ManagedBy" } do
      for _, uri in ipairs(reading.links(links[name])) do
        local body, e = nil, nil
        if not known[same(uri)] then
          known[same(uri)] = true
          body, e = self.walk:fetch(uri)
        end
        owners[#owners + 1] = body
        if e and not M.go_on(self, uri, e) then
          return nil, e
        end
      end
    end
  end
  return owners
end

-- Everything that may have logs.
local function all_owners(self)
  local owners = {}
  for _, kind in ipairs { "systems", "managers", "chassis" } do
    local list, problems = self.rf[kind](self.rf)
    if not list and not M.go_on(self, "the " .. kind, problems) then
      return nil, problems
    end
    list = list or {}
    table.move(list, 1, #list, #owners + 1, owners)
  end
  return add_linked(self, owners)
end

-- Where nothing links a log, the system and its manager may still have some.
local function unlinked(self)
  if #self.logs > 0 then
    return nil
  end
  self.guessing = true
  local owners = { self.system }
  owners[#owners + 1] = self.manager
  return owners
end

local STAGES = {
  function(self) return { self.system } end,
  function(self) return { self.manager } end,
  all_owners,
  unlinked,
}

--- The logs of the next stage.
---@param self bmc.logs.Places
---@return bmc.logs.Log[]? logs  those that are new; nil when no stage is left, and when the BMC
--- does not answer any more, as `unanswered` then says
function M.next(self)
  self.stage = self.stage + 1
  local stage = STAGES[self.stage]
  local owners, lists
  if stage then
    owners, self.unanswered = stage(self)
  end
  if owners then
    lists, self.unanswered = self.walk:each(owners, function(owner)
      return links_of(self, owner)
    end)
  end
  if not lists or self.unanswered then
    return nil
  end
  local new = {}
  for _, uris in ipairs(lists) do
    table.move(uris, 1, #uris, #new + 1, new)
  end
  return add_logs(self, new)
end

return M
