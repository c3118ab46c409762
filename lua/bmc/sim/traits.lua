-- SPDX-License-Identifier: GPL-3.0-or-later
-- What can be told of a simulated BMC: every trait with its usual value, and how others are laid
-- over them. Personalities (personality/*.lua) differ from GENERIC, and options of a farm from
-- those: sim.start { traits = {…} }, `bmcsh sim --trait PATH=VALUE`. Which requests go wrong is
-- no trait but a fault (faults.lua); a personality may bring some.

local cjson = require "cjson"
local check = require "bmc.sim.traits.check"
local err = require "bmc.err"
local tbl = require "bmc.tbl"

local M = {}

M.GENERIC = {
  vendor = "redfish-generic", model = "generic",
  redfish = "1.6.0",                  -- RedfishVersion of the root
  serial = "SIM#######",              -- pattern of serial numbers: machine.lua
  ids = { system = "1", chassis = "1", manager = "1" },
  sessions = {
    path = "/redfish/v1/SessionService/Sessions",
    wrong = false,                    -- a path where logging in is 405 (T02)
    limit = 16, timeout = 1800,       -- at once; idle seconds
    full = { status = 503, id = "SessionLimitExceeded", text = false },
    refuses = false,                  -- a header that a login must not carry (T03)
  },
  faults = {},                        -- name -> fault rule that this BMC has from birth

  reset_types = { "On", "ForceOff", "GracefulShutdown", "ForceRestart", "GracefulRestart" },
  manager_reset_types = { "GracefulRestart", "ForceRestart" }, -- false: not said (P20)
  manager_reset_bare = false,         -- Manager.Reset takes no ResetType (P20)
  action_info = false,                -- reset types in an ActionInfo, not beside the action
  transitional = false,               -- PowerState shows PoweringOn and PoweringOff
  already = false,                    -- { status, id } of a reset that has nothing to do
  restart = {
    away = "503",                     -- what a BMC that restarts does: "503", or "refuse"
    linger = 0,                       -- seconds in which it still answers (P21)
  },

  slash = false,                      -- ids end with a slash
  any_case = false,                   -- paths ignore case
  root_redirect = false,              -- /redfish/v1 leads to /redfish/v1/ (T07)
  needs_body = false,                 -- POST without a JSON body is 415 (V13)
  expand = false,                     -- $expand: "honest", or "refused", "drops", "partial",
                                      -- "ignored", which all advertise it; false: neither
  page_size = 0,                      -- members a page of a collection has; 0: all of them
  page_query = "$skip",               -- what a nextLink counts with
  bad_count = false,                  -- Members@odata.count is that of the page

  etags = {
    show = "plain",                   -- in the header: plain, weak, double (E08), empty (E09),
                                      -- gzip (weak unless identity is asked for, T17), none
    in_body = false,                  -- as @odata.etag too
    take = { "shown", "star" },       -- If-Match that fits: shown, strong (without W/), bare
                                      -- (without quotes, E10), star, body (the tag in it, E02)
    need = false,                     -- status of a PATCH without any (E01: 428)
    actions = "ignored",              -- If-Match on an action: ignored, refused (E06), needed (E04)
    first_refused = false,            -- the first PATCH of a resource is 412 (E07)
    paths = ".",                      -- Lua pattern: where the rules above hold
  },

  boot = {
    at = "system",                    -- "settings", "SD": only there (B06, B14)
    targets = { "None", "Pxe", "Hdd", "Cd", "BiosSetup", "UefiHttp", "UefiTarget" },
    modes = { "UEFI", "Legacy" },     -- false: there is no mode (B13)
    enabled = { "Disabled", "Once", "Continuous" },
    full = false,                     -- target, enabled and mode only together (B15)
    mode_refused = false,             -- the mode cannot be set with the override (B12)
    falls_back = false,               -- a mode that is not sent becomes Legacy (B01)
    alone = false,                    -- a target that Enabled must not come with (B07)
    keep_target = false,              -- Disabled does not go with the target None (B11)
    post_refused = false,             -- 400 while the machine starts (B10)
    seconds = 4,                      -- from the reset until the system runs, at least
    order = { "Boot0001", "Boot0002", "Boot0003" }, -- false: no BootOrder (B04, B20)
  },
  media = {
    where = "manager",                -- "system" (V07)
    slots = {
      { id = "CD1", types = { "CD", "DVD" } }, { id = "USB1", types = { "Floppy", "USBStick" } },
    },
    actions = true,                   -- InsertMedia and EjectMedia; false: none
    patch = false,                    -- Image and Inserted are set by PATCH (V04)
    late_eject = false,               -- EjectMedia is offered only while something is in
    image_only = false,               -- Inserted and WriteProtected are refused (V01)
    need = {},                        -- parameters that must be there (V16, V17, V18)
    busy = 409,                       -- status of an insert into a slot that is not free
    empty = 200,                      -- status of an eject with nothing in (V19)
    keeps_image = false,              -- Image stays after an eject (V02)
    settle = 0,                       -- seconds until an eject shows, inserts 500 till then (V10)
  },
  tasks = {
    actions = { "UpdateService.SimpleUpdate" }, -- that answer 202
    jobs = "/redfish/v1/JobService/Jobs", -- where jobs are
    at = "task",                      -- Location: "task", "monitor" (F08), "job"
    absolute = false,                 -- Location with scheme and host
    body = "task",                    -- of the 202: "task", "message", "empty"
    seconds = 2,                      -- from New to the end
    vanish = false,                   -- gone at its end, the job stays (F03)
    to_job = false,                   -- ends with OperationTransitionedToJob (F07)
    fails = false,                    -- ends with Exception
  },
  led = {
    form = "IndicatorLED",            -- "LocationIndicatorActive", "both"
    chassis_refused = false,          -- the chassis shows it and takes nothing (R45)
  },

  model_old = true,                   -- Thermal, Power
  model_new = false,                  -- ThermalSubsystem, PowerSubsystem, Sensors, …
  temperatures = {
    { name = "CPU1 Temp", context = "CPU", reading = 46, spread = 6, critical = 95 },
    { name = "CPU2 Temp", context = "CPU", reading = 45, spread = 6, critical = 95 },
    { name = "Inlet Temp", context = "Intake", reading = 23, caution = 38, critical = 42 },
  },
  fans = { count = 4, name = "Fan %d", rpm = 6000, low = 720, percent = false },
  supplies = {
    count = 2, name = "PSU %d", model = "PSU-800", maker = "Contoso", serial = "P########",
    capacity = 800,
  },
  watts = 280, watts_limit = false,

  processors = {
    count = 2, id = "CPU%d", model = "Contoso 3500", maker = "Contoso", isa = "x86-64",
    cores = 32, threads = 64, mhz = 3500,
  },
  memory = {
    count = 8, id = "DIMM%d", gib = 32, mhz = 3200, maker = "Contoso", part = "C32G3200R",
    type = "DDR4",
  },
  storage = {
    {
      id = "RAID1", name = "RAID Controller", model = "CRC-12",
      drives = { count = 4, model = "CSSD-960", maker = "Contoso", gb = 960, protocol = "SATA" },
      volumes = { { raid = "RAID1", drives = { 1, 2 } } },
    },
  },
  nics = { count = 2, id = "NIC%d", mbps = 25000 },
  adapters = { { id = "Slot1", model = "CNA-25", maker = "Contoso", version = "22.36.10" } },
  firmware = { { id = "CPLD", name = "CPLD", version = "1.0.6" } }, -- besides BIOS and BMC
  ipmi = {
    manufacturer = 7154, product = 1, -- of Get Device ID: IANA number
    ciphers = { 17, 3 },              -- suites that are spoken: of these two
    offers = {},                      -- suites that are listed too; to open one is refused
    v15 = false,                      -- says that it does IPMI 1.5, and does not
    kg = false,                       -- its key K_g
    privilege = 4,                    -- the most that the account gets: 3 operator, 2 user
    slots = 8, timeout = 60,          -- sessions at once; idle seconds
    read_max = 255,                   -- bytes that a read of SDRs or of a FRU gives at once
    sol = true,                       -- the serial port can be had over the network
    erase = 0,                        -- seconds that clearing the log takes
    impossible = false,               -- D5h for off when off, on when on; else it is done
  },
  logs = {                            -- by owner: a list of logs, or the owner that has them too
    system = { { id = "SEL", count = 6 } }, -- what can be said of a log: logs.lua
    manager = false,
    apart = false,                    -- entries at Logs/ID of the owner, not below the service
  },
  stream = {                          -- of server-sent events
    uri = false,                      -- where it is; false: there is none
    zone = { "Z", 0 },                -- of its times: how it is written, seconds (R41)
    lean = false,                     -- neither MemberId nor EventType (R42)
  },
  slots = 0,                          -- fixed account slots; 0: as many as accounts (C16)
  licences = {},                      -- LicenseService: { { id =, name =, type = }, … }
  extras = {},                        -- "{manager}/…" -> { kind =, body =, from =, as = }:
                                      -- resources of the vendor's own, and where their link is
  bodies = {},                        -- by schema name, laid over what tree.lua builds
}

--- Lays traits over others: maps merge, lists and values replace.
---@param base table changed
---@param over table|nil
---@return table base
function M.overlay(base, over)
  for k, v in pairs(over or {}) do
    local both = tbl.is_map(v) and tbl.is_map(base[k])
    base[k] = both and M.overlay(base[k], v) or tbl.copy(v)
  end
  return base
end

--- Checks traits: their names, and of what kind they are.
---@param given table
---@return table|nil given
---@return table|nil err rejected
function M.check(given)
  local name, expected = check.problem(M.GENERIC, given)
  if not name then return given end
  if expected then
    return err.fail("rejected", ("trait %s: %s expected"):format(name, expected))
  end
  return err.fail("rejected", ("no trait %q; bmcsh sim --list-traits shows them"):format(name))
end

--- The cipher suites that a BMC lists over IPMI: those that it speaks come first.
---@param traits table
---@return integer[]
function M.suites(traits)
  local out = { table.unpack(traits.ipmi.ciphers) }
  return table.move(traits.ipmi.offers, 1, #traits.ipmi.offers, #out + 1, out)
end

local function value_of(text, usual)
  local ok, list = pcall(cjson.decode, "[" .. text .. "]")
  if ok and #list == 1 and list[1] == false then return false end
  if ok and type(usual) == "table" and type(list[1]) ~= "table" then return list end
  if ok then return math.type(list[1]) and math.tointeger(list[1]) or list[1] end
  if type(usual) ~= "table" then return text end
  local out = {}
  for item in text:gmatch("[^,]+") do out[#out + 1] = item end
  return out
end

--- Reads traits as they are typed.
---@param list string[] "PATH=VALUE": VALUE is JSON, a word, or a comma list for a list
---@return table|nil traits
---@return table|nil err rejected
function M.parse(list)
  local out = {}
  for _, item in ipairs(list) do
    local path, text = item:match("^([%w_.]+)=(.*)$")
    if not path then return err.fail("rejected", ("trait %q: PATH=VALUE expected"):format(item)) end
    local here, usual, last = out, M.GENERIC, nil
    for name in path:gmatch("[^.]+") do
      if last then
        here[last] = here[last] or {}
        here = here[last]
      end
      usual, last = type(usual) == "table" and usual[name], name
    end
    here[last] = value_of(text, usual)
  end
  return M.check(out)
end

return M
