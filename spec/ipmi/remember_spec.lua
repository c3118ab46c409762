-- SPDX-License-Identifier: GPL-3.0-or-later
-- What is kept of a BMC that wants it otherwise, and what is not.
local host = require "_bmcsh.host"
local remember = require "bmc.ipmi.remember"
local state = require "bmc.state"

describe("what worked with a BMC", function()
  local path

  local function place(name, user)
    return { host = name, port = 623, user = user }
  end

  local function text()
    local file <close> = io.open(path, "rb")
    return file and file:read("a") or ""
  end

  before_each(function()
    path = assert(state.folder "ipmi") .. "/known"
    os.remove(path)
    remember.reload()
  end)

  it("is remembered for the machine and the user, in this run and the next", function()
    remember.note(place("h1", "root"), { cipher = 3, privilege = "user" })
    remember.note(place("h2", "a b%"), { lookup = "role", open = "highest" })
    for _ = 1, 2 do
      local known = remember.recall(place("h1", "root"))
      assert.same({ 3, "user" }, { known.cipher, known.privilege })
      known = remember.recall(place("h2", "a b%"))
      assert.same({ "role", "highest" }, { known.lookup, known.open })
      assert.same({}, remember.recall(place("h1", "other")))
      assert.same({}, remember.recall(place "h1"))
      assert.same({}, remember.recall { host = "h1", port = 624, user = "root" })
      remember.reload()
    end
    assert.equal(384, host.stat(path).mode & 511) -- 0600
  end)

  it("writes nothing where the usual works, and nothing that is known", function()
    remember.note(place("h1", "root"), {})
    assert.is_nil(host.stat(path))
    remember.note(place("h1", "root"), { cipher = 3 })
    local once = text()
    remember.note(place("h1", "root"), { cipher = 3 })
    assert.equal(once, text())
  end)

  it("forgets what does not hold any more", function()
    remember.note(place("h1", "root"), { cipher = 3 })
    remember.note(place("h1", "root"), {})
    assert.same({}, remember.recall(place("h1", "root")))
    remember.reload()
    assert.same({}, remember.recall(place("h1", "root")))
  end)

  it("forgets after a month, and bears with a file that is spoilt", function()
    local file <close> = assert(state.open(path, "new"))
    local now = math.floor(host.wall())
    file:append(("%d h1:623 root cipher=3\n"):format(now - 40 * 86400))
    file:append("no such line\n\n12 \n\xFF\xFE\n")
    file:append(("%d h2:623 root cipher=x lookup=role more=1\n"):format(now))
    file:append(("%d h3:623 root cipher=3"):format(now)) -- torn
    file:close()
    remember.reload()
    assert.same({}, remember.recall(place("h1", "root")))
    local known = remember.recall(place("h2", "root"))
    assert.same({ nil, "role" }, { known.cipher, known.lookup })
    assert.same({}, remember.recall(place("h3", "root")))
  end)

  it("does without the file while another process holds it", function()
    local held <close> = assert(state.open(path, "new"))
    remember.note(place("h1", "root"), { cipher = 3 })
    assert.truthy(held)
    assert.equal(3, remember.recall(place("h1", "root")).cipher)
    assert.equal("", text())
  end)

  it("keeps the file small", function()
    for i = 1, 3000 do
      remember.note(place("h1", "root"), { privilege = i % 2 == 0 and "user" or "admin" })
    end
    assert.is_true(select(2, text():gsub("\n", "")) < 2500)
    remember.reload()
    assert.equal("user", remember.recall(place("h1", "root")).privilege)
  end)
end)
