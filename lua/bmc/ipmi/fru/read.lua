-- SPDX-License-Identifier: GPL-3.0-or-later
--- Reading the inventory of a FRU device, as far as there is something in it (IPMI 2.0, chapter
--- 34).
--
-- Owns how its bytes are got: access by bytes or words, parts as small as the BMC wants them, and
-- no more than the areas take, for the devices are large and the parts small. What the bytes say
-- is C's (src/ipmi_fru.h).

local err = require "bmc.err"
local reply = require "bmc.ipmi.reply"
local task = require "bmc.task"

local PART = 16       -- bytes to ask for at first: many BMCs refuse more (QUIRKS)
local SMALLEST = 2
local HEADER, UNIT = 8, 8
local AREA_HEAD, RECORD_HEAD = 2, 5
local BY_WORDS = 0x01
local BUSY = 0x81     -- completion code of Read FRU Data (34.2)
local PAUSES = { 0.05, 0.1, 0.2, 0.5 }

-- Completion codes of a BMC that does not have the device.
local ABSENT = { [0xC9] = true, [0xCB] = true, [0xCC] = true }

local M = {}

---@class bmc.ipmi.fru.Device  one that is being read
---@field client bmc.ipmi.Client
---@field id integer
---@field lun integer
---@field size integer     bytes that it has
---@field unit integer     of offsets and counts: 1 or 2 bytes
---@field part integer     bytes to ask for
---@field data string      what is read of it, from its start
---@field failure? bmc.err.Value  why there is no more

-- What the BMC says of the device (34.1).
local function open(client, id, lun)
  local data, e = reply.ask(client, "Get FRU Inventory Area Info", string.char(id), 3,
    { lun = lun })
  if e and ABSENT[e.completion] then
    return err.fail("missing", ("there is no FRU device %d"):format(id),
      { completion = e.completion })
  elseif not data then
    return nil, e
  end
  local size, access = ("<I2B"):unpack(data)
  return {
    client = client, id = id, lun = lun, size = size, part = PART, data = "",
    unit = access & BY_WORDS == BY_WORDS and 2 or 1,
  }
end

-- One part, from an offset that is a multiple of the unit. A device that is busy is asked again.
local function ask(self, offset, count)
  for try = 1, #PAUSES + 1 do
    local data, code = self.client:ask("Read FRU Data",
      ("<BI2B"):pack(self.id, offset // self.unit, count // self.unit),
      { lun = self.lun, accept = { [BUSY] = true } })
    if data and code == 0 then
      return data:sub(2, 1 + count)
    elseif not data then
      return nil, code
    elseif try <= #PAUSES then
      local ok, stopped = task.sleep(PAUSES[try])
      if not ok then
        return nil, stopped
      end
    end
  end
  return err.fail("busy", ("FRU device %d is busy"):format(self.id), { completion = BUSY })
end

-- Reads on until there are so many bytes: whether they are there. A failure is kept.
local function grow(self, upto)
  local last = math.min(upto, self.size)
  while #self.data < last and not self.failure do
    local offset = #self.data // self.unit * self.unit
    local count = math.max(math.min(self.part, last - offset), self.unit)
    local data, e = ask(self, offset, (count + self.unit - 1) // self.unit * self.unit)
    if data and #data > #self.data - offset then
      self.data = self.data:sub(1, offset) .. data
    elseif data then
      self.failure = err.new("protocol", ("Read FRU Data: nothing at byte %d"):format(offset))
    elseif reply.LESS[e.completion] and self.part // 2 >= SMALLEST then
      self.part = self.part // 2
    else
      self.failure = e
    end
  end
  return #self.data >= upto
end

-- Reads all records from an offset on, up to the last, or to one that leads nowhere.
local function grow_records(self, at)
  local last
  repeat
    if not grow(self, at + RECORD_HEAD) then
      return
    end
    local _, flags, length, checksum, header = self.data:byte(at + 1, at + RECORD_HEAD)
    local sum = self.data:byte(at + 1) + flags + length + checksum + header
    last = flags & 0x80 ~= 0 or sum & 0xFF ~= 0
    at = at + RECORD_HEAD + length
    grow(self, at)
  until last
end

--- Reads a FRU device as far as its areas go. What could be read is given also when something is
--- missing behind it.
---@param client bmc.ipmi.Client
---@param id integer
---@param lun? integer
---@return string? bytes
---@return bmc.err.Value? err  missing: there is no such device, or it is empty; with bytes: why
--- they are not all
function M.read(client, id, lun)
  local self, e = open(client, id, lun)
  if not self then
    return nil, e
  elseif self.size == 0 then
    return err.fail("missing", ("FRU device %d is empty"):format(id))
  end
  if not grow(self, HEADER) then
    return nil, self.failure or err.new("protocol", ("FRU device %d has %d bytes"):format(id,
      self.size))
  end
  local _, _, chassis, board, product, records = self.data:byte(1, HEADER)
  for _, offset in ipairs { chassis, board, product } do
    local at = offset * UNIT
    if at > 0 and grow(self, at + AREA_HEAD) then
      grow(self, at + self.data:byte(at + AREA_HEAD) * UNIT)
    end
  end
  if records > 0 then
    grow_records(self, records * UNIT)
  end
  return self.data, self.failure
end

return M
