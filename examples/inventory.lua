-- SPDX-License-Identifier: GPL-3.0-or-later
-- What there is, as comma-separated values. Shows several operations on one
-- machine side by side, in one session, and errors that are expected.
--
--   bmcsh examples/inventory.lua 'https://node[01-40].mgmt' root > machines.csv
--   (the password is taken from BMC_PASSWORD)
local bmc = require "bmc"
local digest = require "bmc.digest"
local fleet = require "bmc.fleet"
local hosts = require "bmc.hosts"
local secret = require "bmc.secret"

local names = assert(hosts.expand(arg[1] or error("which machines?", 0)))
local password <close> = secret.source { env = "BMC_PASSWORD" }

local function cell(value)
  local text = value == nil and "" or tostring(value)
  return text:find('[,"\n]') and '"' .. text:gsub('"', '""') .. '"' or text
end

local function row(...)
  local cells = table.pack(...)
  for i = 1, cells.n do
    cells[i] = cell(cells[i])
  end
  io.write(table.concat(cells, ","), "\n")
end

row("host", "vendor", "model", "serial", "bios", "supplies", "capacity_w")
local run = fleet.run(names, {
  open = { user = arg[2] or "root", password = password },
}, function(m)
  local info = m:system_info()
  -- A blade has no power supplies of its own: that is no reason to leave it out.
  local supplies = bmc.try(m.power_supplies, m) or {}
  row(m.host, info.vendor, info.model, info.serial_number, info.bios_version,
    #supplies, digest.sum(supplies, "power_capacity_w"))
end)
for _, outcome in pairs(run.outcomes) do
  if not outcome.ok then
    io.stderr:write(tostring(outcome.error), "\n")
  end
end
return run.failed == 0
