-- SPDX-License-Identifier: GPL-3.0-or-later
-- The SDR repository of a BMC: read whole, whatever it does wrong, and kept.
local err = require "bmc.err"
local host = require "_bmcsh.host"
local keep = require "bmc.ipmi.sdr.keep"
local sdr = require "bmc.ipmi.sdr"
local sdrs = require "support.sdrs"
local state = require "bmc.state"
local support = require "support"
local task = require "bmc.task"

local function some(n)
  local list = {}
  for i = 1, n or 5 do
    list[i] = sdrs.full { id = i, number = i, name = "Sensor " .. i }
  end
  return list
end

local function names(repository)
  local out = {}
  for i, record in ipairs(repository.records) do
    out[i] = record.name
  end
  return table.concat(out, ", ")
end

local ALL = "Sensor 1, Sensor 2, Sensor 3, Sensor 4, Sensor 5"

-- Each test has a place for state of its own: what one keeps is none of the others' business.
local function with_state(f)
  local dir <close> = support.tmpdir()
  local folder = assert(state.folder "sdr"):match("^(.*)/sdr$")
  state.use(dir.path)
  local ok, e = pcall(f, dir.path .. "/sdr")
  state.use(folder)
  if not ok then
    error(e, 0)
  end
end

-- A repository that nobody keeps, as the BMC has no clock for it.
local function read(records, o)
  o = o or {}
  o.added, o.erased = 0, 0xFFFFFFFF
  local c = sdrs.bmc(records, o)
  local repository, e = sdr.of(c)
  return repository, e, c
end

