-- SPDX-License-Identifier: GPL-3.0-or-later
-- console: the serial console of a machine, as a stream of characters.

local sol = require "bmc.sol"

local function over_ipmi(target, args, call)
  local note = args.notice or call.note
  return sol.open(target, {
    force = args.force, reset_sol = args.reset_sol, log = args.log, timestamps = args.timestamps,
    reconnect = args.reconnect, patience = args.patience, notice = note,
  })
end

--- The serial console, over the network (Serial over LAN):
---
---   local con <close> = m:console()
---   con:write("\r")
---   assert(con:expect("login: $", 30))
---
--- con:read(timeout) gives what the machine writes, con:write(text) types ("\r" is Enter),
--- con:expect(patterns, timeout) waits for text, con:send_break() and con:close() do what they
--- say; each gives nil, err where it fails (bmc.sol). What is typed is acknowledged by the BMC,
--- and never typed twice. A console that is not closed is given back when the machine is closed.
---
--- Arguments: force (take the console from whoever has it), reset_sol (as a last resort switch
--- Serial over LAN on at the BMC, and with force off and on again: its settings are changed), log
--- (a file, for its owner only, to which all that comes is appended), timestamps (each line of it
--- begins with the time), reconnect (connect again when the network was lost), patience (600:
--- seconds for which that is tried), notice (a function that is told about that).
--- Errors: busy (another client has the console), unsupported (the BMC has none, or has it switched
--- off), auth, rejected (the log cannot be written), and those of the session.
---@type bmc.plan.Op
return {
  name = "console",
  stream = true,
  seconds = 60,
  record = {},
  ways = { ipmi = over_ipmi },
}
