-- SPDX-License-Identifier: GPL-3.0-or-later
-- The shipped commands, run as children against simulated BMCs in this process.

local cjson = require "cjson"
local sim = require "bmc.sim"
local spawn = require "_bmcsh.spawn"
local support = require "support"

local M = {}

local function password_file(dir, farm)
  local path = dir:write("password", farm.bmc(1).password .. "\n")
  local chmod = spawn.run { "chmod", "600", path }
  assert(chmod.status == 0, chmod.stderr)
  return path
end

--- Runs f(run, farm, dir): run(words…) is a command with user and password, at all BMCs unless a
--- word says -H. When it is over no session may be left.
---@param options bmc.sim.Options
---@param f fun(run: function, farm: table, dir: table)
function M.with_farm(options, f)
  local dir <close> = support.tmpdir()
  options.reset_delay = options.reset_delay or 0.2
  local farm <close> = sim.start(options)
  local file = password_file(dir, farm)
  local function run(...)
    local args = { ... }
    local words = " " .. table.concat(args, " ")
    local more = { "-u", "admin", "--password-file", file }
    if args[1] == "power" then -- the waits are for real BMCs
      for _, field in ipairs { "settle", "poll" } do
        table.move({ "--set", ("generic.power.%s=0.1"):format(field) }, 1, 2, #more + 1, more)
      end
    end
    if not words:find(" -H ", 1, true) then
      table.move({ "-H", farm:range() }, 1, 2, #more + 1, more)
    end
    return support.bmcsh { table.unpack(table.move(more, 1, #more, #args + 1, args)) }
  end
  f(run, farm, dir)
  local left = farm:count_all().live_sessions
  assert(left == 0, left .. " sessions left")
end

--- The lines of a text that are not empty.
---@param text string
---@return string[]
function M.lines_of(text)
  local out = {}
  for line in text:gmatch("[^\n]+") do
    out[#out + 1] = line
  end
  return out
end

--- The outcomes that a command printed, by host.
---@param result table what run() returned
---@return table[]
function M.json_of(result)
  local out = {}
  for i, line in ipairs(M.lines_of(result.stdout)) do
    out[i] = cjson.decode(line)
  end
  table.sort(out, function(a, b)
    return a.host < b.host
  end)
  return out
end

return M
