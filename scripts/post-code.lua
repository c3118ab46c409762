-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh post-code: how far a machine has come in starting.
local cli = require "bmc.cli"

local function earlier(record)
  local n = #record.codes - 1
  return n > 0 and table.concat(record.codes, " ", 1, n) or nil
end

return cli.command {
  name = "post-code",
  summary = "The last POST code, where the BMC's maker has a command for it (over IPMI).",
  examples = {
    { "bmcsh post-code -H ipmi://10.0.5.17 -u admin", "one machine, with the codes before it" },
    { "bmcsh post-code -H 'ipmi://node[01-40].mgmt' -u admin", "where each of them stands" },
  },
  view = {
    columns = { { "code", "POST CODE" } },
    fields = { { "code", "POST code" }, { title = "before it", value = earlier } },
  },
  run = function(m)
    return m:post_code()
  end,
}
