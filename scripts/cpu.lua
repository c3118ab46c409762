-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh cpu: processors, and what else computes.
local cli = require "bmc.cli"
local digest = require "bmc.digest"

-- An empty socket is listed too, and has neither; nor has a full one of which the BMC knows nothing
-- while the machine is off.
local function is_there(cpu)
  return cpu.model ~= nil or cpu.manufacturer ~= nil
end

local function state(cpu)
  if is_there(cpu) then
    return cpu.status
  end
  return "no data"
end

return cli.command {
  name = "cpu",
  summary = "Processors: model, cores, state (over Redfish).",
  examples = {
    { "bmcsh cpu -H https://10.0.5.17 -u root", "every processor and GPU of one machine" },
    { "bmcsh cpu -H 'node[01-40].mgmt' -u root", "of each machine the first model, and sums" },
    { "bmcsh cpu -H 'node[01-40].mgmt' -u root --json | jq -r '.data[].model' | sort | uniq -c",
      "which models there are" },
  },
  view = {
    columns = {
      { "processors", "PROCESSORS" }, { "model", "MODEL" }, { "total_cores", "CORES" },
      { "total_threads", "THREADS" }, { "status", "STATUS" },
    },
    digest = function(list)
      local there = digest.select(list, is_there)
      return {
        processors = #there, model = there[1] and there[1].model,
        total_cores = digest.sum(there, "total_cores"),
        total_threads = digest.sum(there, "total_threads"), status = digest.worst(there),
      }
    end,
    list = {
      { "system", "SYSTEM", sparse = true }, { "id", "ID", name = true },
      { "socket", "SOCKET", extra = true, sparse = true }, { "model", "MODEL" },
      { "manufacturer", "MANUFACTURER", extra = true }, { "total_cores", "CORES" },
      { "total_threads", "THREADS" }, { "max_speed_mhz", "MAX MHZ", sparse = true },
      { title = "STATUS", value = state },
    },
  },
  run = function(m, args)
    return m:processor_inventory { system = args.system }
  end,
}
