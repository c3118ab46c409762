-- SPDX-License-Identifier: GPL-3.0-or-later
-- The frame of a command: help, usage errors, passwords, options that reach bmc.open, questions.
-- Nothing here is asked of a BMC that answers.
local cli = require "bmc.cli"
local pty = require "support.pty"
local spawn = require "_bmcsh.spawn"
local support = require "support"
local task = require "bmc.task"
local verbs = require "bmc.verbs"

-- Port 9 of this machine: nobody listens.
local NOBODY = "127.0.0.1:9"

local function heartbeat(...)
  return support.bmcsh { "heartbeat", ... }
end

describe("bmc.cli", function()
  it("shows help with an example for every command", function()
    for _, verb in ipairs(verbs.list()) do
      local help = support.bmcsh { verb.name, "--help" }
      assert.equal(0, help.status)
      assert.equal("", help.stderr)
      assert.truthy(help.stdout:find("Usage: bmcsh " .. verb.name, 1, true))
      assert.truthy(help.stdout:find("\n\nExamples:\n   %S"), verb.name)
      assert.truthy(help.stdout:find("-h, --help", 1, true))
    end
  end)

  it("keeps the help within 80 columns, but what is to be copied in one line", function()
    for _, verb in ipairs(verbs.list()) do
      local help = support.bmcsh({ verb.name, "--help" }).stdout
      for _, example in ipairs(assert(loadfile(verb.path))().examples) do
        local from, to = help:find("\n   " .. example[1] .. "\n", 1, true)
        assert.truthy(from, example[1])
        help = help:sub(1, from) .. help:sub(to)
      end
      for line in help:gmatch("[^\n]+") do
        assert.truthy(utf8.len(line) <= 80, line)
      end
    end
  end)

  it("documents the options that every command has", function()
    local help = heartbeat("--help").stdout
    for _, name in ipairs { "host", "ipmi", "inventory", "group", "user", "password-env",
      "password-file", "password-fd", "password-command", "way", "vendor", "set", "verify-tls",
      "pin", "trust", "timeout", "concurrency", "json", "dry-run", "read-only", "audit", "verbose",
      "yes" } do
      assert.truthy(help:find("--" .. name, 1, true), name)
    end
    assert.is_nil(help:find("password-in-argv", 1, true))
  end)

  it("answers misuse with exit code 2, what is wrong, and the way out", function()
    local wrong = {
      { text = "which machine? give -H https://NAME" },
      { "-H", "n[3-1]", text = "runs backwards" },
      { "-H", "h", "--nosuch", text = "unknown option '--nosuch'" },
      { "-H", "h", "--concurrency", "0", text = "whole number above zero" },
      { "-H", "h", "--timeout", "x", text = "number above zero" },
      { "-H", "h", "--batch", "1,x", text = "list of sizes" },
      { "-H", "h", "--batch", "0", text = "list of sizes" },
      { "-H", "h", "--max-fail", "2", text = "add --batch" },
      { "-H", "h", "--set", "x", text = "PATH=VALUE" },
      { "-H", "h", "--set", "dell.power.setle=4", text = 'did you mean "settle"?' },
      { "-H", "h", "--vendor", "dll", text = 'did you mean "dell"?' },
      { "-H", "h", "--tls", "ssl3", text = "must be one of" },
      { "-H", "https://h/path", text = "https://h/path: " },
      { "-H", "https://[::1", text = "unbalanced" },
      { "-H", "apc://h/3", text = "does not speak pdu" },
      { "-H", "ipmi://h:x", text = ': "ipmi://h:x" is no IPMI address' },
      { "-H", "g", "--ipmi", "ipmi://h:x", text = 'g: "ipmi://h:x" is no IPMI address' },
      { "-H", "ipmi://h,g:x", text = ': "ipmi://g:x" is no IPMI address' },
      { "-H", "ipmi://h", "--ipmi", "ipmi://g", text = "two IPMI addresses" },
      { "-H", "h[1-2]", "--ipmi", "ipmi://g", text = "--ipmi: host \"ipmi://g\": stands for 1" },
      { "-H", "h", "--way", "ipmi", text = "h: no ipmi address of this machine is given" },
      { "-H", "ipmi://h", "--way", "redfish", text = "no redfish address" },
      { "-H", "h", "--way", "smoke", text = "must be one of" },
      { "-H", "ipmi://h", "--kg-env", "NO_SUCH_VARIABLE", text = "--kg-env: " },
      { "-H", "htps://h", text = "no such scheme" },
      { "-H", "https://root:hunter2@h", text = "no user and no password" },
      { "-H", "h", "-u", "root", text = "no password for root: set BMC_PASSWORD" },
      { "-H", "h", "--password-file", "x", text = "add -u NAME" },
      { "-H", "h", "-u", "r", "--password-file", "/nosuch", text = "/nosuch" },
      { "-H", "h", "-u", "r", "--password-env", "NOSUCH", text = "NOSUCH" },
      { "-H", "h", "-u", "r", "--password-command", "exit 3", text = "status 3" },
      { "-H", "h", "-u", "r", "--password-env", "A", "--password-fd", "3", text = "one source" },
      { "-H", "h", "--pin", "abc", text = "44 characters of base64" },
      { "-H", "h", "--ca", "/nosuch", text = "/nosuch: No such file" },
      { "-H", "h", "extra", text = "too many arguments" },
    }
    for _, args in ipairs(wrong) do
      local result = heartbeat(table.unpack(args))
      assert.equal(2, result.status, args.text)
      assert.equal("", result.stdout)
      assert.truthy(result.stderr:find(args.text, 1, true), result.stderr)
      assert.truthy(result.stderr:find("^bmcsh heartbeat: .*\n%(bmcsh heartbeat %-%-help%)\n$"))
      assert.is_nil(result.stderr:find("hunter2", 1, true))
      assert.is_nil(result.stderr:find("ipmi://h:x: ", 1, true), result.stderr) -- once is enough
    end
  end)

  it("refuses a password in argv, and blanks it when it is forced", function()
    local result = heartbeat("-H", NOBODY, "-u", "root", "--password", "hunter2")
    assert.equal(2, result.status)
    assert.truthy(result.stderr:find("seen by everybody", 1, true))
    assert.is_nil(result.stderr:find("hunter2", 1, true))
    for _, words in ipairs { { "--password", "hunter2" }, { "--password=hunter2" } } do
      local dir <close> = support.tmpdir()
      -- A verb of the operator's, that looks at itself from outside.
      dir:write(".config/bmcsh/scripts/look.lua", [[return require("bmc.cli").command {
        name = "look", summary = "Looks.", examples = {},
        run = function()
          for _, name in ipairs { "cmdline", "environ" } do
            local file <close> = io.open("/proc/self/" .. name)
            io.write(file and file:read("a") or "", "\n")
          end
        end }]], "644")
      local argv = { "env", "HOME=" .. dir.path, pty.program(), "look", "-H", NOBODY, "-u", "root",
        "--password-in-argv-is-fine", timeout = 60 }
      table.move(words, 1, #words, #argv + 1, argv)
      local seen = spawn.run(argv)
      assert.equal(0, seen.status, seen.stderr)
      assert.truthy(seen.stdout:find("--password-in-argv-is-fine", 1, true))
      assert.is_nil(seen.stdout:find("hunter2", 1, true))
    end
  end)

  it("takes the password from BMC_PASSWORD, a file, a descriptor or a command", function()
    local dir <close> = support.tmpdir()
    local path = dir:write("password", "x\n")
    spawn.run { "chmod", "600", path }
    local function go(more)
      local line = more:gsub("BMCSH", "'" .. pty.program() .. "' heartbeat -u root -H " .. NOBODY)
      return spawn.run { "/bin/sh", "-c", line, "sh", path, timeout = 60 }
    end
    for _, how in ipairs {
      "BMC_PASSWORD=x BMCSH", "OTHER=x BMCSH --password-env OTHER", 'BMCSH --password-file "$1"',
      'BMCSH --password-fd 3 3<"$1"', "BMCSH --password-command 'echo x'",
    } do
      local result = go(how)
      assert.equal(1, result.status, how) -- nobody listens: it came as far as asking
      assert.truthy(result.stderr:find("refused", 1, true), result.stderr)
    end
  end)

  it("warns of a password file that others can read", function()
    local dir <close> = support.tmpdir()
    local path = dir:write("password", "x\n")
    spawn.run { "chmod", "644", path }
    local result = heartbeat("-H", NOBODY, "-u", "root", "--password-file", path)
    assert.truthy(result.stderr:find("can be read by others", 1, true))
  end)

  it("hands its options to every machine", function()
    local seen
    local command = cli.command {
      name = "spy", summary = "Spies.", examples = {},
      view = { columns = {} },
      run = function(m)
        seen = { tls = m.target.tls, dry_run = m.target.dry_run, vendor = m.target.named_vendor,
          read_only = m.target.read_only, settle = m.target.profile.power.settle,
          left = task.left() }
        return {}
      end,
    }
    local ca, pin = "/dev/null", "sha256//" .. ("x"):rep(43) .. "="
    local code = command { "-q", "-H", NOBODY, "--vendor", "dell", "--set", "dell.power.settle=41",
      "--ca", ca, "--pin", pin, "--tls", "rsa-kex", "--timeout", "7", "--dry-run", "--read-only",
      "--yes" }
    assert.equal(0, code)
    assert.truthy(seen.left <= 7 and seen.left > 1)
    seen.left = nil
    assert.same({ tls = { verify = true, ca = ca, pin = pin, profile = "rsa-kex" },
      dry_run = true, vendor = "idrac", read_only = true, settle = 41 }, seen)
  end)

  it("says what a command lacks", function()
    assert.has_error(function() cli.command { name = "x" } end, "a command needs summary")
  end)
end)

describe("bmc.cli at a terminal", function()
  it("asks before a change, and does nothing unless told yes", function()
    for _, answer in ipairs { "\r", "n\r", "\4" } do
      local dir <close> = support.tmpdir()
      local p <close> = pty.start(dir, { "power", "off", "-H", "127.0.0.[1-9]:9" })
      local question = p:expect("Go on? [y/N]")
      assert.truthy(question:find("power off on 9 machines (127.0.0.1:9, ", 1, true), question)
      p:type(answer)
      p:expect("nothing was done")
      assert.equal(1, p:wait())
    end
  end)

  it("takes Ctrl-C for an end and not for a no", function()
    local dir <close> = support.tmpdir()
    local p <close> = pty.start(dir, { "power", "off", "-H", NOBODY })
    p:expect("Go on? [y/N]")
    p:type("\3")
    assert.is_nil(p:expect("bmcsh: interrupted\n"):find("refused", 1, true))
    assert.equal(130, p:wait())
  end)

  it("goes on after yes, and does not ask when told so before", function()
    local dir <close> = support.tmpdir()
    local p <close> = pty.start(dir, { "power", "off", "-H", NOBODY })
    p:expect("Go on? [y/N]")
    p:type("y\r")
    p:expect("refused")
    assert.equal(1, p:wait())
    local other <close> = support.tmpdir()
    local q <close> = pty.start(other, { "power", "off", "-H", NOBODY, "--yes" })
    assert.is_nil(q:expect("refused"):find("Go on?", 1, true))
    assert.equal(1, q:wait())
  end)

  it("asks for the password without showing it", function()
    local dir <close> = support.tmpdir()
    local p <close> = pty.start(dir, { "heartbeat", "-H", NOBODY, "-u", "root" })
    p:expect("Password of root: ")
    p:type("hunter2\r")
    assert.is_nil(p:expect("refused"):find("hunter2", 1, true))
    assert.equal(1, p:wait())
  end)
end)
