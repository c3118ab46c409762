-- SPDX-License-Identifier: GPL-3.0-or-later
-- The books about open sessions: what stands in them, when they go, who may read those of others.
local host = require "_bmcsh.host"
local ledger = require "bmc.ledger"
local state = require "bmc.state"
local support = require "support"

local URL = "https://10.0.5.17:443"

local function folder()
  return assert(state.folder("sessions"))
end

-- A book as a process that was killed left it.
local function leave_behind(lines)
  local path = ("%s/%d-1.jsonl"):format(folder(), 4194305) -- no process has this number
  local file <close> = assert(state.open(path, "new"))
  assert(file:append(table.concat(lines, "\n") .. "\n"))
  return path
end

local function uris(entries)
  local out = {}
  for i, entry in ipairs(entries) do
    out[i] = entry.uri
  end
  return table.concat(out, " ")
end

describe("bmc.ledger", function()
  before_each(support.forget_sessions)

  it("keeps a book as long as sessions are open, and no token in it", function()
    local a = assert(ledger.opened(URL, "/s/1", "root"))
    local b = assert(ledger.opened(URL, "/s/2", 'o"dd\n'))
    assert.equal("/s/1 /s/2", uris(ledger.list()))
    local entry = ledger.list()[2]
    assert.same({ URL, 'o"dd\n', true, tostring(host.pid()) },
      { entry.url, entry.user, entry.alive, entry.pid })
    assert.truthy(math.abs(entry.at - host.wall()) < 60)
    local path = folder() .. "/" .. host.listdir(folder())[1]
    assert.equal(tonumber("600", 8), host.stat(path).mode)
    ledger.closed(a)
    assert.equal("/s/2", uris(ledger.list()))
    ledger.closed(b)
    ledger.closed(b)
    assert.same({}, ledger.list())
    assert.same({}, host.listdir(folder()))
  end)

  it("leaves what could not be deleted to whoever reaps it", function()
    local a, b = ledger.opened(URL, "/s/1", "root"), ledger.opened(URL, "/s/2", "root")
    ledger.lost(a)
    assert.is_true(ledger.list()[1].alive)
    ledger.closed(b)
    local left = ledger.list()
    assert.equal("/s/1", uris(left))
    assert.is_false(left[1].alive)
    local dead = assert(ledger.dead())
    assert.equal("book of a dead process: 1 sessions", tostring(dead[1]))
    dead[1]:strike(dead[1].entries[1])
    dead[1]:close()
    assert.same({}, host.listdir(folder()))
  end)

  it("does not grow with what is over", function()
    local first = assert(ledger.opened(URL, "/s/first", "root"))
    for i = 1, 5000 do
      ledger.closed(assert(ledger.opened(URL, "/s/" .. i, "root")))
    end
    local last = assert(ledger.opened(URL, "/s/last", "root"))
    local path = folder() .. "/" .. host.listdir(folder())[1]
    assert.truthy(host.stat(path).size < 200 * 1024, host.stat(path).size)
    assert.equal("/s/first /s/last", uris(ledger.list()))
    ledger.closed(first)
    ledger.closed(last)
  end)

  it("reads the book of a killed process, torn lines and all", function()
    local path = leave_behind {
      '{"id":1,"url":"https://a:443","uri":"/s/1","user":"root","at":1}',
      '{"id":2,"url":"https://b:443","uri":"/s/2","user":"root","at":2}',
      '{"gone":1}', "not JSON", "7", '{"id":3}', '{"gone":9}',
      '{"id":"x","url":"https://a:443","uri":"/s/5","user":"root","at":1}',
      '{"id":4,"url":"https://a:443","uri":"/s/4","user":"ad',
    }
    local list = ledger.list()
    assert.equal("/s/2", uris(list))
    assert.same({ false, "4194305" }, { list[1].alive, list[1].pid })
    local dead = ledger.dead(function(entry) return entry.url == "https://a:443" end)
    assert.same({}, dead)
    os.remove(path)
  end)

  it("lets tasks of one process share a dead book, and no other process", function()
    leave_behind {
      '{"id":1,"url":"https://a:443","uri":"/s/1","user":"root","at":1}',
      '{"id":2,"url":"https://b:443","uri":"/s/2","user":"root","at":2}',
    }
    local one, two = ledger.dead()[1], ledger.dead()[1]
    assert.equal(one, two)
    local child = support.bmcsh { "-e", 'print(#require("bmc.ledger").dead())' }
    assert.equal("0\n", child.stdout)
    one:strike(one.entries[1])
    one:close()
    assert.equal("/s/2", uris(ledger.list()))
    assert.is_true(ledger.list()[1].alive, "held by the other task")
    two:strike(two.entries[1])
    two:close()
    assert.same({}, host.listdir(folder()))
  end)

  it("does not believe a process number: who holds the lock lives", function()
    local child = support.bmcsh { "-e", [[
      local ledger = require "bmc.ledger"
      ledger.opened("https://c:443", "/s/9", "root")
      os.execute("kill -9 $PPID")]] }
    assert.equal(9, child.signal)
    local list = ledger.list()
    assert.same({ "/s/9", false }, { uris(list), list[1].alive })
    local dead = ledger.dead()
    dead[1]:strike(dead[1].entries[1])
    dead[1]:close()
  end)

  it("says why it cannot write, and no more", function()
    local result = support.bmcsh { "-e", [[
      local id, e = require("bmc.ledger").opened("https://c:443", "/s/9", "root")
      print(id, e.code)]], env = { HOME = "", XDG_STATE_HOME = "" } }
    assert.equal("nil\tmissing\n", result.stdout)
    result = support.bmcsh { "-e", [[
      local id, e = require("bmc.ledger").opened("https://c:443", "/s/9", "root")
      print(id, e.code)]], env = { XDG_STATE_HOME = "/proc/nowhere" } }
    assert.truthy(result.stdout:find("^nil"), result.stdout)
  end)
end)

