-- SPDX-License-Identifier: GPL-3.0-or-later
-- The addresses of a farm: one a BMC, counted up from a base, the last number
-- from 1 to 250 so that a whole farm can be written as a range of hosts.

local err = require "bmc.err"

local M = {}

local LAST = 250 -- of the last number; then the third one goes up

local function format(a, b, c, d)
  return ("%d.%d.%d.%d"):format(a, b, c, d)
end

--- Consecutive addresses.
---@param base string an address of 127.0.0.0/8; its last number counts from 1 to 250
---@param count integer
---@return string[]|nil addresses
---@return table|nil err rejected: not such an address, or too many
function M.list(base, count)
  local a, b, c, d = base:match("^(127)%.(%d+)%.(%d+)%.(%d+)$")
  b, c, d = tonumber(b), tonumber(c), tonumber(d)
  if not a or b > 255 or c > 255 or d < 1 or d > LAST then
    local text = "%s: an address from 127.0.0.1 on expected, its last number 1 to %d"
    return err.fail("rejected", text:format(base, LAST))
  end
  local out = {}
  for i = 0, count - 1 do
    local rest = d - 1 + i
    local third = c + rest // LAST
    local second = b + third // 256
    if second > 255 then return err.fail("rejected", "more addresses than 127.0.0.0/8 has") end
    out[#out + 1] = format(127, second, third % 256, rest % LAST + 1)
  end
  return out
end

local function span(first, last)
  return first == last and tostring(first) or ("[%d-%d]"):format(first, last)
end

--- The same addresses as host ranges that bmcsh takes, joined by commas.
---@param addresses string[] from list()
---@param form string with %s where the address goes
---@return string
function M.range(addresses, form)
  local runs = {}
  for _, address in ipairs(addresses) do
    local head, third, last = address:match("^(%d+%.%d+)%.(%d+)%.(%d+)$")
    local run = runs[#runs]
    third, last = tonumber(third), tonumber(last)
    if run and run.head == head and run.third == third and run.last == last - 1 then
      run.last = last
    else
      runs[#runs + 1] = { head = head, third = third, upto = third, first = last, last = last }
    end
  end
  local out = {}
  for _, run in ipairs(runs) do
    local before = out[#out]
    local joins = before and before.head == run.head and before.upto == run.third - 1
    if joins and before.first == run.first and before.last == run.last then
      before.upto = run.third
    else
      out[#out + 1] = run
    end
  end
  for i, run in ipairs(out) do
    out[i] = form:format(("%s.%s.%s"):format(run.head, span(run.third, run.upto),
      span(run.first, run.last)))
  end
  return table.concat(out, ",")
end

return M
