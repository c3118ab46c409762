-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh sim: simulated BMCs to try everything on, over Redfish and IPMI.
local cli = require "bmc.cli"
local json = require "bmc.json"
local options = require "bmc.options"
local tbl = require "bmc.tbl"

local PORT, IPMI_PORT = 8443, 6230
local FOREVER = 1e9 -- seconds

local function list_of(values)
  local out = {}
  for item in table.concat(values, ","):gmatch("[^,]+") do out[#out + 1] = item end
  return #out > 0 and out or nil
end

local function faults_help()
  local faults = require "bmc.sim.faults"
  local lines = { "Faults, in brackets the VALUE they have when none is given:" }
  for _, name in ipairs(faults.names()) do
    local entry = faults.TABLE[name]
    local value = entry.default and (" [%s]"):format(entry.default) or ""
    lines[#lines + 1] = ("  %-13s %s%s"):format(name, entry.doc, value)
  end
  return table.concat(lines, "\n") .. "\n\n--fault " .. require("bmc.sim.fault").SYNTAX
end

-- Every trait with its usual value, as --trait takes it.
local function traits_help()
  local lines = { "Traits, with the value of a BMC about which nothing is known:" }
  local words_of = require("bmc.sim.traits.check").words
  local function list(traits, at)
    for _, name in ipairs(tbl.sorted_keys(traits)) do
      local value = traits[name]
      if tbl.is_map(value) and next(value) then
        list(value, at .. name .. ".")
      else
        local words = words_of(at .. name)
        lines[#lines + 1] = ("  %s%s=%s%s"):format(at, name, json.encode(value),
          words and "   of: " .. words or "")
      end
    end
  end
  list(require("bmc.sim.traits").GENERIC, "")
  return table.concat(lines, "\n") .. "\n\nWhat they mean stands in lua/bmc/sim/traits.lua."
end

-- What is wrong with what was typed, or nil.
local function complaint(args)
  if args.no_redfish and args.no_ipmi then return "neither Redfish nor IPMI is left" end
  if args.password_env and not os.getenv(args.password_env) then
    return ("the variable %s is not set"):format(args.password_env)
  end
end

-- What bmc.sim.start takes, from what was typed.
local function farm_options(args, traits)
  return {
    fleet = args.fleet, vendors = list_of(args.vendor), count = args.count,
    mockup = #args.mockup > 0 and args.mockup or nil, address = args.listen,
    port = args.port or PORT, tls = not args.plain, user = args.user,
    password = os.getenv(args.password_env or "BMC_PASSWORD"), basic = not args.no_basic,
    faults = args.fault,
    session_limit = args.session_limit, session_timeout = args.session_timeout,
    reset_delay = args.reset_delay, traits = traits, seed = args.seed,
    redfish = not args.no_redfish, ipmi = not args.no_ipmi,
    -- UDP and TCP ports are apart: two farms with ports of their own do not meet.
    ipmi_port = not args.no_ipmi and (args.ipmi_port or args.port or IPMI_PORT) or nil,
  }
end

-- Commands that a newcomer can paste into another terminal.
local function attempts(farm, args)
  local before, after = "", " -u " .. farm.bmc(1).user
  if args.password_env then
    after = after .. " --password-env " .. args.password_env
  elseif not os.getenv "BMC_PASSWORD" then
    before = ("BMC_PASSWORD=%s "):format(farm.bmc(1).password)
  end
  local form, out = before .. "bmcsh %s" .. after .. " -H '%s'", {}
  if farm.redfish then out[1] = form:format("heartbeat", farm:range()) end
  if farm.ipmi_port then out[#out + 1] = form:format("power status", farm:ipmi_range()) end
  out[#out + 1] = ("curl -k %s/sim"):format(farm.url(1))
  return out
end

local function announce(farm, args)
  if args.json then
    print(json.encode {
      hosts = farm.redfish and farm:range() or nil, url = farm.url(1), port = farm.port,
      count = farm.count, user = farm.bmc(1).user,
      ipmi_hosts = farm.ipmi_port and farm:ipmi_range(), ipmi_port = farm.ipmi_port,
    })
  else
    print(("%d simulated BMC%s at %s"):format(farm.count, farm.count == 1 and "" or "s",
      farm.redfish and farm:range() or farm:ipmi_range()))
    print("try:  " .. table.concat(attempts(farm, args), "\n      "))
  end
  io.stdout:flush()
  if args.ready_fd then
    local file <close> = io.open(("/dev/fd/%d"):format(args.ready_fd), "a")
    if file then file:write("ready\n") end
  end
end

-- How it went, for whoever looks for leaks: sessions still open are one.
local function farewell(farm, args)
  if args.quiet then return end
  local n = farm:count_all()
  local form = "served %d requests: %d logins, %d sessions still open, %d resets\n"
  if farm.redfish then
    io.stderr:write(form:format(n.requests, n.logins, n.live_sessions, n.resets))
  end
  if not farm.ipmi_port then return end
  form = "over IPMI %d commands: %d sessions opened, %d still open, %d power actions; "
    .. "%d datagrams lost, %d doubled\n"
  io.stderr:write(form:format(n.ipmi_commands, n.ipmi_logins, n.ipmi_live_sessions, n.ipmi_power,
    n.ipmi_lost, n.ipmi_duplicated))
end

local function run(args)
  if args.list_faults then
    print(faults_help())
    return 0
  end
  if args.list_traits then
    print(traits_help())
    return 0
  end
  local wrong = complaint(args)
  if wrong then
    io.stderr:write("bmcsh sim: ", wrong, "\n")
    return 2
  end
  local task = require "bmc.task"
  local traits, problem = require("bmc.sim.traits").parse(args.trait)
  local ok, farm = traits ~= nil, problem
  if ok then ok, farm = pcall(require("bmc.sim").start, farm_options(args, traits)) end
  if not ok then
    io.stderr:write("bmcsh sim: ", tostring(farm), "\n")
    return require("bmc.err").is(farm) and farm.code == "rejected" and 2 or 1
  end
  local _ <close> = farm
  announce(farm, args)
  task.sleep(args["for"] or FOREVER)
  farewell(farm, args)
  return 0
end

-- What stands there, and where.
local function add_machines(parser)
  parser:option("--fleet", "so many generated BMCs (default 1)"):argname("N"):convert(options.whole)
  parser:option("--vendor", "their vendors or models in turn, a comma list: idrac, ilo, "
    .. "supermicro, lenovo-xcc, openbmc (default: these), ami-megarac, cisco, huawei, or ilo6, …")
    :argname("LIST"):count("*")
  parser:option("--mockup", "a recorded tree in DMTF layout instead; again for more, in turn")
    :argname("DIR"):count("*")
  parser:option("--count", "BMCs over the recorded trees (default: one a tree)"):argname("N")
    :convert(options.whole)
  parser:option("--listen", "address of the first BMC, the others follow (default 127.0.0.1)")
    :argname("ADDRESS")
  parser:option("--port", ("port of all of them (default %d)"):format(PORT)):argname("N")
    :convert(options.whole)
  parser:option("--ipmi-port", ("UDP port of all of them for IPMI (default: the number of --port, "
    .. "without one %d)"):format(IPMI_PORT)):argname("N"):convert(options.whole)
  parser:flag("--no-ipmi", "Redfish alone")
  parser:flag("--no-redfish", "IPMI alone; there is /sim at the first address all the same")
  parser:flag("--plain", "HTTP, without TLS")
end

-- How it behaves.
local function add_manners(parser)
  parser:option("-u --user", "the only account (default admin)"):argname("NAME")
  parser:option("--password-env", "its password in this environment variable (default "
    .. "BMC_PASSWORD; without one \"simulated\")"):argname("VAR")
  parser:flag("--no-basic", "take sessions only, no Basic credentials")
  parser:option("--session-limit", "sessions at once (default: as the vendor)"):argname("N")
    :convert(options.whole)
  parser:option("--session-timeout", "idle seconds until a session ends (default: as the vendor)")
    :argname("S"):convert(options.above_zero)
  parser:option("--reset-delay", "seconds until a reset has its effect (default 2)"):argname("S")
    :convert(options.above_zero)
  parser:option("--fault", "misbehave: NAME[=VALUE][@SELECTOR], may be given several times; "
    .. "NAME is one of " .. table.concat(require("bmc.sim.faults").names(), ", "))
    :argname("RULE"):count("*").suggested = require("bmc.sim.faults").names()
  parser:option("--seed", "another run of chance for ipmi_loss and the like (default 1)")
    :argname("N"):convert(options.whole)
  parser:flag("--list-faults", "what each of these does, and what there is for SELECTOR")
  parser:option("--trait", "be otherwise than the vendor: PATH=VALUE, may be given several times")
    :argname("PATH=VALUE"):count("*")
  parser:flag("--list-traits", "what there is for --trait")
  parser:option("--for", "end after so many seconds (default: at Ctrl-C)"):argname("S")
    :convert(options.above_zero)
  parser:option("--ready-fd", "write a line to this descriptor once it serves"):argname("N")
    :convert(options.whole)
end

local function add_options(parser)
  add_machines(parser)
  add_manners(parser)
end

return cli.command {
  name = "sim",
  summary = "Simulated BMCs to try everything on, with faults on demand.",
  examples = {
    { "bmcsh sim --fleet 12", "twelve BMCs of five vendors at https://127.0.0.[1-12]:8443" },
    { "bmcsh sim --fleet 1000 --fault refuse@1% --fault latency=0.2",
      "a thousand slow ones, and ten of them dead" },
    { "bmcsh sim --fleet 200 --fault ipmi_loss=20 --fault ipmi_dup=5@50%",
      "every fifth datagram of IPMI is lost, at half of the BMCs some come twice" },
    { "bmcsh sim --fleet 10000 --no-redfish", "ten thousand BMCs for IPMI alone" },
    { "bmcsh sim --vendor ilo6 --fault 'drop@POST,*/Actions/*,times=1'",
      "an iLO 6 that resets its machine, the first time without saying so" },
    { "bmcsh sim --vendor x13 --trait memory.count=1000 --trait page_size=50",
      "a thousand memory modules, in pages of fifty" },
    { "bmcsh sim --mockup recorded/r750 --mockup recorded/dl380a --plain",
      "two recorded trees, at http://127.0.0.[1-2]:8443" },
    { "curl -k https://127.0.0.1:8443/sim/counters", "what happened at a BMC; /sim tells more" },
    { "curl -k -d '{\"fault\": \"busy=5@10%\"}' https://127.0.0.3:8443/sim/faults",
      "a fault while it runs, at the third BMC; /sim/farm/faults for all" },
  },
  targets = false,
  options = add_options,
  run = run,
}
