-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh info: what the machine is.
local cli = require "bmc.cli"

return cli.command {
  name = "info",
  summary = "What it is: maker, model, serial number, firmware.",
  examples = {
    { "bmcsh info -H https://10.0.5.17 -u root", "everything about one machine" },
    { "bmcsh info -H 'node[01-40].mgmt' -u root", "one row a machine" },
    { "bmcsh info -H 'node[01-40].mgmt' -u root --json | jq -r .data.bios_version | sort | uniq -c",
      "which BIOS versions there are" },
    { "bmcsh info -H ipmi://10.0.5.17 -u root", "what IPMI knows of it" },
  },
  view = {
    columns = {
      { "vendor", "VENDOR" }, { "model", "MODEL" }, { "serial_number", "SERIAL", whole = true },
      { "bios_version", "BIOS", extra = true }, { "bmc_firmware_version", "BMC FIRMWARE" },
    },
    fields = {
      { "vendor", "vendor" }, { "manufacturer", "manufacturer" }, { "model", "model" },
      { "serial_number", "serial number" }, { "asset_tag", "asset tag" }, { "sku", "SKU" },
      { "host_name", "host name" }, { "uuid", "UUID" }, { "bios_version", "BIOS" },
      { "bmc_model", "BMC" }, { "bmc_firmware_version", "BMC firmware" },
    },
  },
  run = function(m)
    return m:system_info()
  end,
}
