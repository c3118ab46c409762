-- SPDX-License-Identifier: GPL-3.0-or-later
-- The IPMI clients of others against the simulator: ipmitool and the FreeIPMI tools. None of our
-- code is between, so that a mistake of the client and one of the simulator cannot cover each
-- other. Where a tool is not installed the running test counts as skipped.

local spawn = require "_bmcsh.spawn"
local ipmisim = require "support.ipmisim"
local support = require "support"

local M = {}

-- In UTC wherever the specs run: these tools tell the time of the place.
local function run(argv)
  local words = table.move(argv, 1, #argv, 3, { "env", "TZ=UTC" })
  words.timeout = argv.timeout
  local result = assert(spawn.run(words))
  return result.stdout, result.status, result.stderr
end

local function at(farm, i)
  return farm.ipmi_url(i):match("^ipmi://(.*):(%d+)$")
end

local function add(argv, ...)
  local words = { ... }
  return table.move(words, 1, #words, #argv + 1, argv)
end

--- Runs ipmitool at a BMC of a farm.
---@param farm table
---@param i integer
---@param cipher integer
---@param words string its command, words apart by blanks
---@param user? { user: string?, password: string?, level: string? } others than the right ones
---@return string stdout
---@return integer status
---@return string stderr
function M.ipmitool(farm, i, cipher, words, user)
  local host, port = at(farm, i)
  local bmc, other = farm.bmc(i), user or {}
  local argv = { ipmisim.program("ipmitool"), "-I", "lanplus", "-H", host, "-p", port, "-C",
    tostring(cipher), "-U", other.user or bmc.user, "-P", other.password or bmc.password, "-L",
    other.level or "ADMINISTRATOR", "-R", "3", timeout = 60 }
  for word in words:gmatch("%S+") do add(argv, word) end
  return run(argv)
end

--- Runs a FreeIPMI tool at a BMC of a farm.
---@param farm table
---@param i integer
---@param cipher integer
---@param tool string
---@param ... string its own options
---@return string stdout
---@return integer status
---@return string stderr
function M.freeipmi(farm, i, cipher, tool, ...)
  local host, port = at(farm, i)
  local bmc = farm.bmc(i)
  return run(add({ ipmisim.program(tool), "-D", "LAN_2_0", "-I", tostring(cipher), "-h",
    host .. ":" .. port, "-u", bmc.user, "-p", bmc.password, timeout = 60 }, ...))
end

--- The same for a tool that reads sensor data records, with a cache of its own.
---@param farm table
---@param i integer
---@param cipher integer
---@param tool string
---@param ... string
---@return string stdout
---@return integer status
---@return string stderr
function M.with_records(farm, i, cipher, tool, ...)
  local dir <close> = support.tmpdir()
  return M.freeipmi(farm, i, cipher, tool, "--sdr-cache-directory=" .. dir.path, "-Q", ...)
end

--- The fields of a list "name : value".
---@param text string
---@return table<string, string> the first value of each name
function M.fields(text)
  local out = {}
  for line in text:gmatch("[^\n]+") do
    local name, value = line:match("^%s*(.-)%s*:%s*(.-)%s*$")
    if name then out[name] = out[name] or value end
  end
  return out
end

--- The rows of a list "a | b | c", without its head.
---@param text string
---@return string[][]
function M.rows(text)
  local out = {}
  for line in text:gmatch("[^\n]+") do
    local row = {}
    for cell in (line .. "|"):gmatch("%s*(.-)%s*|") do row[#row + 1] = cell end
    if row[1] ~= "ID" then out[#out + 1] = row end
  end
  return out
end

return M
