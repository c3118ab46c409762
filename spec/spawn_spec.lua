-- SPDX-License-Identifier: GPL-3.0-or-later
local host = require "_bmcsh.host"
local secret = require "_bmcsh.secret"
local spawn = require "_bmcsh.spawn"
local err = require "bmc.err"
local task = require "bmc.task"
local support = require "support"

local function code_of(ok, e)
  assert.is_nil(ok)
  assert.is_true(err.is(e))
  return e.code
end

local function sh(script, options)
  local argv = options or {}
  table.move({ "sh", "-c", script }, 1, 3, 1, argv)
  return spawn.run(argv)
end

-- Children of this process that have ended and were not reaped.
local function zombies()
  local n = 0
  for _, name in ipairs(host.listdir("/proc")) do
    local stat <close> = name:find("^%d+$") and io.open("/proc/" .. name .. "/stat") or nil
    local text = stat and stat:read("a") or ""
    if text:find("%) Z " .. host.pid() .. " ") then
      n = n + 1
    end
  end
  return n
end

-- The process whose id the file holds, once it is there.
local function pid_in(dir, name)
  local path = dir:file(name)
  return support.eventually(function()
    return host.stat(path) and dir:read(name):match("^(%d+)\n")
  end)
end

describe("spawn.run", function()
  it("gives status and both outputs", function()
    local r = sh("echo out; echo err >&2; exit 3")
    assert.same({ status = 3, stdout = "out\n", stderr = "err\n" }, r)
    assert.same({ status = 0, stdout = "", stderr = "" }, spawn.run { "true" })
  end)

  it("gives the signal that ended the command", function()
    assert.same({ signal = 9, stdout = "", stderr = "" }, sh("kill -9 $$"))
  end)

  it("passes arguments as they are", function()
    local r = spawn.run { "printf", "%s|", "a b", "", "$HOME", "'", "*" }
    assert.equal("a b||$HOME|'|*|", r.stdout)
  end)

  it("feeds more than a pipe holds while it reads as much", function()
    local text = ("0123456789abcdef"):rep(60000)
    local r = spawn.run { "cat", stdin = text }
    assert.is_true(r.stdout == text)
  end)

  it("does not mind a command that leaves its input", function()
    assert.equal(0, sh("exit 0", { stdin = ("x"):rep(1000000) }).status)
  end)

  it("gives an empty input when there is none", function()
    assert.same({ status = 0, stdout = "", stderr = "" }, spawn.run { "cat" })
  end)

  it("takes a secret as input, also one that is closed meanwhile", function()
    local s = secret.from_string(("hunter2 "):rep(20000))
    task.scope(function(scope)
      local t = scope:spawn(sh, "sleep 0.05; wc -c", { stdin = s })
      assert.is_truthy(task.sleep(0))
      s:close()
      assert.equal("160000\n", t:join().stdout)
    end)
  end)

  it("gives the output as a secret", function()
    for printed, expected in pairs {
      ["pw\\n"] = "pw", ["pw"] = "pw", ["pw\\r\\n"] = "pw", ["a\\nb\\n"] = "a\nb", [""] = "",
    } do
      local r = spawn.run { "printf", printed, secret = true }
      local s <close> = r.stdout
      assert.equal("<secret>", tostring(s))
      assert.is_true(s:equals(expected))
    end
  end)

  it("says what it cannot run, without the arguments", function()
    local dir <close> = support.tmpdir()
    local _, e = spawn.run { "/nowhere/no-such-command", "hunter2" } -- PATH may hold closed folders
    assert.equal("missing", code_of(nil, e))
    assert.matches("no%-such%-command", e.text)
    assert.is_nil(e.text:find("hunter2", 1, true))
    assert.equal("rejected", code_of(spawn.run { dir:write("text", "no program") }))
  end)

  it("refuses a misuse", function()
    assert.error_matches(function() spawn.run() end, "table expected")
    assert.error_matches(function() spawn.run {} end, "command expected")
    assert.error_matches(function() spawn.run { "echo", 1 } end, "argument 2")
    local endless = setmetatable({ "echo", "a", "b" }, { __len = function() return 1 << 61 end })
    assert.equal("a b\n", assert(spawn.run(endless)).stdout)
    assert.error_matches(function() spawn.run { "echo", stdin = 1 } end, "stdin")
    assert.error_matches(function() spawn.run { "echo", timeout = -1 } end, "timeout")
    assert.error_matches(function() spawn.run { "echo", max_output = -1 } end, "max_output")
  end)

  it("lets other tasks run meanwhile", function()
    local dir <close> = support.tmpdir()
    task.scope(function(s)
      s:spawn(function()
        for _ = 1, 3 do
          task.sleep(0.005)
        end
        dir:write("seen", "")
      end)
      local waits = ("while [ ! -e %s ]; do sleep 0.01; done; echo done"):format(dir:file("seen"))
      assert.equal("done\n", assert(sh(waits, { timeout = 60 })).stdout)
    end)
  end)

  it("runs many at once", function()
    local results = task.map({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }, 12, function(i)
      return sh(("sleep 0.05; echo %d"):format(i)).stdout
    end)
    assert.equal("7\n", results[7])
    assert.equal(0, zombies())
  end)
end)

