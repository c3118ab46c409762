-- SPDX-License-Identifier: GPL-3.0-or-later
-- Which words could stand next in the line of a command.
local argparse = require "argparse"
local command = require "bmc.complete.command"

local function parser_of()
  local parser = argparse("x"):add_help(false)
  parser:argument("action"):choices { "status", "on", "off" }
  parser:argument("what"):args("*").suggested = function(given)
    return given[1] == "on" and { "pxe", "disk" } or {}
  end
  parser:option("-H --host"):count("*")
  parser:option("-i --inventory"):argname("FILE")
  parser:option("--way"):choices { "redfish", "ipmi" }
  parser:option("--severity").suggested = { "ok", "warning" }
  parser:flag("--json")
  parser:option("--hush"):hidden(true)
  return parser
end

local SOURCES = {
  FILE = function() return { "lab/", "site.yaml" } end,
  ["--host"] = function(given) return given["--inventory"] and { "m1", "m2" } or {} end,
}

local function words(line)
  local before = {}
  for word in line:match("^(.*)%S*$"):gmatch("(%S+)%s") do
    before[#before + 1] = word
  end
  return table.concat(command.words(parser_of(), before, line:match("%S*$"), SOURCES), "|")
end

describe("bmc.complete.command", function()
  it("completes choices, and what an argument takes among others", function()
    assert.equal("status |on |off ", words(""))
    assert.equal("on |off ", words("o"))
    assert.equal("pxe |disk ", words("on "))
    assert.equal("disk ", words("--json on pxe d"))
    assert.equal("", words("off d"))
  end)

  it("completes options that the help shows, where no argument is to be completed", function()
    assert.equal("--host |--inventory |--way |--severity |--json ", words("off "))
    assert.equal("--host ", words("--h"))
    assert.equal("on |off ", words("-- o"))
  end)

  it("completes the value of an option", function()
    assert.equal("redfish ", words("on --way r"))
    assert.equal("--way=ipmi ", words("on --way=i"))
    assert.equal("warning ", words("--severity w"))
    assert.equal("lab/|site.yaml ", words("-i "))
    assert.equal("", words("--hush "))
    assert.equal("", words("--nosuch=x"))
  end)

  it("tells the sources what the line has given before", function()
    assert.equal("", words("-H m"))
    for _, form in ipairs { "-i s", "-is", "--inventory s", "--inventory=s" } do
      assert.equal("m1 |m2 ", words(form .. " -H m"), form)
    end
  end)

  it("completes the last item of a list", function()
    assert.equal("m1,m1 |m1,m2 ", words("-i s -H m1,"))
    assert.equal("", words("on --way redfish,i"))
  end)
end)
