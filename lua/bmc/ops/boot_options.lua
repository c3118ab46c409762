-- SPDX-License-Identifier: GPL-3.0-or-later
-- boot_options: what there is to boot from, and where it stands in the order.

local order = require "bmc.startup.order"
local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local startup = require "bmc.startup"
local subject = require "bmc.subject"

-- B04, B20: where the vendor has an order of its own, its entries are the options.
local function own_options(rf, system)
  local list, e = order.own(rf, reading.link(system))
  local out = {}
  for i, name in ipairs(list and list.names or {}) do
    out[i] = { position = i, reference = name }
  end
  return not e and out or nil, e
end

local function position(names, reference)
  for i, name in ipairs(names or {}) do
    if order.same({ reference }, { name }) then
      return i
    end
  end
end

local function over_redfish(target, args, call)
  local rf = redfish.of(target)
  local system, e = subject.system(rf, args, call)
  if not system then
    return nil, e
  end
  local options
  options, e = order.options(rf, system)
  if not options then
    return nil, e
  elseif not options[1] then
    return own_options(rf, system)
  end
  local names = startup.record(system).boot_order
  for _, option in ipairs(options) do
    option.position = position(names, option.reference)
  end
  table.sort(options, function(a, b)
    local x, y = a.position or math.huge, b.position or math.huge
    return x < y or x == y and a.reference < b.reference
  end)
  return options
end

--- The boot options of a machine, in the order in which they are tried; those that are not in the
--- boot order come last, without a position.
--- Errors: those of the transport, missing (no such system).
---@type bmc.plan.Op
return {
  name = "boot_options",
  list = true,
  record = { "position", "reference", "name", "alias", "path", "enabled" },
  ways = { redfish = over_redfish },
}
