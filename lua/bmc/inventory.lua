-- SPDX-License-Identifier: GPL-3.0-or-later
-- inventory: owns the way from a target to the records of its parts. What is asked is
-- inventory.scope; which places hold drives and volumes is inventory.storage, adapters
-- inventory.network; what a part's resource means is bmc.parts.
--
-- All members count: a service with several systems gives the parts of all of them, each with
-- the Id of its system. A part that cannot be read is noted, and the others are given.

local reading = require "bmc.reading"
local scopes = require "bmc.inventory.scope"
local unlisted = require "bmc.inventory.unlisted"

local M = {}

--- Says of which of several systems a part is; with one system the question does not arise.
---@param self bmc.inventory.Scope
---@param system table?
---@param record table
---@return table record
function M.mark(self, system, record)
  if system and #self.systems > 1 then
    record.system = reading.text(system.Id)
  end
  return record
end

--- The records, unless there are none and something could not be read: then that is the answer.
---@param self bmc.inventory.Scope
---@param records table[]?
---@param e bmc.err.Value?
---@return table[]? records
---@return bmc.err.Value? err
function M.result(self, records, e)
  if records and #records == 0 then
    e = self.failure
  end
  return not e and records or nil, e
end

--- The records of all systems of the scope: those of each one are made by f, and marked with its
--- Id where there are several.
---@param f fun(scope: bmc.inventory.Scope, system: table): table[]?, bmc.err.Value?
---@return fun(scope: bmc.inventory.Scope): table[]?, bmc.err.Value?
function M.of_systems(f)
  return function(self)
    local lists, failure = self.walk:each(self.systems, function(system)
      local records, e = f(self, system)
      for _, record in ipairs(records or {}) do
        M.mark(self, system, record)
      end
      return records, e
    end)
    local out = {}
    for _, records in ipairs(lists) do
      table.move(records, 1, #records, #out + 1, out)
    end
    return not failure and out or nil, failure
  end
end

--- The Redfish way of an operation that lists parts.
---@param collect fun(scope: bmc.inventory.Scope, args: table): table[]?, bmc.err.Value?
---@return fun(target: bmc.target.Target, args: table, call: bmc.plan.Call): table[]?, table?
function M.way(collect)
  return function(target, args, call)
    local self = scopes.new(target, call)
    local ok, e = self:read_systems(args, call)
    local records
    if ok then
      records, e = collect(self, args)
    end
    return M.result(self, records, e)
  end
end

--- The Redfish way of an operation whose parts are the members of a collection of each system.
---@param name string  of the link to it
---@param record fun(item: table): table
---@param counted? fun(system: table): any  whether the system says that it has any
function M.members_way(name, record, counted)
  return M.way(M.of_systems(function(self, system)
    local bodies, e = unlisted.members(self, system, name, counted)
    local records = bodies and {}
    for i, body in ipairs(bodies or {}) do
      records[i] = record(body)
    end
    return records, e
  end))
end

return M
