-- SPDX-License-Identifier: GPL-3.0-or-later
-- Restarts machines one after the other, and the next one only when the last is
-- back and well. A graceful restart first; a hard one where that leads to
-- nothing. Stops at the first machine that does not come back.
--
--   bmcsh examples/roll.lua 'https://node[01-04].mgmt' root
--   (the password is taken from BMC_PASSWORD)
local bmc = require "bmc"
local hosts = require "bmc.hosts"
local secret = require "bmc.secret"
local task = require "bmc.task"

local WELL = 600 -- seconds a machine may take to be well again
local GRACE = 120 -- seconds for its operating system to go down

local password <close> = secret.source { env = "BMC_PASSWORD" }

-- Waits until the machine says that it is on and well.
local function wait_until_well(m)
  while true do
    local beat, e = bmc.try(m.heartbeat, m)
    if beat and beat.health == "OK" and m:power_state().power_state == "on" then
      return
    elseif e and (e.code == "cancelled" or task.left() <= 0) then
      error(e, 0)
    end
    assert(task.sleep(5)) -- raises at the deadline, and when interrupted
  end
end

local function restart(name)
  local m <close> = bmc.open { host = name, user = arg[2] or "root", password = password }
  local result = m:power_action {
    verb = "reboot", then_ = "cycle", after = GRACE, timeout = 2 * GRACE,
  }
  print(("%s: %s after %.0f s"):format(m.host, result.observed, result.seconds))
  task.deadline(WELL, wait_until_well, m)
  print(("%s: well"):format(m.host))
end

for _, name in ipairs(assert(hosts.expand(arg[1] or error("which machines?", 0)))) do
  restart(name) -- an error ends the runbook here: the rest is left alone
end