describe("a child", function()
  it("has no descriptor of ours and the default signals", function()
    local _ <close> = assert(io.open("/proc/self/status"))
    local r = sh("ls /proc/self/fd; grep -E 'Sig(Blk|Ign)' /proc/self/status")
    local blocked, ignored = r.stdout:match("^0\n1\n2\n3\nSigBlk:\t(%x+)\nSigIgn:\t(%x+)\n$")
    assert.equal(0, tonumber(blocked, 16))
    -- Signals 32 and 33 are the C library's own; nobody else can set them.
    assert.equal(0, tonumber(ignored, 16) & 0x7fffffff)
  end)

  it("leads a session of its own, without our terminal", function()
    local r = sh("read -r pid name state parent group session rest < /proc/self/stat; "
      .. "echo $pid $group $session; : < /dev/tty")
    local pid, group, session = r.stdout:match("(%d+) (%d+) (%d+)")
    assert.equal(pid, group)
    assert.equal(pid, session)
    assert.is_true(r.status ~= 0)
  end)

  it("ends the wait although it left something in the background", function()
    local dir <close> = support.tmpdir()
    local began = task.now()
    local r = sh("sleep 60 & echo $! > " .. dir:file("pid") .. "; echo done")
    assert.equal("done\n", r.stdout)
    assert.is_true(task.now() - began < 20)
    local pid = pid_in(dir, "pid")
    assert.is_true(support.runs(pid))
    sh("kill " .. pid)
  end)
end)

describe("the end of a child", function()
  it("comes with the timeout", function()
    local dir <close> = support.tmpdir()
    assert.equal("timeout", code_of(sh("echo $$ > " .. dir:file("pid") .. "; exec sleep 60",
      { timeout = 1.5 })))
    local pid = pid_in(dir, "pid")
    support.eventually(function() return not support.runs(pid) end)
    support.eventually(function() return zombies() == 0 end)
  end)

  it("comes no earlier after a script has computed", function()
    local began = task.now()
    repeat until task.now() - began > 3
    local result = assert(sh("sleep 0.1; echo done", { timeout = 3 }))
    assert.equal("done\n", result.stdout)
  end)

  it("comes with the deadline of the task", function()
    local dir <close> = support.tmpdir()
    assert.equal("timeout", code_of(task.deadline(1.5, sh,
      "echo $$ > " .. dir:file("pid") .. "; exec sleep 60")))
    local pid = pid_in(dir, "pid")
    support.eventually(function() return not support.runs(pid) end)
  end)

  it("comes with a cancel, for the whole group, and asks politely first", function()
    local dir <close> = support.tmpdir()
    task.scope(function(s)
      local t = s:spawn(sh, ("trap 'echo bye > %s; exit' TERM; sleep 60 & echo $! > %s; wait")
        :format(dir:file("bye"), dir:file("pid")))
      local pid = pid_in(dir, "pid")
      t:cancel()
      assert.equal("cancelled", code_of(t:join()))
      support.eventually(function() return not support.runs(pid) end)
      support.eventually(function() return host.stat(dir:file("bye")) end)
    end)
  end)

  it("comes also when the child does not want to", function()
    local dir <close> = support.tmpdir()
    task.scope(function(s)
      local t = s:spawn(sh, "trap '' TERM; echo $$ > " .. dir:file("pid")
        .. "; while :; do sleep 0.1; done")
      local pid = pid_in(dir, "pid")
      t:cancel()
      assert.equal("cancelled", code_of(t:join()))
      support.eventually(function() return not support.runs(pid) end, 15)
      support.eventually(function() return zombies() == 0 end)
    end)
  end)

  it("comes for a background process that outlives the child", function()
    local dir <close> = support.tmpdir()
    task.scope(function(s)
      local t = s:spawn(sh, ("(trap '' TERM; while :; do sleep 0.1; done) & echo $! > %s; wait")
        :format(dir:file("pid")))
      local pid = pid_in(dir, "pid")
      t:cancel()
      support.eventually(function() return not support.runs(pid) end, 15)
    end)
  end)

  it("comes when it writes more than it may", function()
    assert.equal("too_large", code_of(spawn.run { "yes", max_output = 100000 }))
    assert.equal("too_large", code_of(sh("yes >&2", { max_output = 100000 })))
    assert.equal("too_large", code_of(spawn.run { "yes", max_output = 100000, secret = true }))
    assert.equal(10, #spawn.run({ "printf", "0123456789", max_output = 10 }).stdout)
    assert.equal("too_large", code_of(spawn.run { "printf", "0123456789a", max_output = 10 }))
    support.eventually(function() return zombies() == 0 end)
  end)

  it("comes with the end of the program", function()
    local dir <close> = support.tmpdir()
    local r = support.bmcsh { "-e", ([[
      local spawn, task = require "_bmcsh.spawn", require "bmc.task"
      task.spawn(spawn.run, { "sh", "-c",
        "trap '' TERM; echo $$ > %s; while :; do sleep 0.1; done" })
      while not io.open(%q) do task.sleep(0.01) end
      error("end")]]):format(dir:file("pid"), dir:file("pid")) }
    assert.equal(1, r.status)
    assert.is_false(support.runs(pid_in(dir, "pid")))
  end)
end)
