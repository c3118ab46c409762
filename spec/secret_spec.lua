-- SPDX-License-Identifier: GPL-3.0-or-later
local core = require "_bmcsh.secret"
local spawn = require "_bmcsh.spawn"
local err = require "bmc.err"
local secret = require "bmc.secret"
local task = require "bmc.task"
local support = require "support"

local function code_of(ok, e)
  assert.is_nil(ok)
  assert.is_true(err.is(e))
  return e.code
end

-- The value of a field of /proc/self/status, in kB.
local function status_kb(field)
  local file <close> = assert(io.open("/proc/self/status"))
  return tonumber(file:read("a"):match(field .. ":%s*(%d+) kB"))
end

describe("a secret", function()
  it("does not show itself", function()
    local s <close> = core.from_string("hunter2")
    assert.equal("<secret>", tostring(s))
    assert.equal("<secret>", ("%s"):format(s))
    assert.has_error(function() return s .. "" end)
    assert.has_error(function() return #s end)
    assert.has_error(function() require("cjson").encode(s) end)
    assert.is_false(getmetatable(s))
    assert.is_true(secret.is(s))
    assert.is_false(secret.is("hunter2"))
    assert.is_false(secret.is(io.stdout))
  end)

  it("compares with strings and secrets, bytes as they are", function()
    local s <close> = core.from_string("a\0b\xff")
    local same <close> = core.from_string("a\0b\xff")
    assert.equal(4, s:length())
    assert.is_true(s:equals("a\0b\xff"))
    assert.is_true(s:equals(same))
    for _, other in ipairs { "", "a", "a\0b", "a\0b\xfe", "a\0b\xff\0" } do
      assert.is_false(s:equals(other))
    end
    local empty <close> = core.from_string("")
    assert.is_true(empty:equals(""))
    assert.is_false(empty:equals("a"))
    assert.has_error(function() s:equals(nil) end)
  end)

  it("has the bytes that 0x and digits stand for, when asked", function()
    for text, bytes in pairs { ["0x00fF7a"] = "\0\xFFz", ["0X61"] = "a", ["abc"] = "abc",
      ["x0x61"] = "x0x61", [""] = "", ["0"] = "0" } do
      local s <close> = core.from_string(text)
      assert.equal(s, s:unhex())
      assert.is_true(s:equals(bytes), text)
      assert.equal(#bytes, s:length())
    end
    for _, text in ipairs { "0x", "0x1", "0x123", "0xfg", "0x 61", "0x61\0a" } do
      local s <close> = core.from_string(text)
      assert.equal("rejected", code_of(s:unhex()))
      assert.is_true(s:equals(text))
    end
  end)

  it("is gone when closed, once or twice", function()
    local s = core.from_string("hunter2")
    s:close()
    s:close()
    assert.equal("<secret, closed>", tostring(s))
    assert.error_matches(function() s:length() end, "closed")
    assert.error_matches(function() s:copy() end, "closed")
    local open <close> = core.from_string("hunter2")
    assert.error_matches(function() open:equals(s) end, "closed")
  end)

  it("has copies that live on their own", function()
    local s = core.from_string("hunter2")
    local copy <close> = s:copy()
    s:close()
    assert.is_true(copy:equals("hunter2"))
  end)

  it("can be cut to its first line", function()
    for text, line in pairs {
      ["a\nb\nc"] = "a", ["a\r\nb"] = "a", ["\nb"] = "", plain = "plain",
    } do
      local s <close> = core.from_string(text)
      assert.equal(s, s:first_line())
      assert.is_true(s:equals(line))
    end
  end)

  it("keeps its bytes among thousands of all sizes, in locked memory that is given back", function()
    support.not_sanitized("the sanitizer does not let memory be locked")
    local locked, kept = status_kb("VmLck"), {}
    for i = 1, 3000 do
      kept[i] = core.from_string(("%d "):format(i):rep(i % 700))
    end
    assert.is_true(status_kb("VmLck") > locked)
    for i = 1, 3000, 2 do
      kept[i]:close()
    end
    for i = 1, 3000, 2 do
      kept[i] = core.from_string(("%d "):format(i):rep(i % 31))
    end
    for i = 1, 3000 do
      assert.is_true(kept[i]:equals(("%d "):format(i):rep(i % (i % 2 == 0 and 700 or 31))))
      kept[i]:close()
    end
    -- One page of each of the five sizes stays for the next secret.
    assert.is_true(status_kb("VmLck") <= locked + 5 * 64)
  end)

  -- The text is searched for as a pattern, so that the search itself is no copy of it.
  it("is in memory once, and nowhere when closed", function()
    support.not_sanitized("the sanitizer's memory is too large to be searched")
    local dir <close> = support.tmpdir()
    local chunk = ([[
      local path = %q
      local function count()
        local n, maps, mem = 0, io.open("/proc/self/maps"), io.open("/proc/self/mem")
        if not mem then os.exit(77) end
        for line in maps:lines() do
          local from, to = line:match("^(%%x+)%%-(%%x+) rw")
          if from and not line:find("[v", 1, true) then
            from, to = tonumber(from, 16), tonumber(to, 16)
            mem:setvbuf("no")
            mem:seek("set", from)
            for _ = 1, (to - from) // 4096 do
              local page = mem:read(4096)
              if not page then break end
              local own = page:find("Xyzz[y]%%-Plugh[4]711")
              page = nil
              if own then n = n + 1 end
            end
          end
        end
        return n
      end
      local s = require "_bmcsh.secret".from_file(path)
      collectgarbage()
      local before = count()
      s:close()
      collectgarbage() collectgarbage()
      local file = io.open(path .. ".out", "w")
      file:write(before > 0 and "found " or "not found ", count())
      file:close()]]):format(dir:write("pw", "Xyzzy" .. "-Plugh4711\n"))
    local result = support.bmcsh { "-e", chunk }
    if result.status == 77 then
      pending("this system does not let a program read its own memory")
    end
    assert.same({ 0, "" }, { result.status, result.stderr })
    assert.matches("^found ", dir:read("pw.out"))
  end)
end)

describe("secret.from_env", function()
  it("takes the variable out of the environment, and still has it for the next one", function()
    local result = support.bmcsh { env = { BMC_SPEC = "hunter2" }, "-e", [[
      local secret, spawn = require "_bmcsh.secret", require "_bmcsh.spawn"
      local one, two = secret.from_env("BMC_SPEC"), secret.from_env("BMC_SPEC")
      print(one:equals("hunter2"), two:equals("hunter2"), os.getenv("BMC_SPEC"))
      local file = io.open "/proc/self/environ" -- only root may
      local environ = file and file:read "a" or "PATH="
      print(environ:find("hunter2", 1, true), environ:find("PATH=", 1, true) ~= nil)
      print(spawn.run { "sh", "-c", "echo ${BMC_SPEC-unset}" }.stdout)]] }
    assert.same({ 0, "true\ttrue\tnil\nnil\ttrue\nunset\n\n", "" },
      { result.status, result.stdout, result.stderr })
  end)

  it("says what is missing", function()
    local _, e = core.from_env("BMC_SPEC_NO_SUCH")
    assert.equal("missing", code_of(nil, e))
    assert.matches("BMC_SPEC_NO_SUCH is not set", e.text)
  end)
end)

describe("secret.from_file", function()
  it("reads the first line", function()
    local dir <close> = support.tmpdir()
    for text, line in pairs {
      ["pw\n"] = "pw", ["pw"] = "pw", ["p w \nx"] = "p w ", ["pw\r\n"] = "pw",
    } do
      local s <close> = core.from_file(dir:write("pw", text))
      assert.is_true(s:equals(line))
    end
    local long = ("x"):rep(50000)
    local s <close> = core.from_file(dir:write("long", long))
    assert.is_true(s:equals(long))
  end)

  it("warns when others can read it", function()
    local dir <close> = support.tmpdir()
    local path = dir:write("pw", "hunter2\n")
    for mode, warns in pairs { ["600"] = false, ["400"] = false, ["640"] = true, ["604"] = true } do
      spawn.run { "chmod", mode, path }
      local s <close>, warning = core.from_file(path)
      assert.is_true(s:equals("hunter2"))
      assert.equal(warns, warning ~= nil, mode)
      if warns then
        assert.matches("can be read by others.*chmod 600", warning)
      end
    end
  end)

  it("refuses what is no password file", function()
    local dir <close> = support.tmpdir()
    assert.equal("missing", code_of(core.from_file(dir.path .. "/none")))
    assert.equal("missing", code_of(core.from_file(dir:write("empty", ""))))
    assert.equal("missing", code_of(core.from_file(dir:write("line", "\nx\n"))))
    assert.equal("rejected", code_of(core.from_file(dir.path)))
    assert.equal("too_large", code_of(core.from_file(dir:write("big", ("x"):rep(70000)))))
  end)

  it("waits for a pipe without holding up the others", function()
    local dir <close> = support.tmpdir()
    local path = dir:file("fifo")
    spawn.run { "mkfifo", path }
    task.scope(function(s)
      local reader = s:spawn(function()
        local pw <close> = core.from_file(path)
        return pw:equals("hunter2")
      end)
      assert.is_truthy(task.sleep(0.02))
      spawn.run { "sh", "-c", "exec > \"$0\"; printf 'hun'; sleep 0.05; printf 'ter2\\n'", path }
      assert.is_true(reader:join())
    end)
  end)

  it("can be cancelled while it waits", function()
    local dir <close> = support.tmpdir()
    local path = dir:file("fifo")
    spawn.run { "mkfifo", path }
    assert.equal("timeout", code_of(task.deadline(0.02, core.from_file, path)))
  end)
end)

describe("secret.from_fd", function()
  local chunk = [[
    local s = require "_bmcsh.secret".from_fd(tonumber(arg[1]))
    print(s:equals("hunter2"), io.read("a"))]]

  it("reads one line and leaves the rest", function()
    local result = support.bmcsh { "-e", chunk, "0", stdin = "hunter2\nthe rest" }
    assert.same({ 0, "true\tthe rest\n" }, { result.status, result.stdout })
  end)

  it("reads a file, and a pipe that is slow", function()
    local dir <close> = support.tmpdir()
    local path = dir:write("pw", "hunter2\n")
    local result = spawn.run { "sh", "-c", '"$0" -e "$1" 7 7< "$2" < /dev/null; '
      .. '{ sleep 0.1; printf hun; sleep 0.1; echo ter2; } | "$0" -e "$1" 0',
      support.program(), chunk, path }
    assert.equal("true\t\ntrue\t\n", result.stdout)
  end)

  it("refuses what is not open", function()
    assert.equal("rejected", code_of(core.from_fd(987)))
  end)
end)

-- A terminal comes from script(1); what it shows goes to a file, what is typed comes from a
-- pipe, so that it can be typed when the question has appeared.
describe("secret.prompt", function()
  local function at_terminal(chunk, converse)
    local dir <close> = support.tmpdir()
    local seen, keys = dir:write("seen", ""), dir:file("keys")
    dir:write("chunk.lua", chunk)
    spawn.run { "mkfifo", keys }
    local keyboard <close> = assert(io.open(keys, "r+"))
    keyboard:setvbuf("no")
    task.scope(function(s)
      s:spawn(function()
        local command = ("trap : INT; stty; %s %s; echo status $?; stty -a"):format(
          support.program(), dir.path .. "/chunk.lua")
        return spawn.run { "env", "SHELL=/bin/sh", "sh", "-c", 'exec script -qefc "$0" "$1" < "$2"',
          command, seen, keys, timeout = 60 }
      end)
      converse(function(text)
        support.eventually(function() return dir:read("seen"):find(text, 1, true) end)
      end, keyboard)
    end)
    return dir:read("seen")
  end

  local function echo_is_on(screen)
    return screen:match("status.*"):gsub("%s+", " "):find(" echo ", 1, true) ~= nil
  end

  it("asks without echo, and puts the terminal back", function()
    local screen = at_terminal([[
      local s = require "_bmcsh.secret".prompt("Password of root: ")
      print(s:equals("hunter2"))]], function(wait_for, keyboard)
      wait_for("Password of root: ")
      keyboard:write("hunter3\127" .. "2\n")
      wait_for("status 0")
    end)
    assert.matches("Password of root: \r\ntrue", screen)
    assert.is_nil(screen:find("hunter", 1, true))
    assert.is_true(echo_is_on(screen))
  end)

  it("puts the terminal back after Ctrl-C", function()
    local screen = at_terminal([[
      local s, e = require "_bmcsh.secret".prompt("Password: ")
      print(e.code)]], function(wait_for, keyboard)
      wait_for("Password: ")
      keyboard:write("hun\3")
      wait_for("status 130")
    end)
    assert.matches("cancelled", screen)
    assert.is_true(echo_is_on(screen))
  end)

  it("takes the keys that would end the program without a word as characters", function()
    local screen = at_terminal([[
      local s = require "_bmcsh.secret".prompt("Password: ")
      print(s:equals("hun\28ter\26"))]], function(wait_for, keyboard)
      wait_for("Password: ")
      keyboard:write("hun\28ter\26\n")
      wait_for("status")
    end)
    assert.matches("true\r\nstatus 0", screen)
    assert.is_true(echo_is_on(screen))
  end)

  it("puts the terminal back when a second Ctrl-C leaves at once", function()
    local screen = at_terminal([[
      local secret, task = require "_bmcsh.secret", require "bmc.task"
      task.shield(60, secret.prompt, "Password: ")
      print("went on")]], function(wait_for, keyboard)
      wait_for("Password: ")
      keyboard:write("\3")
      assert.is_truthy(task.sleep(1.5)) -- not of the same cause
      keyboard:write("\3")
      wait_for("status 130")
    end)
    assert.is_nil(screen:find("went on", 1, true))
    assert.is_true(echo_is_on(screen))
  end)

  it("puts the terminal back after a deadline, and when the program just ends", function()
    local screen = at_terminal([[
      local secret, task = require "_bmcsh.secret", require "bmc.task"
      print(select(2, task.deadline(0.05, secret.prompt, "Password: ")).code)
      task.spawn(secret.prompt, "Again: ")
      task.sleep(0.05)
      print(select(2, secret.prompt("Third: ")).code)
      error("end")]], function(wait_for)
      wait_for("status 1")
    end)
    assert.matches("timeout", screen)
    assert.matches("busy", screen)
    assert.is_true(echo_is_on(screen))
  end)

  it("says so when nothing was typed, or there is no terminal", function()
    local screen = at_terminal([[
      print(select(2, require "_bmcsh.secret".prompt("Password: ")).code)]],
      function(wait_for, keyboard)
        wait_for("Password: ")
        keyboard:write("\n")
        wait_for("status 0")
      end)
    assert.matches("missing", screen)
    local result = support.bmcsh { "-e", [[
      print(select(2, require "_bmcsh.secret".prompt("Password: ")))]] }
    assert.matches("no terminal", result.stdout)
  end)
end)

describe("a source", function()
  it("reads once and gives copies", function()
    local dir <close> = support.tmpdir()
    local path = dir:write("pw", "hunter2\n", "644")
    local source <close> = secret.source { file = path }
    local one <close> = source:get()
    dir:write("pw", "other\n")
    local two <close> = source:get()
    assert.is_true(one:equals("hunter2") and two:equals("hunter2"))
    source:close()
    local three <close> = source:get()
    assert.is_true(three:equals("other"))
    assert.matches("can be read by others", source.warning)
  end)

  it("takes values", function()
    local s <close> = core.from_string("hunter2")
    for _, value in ipairs { "hunter2", s } do
      local source <close> = secret.source { value = value }
      local got <close> = source:get()
      assert.is_true(got:equals("hunter2"))
    end
  end)

  it("runs a command once, however many ask, and takes its first line", function()
    local dir <close> = support.tmpdir()
    local command = "echo x >> %s; sleep 0.02; printf 'hunter2\\nnot this\\n'"
    local source <close> = secret.source { command = command:format(dir:file("runs")) }
    task.map({ 1, 2, 3, 4, 5 }, 5, function()
      local s <close> = source:get()
      assert.is_true(s:equals("hunter2"))
    end)
    assert.equal("x\n", dir:read("runs"))
  end)

  it("runs an argument list without a shell", function()
    local source <close> = secret.source { command = { "printf", "%s", "$HOME" } }
    local s <close> = source:get()
    assert.is_true(s:equals("$HOME"))
  end)

  it("says why a command gave nothing, and tries again", function()
    local dir <close> = support.tmpdir()
    local source <close> = secret.source {
      command = ("test -e %s && echo pw || { echo locked >&2; exit 3; }"):format(dir:file("open")),
    }
    local s, e = source:get()
    assert.equal("missing", code_of(s, e))
    assert.matches("status 3: locked", e.text)
    dir:write("open", "")
    local got <close> = source:get()
    assert.is_true(got:equals("pw"))
    local silent <close> = secret.source { command = "true" }
    assert.matches("printed nothing", select(2, silent:get()).text)
    local killed <close> = secret.source { command = "kill -9 $$" }
    assert.matches("signal 9", select(2, killed:get()).text)
  end)

  it("calls a function for each login", function()
    local calls = 0
    local source <close> = secret.source {
      call = function()
        calls = calls + 1
        task.sleep(0.001)
        return "token" .. calls
      end,
    }
    local one <close> = source:get()
    local two <close> = source:get()
    assert.is_true(one:equals("token1") and two:equals("token2"))
    local failing <close> = secret.source {
      call = function() return err.fail("locked", "vault is sealed") end,
    }
    assert.equal("locked", code_of(failing:get()))
    local silent <close> = secret.source { call = function() end }
    assert.equal("missing", code_of(silent:get()))
  end)

  it("names the place and never the value", function()
    local function shown(spec)
      return tostring(secret.source(spec))
    end
    assert.equal("secret source (env BMC_PASSWORD)", shown { env = "BMC_PASSWORD" })
    assert.equal("secret source (value)", shown { value = "hunter2" })
    assert.equal("secret source (command)", shown { command = "echo hunter2" })
  end)

  it("refuses a spec that is none", function()
    local function refused(spec, why)
      assert.error_matches(function() secret.source(spec) end, why)
    end
    refused({}, "expected")
    refused({ env = "A", file = "b" }, "both env and file")
    refused({ fd = "3" }, "fd cannot be a string")
    refused({ command = 1 }, "command cannot be a number")
  end)
end)
