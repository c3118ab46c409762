-- SPDX-License-Identifier: GPL-3.0-or-later
-- Guards each test: a time limit, and a count of what is left behind.
--
-- The limit is a deadline of the task, so that every wait of the test fails with "timeout" and
-- its clean-up still runs. The count compares the boxes of C that are alive, and the tasks, with
-- those before the test, after a full collection (STYLE S3). What before_each makes is counted
-- before; what a whole file leaves behind is an error of the file.

local host = require "_bmcsh.host"
local task = require "bmc.task"

-- Keeps one client for the life of the program: loaded before anything is counted.
require "bmc.http"

local function alive()
  collectgarbage()
  collectgarbage()
  return host.live()
end

-- "2 bmcsh.udp, 1 task", or nil.
local function grown(before)
  local names = {}
  for name, count in pairs(alive()) do
    local more = count - (before[name] or 0)
    if more > 0 then
      names[#names + 1] = ("%d %s"):format(more, name)
    end
  end
  table.sort(names)
  return #names > 0 and table.concat(names, ", ") or nil
end

-- What is still there after so many seconds: some things end by themselves, such as the tasks of
-- a server that was closed.
local function left_behind(before, settle)
  local pause, leak = 0.005, grown(before)
  local give_up = task.now() + settle
  while leak and task.now() < give_up do
    task.sleep(pause)
    pause = pause * 2
    leak = grown(before)
  end
  return leak
end

local function guarded(element, options)
  local run, at = element.run, element.trace
  local function fail(text, ...)
    error(("%s:%d: "):format(at.short_src, at.currentline) .. text:format(...), 0)
  end
  return function()
    local before = alive()
    local out_of_time = task.deadline(options.time, function()
      run()
      return task.left() <= 0
    end)
    if out_of_time then
      fail("the test took longer than %g s", options.time)
    end
    local leak = left_behind(before, options.settle)
    if leak then
      fail("left behind: %s", leak)
    end
  end
end

--- Hangs the guards on a busted.
---@param busted table
---@param options { time: number, settle: number }  seconds
return function(busted, options)
  local at_start = {}
  busted.subscribe({ "test", "start" }, function(element)
    if element.descriptor == "it" then
      element.run = guarded(element, options)
    end
    return nil, true
  end)
  -- After Ctrl-C no test could wait for anything any more.
  busted.subscribe({ "test", "end" }, function()
    busted.skipAll = task.cancelled()
    return nil, true
  end)
  busted.subscribe({ "file", "start" }, function(file)
    at_start[file] = alive()
    return nil, true
  end)
  busted.subscribe({ "file", "end" }, function(file)
    local leak = left_behind(at_start[file], options.settle)
    if leak then
      busted.publish({ "error", "file" }, file, nil, "the file left behind: " .. leak)
    end
    return nil, true
  end)
end
