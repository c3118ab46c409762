-- SPDX-License-Identifier: GPL-3.0-or-later
-- ipmi: measures the budgets of sweeps over IPMI, and prints each beside its budget. Called by
-- run.sh, which has built the other side:
--
--   bmcsh ipmi.lua PROGRAM FOLDER ROUNDS
--
-- The BMCs are bmcs.lua's, the client that bmcsh is compared with FreeIPMI's ipmipower: one
-- session a BMC, cipher suite 17, opened, asked for the power state, closed. measure.lua says how
-- is measured.

local spawn = require "_bmcsh.spawn"

local rmcp = require "bmc.rmcp"
local task = require "bmc.task"

local program, dir, rounds = ...
rounds = math.tointeger(rounds)

local BMCS, MANY, FEW, FARM = 1000, 10000, 100, 2500 -- FARM: those of one process
local DEAD = 100 -- one of so many, where some are dead
local CONCURRENCY = 200
local PORT, PREFIX, HALF_DEAD = 16230, "127.60", "127.61"

local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path
local measure = require "measure"
local median, report = measure.median, measure.report

-- ---- the peers ----

local function await(address)
  for _ = 1, 200 do
    if rmcp.ping { host = address, port = PORT, timeout = 0.1, retry = 0.1 } then
      return
    end
    assert(task.sleep(0.05))
  end
  error("the BMCs at " .. address .. " did not start", 0)
end

-- Runs f with so many BMCs at the addresses that begin so.
local function with_bmcs(count, prefix, dead, f)
  local farms = {}
  for first = 0, count - 1, FARM do
    local at = ("%s.%d"):format(prefix:match("^%d+"), prefix:match("%d+$") + 2 * (first // FARM))
    local n = math.min(FARM, count - first)
    farms[#farms + 1] = task.spawn(spawn.run, { "env", "BMC_PASSWORD=" .. measure.PASSWORD, program,
      here .. "/bmcs.lua", tostring(n), at, tostring(PORT), tostring(dead) })
    await(("%s.%d.%d"):format(at, (n - 2) // 250, (n - 2) % 250 + 1)) -- the last one may be dead
  end
  local ok, problem = pcall(f)
  for _, farm in ipairs(farms) do
    farm:cancel()
    farm:join()
  end
  if not ok then
    error(problem, 0)
  end
end

-- So many of the BMCs, as a list of ranges; all of them in one word.
local function ranges(count, prefix, form)
  local list = {}
  for first = 0, count - 1, FARM do
    local second = prefix:match("%d+$") + 2 * (first // FARM)
    local n = math.min(FARM, count - first)
    local whole = n >= 250 and ("[0-%d].[1-250]"):format(n // 250 - 1) or ("0.[1-%d]"):format(n)
    list[#list + 1] = form:format(("%s.%d.%s"):format(prefix:match("^%d+"), second, whole), PORT)
  end
  return list
end

local function all(count, prefix, form)
  return table.concat(ranges(count, prefix, form), ",")
end

-- ---- the two clients ----

local function bmcsh(count, concurrency, prefix)
  return { program, "power", "status", "-H", all(count, prefix or PREFIX, "ipmi://%s:%d"), "-u",
    "root", "--json", "--concurrency", tostring(concurrency), "--timeout", "20" }
end

local function ipmipower(count)
  return { "/usr/sbin/ipmipower", "-D", "LAN_2_0", "-I", "17", "-h",
    all(count, PREFIX, "%s:%d"), "-u", "root", "-p", measure.PASSWORD, "--stat" }
end

local function cost(times, argv, fails)
  return measure.cost(dir, times, argv, fails)
end

-- ---- what is measured ----

local function against_ipmipower()
  local ours, theirs, ratios = {}, {}, {}
  for i = 1, rounds do
    theirs[i] = cost(1, ipmipower(BMCS)).cpu
    ours[i] = cost(1, bmcsh(BMCS, CONCURRENCY)).cpu
    ratios[i] = ours[i] / theirs[i]
  end
  report(("IPMI power status, %d BMCs, against ipmipower: CPU ratio"):format(BMCS), median(ratios),
    0.7, ("bmcsh %.0f us a BMC, ipmipower %.0f us"):format(median(ours) / BMCS * 1e6,
      median(theirs) / BMCS * 1e6))
end

-- All sessions are open at once; the program itself counts too.
local function memory()
  local peaks = {}
  for i = 1, rounds do
    peaks[i] = cost(1, bmcsh(MANY, MANY)).peak / MANY
  end
  report(("IPMI, %d targets at once: KiB of peak memory each"):format(MANY), median(peaks), 16,
    ("%.0f MiB in all"):format(median(peaks) * MANY / 1024))
end

-- CPU seconds a host, of as many hosts in all whatever their number at once.
local function each(count)
  local times = math.max(1, MANY // count // 2)
  local out = measure.run { "env", "BMC_PASSWORD=" .. measure.PASSWORD, "XDG_STATE_HOME=" .. dir,
    program, here .. "/sweep.lua", tostring(FEW), tostring(times),
    table.unpack(ranges(count, PREFIX, "ipmi://%s:%d")) }
  return tonumber(out) / times / count
end

local function scale()
  local ratios, many = {}, {}
  for i = 1, rounds do
    local few = each(FEW)
    many[i] = each(MANY)
    ratios[i] = many[i] / few
  end
  report(("IPMI, cost a host at %d hosts, against %d: CPU ratio"):format(MANY, FEW), median(ratios),
    1.2, ("%.0f us a host at %d"):format(median(many) * 1e6, MANY))
end

local function dead()
  local ratios, with, without = {}, {}, {}
  for i = 1, rounds do
    without[i] = cost(1, bmcsh(BMCS, CONCURRENCY)).answered
    with[i] = cost(1, bmcsh(BMCS, CONCURRENCY, HALF_DEAD), true).answered
    ratios[i] = with[i] / without[i]
  end
  report(("IPMI, %d BMCs, one of %d dead: time of the others, ratio"):format(BMCS, DEAD),
    median(ratios), 1.2, ("%.2f s, without dead ones %.2f s"):format(median(with), median(without)))
end

print(("IPMI: medians of %d rounds"):format(rounds))
with_bmcs(BMCS, PREFIX, 0, against_ipmipower)
with_bmcs(BMCS, PREFIX, 0, function()
  with_bmcs(BMCS, HALF_DEAD, DEAD, dead)
end)
with_bmcs(MANY, PREFIX, 0, function()
  memory()
  scale()
end)
measure.sum_up()