describe("an SDR repository", function()
  it("is read in small parts", function()
    local repository, _, c = read(some())
    assert.equal(ALL, names(repository))
    assert.same({}, repository.notes)
    assert.equal(1, c.asked["Reserve SDR Repository"])
    -- A header and four parts each.
    assert.equal(5 * 5, c.asked["Get SDR"])
  end)

  it("is read in parts that the BMC gives, and the profile may ask for more", function()
    for most = 1, 16 do
      assert.equal(ALL, names(read(some(), { most = most })))
    end
    local _, _, c = read(some(), { profile = { sdr_read = 255 } })
    assert.equal(5 * 2, c.asked["Get SDR"])
    for _, code in ipairs { 0xC7, 0xC8, 0xCA, 0xFF } do
      local repository
      repository, _, c = read(some(), { on = function(name, data)
        return name == "Get SDR" and data:byte(6) > 8 and code or nil
      end })
      assert.equal(ALL, names(repository))
      -- Refused once, then remembered: a header and seven parts.
      assert.equal(1 + 5 * 8, c.asked["Get SDR"])
    end
  end)

  it("goes on at the same place when the reservation is lost", function()
    local c = sdrs.bmc(some(), { added = 0, erased = 0 })
    c.on = function(name, _, n)
      if name == "Get SDR" and n % 5 == 0 then
        c.reserved = c.reserved + 1 -- somebody else reads too
      end
    end
    assert.equal(ALL, names(sdr.of(c)))
    assert.is_true(c.asked["Reserve SDR Repository"] > 4)
  end)

  it("gives a record up when the reservation is lost time and again", function()
    local repository, _, c = read(some(3), { on = function(name, data)
      local id, offset = ("<I2B"):unpack(data .. "\0\0\0\0\0", 3)
      return name == "Get SDR" and id == 2 and offset > 0 and 0xC5 or nil
    end })
    assert.equal("Sensor 1, Sensor 3", names(repository))
    assert.matches("record 0002h cannot be read: the reservation was lost", repository.notes[1])
    assert.is_true(c.asked["Reserve SDR Repository"] <= 1 + 2 * 5)
  end)

  it("lacks a record that cannot be read, and says so", function()
    local repository, _, c = read(some(), { on = function(name, data)
      return name == "Get SDR" and data:byte(3) == 5 and 0xC3 or nil
    end })
    assert.equal("Sensor 1, Sensor 2, Sensor 3, Sensor 4", names(repository))
    assert.matches("0005h cannot be read: Get SDR: completion code C3h.*after it are not known",
      repository.notes[1])
    assert.equal(4 * 5 + 2, c.asked["Get SDR"])
    repository = read(some(), { on = function(name, data)
      return name == "Get SDR" and data:byte(3) == 3 and data:byte(5) > 0 and 0xC3 or nil
    end })
    assert.equal("Sensor 1, Sensor 2, Sensor 4, Sensor 5", names(repository))
  end)

  it("is not read byte by byte for the sake of one bad record", function()
    local repository, _, c = read(some(), { on = function(name, data)
      return name == "Get SDR" and data:byte(3) == 2 and data:byte(5) > 0 and 0xFF or nil
    end })
    assert.equal("Sensor 1, Sensor 3, Sensor 4, Sensor 5", names(repository))
    -- A header and 16, 8, 4, 2, 1 bytes, twice.
    assert.equal(4 * 5 + 2 * 6, c.asked["Get SDR"])
  end)

  it("takes what is there of a record that is shorter than it says", function()
    for _, ending in ipairs { "", 0xC9, 0xCA } do
      local repository = read({ some(1)[1], some(2)[2]:sub(1, 30) }, { on = function(name, data)
        return name == "Get SDR" and data:byte(3) == 2 and data:byte(5) >= 30
          and (ending == "" and "\xFF\xFF" or ending) or nil
      end })
      assert.same({ true, false }, { repository.records[1].whole, repository.records[2].whole })
      assert.equal(2, #repository:sensors())
    end
  end)

  it("may count wrongly and have other ids than asked for", function()
    for _, shift in ipairs { 100, 1, -1, 2 } do
      local list = some()
      for i = 1, #list do
        list[i] = ("<I2"):pack(shift + i) .. list[i]:sub(3)
      end
      for _, count in ipairs { 0, 2, 500 } do
        assert.equal(ALL, names(read(list, { count = count })))
      end
    end
  end)

  it("may lead in a circle", function()
    for back = 0, 4 do
      local repository, _, c = read(some(), { on = function(name, data)
        if name == "Get SDR" and data:byte(3) == 5 then
          local offset, n = data:byte(5, 6)
          return ("<I2"):pack(back) .. some()[5]:sub(offset + 1, offset + n)
        end
      end })
      assert.equal(ALL, names(repository))
      assert.matches("in a circle", repository.notes[1])
      assert.is_true(c.asked["Get SDR"] <= 30)
    end
  end)

  it("is read without information and without reservations where there are none", function()
    local without = { ["Get SDR Repository Info"] = true, ["Reserve SDR Repository"] = true }
    local c = sdrs.bmc(some(), { on = function(name) return without[name] and 0xC1 or nil end })
    c.reserved = 0
    assert.equal(ALL, names(sdr.of(c)))
    -- And is taken to stay the same as long as the client lives.
    local asked = c.asked["Get SDR"]
    assert.equal(ALL, names(sdr.of(c)))
    assert.equal(asked, c.asked["Get SDR"])
  end)

  it("may be those of the controller itself", function()
    local device = { ["Get Device SDR Info"] = "Get SDR Repository Info",
      ["Reserve Device SDR Repository"] = "Reserve SDR Repository", ["Get Device SDR"] = "Get SDR" }
    for _, provides in ipairs { true, false } do
      local own = sdrs.bmc(some())
      local c = sdrs.bmc({}, { provides_sdrs = provides, on = function(name, data)
        if name == "Get Device SDR Info" then
          return "\5\1\1\2\3\4"
        elseif device[name] then
          return own:ask(device[name], data, { accept = setmetatable({}, { __index = rawlen }) })
        end
        return 0xC1
      end })
      assert.equal(ALL, names(sdr.of(c)))
    end
  end)

  it("may be empty, or not there at all", function()
    local repository = read {}
    assert.same({ 0, 0 }, { #repository.records, #repository.notes })
    local none, e = read({}, { on = function() return 0xC1 end })
    assert.is_nil(none)
    assert.equal("unsupported", e.code)
    assert.equal(0xC1, e.completion)
  end)

  it("is not guessed at when the BMC falls silent", function()
    for n = 1, 20 do
      local sent = 0
      local none, e = read(some(), { on = function()
        sent = sent + 1
        return sent >= n and err.new("timeout", "no answer") or nil
      end })
      assert.is_nil(none)
      assert.equal("timeout", e.code)
    end
  end)

  it("is read again when it changes meanwhile", function()
    local c = sdrs.bmc(some())
    c.on = function(name, _, n)
      if name == "Get SDR" and n == 20 then
        c.added, c.records = c.added + 1, some(6)
      end
    end
    assert.equal(ALL .. ", Sensor 6", names(sdr.of(c)))
  end)

  it("that never stands still is read anew each time", function()
    local c = sdrs.bmc(some())
    c.on = function(name)
      c.added = c.added + (name == "Get SDR" and 1 or 0)
    end
    for n = 1, 2 do
      assert.equal(ALL, names(sdr.of(c)))
      assert.equal(n * 2 * 25, c.asked["Get SDR"])
    end
  end)

  it("is read once by many tasks", function()
    local c = sdrs.bmc(some())
    local found = task.map({ 1, 2, 3, 4 }, 4, function() return sdr.of(c) end)
    assert.equal(found[1], found[4])
    assert.equal(25, c.asked["Get SDR"])
  end)

  it("has equal records once in memory", function()
    local one, other = read(some()), read(some())
    assert.equal(one.records[3], other.records[3])
  end)
end)

describe("a repository that is kept", function()
  local function reads(c)
    assert.equal(ALL, names(sdr.of(c)))
    return c.asked["Get SDR"] or 0
  end

  it("is not read again, by this client or the next", function()
    with_state(function()
      local c = sdrs.bmc(some())
      assert.equal(25, reads(c))
      assert.equal(25, reads(c))
      assert.equal(0, reads(sdrs.bmc(some())))
    end)
  end)

  it("is read again when its time stamps differ, or it is another BMC", function()
    with_state(function()
      local c = sdrs.bmc(some())
      reads(c)
      c.added = c.added + 1
      assert.equal(50, reads(c))
      assert.equal(0, reads(sdrs.bmc(some(), { added = 101 })))
      assert.equal(25, reads(sdrs.bmc(some(), { erased = 51 })))
      assert.equal(25, reads(sdrs.bmc(some(), { host = "127.0.0.2", erased = 51 })))
      local other = sdrs.bmc(some(), { erased = 51 })
      other.known.firmware = "2.16"
      assert.equal(25, reads(other))
    end)
  end)

  it("is none where the BMC has no clock for it", function()
    with_state(function()
      for _, times in ipairs { { 0, 0 }, { 0, 0xFFFFFFFF }, { 0xFFFFFFFF, 0xFFFFFFFF } } do
        for _ = 1, 2 do
          assert.equal(25, reads(sdrs.bmc(some(), { added = times[1], erased = times[2] })))
        end
      end
    end)
  end)

  it("is none when something was missing", function()
    with_state(function()
      local function hole(name, data)
        return name == "Get SDR" and data:byte(3) == 2 and data:byte(5) > 0 and 0xC3 or nil
      end
      assert.equal(1, #sdr.of(sdrs.bmc(some(), { on = hole })).notes)
      assert.equal(25, reads(sdrs.bmc(some())))
    end)
  end)

  it("is none when its file is cut or changed anywhere", function()
    with_state(function(folder)
      keep.save("key", "stamp", some())
      assert.same(some(), keep.load("key", "stamp"))
      assert.is_nil(keep.load("key", "other"))
      assert.is_nil(keep.load("other", "stamp"))
      local path = folder .. "/" .. host.listdir(folder)[1]
      local file <close> = assert(io.open(path, "r"))
      local whole = file:read("a")
      local function try(text)
        local out <close> = assert(io.open(path, "w"))
        out:write(text)
        out:close()
        return keep.load("key", "stamp")
      end
      for n = 0, #whole - 1 do
        assert.is_nil(try(whole:sub(1, n)))
      end
      for n = 1, #whole do
        assert.is_nil(try(whole:sub(1, n - 1) .. string.char(whole:byte(n) ~ 1)
          .. whole:sub(n + 1)))
      end
      assert.same(some(), try(whole))
      assert.equal(384, host.stat(path).mode & 511)
    end)
  end)

  it("is left alone while somebody else holds its file", function()
    with_state(function(folder)
      keep.save("key", "stamp", some(1))
      local held <close> = assert(state.open(folder .. "/" .. host.listdir(folder)[1], "old"))
      assert.is_nil(keep.load("key", "stamp"))
      keep.save("key", "stamp", some(2))
      held:close()
      assert.same(some(1), keep.load("key", "stamp"))
    end)
  end)
end)
