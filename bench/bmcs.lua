-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcs: so many BMCs that are on and have nothing but a chassis, until they are stopped:
--
--   bmcsh bmcs.lua COUNT PREFIX PORT DEAD
--
-- at PREFIX.0.1 to PREFIX.0.250, PREFIX.1.1 …; one of every DEAD (0: none) says nothing.

local rmcpd = require "bmc.rmcpd"
local task = require "bmc.task"

local PASSWORD = assert(os.getenv("BMC_PASSWORD"), "BMC_PASSWORD is not set")

local count, prefix, port, dead = ...
count, port, dead = math.tointeger(count), math.tointeger(port), math.tointeger(dead)

local bmcs = {}
for i = 0, count - 1 do
  bmcs[i + 1] = {
    address = ("%s.%d.%d"):format(prefix, i // 250, i % 250 + 1), guid = ("g"):rep(16),
    users = { { name = "root", password = PASSWORD, privilege = 4 } }, suites = { 17, 3 },
  }
end

-- Get Chassis Status: power on, always restored, no fault.
local function answer(command)
  if command.netfn == 0x00 and command.cmd == 0x01 then
    return 0, "\x41\x00\x00"
  end
  return 0xC1, ""
end

local server <close> = assert(rmcpd.serve { bmcs = bmcs, port = port, handler = answer })
for i = dead, dead > 0 and count or -1, dead > 0 and dead or 1 do
  server:network(i, { dead = true })
end
task.sleep(3600)
