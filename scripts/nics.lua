-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh nics: the host's network adapters.
local cli = require "bmc.cli"
local digest = require "bmc.digest"

local function model(adapter)
  return adapter.model or adapter.name
end

return cli.command {
  name = "nics",
  summary = "Network adapters of the host: model, serial number, firmware, ports (over Redfish).",
  examples = {
    { "bmcsh nics -H https://10.0.5.17 -u root", "every adapter of one machine" },
    { "bmcsh nics -H 'node[01-40].mgmt' -u root", "of each machine the sums" },
    { "bmcsh nics -H 'node[01-40].mgmt' -u root --json | "
      .. "jq -r '.data[] | [.model, .firmware_version] | @tsv' | sort | uniq -c",
      "which firmware the cards have" },
  },
  view = {
    columns = {
      { "adapters", "ADAPTERS" }, { "ports", "PORTS" }, { "model", "FIRST" },
      { "status", "STATUS" },
    },
    digest = function(list)
      return {
        adapters = #list, ports = digest.sum(list, "port_count"),
        model = list[1] and model(list[1]), status = digest.worst(list),
      }
    end,
    list = {
      { "system", "SYSTEM", sparse = true }, { "id", "ID", name = true },
      { title = "MODEL", value = model }, { "manufacturer", "MANUFACTURER", extra = true },
      { "serial_number", "SERIAL", sparse = true, whole = true },
      { "part_number", "PART", extra = true, sparse = true },
      { "firmware_version", "FIRMWARE", sparse = true },
      { "port_count", "PORTS", sparse = true }, { "status", "STATUS" },
    },
  },
  run = function(m, args)
    return m:network_adapter_inventory { system = args.system }
  end,
}
