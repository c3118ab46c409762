-- SPDX-License-Identifier: GPL-3.0-or-later
-- What `make demo` shows: twelve simulated BMCs of five vendors on this machine,
-- a sweep over all of them, a power cycle of one, and the power of all over IPMI. Nothing leaves
-- the machine.
--
-- The simulator and the commands run side by side in this one process; the same
-- can be had with `bmcsh sim` in one terminal and the commands in another.
local chunks = require "bmc.chunks"
local out = require "bmc.out"
local sim = require "bmc.sim"
local verbs = require "bmc.verbs"

local screen = out.new()

local function say(text)
  screen:line("\n" .. text)
end

-- Runs a command as if it had been typed. The simulated password is no secret,
-- and stays inside this process.
local function type_in(farm, verb, ...)
  local words = { ... }
  local shown = table.concat(words, " ")
  screen:line(screen:paint(("$ bmcsh %s -u admin %s"):format(verb, shown), "bold"))
  local args = { "-u", "admin", "--password", farm.bmc(1).password, "--password-in-argv-is-fine" }
  for word in shown:gmatch("%S+") do
    args[#args + 1] = word:gsub("'", "")
  end
  local chunk = assert(chunks.file(assert(verbs.find(verb:match("^%S+")))))
  table.insert(args, verb:match("%s(%S+)$"))
  return chunks.call(chunk, args)
end

local farm <close> = sim.start { fleet = 12, reset_delay = 1, ipmi = true }
screen:line("Twelve simulated BMCs of five vendors now answer over TLS at " .. farm:range())

local everyone = ("-H '%s'"):format(farm:range())
say("Are they there? One process asks all of them at once, each in its own session.")
local failed = type_in(farm, "heartbeat", everyone)

say("What are they? The records are the same, whoever made the BMC.")
failed = failed + type_in(farm, "info", everyone)

say("One machine is power-cycled. The request is sent once; what came of it is read, not assumed.")
failed = failed + type_in(farm, "power cycle", "--yes -H " .. farm.url(6))

say("The same machines answer IPMI 2.0 too: their power, each in an encrypted session of RMCP+.")
failed = failed + type_in(farm, "power status", ("-H '%s'"):format(farm:ipmi_range()))

local sum = farm:count_all()
local left_open = sum.live_sessions + sum.ipmi_live_sessions
say(("The BMCs saw %d Redfish requests, %d IPMI commands, %d logins, %d reset. Left open: %d.")
  :format(sum.requests, sum.ipmi_commands, sum.logins + sum.ipmi_logins, sum.resets, left_open))
screen:line("Next: bmcsh sim --fleet 12 in another terminal, and README.md.")
return failed == 0 and left_open == 0
