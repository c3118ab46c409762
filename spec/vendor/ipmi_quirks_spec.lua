-- SPDX-License-Identifier: GPL-3.0-or-later
-- doc/quirks-ipmi.md: every row of the IPMI quirks has an answer, and the answer is there: a file,
-- a field with a quirk of that row in a vendor file, or a reason why not.
local host = require "_bmcsh.host"
local schema = require "bmc.schema"
local support = require "support"
local vendor = require "bmc.vendor"
local vendor_schema = require "bmc.vendor_schema"

local PROFILE = vendor_schema.fields.when.of.fields.set
local NOWHERE = { ["not covered"] = true, ["nothing to do"] = true }

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read("a")
end

-- Rows of the document, in their order, and by id.
local function rows()
  local list, by_id = {}, {}
  for id, quirk, answer in read(host.root .. "/doc/quirks-ipmi.md")
    :gmatch("\n| ([MI]%d%d) | ([^|]+) | ([^|]+) |") do
    list[#list + 1] = { id = id, quirk = quirk, answer = answer }
    assert.is_nil(by_id[id], id)
    by_id[id] = list[#list]
  end
  return list, by_id
end

-- id -> reason, of the rows of the list of what is not covered.
local function apart()
  local out = {}
  for ids, reason in read(host.root .. "/doc/quirks-not-covered.md")
    :gmatch("\n| ([^|]+) | [^|]+ | ([^|]+) |") do
    for id in ids:gmatch("%f[%w][MI]%d%d%f[^%w]") do
      out[id] = reason
    end
  end
  return out
end

-- "id field" of the quirks in the vendor files.
local function quirks()
  local out = {}
  for _, about in pairs(assert(vendor.load { dirs = {} }).state.about) do
    for _, quirk in ipairs(about.quirks or {}) do
      out[quirk.id .. " " .. quirk.field] = true
    end
  end
  return out
end

describe("the quirks of IPMI", function()
  it("each have an answer that there is", function()
    local count = 0
    for _, row in ipairs(rows()) do
      local found = NOWHERE[row.answer] and 1 or 0
      for name in row.answer:gmatch("`([^`]+)`") do
        if name:find("/", 1, true) then
          found = found + 1
          assert.is_truthy(host.stat(host.root .. "/" .. name), row.id .. " " .. name)
        elseif name:find("^ipmi%.") then
          found = found + 1
          assert.is_truthy(schema.at(PROFILE, name), row.id .. " " .. name)
        end
      end
      assert.is_true(found > 0 or row.answer:find("%]%(ipmi%.md%)") ~= nil, row.id)
      count = count + 1
    end
    assert.equal(104, count)
  end)

  it("that are fields are M rows with a source in a vendor file", function()
    local known = quirks()
    for _, row in ipairs(rows()) do
      for field in row.answer:gmatch("`(ipmi%.[%w_.]+)`") do
        local own = known[row.id .. " " .. field]
        for _, other in ipairs(own and {} or rows()) do
          own = own or other.answer:find("`" .. field .. "`", 1, true)
            and known[other.id .. " " .. field]
        end
        assert.is_truthy(own, row.id .. " " .. field)
      end
    end
  end)

  it("that vendor files quote are rows, and name the field", function()
    local _, by_id = rows()
    for quirk in pairs(quirks()) do
      local id, field = quirk:match("^([MI]%d%d) (.+)$")
      if id then
        assert.is_truthy(by_id[id], quirk)
        assert.is_truthy(by_id[id].answer:find("`" .. field .. "`", 1, true), quirk)
      end
    end
  end)

  it("that are not covered, or in part, each have a reason", function()
    local reasons, _, by_id = apart(), rows()
    for id, row in pairs(by_id) do
      local lacks = row.answer == "not covered" or row.answer:find("in part", 1, true) ~= nil
      assert.equal(lacks, reasons[id] ~= nil, id)
    end
    for id, reason in pairs(reasons) do
      assert.is_truthy(by_id[id], id)
      assert.is_true(#reason > 15, id)
    end
  end)

  it("are as many as are known, section by section", function()
    local path = support.shared("ipmi/QUIRKS.md")
    local function counted(text)
      local out, n = {}, nil
      for line in (text .. "\n"):gmatch("([^\n]*)\n") do
        if line:find("^## ") then
          n = #out + 1
          out[n] = 0
        elseif n and line:find("^| ") and not line:find("^| quirk") and not line:find("^| row")
          and not line:find("^| %-") then
          out[n] = out[n] + 1
        end
      end
      return out
    end
    local here = counted(read(host.root .. "/doc/quirks-ipmi.md"))
    here[#here] = nil -- the rows of another list
    assert.same(counted(read(path)), here)
  end)
end)
