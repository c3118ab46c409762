-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh findings: what is wrong with the security of the BMC.
local cli = require "bmc.cli"

local function cves(finding)
  return #finding.cve > 0 and table.concat(finding.cve, ", ") or nil
end

local LIST = {
  { "severity", "SEVERITY" }, { "code", "CODE" }, { title = "CVE", value = cves },
  { "detail", "DETAIL", wrap = true },
}

local function show(out, findings, outcome)
  if #findings > 0 then
    out:table(LIST, findings)
  else
    out:line(outcome.host .. ": nothing found")
  end
end

-- The list begins with the gravest.
local function digest(findings)
  local codes = {}
  for i, finding in ipairs(findings) do
    codes[i] = finding.code
  end
  return {
    count = #findings, severity = findings[1] and findings[1].severity,
    codes = table.concat(codes, ", "),
  }
end

return cli.command {
  name = "findings",
  summary = "Security findings: factory passwords, TLS, known holes of the firmware.",
  examples = {
    { "bmcsh findings -H https://10.0.5.17 -u root", "one machine, with an explanation of each" },
    { "bmcsh findings -H 'node[01-40].mgmt' -u root --json "
      .. "| jq -r 'select(any(.data[]; .severity == \"high\")) | .host'",
      "machines with something grave" },
    { "bmcsh findings -H https://10.0.5.17 --ipmi ipmi://10.0.5.17 -u root", "both of its doors" },
  },
  view = {
    columns = { { "count", "FINDINGS" }, { "severity", "WORST" }, { "codes", "CODES" } },
    digest = digest, one = show,
  },
  run = function(m)
    return m:findings()
  end,
}
