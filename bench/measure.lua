-- SPDX-License-Identifier: GPL-3.0-or-later
-- measure: what a command costs, and how a figure stands to its budget.
--
-- Two programs that are compared take turns, and a ratio is the median of the rounds' ratios:
-- the machine may be busy, but not with one of them only. What is counted is the CPU time of the
-- client's process, of itself alone.

local spawn = require "_bmcsh.spawn"

local PASSWORD = "benchmark"

local M = { PASSWORD = PASSWORD }

local held, missed = 0, 0

--- Runs a command that has to end well.
---@param argv table
---@return string stdout
function M.run(argv)
  argv.timeout = argv.timeout or 300
  local result = assert(spawn.run(argv))
  if result.status ~= 0 then
    error(("%s failed: %s"):format(argv[1], result.stderr), 0)
  end
  return result.stdout
end

function M.median(list)
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  local n = #sorted
  return n % 2 == 1 and sorted[n // 2 + 1] or (sorted[n // 2] + sorted[n // 2 + 1]) / 2
end

--- What a command costs, run so many times. May fail when `fails` is set.
---@param dir string     where bench/cost.c was built
---@param times integer
---@param argv table
---@param fails? boolean
---@return { cpu: number, wall: number, peak: integer, answered: number }  seconds, the most memory
--- of a run in KiB, and the seconds until the last line of output with an answer
function M.cost(dir, times, argv, fails)
  local out = M.run { dir .. "/cost", tostring(times), "env", "BMC_PASSWORD=" .. PASSWORD,
    "XDG_STATE_HOME=" .. dir, -- the books of sessions are not the operator's
    table.unpack(argv) }
  local cpu, wall, code, peak, answered = out:match("(%S+) (%S+) (%S+) (%S+) (%S+)")
  if code ~= "0" and not (fails and code == "1") then
    error(("%s ended with %s"):format(table.concat(argv, " "), code), 0)
  end
  return {
    cpu = tonumber(cpu), wall = tonumber(wall), peak = tonumber(peak),
    answered = tonumber(answered),
  }
end

--- Prints a figure beside its budget.
---@param what string
---@param value number
---@param budget number
---@param detail string
function M.report(what, value, budget, detail)
  local holds = value <= budget
  held, missed = held + (holds and 1 or 0), missed + (holds and 0 or 1)
  local verdict = holds and "holds" or ("MISSED by %.0f %%"):format((value / budget - 1) * 100)
  print(("%-52s %7.4g  budget %-5g %s"):format(what, value, budget, verdict))
  print(("  %s"):format(detail))
end

--- Prints how many budgets hold, at the end.
function M.sum_up()
  print(("%d budgets hold, %d missed"):format(held, missed))
end

return M
