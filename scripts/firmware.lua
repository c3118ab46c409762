-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh firmware: versions of everything that the BMC knows to have one.
local cli = require "bmc.cli"

local SECONDS = 240 -- some BMCs ask every part for its version, for minutes

-- A name such as "Software Inventory", which some BMCs give to all, tells less than the id.
local function name(item)
  return item.name ~= "Software Inventory" and item.name or item.id
end

-- The version of the first item that is named so.
local function version(list, pattern)
  for _, item in ipairs(list) do
    local words = ((item.id or "") .. " " .. (item.name or "")):lower()
    if item.version and words:find(pattern) then
      return item.version
    end
  end
end

return cli.command {
  name = "firmware",
  summary = "Firmware versions of all components (over Redfish).",
  examples = {
    { "bmcsh firmware -H https://10.0.5.17 -u root", "every component of one machine" },
    { "bmcsh firmware -H 'node[01-40].mgmt' -u root --json | "
      .. "jq -r '.host as $h | .data[] | [$h, .name, .version] | @tsv'",
      "all of a fleet, a line a component" },
  },
  seconds = SECONDS,
  view = {
    columns = {
      { "components", "COMPONENTS" }, { "bios", "BIOS" }, { "updatable", "UPDATABLE" },
    },
    digest = function(list)
      local updatable = 0
      for _, item in ipairs(list) do
        updatable = updatable + (item.updatable and 1 or 0)
      end
      return {
        components = #list, updatable = updatable,
        bios = version(list, "bios") or version(list, "system rom") or version(list, "uefi"),
      }
    end,
    list = {
      { title = "COMPONENT", value = name, name = true }, { "version", "VERSION" },
      { "id", "ID", extra = true }, { "manufacturer", "MANUFACTURER", extra = true, sparse = true },
      { "release_date", "RELEASED", extra = true, sparse = true },
      { "updatable", "UPDATABLE", sparse = true },
    },
  },
  run = function(m)
    return m:firmware_inventory()
  end,
}
