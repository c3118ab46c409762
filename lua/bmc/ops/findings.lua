-- SPDX-License-Identifier: GPL-3.0-or-later
-- findings: what is wrong with the security of a BMC, as far as it shows. Nothing is tried for it:
-- the connection, the login, what is offered and the firmware version tell.

local match = require "bmc.vendor.match"
local redfish = require "bmc.redfish"
local tbl = require "bmc.tbl"

local RANK = { high = 1, medium = 2, low = 3, info = 4 }

-- Holes that are known of this firmware, by conditions of the profile.
local function check_firmware(target)
  local advisories = target.profile.advisories or {}
  local firmware = match.firmware_of(target.facts) or "unknown"
  for _, code in ipairs(tbl.sorted_keys(advisories)) do
    local known = advisories[code]
    target:finding(code, known.severity, ("firmware %s: %s"):format(firmware, known.detail),
      known.cve)
  end
end

-- Copies: what was found before the vendor was known is said of that vendor too.
local function report(target)
  check_firmware(target)
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

-- The decoders are a library of their own: loaded when a machine is first asked over IPMI.
local function look_over_ipmi(target, call)
  return require("bmc.ipmi.weak").check(target, call)
end

local function over_ipmi(target, _, call)
  local ok, e = look_over_ipmi(target, call)
  if not ok then
    return nil, e
  end
  return report(target)
end

-- Every way shows what the other does not: where there are both, both are looked at. A way that
-- fails takes nothing from what the other has found.
local function over_redfish(target, args, call)
  local vendor, e = redfish.of(target):identify()
  if not vendor then
    return nil, e
  end
  if target.ways.ipmi and args.way ~= "redfish" then
    local ok, why = look_over_ipmi(target, call)
    if not ok and why.code == "cancelled" then
      return nil, why
    elseif not ok then
      call.note("nothing over IPMI: " .. why.text)
    end
  end
  return report(target)
end

--- Security observations, the gravest first: code, severity ("high", "medium", "low", "info"),
--- detail in words, cve (a list, often empty), vendor. Credentials are compared with documented
--- factory ones, never tried; a cipher suite that is offered is never tried either. A machine that
--- is reached over Redfish and IPMI is looked at over both. An empty list says that none of the
--- things looked at is wrong.
--- Errors: those of the transport.
---@type bmc.plan.Op
return {
  name = "findings",
  list = true,
  record = { "code", "severity", "detail", "cve", "vendor" },
  ways = { redfish = over_redfish, ipmi = over_ipmi },
}
