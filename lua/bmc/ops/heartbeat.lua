-- SPDX-License-Identifier: GPL-3.0-or-later
-- heartbeat: is it there, is it on, is it hot, is it well. In six requests, login and logout
-- counted, where the BMC has one system and one chassis.

local chassis = require "bmc.chassis"
local http = require "bmc.http"
local reading = require "bmc.reading"
local records = require "bmc.records"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"

-- Of a system: by what it is chosen, where its chassis are, how it is.
local SYSTEM = { only = http.names {
  "@odata.id", "href", "Id", "Name", "HostName", "Actions", "#ComputerSystem.Reset", "Links",
  "Chassis", "PowerState", "Power", "Status", "State", "Health", "HealthRollup",
} }

-- A heartbeat stands without a temperature, so a failure to read one is only noted.
local function temperature(rf, system, call)
  local list, e = chassis.gather(rf, system, chassis.kinds.glance, call.note)
  if not list then
    call.note("no temperature: " .. (e.text or e.code))
    return nil, e.code == "cancelled" and e or nil
  end
  local record, processor = records.processor_temperature(list)
  if not record then
    call.note("no temperature has a reading")
    return nil
  elseif not processor then
    call.note(("no processor temperature: %s stands for it"):format(tostring(record.name)))
  end
  return record.reading_c
end

local function over_redfish(target, args, call)
  local rf = redfish.of(target)
  local system, e = subject.system(rf, args, call, SYSTEM)
  if not system then
    return nil, e
  end
  local celsius
  celsius, e = temperature(rf, system, call)
  if e then
    return nil, e
  end
  return {
    online = true,
    power_state = reading.text(system.PowerState) or reading.text(system.Power),
    cpu_temp_c = celsius,
    health = reading.rollup(system.Status),
  }
end

-- The decoders are a library of their own: loaded when a machine is first asked over IPMI.
local function over_ipmi(target, args, call)
  return require("bmc.ipmi.glance").heartbeat(target, args, call)
end

--- Whether a BMC answers, and how its machine is.
---
--- online (true; a BMC that does not answer is an error), power_state as the BMC writes it
--- ("On", "Off", …), cpu_temp_c in °C: the first processor temperature with a reading, by
--- PhysicalContext, then by name; where no processor has one, the first temperature with a
--- reading, as in the reference library, and the notes say which. health: "OK", "Warning",
--- "Critical", the worse of Health and HealthRollup; over IPMI "Critical" when the chassis status
--- has a fault, and "OK" else.
--- Errors: those of the transport, missing (no such system).
---@type bmc.plan.Op
return {
  name = "heartbeat",
  record = { "online", "power_state", "cpu_temp_c", "health" },
  ways = { redfish = over_redfish, ipmi = over_ipmi },
}
