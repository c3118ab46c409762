-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh boot: what the machine starts from, next and always.
local cli = require "bmc.cli"
local trail = require "bmc.trail"

local ACTIONS = { "status", "next", "clear", "order", "options" }
local CHANGES = { next = true, clear = true, order = true }
local SECONDS = 300 -- a machine in POST takes no override: that is waited out

local function override(record)
  local enabled = record.boot_source_override_enabled
  local target = record.boot_source_override_target
  if not enabled or enabled == "Disabled" then
    return enabled and "none" or nil
  end
  return ("%s, %s"):format(target or "?", enabled:lower())
end

local function order(record)
  return record.boot_order and table.concat(record.boot_order, ", ")
end

-- What came of a change, in words.
local function words(data)
  local job = data.job and "; " .. data.job or ""
  local state = data.confirmed and "reads back" or "sent, to be seen after the next reset"
  return ("%s: %s%s"):format(override(data) or order(data) or "boot settings", state, job)
end

local STATUS = {
  { title = "next boot", value = override }, { "boot_source_override_mode", "mode" },
  { title = "boot order", value = order },
}
local VIEWS = {
  status = {
    columns = {
      { title = "NEXT BOOT", value = override }, { "boot_source_override_mode", "MODE" },
      { title = "ORDER", value = order },
    },
    fields = STATUS,
  },
  options = {
    columns = { { "count", "OPTIONS" } },
    digest = function(list) return { count = #list } end,
    list = {
      { "position", "#" }, { "reference", "REFERENCE" }, { "enabled", "ENABLED", sparse = true },
      { "name", "NAME", name = true }, { "path", "DEVICE PATH", extra = true, sparse = true },
    },
  },
}
for action, column in pairs {
  next = { title = "NEXT BOOT", value = override }, order = { title = "ORDER", value = order },
} do
  VIEWS[action] = {
    columns = { column, { "confirmed", "CONFIRMED" }, { "job", "JOB", sparse = true } },
    one = function(out, data, outcome) trail.show(out, outcome, words(data)) end,
  }
end
VIEWS.clear = VIEWS.next

-- Words for `next` that most BMCs can do something with.
local TARGETS = { "pxe", "cd", "vcd", "disk", "usb", "bios", "http", "uefi" }

local function check(args)
  local what = args.what or {}
  args.action = args.action or "status"
  if args.action == "next" and #what ~= 1 then
    return nil, "next what? one target, such as pxe, vcd, disk, bios, http"
  elseif args.action == "order" and #what == 0 then
    return nil, "order of what? the devices that come first, as bmcsh boot options shows them"
  elseif args.action ~= "next" and args.action ~= "order" and #what > 0 then
    return nil, ("%s takes no %q"):format(args.action, what[1])
  elseif args.once and args.continuous then
    return nil, "--once or --continuous, not both"
  end
  return true
end

local function set_next(m, args)
  return m:set_next_boot(args.what[1], {
    enabled = args.continuous and "Continuous" or "Once", mode = args.mode,
    uefi_target = args.uefi_target, http_uri = args.http_uri, system = args.system,
  })
end

local RUN = {
  status = function(m, args) return m:boot_config { system = args.system } end,
  options = function(m, args) return m:boot_options { system = args.system } end,
  next = function(m, args) return trail.tidy(set_next(m, args)) end,
  clear = function(m, args)
    return trail.tidy(m:set_next_boot("None", { system = args.system }))
  end,
  order = function(m, args)
    return trail.tidy(m:set_boot_order {
      devices = args.what, exact = args.exact, system = args.system,
    })
  end,
}

return cli.command {
  name = "boot",
  summary = "What it starts from: status, next TARGET, clear, order DEVICE…, options.",
  usage = "[ACTION] [WHAT…]",
  examples = {
    { "bmcsh boot -H https://10.0.5.17 -u root", "the override and the order" },
    { "bmcsh boot next pxe -H 'node[01-40].mgmt' -u root && bmcsh power cycle -H …",
      "network boot, once" },
    { "bmcsh boot next vcd --mode UEFI -H bmc1 -u root", "from what bmcsh media has inserted" },
    { "bmcsh boot next http --http-uri https://boot/ipxe.efi -H bmc1 -u root", "HTTP boot" },
    { "bmcsh boot options -H bmc1 -u root; bmcsh boot order Boot0003 ubuntu -H bmc1 -u root",
      "what there is; these two first, the others behind them" },
    { "bmcsh boot clear -H bmc1 -u root --dry-run", "what would be sent to clear the override" },
    { "bmcsh boot next pxe -H 'ipmi://node[01-40].mgmt' -u root", "over IPMI, which has no order" },
  },
  options = function(parser)
    parser:argument("action", "status (default), next, clear, order, options")
      :args("?"):choices(ACTIONS)
    parser:argument("what", "next: pxe, cd, vcd (inserted image), disk, usb, bios, http, uefi, "
      .. "or as the BMC calls it; order: references or names"):args("*")
      .suggested = function(given) return given[1] == "next" and TARGETS or {} end
    parser:option("--mode", "UEFI or Legacy; left as it is without"):argname("MODE")
      :choices { "UEFI", "Legacy" }
    parser:flag("--once", "for one start (default)")
    parser:flag("--continuous", "until it is cleared")
    parser:option("--uefi-target", "device path, for the target uefi"):argname("PATH")
    parser:option("--http-uri", "what to load, for the target http"):argname("URL")
    parser:flag("--exact", "order: leave out what is not named")
  end,
  check = check,
  write = function(args) return CHANGES[args.action] or false end,
  title = function(args) return "boot " .. args.action end,
  seconds = function(args) return CHANGES[args.action] and SECONDS or nil end,
  view = function(args) return VIEWS[args.action] end,
  run = function(m, args) return RUN[args.action](m, args) end,
}
