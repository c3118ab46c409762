-- SPDX-License-Identifier: GPL-3.0-or-later
-- watchdog_off: stops the watchdog, so that the machine is left alone.

local watchdog = require "bmc.ipmi.watchdog"

--- Stops the watchdog timer: m:watchdog_off(). observed is "off" when it reads so; accepted is
--- absent when nothing was sent, since it was off.
--- Errors: rejected (it runs on: the machine feeds it; effect unknown), unsupported, and those of
--- the transport.
---@type bmc.plan.Op
return {
  name = "watchdog_off",
  write = true,
  record = { "way", "requested", "accepted", "observed", "seconds", "trail" },
  ways = { ipmi = watchdog.off },
}
