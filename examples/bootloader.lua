-- SPDX-License-Identifier: GPL-3.0-or-later
-- Starts a machine once with other kernel arguments, by way of its boot loader: power on (or a
-- power cycle), stop the count-down at the serial console, set them, boot, wait for the login.
--
--   bmcsh examples/bootloader.lua ipmi://10.0.5.17 root 'console=ttyS0,115200 single'
--   (the password is taken from BMC_PASSWORD)
local bmc = require "bmc"
local secret = require "bmc.secret"

local PROMPT = "=> $" -- of U-Boot
local FIRMWARE, KERNEL = 600, 600 -- seconds until the boot loader, and until the login

local password <close> = secret.source { env = "BMC_PASSWORD" }
local m <close> = bmc.open {
  host = arg[1] or error("which machine?", 0), user = arg[2] or "root", password = password,
}
-- Open before the machine starts: what it writes first must not be missed. Closed by itself, on
-- every way out, so that the next one can have it.
local con <close> = m:console()

-- Types a line at the boot loader, and waits until it is done.
local function tell(line)
  assert(con:write(line .. "\r"))
  assert(con:expect(PROMPT, 30))
end

-- The power action looks whether it has come to pass, and the count-down does not wait for that.
local verb = m:power_state().power_state == "on" and "cycle" or "on"
bmc.task.scope(function(s)
  s:spawn(m.power_action, m, verb)
  assert(con:expect("stop autoboot", FIRMWARE)) -- an error says what was seen instead
  assert(con:write(" "))
  assert(con:expect(PROMPT, 10))
end)
tell("setenv bootargs " .. (arg[3] or "console=ttyS0,115200"))

assert(con:write("boot\r"))
local came = assert(con:expect({ "login: $", "[Kk]ernel panic" }, KERNEL))
print(("%s: %s"):format(m.host, came == 1 and "at the login" or "kernel panic"))
