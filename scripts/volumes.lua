-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh volumes: what controllers make of drives.
local cli = require "bmc.cli"
local digest = require "bmc.digest"

local GB = 1000000000
local SECONDS = 120 -- one request for each volume of a slow BMC

local function gb(volume)
  return volume.capacity_bytes and (volume.capacity_bytes + GB // 2) // GB
end

local function drives(volume)
  return volume.drives and #volume.drives
end

return cli.command {
  name = "volumes",
  summary = "Volumes: RAID level, size, number of drives, state (over Redfish).",
  examples = {
    { "bmcsh volumes -H https://10.0.5.17 -u root", "every volume of one machine" },
    { "bmcsh volumes -H https://10.0.5.17 -u root --json | jq '.data[] | {id, drives}'",
      "which drives each is made of" },
    { "bmcsh volumes -H 'node[01-40].mgmt' -u root", "of each machine the sums" },
  },
  seconds = SECONDS,
  view = {
    columns = {
      { "volumes", "VOLUMES" }, { title = "GB", value = gb }, { "raid_type", "FIRST" },
      { "status", "STATUS" },
    },
    digest = function(list)
      return {
        volumes = #list, capacity_bytes = digest.sum(list, "capacity_bytes"),
        raid_type = list[1] and list[1].raid_type, status = digest.worst(list),
      }
    end,
    list = {
      { "system", "SYSTEM", sparse = true }, { "id", "ID", name = true }, { "name", "NAME" },
      { "raid_type", "RAID" }, { title = "GB", value = gb },
      { "block_size_bytes", "BLOCK", extra = true, sparse = true },
      { title = "DRIVES", value = drives }, { "status", "STATUS" },
    },
  },
  run = function(m, args)
    return m:volume_inventory { system = args.system }
  end,
}
