-- SPDX-License-Identifier: GPL-3.0-or-later
-- Cases for sensor data records. A case raises what goes wrong.

local core = require "_bmcsh.sdr"
local repository = require "bmc.ipmi.sdr.repository"
local sdrs = require "support.sdrs"

local FULL = sdrs.full { name = "CPU1 Temp", entity = 3, limits = { 0x3F, 1, 2, 3, 4, 5, 6 } }
local SHARED = sdrs.compact { name = "PS", entity = 10, count = 3, offset = 1 }

local M = {}

function M.parse()
  for _, bytes in ipairs { FULL, SHARED, sdrs.fru { name = "Board" },
    sdrs.record(1, 0x08, "\10\1\x80\10\2\10\5\0\0\0\0") } do
    if not core.parse(bytes) then
      error("not parsed", 0)
    end
  end
end

function M.meaning()
  local sensor = core.parse(SHARED).sensor
  assert(#sensor:states(3, 10876, 1) == 2)
  assert(sensor:health(3, 10876, 1) == "Critical")
  assert(core.parse(FULL).sensor:value(40) == 40)
end

function M.repository()
  local r = repository.new { FULL, SHARED, "" }
  assert(#r:sensors() == 4 and #r.notes == 1)
end

return M
