-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh led: the light by which somebody in the aisle finds the machine.
local cli = require "bmc.cli"
local options = require "bmc.options"
local trail = require "bmc.trail"

local ACTIONS = { "status", "on", "off", "blink" }
local MOST = 255 -- seconds that fit Chassis Identify

local function is_change(args)
  return args.action ~= "status"
end

local function show(out, data, outcome)
  if data.led then
    return out:fields({ { "led", "LED" } }, data)
  end
  trail.show(out, outcome, ("LED %s"):format(data.observed or "told to be " .. data.requested))
end

local function seconds(text)
  local n = options.whole(text)
  if not n or n > MOST then
    return nil, ("%q is no whole number from 1 to %d"):format(text, MOST)
  end
  return n
end

return cli.command {
  name = "led",
  summary = "The locator LED: status, on, off, blink.",
  usage = "[ACTION]",
  examples = {
    { "bmcsh led blink -H https://10.0.5.17 -u root", "so that it can be found" },
    { "bmcsh led off -H 'node[01-40].mgmt' -u root --yes", "afterwards" },
    { "bmcsh led -H 'node[01-40].mgmt' -u root", "which are lit" },
    { "bmcsh led on --seconds 120 -H ipmi://10.0.5.17 -u admin",
      "for two minutes; IPMI only, which knows lit and not lit" },
  },
  options = function(parser)
    parser:argument("action", "status (default), on, off, blink"):args("?"):choices(ACTIONS)
    parser:option("--seconds", "lit so long, 1 to 255 (IPMI)"):argname("S")
      :convert(seconds)
  end,
  check = function(args)
    args.action = args.action or "status"
    local lights = args.action == "on" or args.action == "blink"
    return not args.seconds or lights or nil, "--seconds goes with on and blink"
  end,
  write = is_change,
  title = function(args) return "led " .. args.action end,
  view = function(args)
    return { columns = { { is_change(args) and "observed" or "led", "LED" } }, one = show }
  end,
  run = function(m, args)
    if is_change(args) then
      return trail.tidy(m:indicator_led(args.action, {
        system = args.system, seconds = args.seconds,
      }))
    end
    return m:led_state { system = args.system }
  end,
}
