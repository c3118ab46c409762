-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh memory: memory modules and empty slots.
local cli = require "bmc.cli"
local digest = require "bmc.digest"

local MIB_OF_GIB = 1024

local function gib(module)
  local n = module.capacity_mib and module.capacity_mib / MIB_OF_GIB
  return n and (math.tointeger(n) or n)
end

local function is_there(module)
  return module.capacity_mib ~= nil
end

local function state(module)
  if is_there(module) then
    return module.status
  end
  return "empty"
end

return cli.command {
  name = "memory",
  summary = "Memory modules: size, speed, part and serial number, state (over Redfish).",
  examples = {
    { "bmcsh memory -H https://10.0.5.17 -u root", "every slot of one machine, empty ones too" },
    { "bmcsh memory -H 'node[01-40].mgmt' -u root", "of each machine the sums" },
  },
  view = {
    columns = {
      { "modules", "MODULES" }, { "slots", "SLOTS" }, { title = "GIB", value = gib },
      { "speed", "MHZ" }, { "memory_type", "TYPE" }, { "status", "STATUS" },
    },
    digest = function(list)
      local there = digest.select(list, is_there)
      local slowest = digest.least(there, function(m) return m.operating_speed_mhz end) or {}
      return {
        modules = #there, slots = #list, capacity_mib = digest.sum(there, "capacity_mib"),
        speed = slowest.operating_speed_mhz, memory_type = there[1] and there[1].memory_type,
        status = digest.worst(there),
      }
    end,
    list = {
      { "system", "SYSTEM", sparse = true }, { "id", "ID", name = true },
      { "name", "NAME", extra = true }, { title = "GIB", value = gib },
      { "memory_type", "TYPE" }, { "operating_speed_mhz", "MHZ" },
      { "rated_speed_mhz", "RATED", extra = true, sparse = true },
      { "manufacturer", "MANUFACTURER" }, { "part_number", "PART" },
      { "serial_number", "SERIAL", sparse = true, whole = true },
      { title = "STATUS", value = state },
    },
  },
  run = function(m, args)
    return m:memory_inventory { system = args.system }
  end,
}
