-- SPDX-License-Identifier: GPL-3.0-or-later
-- set_boot_order: what the machine starts from first, second and so on, from now on.

local err = require "bmc.err"
local order = require "bmc.startup.order"
local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local startup = require "bmc.startup"
local subject = require "bmc.subject"
local write = require "bmc.startup.write"

-- ---- which order ----

-- The standard's order: the settings object's where it shows one (B06), else the system's.
local function standard(places)
  for _, place in ipairs { places.settings or false, places.system } do
    local names = place and reading.texts(reading.object(place.body.Boot).BootOrder)
    if names then
      return { names = names, property = "BootOrder" }
    end
  end
end

-- The devices among the entries of the standard's order.
local function in_standard(rf, system, list, args)
  local options, e = order.options(rf, system)
  if not options then
    return nil, e
  end
  return order.arrange(args.devices, list.names, options, args.exact)
end

-- The new order, and the list it is one of: the standard's, or the vendor's own when that knows
-- the names.
local function arrange(rf, system, places, args)
  local list, new, e = standard(places), nil, nil
  if list then
    new, e = in_standard(rf, system, list, args)
    if new or e.code ~= "rejected" then
      return new, new and list or e
    end
  end
  local own, failure = order.own(rf, places.system.uri)
  if failure then
    return nil, failure
  end
  local why
  if own then
    new, why = order.arrange(args.devices, own.names, {}, args.exact)
  end
  return new, new and own or e or why
    or err.new("unsupported", "this BMC shows no boot order", { effect = "none" })
end

-- ---- writing ----

local function write_own(rf, list, new)
  local answer, response = rf:patch(list.uri, { [list.property] = new }, { held = list.body })
  local outcome, e = rf:follow(answer, response, { staged_after = 0 })
  if not outcome then
    return nil, e
  end
  return { uri = list.uri, sent = { [list.property] = new }, outcome = outcome, names = function(b)
    return reading.texts(b[list.property])
  end }
end

local function write_standard(rf, places, new, call)
  local written, e = write.boot(rf, places, { { BootOrder = new } }, call)
  if not written then
    return nil, e
  end
  return { uri = written.parts[1].place.uri, sent = { BootOrder = new }, outcome = written.outcome,
    names = function(b) return reading.texts(reading.object(b.Boot).BootOrder) end }
end

local function result_of(rf, done, new, call)
  local result = { uri = done.uri, sent = done.sent, job = done.outcome.uri }
  if rf.target.dry_run then
    return result
  elseif done.outcome.state == "scheduled" then
    call.note("staged: it takes effect with the next reset")
    return result
  end
  local body, e = write.confirm(rf, done.uri, function(seen)
    return order.same(new, done.names(seen))
  end)
  if not body then
    return nil, e
  end
  result.boot_order, result.confirmed = done.names(body), true
  return result
end

-- The devices: m:set_boot_order { "a", "b", exact = true } has them in the list part.
local function check(args)
  args.devices = args.devices or table.move(args, 1, #args, 1, {})
  if type(args.devices) == "string" then
    args.devices = { args.devices }
  end
  if #args.devices == 0 then
    return err.refuse("rejected", "which devices? give what is to come first")
  end
  return true
end

local function change(rf, system, places, args, call)
  local new, list = arrange(rf, system, places, args)
  if not new then
    return nil, list
  elseif order.same(new, list.names) then
    call.step { step = "nothing to do", ok = true, why = "the order is that already" }
    return { boot_order = list.names, confirmed = true }
  end
  local done, e
  if list.uri then
    done, e = write_own(rf, list, new)
  else
    done, e = write_standard(rf, places, new, call)
  end
  if not done then
    return nil, e
  end
  return result_of(rf, done, new, call)
end

local function over_redfish(target, args, call)
  local ok, e = check(args)
  if not ok then
    return nil, e
  end
  local rf = redfish.of(target)
  local known, places
  known, e = subject.known(rf, args, call, subject.certain)
  if not known then
    return nil, e
  end
  places, e = startup.places(rf, known.system, call)
  if not places then
    return nil, err.wrap(e, { effect = "none" })
  end
  return change(rf, known.system, places, args, call)
end

--- Sets the boot order: m:set_boot_order("Boot0003"), m:set_boot_order { "PXE", "ubuntu" }.
---
--- devices are references, names as the BMC shows them, aliases, device paths,
--- or a part of a name that only one has; they come first, and the others keep their order behind
--- them, unless `exact` is given. Where a vendor has an order of its own (B04, B20) its names are
--- understood too. sent and uri tell what went where; boot_order is what reads back; confirmed is
--- absent where that is to be seen only after a reset, and job is what then does it.
---
--- Errors: rejected (a name nobody has, or several; the BMC took it and shows something else:
--- effect unknown), unsupported (it shows no order), and those of the transport.
---@type bmc.plan.Op
return {
  name = "set_boot_order",
  write = true,
  seconds = 300,
  params = { "devices" },
  record = { "uri", "sent", "boot_order", "confirmed", "job", "way", "seconds", "trail" },
  ways = { redfish = over_redfish },
}
