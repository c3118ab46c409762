-- SPDX-License-Identifier: GPL-3.0-or-later
-- findings: what is wrong with the security of a BMC, as far as its Redfish side shows. Nothing is
-- tried for it: the connection, the login and the firmware version tell.

local redfish = require "bmc.redfish"
local tbl = require "bmc.tbl"

local RANK = { high = 1, medium = 2, low = 3, info = 4 }

-- Holes that are known of this firmware, by conditions of the profile.
local function check_firmware(target)
  local advisories = target.profile.advisories or {}
  local firmware = target.facts.manager_firmware or "unknown"
  for _, code in ipairs(tbl.sorted_keys(advisories)) do
    local known = advisories[code]
    target:finding(code, known.severity, ("firmware %s: %s"):format(firmware, known.detail),
      known.cve)
  end
end

-- Copies: what was found before the vendor was known is said of that vendor too.
local function report(target)
  local out = {}
  for i, finding in ipairs(target.findings) do
    out[i] = {
      code = finding.code, severity = finding.severity, detail = finding.detail,
      cve = finding.cve, vendor = target.vendor,
    }
  end
  table.sort(out, function(a, b)
    local x, y = RANK[a.severity], RANK[b.severity]
    return x < y or x == y and a.code < b.code
  end)
  return out
end

local function over_redfish(target)
  local vendor, e = redfish.of(target):identify()
  if not vendor then
    return nil, e
  end
  check_firmware(target)
  return report(target)
end

--- Security observations, the gravest first: code, severity ("high", "medium", "low", "info"),
--- detail in words, cve (a list, often empty), vendor. Credentials are compared with documented
--- factory ones, never tried. An empty list says that none of the things looked at is wrong.
--- Errors: those of the transport.
---@type bmc.plan.Op
return {
  name = "findings",
  list = true,
  record = { "code", "severity", "detail", "cve", "vendor" },
  ways = { redfish = over_redfish },
}
