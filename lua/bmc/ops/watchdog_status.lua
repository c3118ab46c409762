-- SPDX-License-Identifier: GPL-3.0-or-later
-- watchdog_status: whether something restarts the machine when it hangs.

local watchdog = require "bmc.ipmi.watchdog"

--- The watchdog timer: running, use ("bios_frb2", "bios_post", "os_load", "sms_os", "oem"), action
--- ("none", "reset", "power_off", "power_cycle"), pretimeout_interrupt ("none", "smi", "nmi",
--- "messaging"), pretimeout_s, countdown_s as it was set, remaining_s while it runs, expired (a
--- list of the uses in which it has run out), logged.
--- Errors: those of the transport, unsupported.
---@type bmc.plan.Op
return {
  name = "watchdog_status",
  record = {
    "running", "use", "action", "pretimeout_interrupt", "pretimeout_s", "countdown_s",
    "remaining_s", "expired", "logged",
  },
  ways = { ipmi = watchdog.status },
}
