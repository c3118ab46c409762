-- SPDX-License-Identifier: GPL-3.0-or-later
--- The inventory of a machine over IPMI: what its boards and power supplies are.
--
-- Owns which FRU devices there are and what each is called: device 0 is the BMC's own, which is
-- the machine, the others stand in the SDR repository. How one is read is bmc.ipmi.fru.read's,
-- what its bytes say bmc.ipmi.fru.record's.

local ipmi = require "bmc.ipmi"
local read = require "bmc.ipmi.fru.read"
local records = require "bmc.ipmi.fru.record"
local sdr = require "bmc.ipmi.sdr"

local BMC = 0x20 -- slave address

local M = {}

-- One device as a record; nil, err when nothing of it can be read.
local function device(client, id, lun)
  local bytes, e = read.read(client, id, lun)
  if not bytes then
    return nil, e
  end
  local record = records.decode(bytes)
  record.device_id = id
  if e then
    table.insert(record.problems, 1, ("only %d bytes can be read: %s"):format(#bytes, e.text))
  end
  return record
end

-- Whether the FRU commands of the BMC lead to it: not to memories on a bus, nor to what is behind
-- another controller.
local function is_ours(fru)
  return fru.logical and (fru.access == BMC or fru.access == 0)
end

-- The devices that the repository names, each of them once.
local function located(client, note)
  local repository, e = sdr.of(client)
  if not repository then
    return nil, e
  end
  local list, known = {}, {}
  for _, fru in ipairs(repository:frus()) do
    local name = fru.name or "without a name"
    if not is_ours(fru) then
      note(("FRU %s is behind another controller or a bus: not read"):format(name))
    elseif not known[fru.device_id] then
      known[fru.device_id] = true
      list[#list + 1] = fru
    end
  end
  return list
end

-- A device among others. One that cannot be read is there with the reason: a supply that is not
-- plugged in is such a one. nil, err when the BMC does not answer.
local function one_of_many(client, id, lun)
  local record, e = device(client, id, lun)
  if record then
    return record
  elseif e.completion or e.code == "protocol" or e.code == "missing" then
    return { device_id = id, problems = { e.text } }
  end
  return nil, e
end

-- The devices of the repository, and the names they have there.
local function all(client, note)
  local record, e = one_of_many(client, 0)
  local list
  if record then
    list, e = located(client, note)
  end
  if not list then
    return nil, e
  end
  record.others = {}
  for _, fru in ipairs(list) do
    local other = record
    if fru.device_id ~= 0 then
      other, e = one_of_many(client, fru.device_id, fru.lun)
      if not other then
        return nil, e
      end
      table.insert(record.others, other)
    end
    other.name = fru.name
  end
  return record
end

--- Reads the inventory of the machine: the IPMI way of the operation `fru`.
---@param target bmc.target.Target
---@param args { device: integer?, all: boolean? }
---@param call bmc.plan.Call
---@return table? record
---@return bmc.err.Value? err  missing: there is no such device
function M.inventory(target, args, call)
  local client = ipmi.of(target)
  if args.all then
    return all(client, call.note)
  end
  return device(client, args.device or 0)
end

return M
