-- SPDX-License-Identifier: GPL-3.0-or-later
-- network_info: how the BMC itself is on the network.

local lan = require "bmc.ipmi.lan"
local parts = require "bmc.parts.manager"
local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local subject = require "bmc.subject"
local task = require "bmc.task"
local tbl = require "bmc.tbl"
local walks = require "bmc.chassis.walk"

local object = reading.object

-- The links below an Oem object, however deep, whose names say that there is a time service.
local function time_links(oem, patterns, out)
  for _, name in ipairs(tbl.sorted_keys(object(oem))) do
    local value = oem[name]
    if type(value) == "table" and type(name) == "string" then
      if tbl.matches(name, patterns) then
        out[#out + 1] = reading.link(value) or value
      else
        time_links(value, patterns, out)
      end
    end
  end
  return out
end

-- Some managers have the servers in the object itself, most have a link to one.
local function time_services(self)
  local patterns = self.rf.target.profile.manager.time_services
  return self.walk:each(time_links(self.manager.Oem, patterns, {}), function(at)
    if type(at) == "table" then
      return at
    end
    return self.walk:fetch(at)
  end)
end

local function place_of(manager, name)
  return manager[name] or reading.below(manager, name)
end

local READS = {
  function(self) return self.walk:members(place_of(self.manager, "EthernetInterfaces")) end,
  function(self) return self.walk:fetch(place_of(self.manager, "NetworkProtocol")) end,
  time_services,
}

-- The three places go out together; what one of them refuses, the others may have.
local function read(self)
  local answers = task.map(READS, #READS, function(f)
    return table.pack(f(self))
  end)
  local found, failure = {}, nil
  for i in ipairs(READS) do
    local answer = answers[i] or {}
    found[i] = answer[1]
    failure = failure or answer[2]
  end
  if failure and not found[1] and not found[2] then
    return nil, failure
  elseif failure then
    self.walk.note("incomplete: " .. (failure.text or failure.code))
  end
  return found
end

local function over_redfish(target, args, call)
  local rf = redfish.of(target)
  local system, e = subject.system_if_any(rf, args, call)
  if e then
    return nil, e
  end
  local manager
  manager, e = subject.manager(rf, system, call)
  if not manager then
    return nil, e
  end
  rf:identify { system = system, manager = manager }
  local found
  found, e = read { rf = rf, manager = manager, walk = walks.new(rf, call.note) }
  if not found then
    return nil, e
  end
  local interfaces = found[1] or {}
  local interface = parts.interface(interfaces)
  if #interfaces > 1 then
    call.note(("interface %s taken of %d"):format(tostring(interface.Id), #interfaces))
  end
  return parts.network(interface, found[2], found[3] or {})
end

--- The network settings of a BMC: of its interface that is up and carries an address others can
--- reach. hostname and fqdn come from the interface, else from the network protocol resource;
--- ntp_servers from there, else from the vendor's own time service. Addresses that say "none"
--- (0.0.0.0, ::) are absent, and so are lists without an entry. Over IPMI: the LAN parameters of
--- the channel that answers, the name of DCMI, vlan_id where one is used, and no servers.
--- Errors: those of the transport, missing (no manager).
---@type bmc.plan.Op
return {
  name = "network_info",
  record = {
    "hostname", "fqdn", "mac_address", "ipv4_address", "ipv4_gateway", "ipv4_subnet_mask",
    "ipv4_origin", "ipv6_address", "vlan_id", "dns_servers", "ntp_servers",
  },
  ways = { redfish = over_redfish, ipmi = lan.network },
}
