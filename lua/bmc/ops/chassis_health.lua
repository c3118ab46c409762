-- SPDX-License-Identifier: GPL-3.0-or-later
-- chassis_health: the BMC's own judgement of a machine, part by part.

local chassis = require "bmc.chassis"
local err = require "bmc.err"
local health = require "bmc.ipmi.health"
local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"
local task = require "bmc.task"
local walks = require "bmc.chassis.walk"

local object, worse = reading.object, reading.worse

-- The worst of several items. What is absent or disabled is not ill (R24).
local function worst(items)
  local word
  for _, item in ipairs(items) do
    if not reading.idle(item) then
      word = worse(word, reading.rollup(object(item).Status))
    end
  end
  return word
end

local function worst_of(records, field)
  local word
  for _, record in ipairs(records) do
    word = worse(word, record[field])
  end
  return word
end

-- The first of these links of the system whose members say anything.
local function of_members(self, links)
  local word
  for _, link in ipairs(links) do
    local members, e = self.walk:members(self.system[link])
    if not members then
      self.call.note(("%s not judged: %s"):format(link, e.text or e.code))
    end
    word = word or worst(members or {})
  end
  return word
end

local function storage(self)
  return of_members(self, { "Storage", "SimpleStorage" })
end

local function network(self)
  return of_members(self, { "NetworkInterfaces", "EthernetInterfaces" })
end

local function gather(self, kind)
  return chassis.gather(self.rf, self.system, chassis.kinds[kind], self.call.note)
end

local function power(self)
  local supplies, e = gather(self, "supplies")
  if not supplies then
    return nil, e
  end
  return worse(worst_of(supplies, "status"), worst_of(supplies, "redundancy_status"))
end

local function thermal(self)
  local sensors, e = gather(self, "thermal")
  if not sensors then
    return nil, e
  end
  return worst_of(sensors, "status")
end

local function manager(self)
  local body, e = subject.manager(self.rf, self.system, self.call)
  if not body then
    return nil, not walks.gone(e) and e or nil
  end
  return reading.rollup(body.Status)
end

-- Parts that cost requests of their own.
local ASKED = {
  { "storage", storage }, { "power", power }, { "thermal", thermal }, { "network", network },
  { "bmc", manager },
}
local PARTS = { "system", "processor", "memory", "storage", "power", "thermal", "network", "bmc" }

-- The parts go out together; the client keeps them from being too many for the BMC.
local function ask(self, record)
  local answers = task.map(ASKED, #ASKED, function(part)
    return table.pack(part[2](self))
  end)
  for i, part in ipairs(ASKED) do
    local answer = answers[i] or table.pack(err.fail("cancelled"))
    if answer[2] then
      return answer[2]
    end
    record[part[1]] = answer[1]
  end
end

local function over_redfish(target, args, call)
  local rf = redfish.of(target)
  local system, e = subject.system(rf, args, call)
  if not system then
    return nil, e
  end
  local record = {
    system = reading.rollup(system.Status),
    processor = reading.rollup(object(system.ProcessorSummary).Status),
    memory = reading.rollup(object(system.MemorySummary).Status),
  }
  local self = { rf = rf, system = system, call = call, walk = walks.new(rf, call.note) }
  e = ask(self, record)
  if e then
    return nil, e
  end
  for _, part in ipairs(PARTS) do
    record.overall = worse(record.overall, record[part])
  end
  return record
end

--- Health of a machine and its parts: "OK", "Warning" or "Critical" each, the worst of what
--- belongs to it; overall is the worst of all. A part the BMC says nothing about is absent: a
--- blade has no power (R46). storage and network are judged by what can be read; a failure to
--- read power, thermal or the manager fails the whole, so that "OK" is never said unseen. Over IPMI
--- a part is its sensors, and the faults of the chassis status; without sensor data records these
--- alone, and the notes say so.
--- Errors: those of the transport, missing (no such system).
---@type bmc.plan.Op
return {
  name = "chassis_health",
  record = {
    "overall", "system", "processor", "memory", "storage", "power", "thermal", "network", "bmc",
  },
  ways = { redfish = over_redfish, ipmi = health.read },
}
