-- SPDX-License-Identifier: GPL-3.0-or-later
-- The commands that change something other than power, run as children against BMCs in this
-- process: boot, media, led, nmi, bmc-reset.
local changes = require "support.changes"
local commands = require "support.commands"
local sim = require "bmc.sim"
local support = require "support"

local json_of, lines_of, with_farm = commands.json_of, commands.lines_of, commands.with_farm

local ALL = { "idrac9-7", "ilo6", "supermicro", "lenovo-xcc", "openbmc" }
local ISO = "https://files/rescue.iso"

local function says(text, words)
  assert.is_truthy(text:find(words, 1, true), text)
end

-- Every change that is not power, as it is typed.
local CHANGES = {
  { "boot", "next", "pxe" }, { "boot", "clear" }, { "media", "insert", ISO },
  { "media", "eject" }, { "led", "on" }, { "nmi" }, { "bmc-reset" },
}

describe("changing scripts", function()
  it("do it on a fleet, each in its own way", function()
    with_farm({ fleet = 5, vendors = ALL }, function(run, farm)
      for _, words in ipairs(CHANGES) do
        local result = run(table.unpack(words))
        assert.equal(0, result.status, result.stdout .. result.stderr)
        assert.equal(6, #lines_of(result.stdout), result.stdout)
      end
      local sum = farm:count_all()
      assert.same({ 5, 5, 5 }, { sum.media_inserted, sum.media_ejected, sum.bmc_resets })
    end)
  end)

  it("name in a dry run what they would send, and send nothing", function()
    with_farm({ fleet = 5, vendors = ALL }, function(run, farm)
      for _, words in ipairs(CHANGES) do
        local args = table.move(words, 1, #words, 1, {})
        args[#args + 1] = "--dry-run"
        local result = run(table.unpack(args))
        assert.equal(0, result.status, result.stderr)
        for _, line in ipairs(lines_of(result.stdout)) do
          assert.is_truthy(line:find("would send P%u+ /redfish/v1/%S+ {") or
            line:find("nothing to send", 1, true), line)
        end
      end
      local sum = farm:count_all()
      assert.same({ 0, 0, 0, 0 }, { sum.boot_changes or 0, sum.media_inserted or 0, sum.resets,
        sum.bmc_resets })
    end)
  end)

  it("are refused by --read-only", function()
    with_farm({ fleet = 1 }, function(run)
      for _, words in ipairs { CHANGES[1], CHANGES[3], CHANGES[5], CHANGES[6], CHANGES[7] } do
        local args = table.move(words, 1, #words, 1, {})
        args[#args + 1] = "--read-only"
        local result = run(table.unpack(args))
        assert.equal(1, result.status)
        says(result.stderr, "read-only")
      end
    end)
  end)
end)

describe("bmcsh boot", function()
  it("shows the override and the order", function()
    with_farm({ fleet = 1, vendors = { "openbmc" } }, function(run)
      local one = run("boot")
      assert.equal(0, one.status, one.stderr)
      says(one.stdout, "next boot   none")
      says(one.stdout, "boot order  Boot0001, Boot0002, Boot0003")
      local data = json_of(run("boot", "--json"))[1].data
      assert.same({ "Disabled", "Boot0001" },
        { data.boot_source_override_enabled, data.boot_order[1] })
    end)
  end)

  it("sets, shows how it went, and clears", function()
    with_farm({ fleet = 1, vendors = { "openbmc" } }, function(run)
      local set = run("boot", "next", "cd", "--continuous", "--mode", "UEFI")
      assert.equal(0, set.status, set.stderr)
      says(set.stdout, "Cd, continuous: reads back")
      says(set.stdout, "PATCH /redfish/v1/Systems/system")
      local data = json_of(run("boot", "next", "disk", "--json"))[1].data
      assert.same({ "Hdd", "Once", true }, { data.boot_source_override_target,
        data.boot_source_override_enabled, data.confirmed })
      assert.is_nil(data.way)
      says(run("boot", "clear").stdout, "none: reads back")
    end)
  end)

  it("lists options and orders them", function()
    with_farm({ fleet = 1, vendors = { "openbmc" } }, function(run)
      says(run("boot", "options").stdout, "Boot0003")
      local result = run("boot", "order", "Boot0003", "network")
      says(result.stdout, "Boot0003, Boot0002, Boot0001: reads back")
    end)
  end)

  it("refuses what makes no sense", function()
    for _, args in ipairs {
      { "next" }, { "next", "pxe", "cd" }, { "order" }, { "clear", "pxe" }, { "explode" },
      { "next", "pxe", "--once", "--continuous" }, { "next", "pxe", "--mode", "both" },
    } do
      local result = support.bmcsh { "boot", "-H", "127.0.0.1:9", table.unpack(args) }
      assert.equal(2, result.status)
      says(result.stderr, "(bmcsh boot --help)")
    end
  end)
end)

describe("bmcsh media", function()
  it("shows the slots, inserts, and ejects", function()
    with_farm({ fleet = 1, vendors = { "ilo6" } }, function(run)
      says(run("media").stdout, "CD, DVD")
      local result = run("media", "insert", ISO)
      assert.equal(0, result.status, result.stderr)
      says(result.stdout, "slot 2 has it")
      says(run("media").stdout, ISO)
      assert.same({ "2" }, json_of(run("media", "eject", "--json"))[1].data.slots)
      says(run("media", "eject").stdout, "nothing to eject")
    end)
  end)

  it("takes the password of a share from a file, and shows it nowhere", function()
    with_farm({ fleet = 1, vendors = { "openbmc" } }, function(run, farm, dir)
      local file = dir:write("share", "geheim\n")
      local result = run("media", "insert", "cifs://files/iso/x.iso", "-v", "--share-user", "build",
        "--share-password-file", file)
      assert.equal(0, result.status, result.stderr)
      assert.is_nil((result.stdout .. result.stderr):find("geheim", 1, true))
      local slot = "/redfish/v1/Managers/bmc/VirtualMedia/Slot_1"
      assert.equal("build", changes.value(farm.bmc(1), slot, "UserName"))
      local dry = run("media", "insert", "cifs://files/iso/x.iso", "--dry-run", "--share-user", "b",
        "--share-password-file", file)
      says(dry.stdout, '"Password":"<secret>"')
    end)
  end)

  it("wants a password that it can find, and no other words", function()
    local args = { "media", "insert", ISO, "-H", "127.0.0.1:9" }
    local function refused(words, why)
      local all = table.move(args, 1, #args, 1, {})
      local result = support.bmcsh(table.move(words, 1, #words, #all + 1, all))
      assert.equal(2, result.status)
      says(result.stderr, why)
    end
    refused({ "--share-user", "b" }, "set SHARE_PASSWORD, or give --share-password-file")
    refused({ "--share-password-file", "/nosuch" }, "--share-user NAME")
    args = { "media", "insert", "-H", "127.0.0.1:9" }
    refused({}, "insert what?")
    args = { "media", "eject", ISO, "-H", "127.0.0.1:9" }
    refused({}, "takes no URL")
  end)
end)

describe("bmcsh led, nmi, bmc-reset", function()
  it("say what came of it", function()
    with_farm({ fleet = 1, vendors = { "openbmc" } }, function(run)
      says(run("led").stdout, "off")
      says(run("led", "blink").stdout, "LED blinking")
      assert.equal("blinking", json_of(run("led", "--json"))[1].data.led)
      says(run("nmi").stdout, "NMI accepted, the machine is on")
      says(run("bmc-reset").stdout, "GracefulRestart accepted")
    end)
  end)

  it("wait for a BMC that comes back", function()
    with_farm({ fleet = 1, vendors = { "openbmc" }, reset_delay = 0.5 }, function(run)
      local result = run("bmc-reset", "--wait", "-v", "--set", "generic.bmc_reset.pause=0.5",
        "--set", "generic.bmc_reset.poll=0.1")
      assert.equal(0, result.status, result.stderr)
      says(result.stdout, "the BMC is back")
      says(result.stderr, "the BMC answers, 1 of 3 times")
    end)
  end)
end)

describe("--system", function()
  it("is an option of every command, and reaches the operation", function()
    local farm <close> = sim.start { tls = false,
      mockup = support.shared("mockups") .. "/hpe-cray_ex425-nc" }
    local function run(...)
      return support.bmcsh { ..., "-u", "admin", "-H", farm.url(1),
        env = { BMC_PASSWORD = "simulated" } }
    end
    local function of(node, ...)
      local words = { ... }
      table.move({ "--system", node, "-u", "admin", "-H", farm.url(1) }, 1, 6, #words + 1, words)
      words.env = { BMC_PASSWORD = "simulated" }
      return support.bmcsh(words)
    end
    local one = of("Node1", "thermal", "--json")
    assert.equal(0, one.status, one.stderr)
    assert.not_equal(json_of(one)[1].data[1].reading_c,
      json_of(of("Node0", "thermal", "--json"))[1].data[1].reading_c)
    says(of("Node7", "heartbeat").stderr, "Node0, Node1")
    says(of("Node1", "boot", "order", "HSN0-PXE-IP4", "--dry-run").stdout, "Systems/Node1")
    assert.equal(1, run("nmi").status)
  end)
end)
