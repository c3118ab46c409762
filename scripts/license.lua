-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh license: what the BMC is licensed to do.
local cli = require "bmc.cli"

local function features(record)
  return record.features and table.concat(record.features, ", ")
end

return cli.command {
  name = "license",
  summary = "Licence of the BMC: edition, expiry, features; never the key (over Redfish).",
  examples = {
    { "bmcsh license -H https://10.0.5.17 -u root", "one machine" },
    { "bmcsh license -H 'node[01-40].mgmt' -u root", "which machines lack one" },
  },
  view = {
    columns = {
      { "vendor", "VENDOR" }, { "license_type", "LICENCE" }, { "expires_at", "EXPIRES" },
    },
    fields = {
      { "vendor", "vendor" }, { "license_type", "licence" }, { "expires_at", "expires" },
      { "license_key_fingerprint", "SHA-256 of the key" },
      { title = "features", value = features },
    },
  },
  run = function(m)
    return m:license_info()
  end,
}
