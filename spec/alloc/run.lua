-- SPDX-License-Identifier: GPL-3.0-or-later
-- Refuses each allocation in turn (STYLE S4), in a program built for it (make check-alloc):
--
--   bmcsh spec/alloc/run.lua [NAME | NAME:CASE …]
--
-- A case is a function of spec/alloc/NAME.lua, which raises what goes wrong. It is run with its
-- first allocation refused, then its second, until it gets through. Each try has to end, with a
-- clean error, and leave no box, no task and no memory behind.

local alloctest = require "_bmcsh.alloctest"
local host = require "_bmcsh.host"
local err = require "bmc.err"
local task = require "bmc.task"

local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = ("%s/?.lua;%s/../?.lua;%s/../?/init.lua;%s"):format(here, here, here, package.path)

local LIMIT = 10 -- seconds a try may take

local tries, problems = 0, 0

local function complain(case, n, text)
  problems = problems + 1
  print(("FAILED %s, allocation %d: %s"):format(case, n, text))
end

-- What a script may be told for lack of memory. A stack that cannot grow is said to overflow.
local function is_clean(e)
  return err.is(e)
    or type(e) == "string" and (e:find("memory") or e:find("stack overflow")) ~= nil
end

local function alive()
  collectgarbage()
  collectgarbage()
  return host.live()
end

local function left_behind(before)
  for name, count in pairs(alive()) do
    if count > (before[name] or 0) then
      return ("%d %s"):format(count - (before[name] or 0), name)
    end
  end
end

-- Tasks that were cancelled, and children that were killed, take a moment.
local function settle(before)
  local give_up = task.now() + 3
  local leak = left_behind(before)
  while leak and task.now() < give_up do
    task.sleep(0.01)
    leak = left_behind(before)
  end
  return leak
end

local function try(name, run, n)
  local before = alive()
  local began = task.now()
  local refused, ok, e = task.deadline(LIMIT, alloctest.try, n, run)
  tries = tries + 1
  if task.now() - began >= LIMIT then
    complain(name, n, "did not end")
  elseif not ok and not is_clean(e) then
    complain(name, n, "no clean error: " .. tostring(e))
  elseif not ok and not refused then
    complain(name, n, "fails although nothing was refused: " .. tostring(e))
  end
  local leak = settle(before)
  if leak then
    complain(name, n, "left behind: " .. leak)
  end
  return refused
end

local function check(name, run)
  run() -- loads what it needs
  local n = 1
  while try(name, run, n) do
    n = n + 1
  end
  if alloctest.leaks() then
    problems = problems + 1
    print("FAILED " .. name .. ": memory that nobody holds, see above")
  end
end

local function names(args)
  if #args > 0 then
    return args
  end
  local found = {}
  for _, file in ipairs(host.listdir(here)) do
    if file ~= "run.lua" then
      found[#found + 1] = file:match("^([%w_]+)%.lua$")
    end
  end
  return found
end

for _, name in ipairs(names { ... }) do
  local file, only = name:match("^([^:]+):?(.*)$")
  local cases = require(file)
  local sorted = {}
  for case in pairs(cases) do
    sorted[#sorted + 1] = (only == "" or only == case) and case or nil
  end
  table.sort(sorted)
  for _, case in ipairs(sorted) do
    check(file .. ": " .. case, cases[case])
  end
end
print(("%d tries with an allocation refused, %d problems"):format(tries, problems))
return problems == 0
