-- SPDX-License-Identifier: GPL-3.0-or-later
-- trail: owns how the outcome of a change is shown: one line that says what came of it, then one
-- for each step that led there; and the same as data for --json.

local M = {}

local function round(seconds)
  return seconds and math.floor(seconds * 1000 + 0.5) / 1000
end

--- A result as DESIGN 9 has it: the way stands beside the data, seconds to the millisecond.
---@param result table  of an operation that writes; is changed
---@return table result
function M.tidy(result)
  result.way = nil
  result.seconds = round(result.seconds)
  for _, step in ipairs(result.trail or {}) do
    step.seconds = round(step.seconds)
  end
  return result
end

local function step_line(step)
  local outcome = step.ok and "ok" or step.code or "failed"
  return ("  %-9s %s%s"):format(outcome, step.step, step.why and ": " .. step.why or "")
end

--- Shows one machine: what came of it, the steps, and what was noted on the way.
---@param out table      of bmc.out
---@param outcome table  of bmc.fleet
---@param words string   what came of it
function M.show(out, outcome, words)
  local data = outcome.data
  out:line(("%s: %s, %.1f s over %s"):format(outcome.host, words, data.seconds or 0,
    outcome.way or "-"))
  for _, step in ipairs(data.trail or {}) do
    if step.step then
      out:line(step_line(step))
    end
    for _, note in ipairs(step.notes or {}) do
      out:line("  note      " .. note)
    end
  end
end

return M
