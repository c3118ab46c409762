-- SPDX-License-Identifier: GPL-3.0-or-later
local host = require "_bmcsh.host"
local saving = require "bmc.logs.save"
local support = require "support"

describe("a file of saved entries", function()
  it("is new, its owner's, and has an entry a line", function()
    local dir <close> = support.tmpdir()
    do
      local file <close> = saving.new(dir.path .. "/{host}.jsonl", { host = "[fe80::1%eth0]/x" })
      assert.equal(dir.path .. "/[fe80::1%eth0]_x.jsonl", file.path)
      assert.is_nil((host.stat(file.path)))
      assert.is_true(file:write { { a = 1 } })
      assert.is_true(file:write { { a = 1 }, { a = 2 } }) -- instead of the first
      assert.equal(384, host.stat(file.path).mode) -- 0600
    end
    assert.equal('{"a":1}\n{"a":2}\n', dir:read("[fe80::1%eth0]_x.jsonl"))
    local again <close> = saving.new(dir.path .. "/[fe80::1%eth0]_x.jsonl", { host = "h" })
    local ok, e = again:write { { a = 3 } }
    assert.same({ nil, "rejected", "none" }, { ok, e.code, e.effect })
    assert.equal('{"a":1}\n{"a":2}\n', dir:read("[fe80::1%eth0]_x.jsonl"))
  end)

  it("goes when the log was certainly not cleared", function()
    local dir <close> = support.tmpdir()
    for effect, stays in pairs { none = false, unknown = true } do
      local file <close> = saving.new(dir.path .. "/" .. effect, { host = "h" })
      assert(file:write { { a = 1 } })
      file:drop { effect = effect }
      assert.equal(stays, host.stat(file.path) ~= nil)
    end
    local dry <close> = saving.new(dir.path .. "/dry", { host = "h", dry_run = true })
    assert.is_true(dry:write { {} })
    dry:drop { effect = "none" }
    assert.is_nil((host.stat(dry.path)))
  end)
end)
