-- SPDX-License-Identifier: GPL-3.0-or-later
-- What the shell completes the lines of commands with.
local candidates = require "bmc.shell.candidates"
local support = require "support"

local function words(line)
  return table.concat(candidates.at(line, #line), "|")
end

describe("bmc.shell.candidates", function()
  it("knows the words of the shipped commands", function()
    for line, expected in pairs {
      ["power st"] = "status ", ["sessions l"] = "list ", ["vendor sh"] = "show ",
      ["boot next p"] = "pxe ", ["chassis policy p"] = "previous ", ["media ins"] = "insert ",
      ["power off --th"] = "--then ", ["heartbeat --way i"] = "ipmi ", ["raw g"] = "get ",
      ["sel --severity w"] = "warning ", ["sim --fault bus"] = "busy ",
    } do
      assert.equal(expected, words(line), line)
    end
  end)

  it("knows vendors and their fields", function()
    assert.equal("dell ", words("heartbeat --vendor del"))
    assert.equal("dell ", words("vendor explain del"))
    assert.equal("power.settle ", words("vendor explain dell power.se"))
    assert.equal("dell.", words("fans --set dell"))
    assert.equal("dell.power.settle=", words("fans --set dell.power.se"))
  end)

  it("knows files, and the machines and groups of an inventory", function()
    local dir <close> = support.tmpdir()
    local path = dir:write("site.yaml",
      'hosts: { m1: ~, "node[01-03]": ~ }\ngroups: { rack7: [m1] }\n', "600")
    dir:write(".hidden.yaml", "")
    assert.equal("site.yaml ", words("fans -i " .. dir.path .. "/"))
    assert.equal(".hidden.yaml ", words("fans -i " .. dir.path .. "/.h"))
    assert.equal("m1 ", words(("fans -i %s -H m"):format(path)))
    assert.equal("node02 ", words(("fans -i %s -H m1,node02"):format(path)))
    assert.equal("all |rack7 ", words(("fans -i %s -g "):format(path)))
    assert.equal("", words("fans -i /nosuch.yaml -H m"))
  end)

  it("completes a command of one's own, and runs no runbook that stands beside it", function()
    local dir <close> = support.tmpdir()
    local text = 'return require("bmc.cli").command { name = "mine", summary = "", examples = {}, '
      .. 'run = print, options = function(p) p:option "--hue":choices { "red" } end }'
    dir:write(".config/bmcsh/scripts/mine.lua", "-- Mine.\n" .. text, "644")
    dir:write(".config/bmcsh/scripts/works.lua", "-- Works.\nprint 'has run'", "644")
    local result = support.bmcsh { "-e", [[
      local at = require("bmc.shell.candidates").at
      print(#at("works -", 7), at("mine --hue ", 11)[1])]], env = { HOME = dir.path } }
    assert.equal("0\tred \n", result.stdout)
  end)
end)