describe("bmc.tokens", function()
  before_each(support.forget_sessions)

  local secret = require "bmc.secret"
  local tokens = require "bmc.tokens"

  local function put(slot, text)
    local token <close> = secret.from_string(text)
    assert(slot:put({ url = URL, uri = "/s/1", user = "root" }, token))
  end

  it("keeps a token for a machine, a user and a service", function()
    do
      local slot <close> = assert(tokens.slot(URL, "root", "uuid", 1))
      assert.is_nil(slot.about)
      assert.is_nil((slot:token()))
      put(slot, "t0ken")
    end
    do
      local slot <close> = assert(tokens.slot(URL, "root", "uuid", 1))
      local token <close> = slot:token()
      assert.is_true(token:equals("t0ken"))
      assert.same({ URL, "/s/1", "root" }, { slot.about.url, slot.about.uri, slot.about.user })
      assert.equal("token of " .. URL, tostring(slot))
    end
    for _, other in ipairs { { URL, "root", "other" }, { URL, "admin", "uuid" },
      { "https://10.0.5.18:443", "root", "uuid" }, { URL, "root" } } do
      local slot <close> = assert(tokens.slot(other[1], other[2], other[3], 1))
      assert.is_nil(slot.about)
    end
    local all = assert(tokens.slots())
    assert.equal(1, #all)
    all[1]:clear()
    all[1]:close()
    assert.same({}, assert(tokens.slots()))
  end)

  it("has one user of a slot at a time, and waits no longer than it is told to", function()
    local slot <close> = assert(tokens.slot(URL, "root", nil, 1))
    local second, e = tokens.slot(URL, "root", nil, 0.1)
    assert.is_nil(second)
    assert.equal("busy", e.code)
    assert.same({}, assert(tokens.slots()))
    local task = require "bmc.task"
    task.scope(function(scope)
      local waiting = scope:spawn(function()
        local later <close> = assert(tokens.slot(URL, "root", nil, 10))
        return later.about == nil
      end)
      task.sleep(0.05)
      slot:close()
      assert.is_true(waiting:join())
    end)
  end)
end)
