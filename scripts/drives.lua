-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh drives: drives behind whatever controller, and empty bays.
local cli = require "bmc.cli"
local digest = require "bmc.digest"
local options = require "bmc.options"

local GB = 1000000000
local SECONDS = 120 -- a hundred drives of a slow BMC take their time

local function gb(drive)
  return drive.capacity_bytes and (drive.capacity_bytes + GB // 2) // GB
end

local function is_there(drive)
  return drive.capacity_bytes ~= nil or drive.serial_number ~= nil or drive.model ~= nil
end

local function state(drive)
  if is_there(drive) then
    return drive.status
  end
  return "empty"
end

local function life(drive)
  return drive.predicted_life_left_percent
end

local function failing(drive)
  return drive.failure_predicted and "FAILING" or nil
end

return cli.command {
  name = "drives",
  summary = "Drives: size, kind, wear, predicted failures, state (over Redfish).",
  examples = {
    { "bmcsh drives -H https://10.0.5.17 -u root", "every drive and empty bay of one machine" },
    { "bmcsh drives -H 'node[01-40].mgmt' -u root", "of each machine the sums, and the worst" },
    { "bmcsh drives -H 'node[01-40].mgmt' -u root --json | "
      .. "jq -r '.host as $h | .data[] | select(.failure_predicted) | [$h, .serial_number] | @tsv'",
      "the serial numbers of those that will fail" },
  },
  options = function(parser)
    parser:option("--max", "no more than N drives a machine"):argname("N"):convert(options.whole)
  end,
  seconds = SECONDS,
  view = {
    columns = {
      { "drives", "DRIVES" }, { "gb", "GB" }, { "life", "LEAST LIFE %" },
      { "failing", "FAILING" }, { "status", "STATUS" },
    },
    digest = function(list)
      local there = digest.select(list, is_there)
      local bytes = digest.sum(there, "capacity_bytes")
      return {
        drives = #there, gb = gb { capacity_bytes = bytes },
        life = (digest.least(there, life) or {}).predicted_life_left_percent,
        failing = #digest.select(there, failing), status = digest.worst(there),
      }
    end,
    list = {
      { "system", "SYSTEM", sparse = true }, { "id", "ID", name = true },
      { "name", "NAME", extra = true }, { "model", "MODEL" },
      { "serial_number", "SERIAL", whole = true }, { title = "GB", value = gb },
      { "media_type", "MEDIA" }, { "protocol", "PROTOCOL", extra = true },
      { "rotation_speed_rpm", "RPM", sparse = true },
      { "predicted_life_left_percent", "LIFE %", sparse = true },
      { title = "PREDICTED", value = failing, sparse = true }, { title = "STATUS", value = state },
    },
  },
  run = function(m, args)
    return m:drive_inventory { max_drives = args.max, system = args.system }
  end,
}
