-- SPDX-License-Identifier: GPL-3.0-or-later
-- The waits around a write: until it is taken, until it can be read.
local err = require "bmc.err"
local readback = require "bmc.readback"
local task = require "bmc.task"

local function busy(extra)
  return err.new("busy", "later", extra or { effect = "none", status = 503 })
end

describe("bmc.readback", function()
  describe("insist", function()
    it("sends again what was refused for now, and only that", function()
      local tries = 0
      local result = readback.insist(function()
        tries = tries + 1
        if tries < 3 then
          return nil, busy()
        end
        return "done"
      end, 5, 0.01)
      assert.same({ "done", 3 }, { result, tries })
      for _, e in ipairs { err.new("rejected", "no", { effect = "none" }),
        busy { effect = "unknown" }, err.new("timeout", "?", { effect = "unknown" }) } do
        tries = 0
        local _, why = readback.insist(function()
          tries = tries + 1
          return nil, e
        end, 5, 0.01)
        assert.same({ e, 1 }, { why, tries })
      end
    end)

    it("gives up after the budget, at the deadline, and when it is stopped", function()
      local _, e = readback.insist(function() return nil, busy() end, 0.1, 0.02)
      assert.equal("busy", e.code)
      local tries = 0
      task.deadline(0.2, function()
        readback.insist(function()
          tries = tries + 1
          return nil, busy { effect = "none", retry_after = 5 }
        end, 60, 0.02)
      end)
      assert.equal(1, tries)
      task.scope(function(scope)
        local child = scope:spawn(function()
          e = select(2, readback.insist(function() return nil, busy() end, 60, 5))
        end)
        task.sleep(0.05)
        child:cancel()
      end)
      assert.same({ "cancelled", "none" }, { e.code, e.effect })
    end)
  end)

  describe("wait", function()
    it("looks until it is right, and at least once", function()
      local n = 0
      local right, seen = readback.wait(function()
        n = n + 1
        return { n = n }
      end, function(body) return body.n == 3 end, 5, 0.01)
      assert.same({ true, 3 }, { right, seen.n })
      right, seen = readback.wait(function() return { n = 1 } end, function() return false end,
        0, 1)
      assert.same({ false, 1 }, { right, seen.n })
    end)

    it("takes a look that fails for one that showed nothing", function()
      local n = 0
      local right = readback.wait(function()
        n = n + 1
        if n < 3 then
          return nil, err.new("timeout", "no")
        end
        return {}
      end, function() return true end, 5, 0.01)
      assert.is_true(right)
      local seen
      right, seen = readback.wait(function() return nil, err.new("timeout", "no") end,
        function() return true end, 0.05, 0.01)
      assert.same({ false, nil }, { right, seen })
    end)

    it("tells when it was stopped", function()
      local right, e = readback.wait(function() return nil, err.new("cancelled") end,
        function() return true end, 5, 0.01)
      assert.is_nil(right)
      assert.equal("cancelled", e.code)
    end)
  end)

  it("knows a plain no of the BMC from what was not even sent", function()
    assert.is_true(readback.refused(err.new("rejected", "no", { effect = "none", status = 400 })))
    assert.is_false(readback.refused(err.new("rejected", "read-only", { effect = "none" })))
    assert.is_false(readback.refused(err.new("rejected", "tag", { effect = "none",
      status = 412 })))
    assert.is_false(readback.refused(err.new("auth", "no", { effect = "none", status = 403 })))
    assert.is_false(readback.refused(err.new("rejected", "?", { effect = "unknown",
      status = 400 })))
  end)
end)
