-- SPDX-License-Identifier: GPL-3.0-or-later
-- From a field to the line it stands in.
local lines = require "bmc.vendor.lines"

local SOURCE = [==[
-- match = { x = 1 }
return {
  match = { root_vendor = { "^Dell" }, },
  ["a-b"] = { c = "}{,", --[[ long {
   ]] d = [[x
  y]], e = 3 },
  power = {
    on = { "On",
      "ForceOn" },
    same = 1 == 2,
    settle = 40;
  },
  quirks = {
    { id = "P01",
      field = 'it\'s "x" = {' },
    { id = "P02" },
  },
}
]==]

describe("bmc.vendor.lines", function()
  it("knows the line of each field and item", function()
    local at = lines.of(SOURCE)
    for path, line in pairs {
      match = 3, ["match.root_vendor.1"] = 3, ["a-b"] = 4, ["a-b.c"] = 4, ["a-b.d"] = 5,
      ["a-b.e"] = 6, power = 7, ["power.on.1"] = 8, ["power.on.2"] = 9, ["power.same"] = 10,
      ["power.settle"] = 11, ["quirks.1"] = 14, ["quirks.1.field"] = 15, ["quirks.2.id"] = 16,
    } do
      assert.equal(line, at[path], path)
    end
    assert.is_nil(at["match.x"])
  end)

  it("ends on anything that is no table", function()
    for _, text in ipairs { "", "}", "{", "return", "[[", "--[[", '"', "return { a = 'x" } do
      assert.is_table(lines.of(text))
    end
  end)
end)
