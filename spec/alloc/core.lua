-- SPDX-License-Identifier: GPL-3.0-or-later
-- Cases for the C core: tasks, secrets, children, sockets. A case raises what goes wrong.

local host = require "_bmcsh.host"
local secret = require "_bmcsh.secret"
local spawn = require "_bmcsh.spawn"
local source = require "bmc.secret"
local task = require "bmc.task"
local udp = require "bmc.udp"

local M = {}

local function must(ok, ...)
  if ok == nil then
    error((...), 0)
  end
  return ok, ...
end

-- ---- classes ----

-- One that lack of memory left half made is made anew.
function M.class()
  local registry = debug.getregistry()
  registry["bmcsh.udp"], registry["bmcsh.udp.op"], package.loaded["_bmcsh.udp"] = nil, nil, nil
  local ok, why = pcall(require, "_bmcsh.udp")
  local socket <close> = must(require("_bmcsh.udp").open {})
  assert(tostring(socket):find("^udp socket") and (socket:address()) == "0.0.0.0")
  socket:close()
  must(ok or nil, why)
end

-- ---- tasks ----

function M.sleep()
  must(task.sleep(0))
end

function M.stopped_wait()
  local ok, e = task.deadline(0, task.sleep, 1)
  assert(ok == nil and (e.code == "timeout"))
end

function M.spawn_and_join()
  task.scope(function(s)
    local t = s:spawn(function(...)
      must(task.sleep(0))
      return ...
    end, 1, 2, 3)
    assert(select("#", must(t:join())) == 3)
  end)
end

function M.cancel()
  task.scope(function(s)
    local t = s:spawn(task.sleep, 60)
    must(task.sleep(0))
    t:cancel()
  end)
end

function M.map()
  local results = task.map({ 1, 2, 3, 4 }, 2, function(i)
    must(task.sleep(0))
    return i
  end)
  assert(results[4] == 4)
end

function M.semaphore_and_channel()
  local sem, channel = task.semaphore(1), task.channel(1)
  task.scope(function(s)
    for i = 1, 3 do
      s:spawn(function()
        local _ <close> = must(sem:acquire())
        must(channel:put(i))
      end)
    end
    local sum = 0
    for _ = 1, 3 do
      sum = sum + must(channel:get())
    end
    assert(sum == 6)
  end)
end

function M.generator()
  local sum = 0
  for i in coroutine.wrap(function()
    for i = 1, 3 do
      must(task.sleep(0))
      coroutine.yield(i)
    end
  end) do
    sum = sum + i
  end
  assert(sum == 6)
end

function M.closing()
  local closed = 0
  local function closer()
    return setmetatable({}, { __close = function()
      closed = closed + 1
      task.shield(1, task.sleep, 0)
    end })
  end
  pcall(task.deadline, 1, function()
    local _ <close> = closer()
    error("boom")
  end)
end

-- ---- host ----

function M.files()
  assert(#must(host.listdir(host.root .. "/lua/bmc")) > 10)
  assert(must(host.stat(host.root)).type == "directory")
  assert(host.stat("/no/such/file") == nil)
end

-- ---- secrets ----

function M.secrets()
  local small <close> = secret.from_string("hunter2")
  local large <close> = secret.from_string(("x"):rep(5000))
  local copy <close> = large:copy()
  assert(small:equals("hunter2") and copy:equals(large))
end

function M.secret_from_file()
  local s <close> = must(secret.from_file("/etc/hostname"))
  assert(s:length() > 0)
end

function M.secret_from_environment()
  local s <close> = must(secret.from_env("PATH"))
  assert(s:length() > 0)
end

function M.secret_source()
  local from <close> = source.source { command = "echo hunter2" }
  local s <close> = must(from:get())
  assert(s:equals("hunter2"))
end

-- ---- children ----

function M.child()
  local result = must(spawn.run { "sh", "-c", "cat; echo err >&2", stdin = ("x"):rep(100000) })
  assert(#result.stdout == 100000 and result.stderr == "err\n")
end

function M.child_with_secrets()
  local s <close> = secret.from_string("hunter2\n")
  local result = must(spawn.run { "cat", stdin = s, secret = true })
  local out <close> = result.stdout
  assert(out:equals("hunter2"))
end

function M.child_killed()
  local ok, e = spawn.run { "sleep", "60", timeout = 0 }
  assert(ok == nil and (e.code == "timeout" or e.code == "internal"))
end

-- ---- sockets ----

function M.socket()
  local a <close> = must(udp.open { address = "127.0.0.1" })
  local _, port = must(a:address())
  must(a:send("hello", "127.0.0.1", port))
  assert(must(a:receive(5)) == "hello")
  local ok, e = a:receive(0)
  assert(ok == nil and (e.code == "timeout" or e.code == "internal"))
end

function M.socket_by_name()
  local a <close> = must(udp.open { address = "127.0.0.1" })
  local _, port = must(a:address())
  must(a:send("hello", "localhost", port))
  assert(must(a:receive(5)) == "hello")
end

return M
