-- SPDX-License-Identifier: GPL-3.0-or-later
-- Files that one process holds at a time: who gets the lock, what is refused, what goes in.
local host = require "_bmcsh.host"
local secret = require "bmc.secret"
local state = require "bmc.state"
local support = require "support"

describe("bmc.state", function()
  it("makes folders and files that only their owner can read", function()
    local folder = assert(state.folder("spec"))
    assert.equal(tonumber("700", 8), host.stat(folder).mode)
    local file <close> = assert(state.open(folder .. "/x", "new"))
    assert.equal(tonumber("600", 8), host.stat(folder .. "/x").mode)
    assert.equal("locked file (" .. folder .. "/x)", tostring(file))
  end)

  it("gives a lock to one holder at a time, in this process and in others", function()
    local dir <close> = support.tmpdir()
    local path = dir:file("x")
    local file <close> = assert(state.open(path, "new"))
    for _, how in ipairs { "new", "old", "any" } do
      local second, e = state.open(path, how)
      assert.is_nil(second)
      assert.equal("busy", e.code, how)
    end
    local child = support.bmcsh { "-e",
      ('local f, e = require("bmc.state").open("%s", "old"); print(f or e.text)'):format(path) }
    assert.truthy(child.stdout:find("another process has it", 1, true), child.stdout)
    file:close()
    file:close()
    local third <close> = assert(state.open(path, "old"))
    assert.equal("locked file (" .. path .. ")", tostring(third))
  end)

  it("gives the lock back when its holder dies", function()
    local dir <close> = support.tmpdir()
    local path = dir:file("x")
    local child = support.bmcsh { "-e", ('local f = require("bmc.state").open("%s", "new") '
      .. 'f:append("left\\n") os.execute("kill -9 $PPID")'):format(path) }
    assert.equal(9, child.signal)
    local file <close> = assert(state.open(path, "old"))
    assert.equal("left\n", file:read())
  end)

  it("appends, replaces and reads, from an offset too", function()
    local dir <close> = support.tmpdir()
    local file <close> = assert(state.open(dir:file("x"), "any"))
    assert.equal("", file:read())
    assert.equal("", file:head())
    assert(file:append("one\n"))
    assert(file:append("two\n"))
    assert.equal("one\ntwo\n", file:read())
    assert.equal("two\n", file:read(4))
    assert.equal("one", file:head())
    assert(file:replace("3\n"))
    assert.equal("3\n", file:read())
  end)

  it("takes secrets in and out without making strings of them", function()
    local dir <close> = support.tmpdir()
    local file <close> = assert(state.open(dir:file("x"), "any"))
    local token <close> = secret.from_string("t0ken")
    assert(file:replace("head\n", token, "\n"))
    assert.equal("head\nt0ken\n", dir:read("x"))
    local back <close> = assert(file:secret(5))
    assert.is_true(back:equals("t0ken"))
    assert.equal("<secret>", tostring(back))
    local none, e = file:secret(99)
    assert.is_nil(none)
    assert.equal("missing", e.code)
    assert(file:replace("head\n", token)) -- its end is lost: it may be half a token
    assert.is_nil((file:secret(5)))
  end)

  it("refuses files that others may read, that are links, or are not there", function()
    local dir <close> = support.tmpdir()
    local path = dir:write("x", "secret\n")
    assert(os.execute("chmod 644 " .. path))
    local _, e = state.open(path, "old")
    assert.equal("rejected", e.code)
    assert.truthy(e.text:find("chmod 600", 1, true))
    assert(os.execute(("ln -s %s %s.link"):format(path, path)))
    _, e = state.open(path .. ".link", "any")
    assert.equal("rejected", e.code)
    _, e = state.open(dir.path .. "/none", "old")
    assert.equal("missing", e.code)
    _, e = state.open(dir.path .. "/no/such/folder", "new")
    assert.equal("missing", e.code)
  end)

  it("does not give out a lock on a file that was removed meanwhile", function()
    local dir <close> = support.tmpdir()
    local path = dir:file("x")
    local file <close> = assert(state.open(path, "new"))
    assert(file:remove())
    assert(file:remove())
    local next_one <close> = assert(state.open(path, "new"))
    assert(file:append("old"))
    assert.equal("", next_one:read())
  end)

  it("is misuse to use a closed file", function()
    local dir <close> = support.tmpdir()
    local file = assert(state.open(dir:file("x"), "any"))
    file:close()
    assert.has_error(function() file:append("x") end, "the file has been closed")
    assert.equal("locked file (closed)", tostring(file))
  end)
end)

describe("bmc.hash", function()
  it("is SHA-256", function()
    local hash = require "bmc.hash"
    assert.equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      hash.sha256(""))
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      hash.sha256("abc"))
  end)
end)
