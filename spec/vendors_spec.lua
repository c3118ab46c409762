-- SPDX-License-Identifier: GPL-3.0-or-later
-- The shipped vendor files, by one loop over the folder; and the rows of QUIRKS, each of which has
-- to be found in one of them, in the client, or among those that are not covered. Those of IPMI
-- are vendor/ipmi_quirks_spec.lua's.
local files = require "bmc.vendor.files"
local host = require "_bmcsh.host"
local kinds = require "bmc.chassis.kinds"
local reset = require "bmc.power.reset"
local schema = require "bmc.schema"
local support = require "support"
local tbl = require "bmc.tbl"
local vendor = require "bmc.vendor"
local vendor_schema = require "bmc.vendor_schema"

local PROFILE = vendor_schema.fields.when.of.fields.set
local registry = assert(vendor.load { dirs = {} })

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read("a")
end

local function each_file(folder, f, except)
  for _, name in ipairs(host.listdir(folder)) do
    local path = folder .. "/" .. name
    if host.stat(path).type == "directory" then
      if name ~= except then
        each_file(path, f, except)
      end
    elseif name:find("%.lua$") then
      f(path, read(path))
    end
  end
end

-- ---- the files ----

-- The issue's vendors, those the recordings hold besides, and what all of them differ from.
local NAMES = {
  "ami-megarac", "asrockrack", "cisco", "fujitsu", "generic", "gigabyte", "hpe-cray", "huawei",
  "ibm", "idrac", "ilo", "inspur", "intel", "lenovo-xcc", "nvidia", "openbmc", "quanta",
  "supermicro", "tyan",
}

local function check_quirk(quirk)
  assert.is_truthy(schema.at(PROFILE, quirk.field)
    or quirk.field:find("^match%.") and schema.at(vendor_schema, quirk.field), quirk.field)
  for _, key in ipairs { "id", "seen", "symptom", "source" } do
    assert.is_truthy(quirk[key]:find("%S"), quirk.id .. "." .. key)
  end
end

local function check_patterns(match)
  local clues = 0
  for _, patterns in pairs(match or {}) do
    for _, pattern in ipairs(patterns) do
      assert.is_true(pcall(string.find, "", pattern), pattern)
      assert.is_nil((""):find(pattern), "it fits everything: " .. pattern)
      clues = clues + 1
    end
  end
  return clues
end

-- Fields of a file, and of its conditions, that equal what holds anyway.
local function idle(name, data)
  local parent = registry:profile(registry.state.parents[name] or "generic")
  local out = {}
  for part in pairs(PROFILE.fields) do
    for field, value in tbl.leaves(data[part] or {}) do
      local path = part .. "." .. field
      local ok = pcall(assert.not_same, tbl.at(parent, path), value)
      out[#out + 1] = not ok and path or nil
    end
  end
  return out
end

describe("vendor file", function()
  it("of each vendor is there, and no other", function()
    local found = {}
    each_file(files.shipped(), function(path)
      found[#found + 1] = path:match("([^/]+)%.lua$")
    end)
    table.sort(found)
    assert.same(NAMES, found)
  end)

  for _, name in ipairs(NAMES) do
    it(name .. " is right", function()
      local problems = {}
      local file = files.load(("%s/%s.lua"):format(files.shipped(), name), name, problems)
      assert.same({}, problems)
      local data = file.data
      assert.is_string(data.title)
      assert.equal((data.seen or {})[1] and "recorded" or "documented", data.status)
      assert.is_true(name == "generic" or check_patterns(data.match) > 0)
      local ids = {}
      for _, quirk in ipairs(data.quirks or {}) do
        check_quirk(quirk)
        local id = quirk.id .. " " .. quirk.field
        assert.is_nil(ids[id], "twice: " .. id)
        ids[id] = true
      end
      assert.same({}, name ~= "generic" and idle(name, data) or {})
      assert.same({}, schema.check(PROFILE, (function()
        local profile = tbl.copy(registry:profile(name))
        profile.name, profile.title, profile.status, profile.quirks = nil, nil, nil, nil
        return profile
      end)()))
    end)
  end
end)

-- ---- recorded plans ----

-- What recorded machines allow, and what the profile makes of it.
local PLANS = {
  { "idrac", { "On", "ForceOff", "GracefulRestart", "GracefulShutdown", "PushPowerButton", "Nmi",
    "PowerCycle", "ForceRestart" },
    { off = "GracefulShutdown", cycle = "PowerCycle", reboot = "GracefulRestart" } },
  { "idrac", { "On", "ForceOff", "ForceRestart", "GracefulShutdown", "PushPowerButton", "Nmi" },
    { off = "GracefulShutdown", cycle = "ForceRestart", reboot = "GracefulShutdown On" } },
  { "idrac", { "On", "ForceOff", "GracefulRestart", "PushPowerButton", "Nmi" },
    { off = "PushPowerButton", cycle = "ForceOff On", reboot = "PushPowerButton On" },
    { manager_model = "13G Monolithic", manager_firmware = "2.40.40.40" } },
  { "ilo", { "On", "ForceOff", "ForceRestart", "Nmi", "PushPowerButton" },
    { off = "PushPowerButton", cycle = "ForceRestart" } },
  { "lenovo-xcc", { "On", "Nmi", "GracefulShutdown", "GracefulRestart", "ForceOn", "ForceOff",
    "ForceRestart" },
    { cycle = "ForceOff On", reboot = "GracefulRestart" }, { system_model = "SR675 V3" } },
  { "ibm", { "On", "ForceOff", "GracefulRestart", "GracefulShutdown" },
    { cycle = "ForceOff On", reboot = "GracefulRestart" } },
  { "quanta", { "On", "ForceOff", "GracefulShutdown", "ForceRestart" },
    { cycle = "ForceRestart", reboot = "GracefulShutdown On" } },
}

local function types_of(requests)
  local out = {}
  for i, request in ipairs(requests or {}) do
    out[i] = request.type
  end
  return requests and table.concat(out, " ")
end

describe("vendor profile", function()
  for i, plan in ipairs(PLANS) do
    it(("of %s makes the recorded types a plan (%d)"):format(plan[1], i), function()
      local action = { target = "/reset", allowed = {}, names = plan[2] }
      for _, name in ipairs(plan[2]) do
        action.allowed[name] = true
      end
      local power = registry:profile(plan[1], plan[4]).power
      for verb, types in pairs(plan[3]) do
        assert.equal(types, types_of(reset.requests(verb, power, action, "on")), verb)
      end
    end)
  end

  -- R27: the answers are those shown in the sources of the rows.
  it("finds power that stands only below Oem", function()
    local function of(kind, name, body)
      return kinds[kind].old(body, {
        rf = { target = { profile = registry:profile(name) } },
      })[1]
    end
    assert.same({ consumed_w = 150, average_w = 156, min_w = 150, max_w = 195 },
      of("power", "fujitsu", { Oem = { ts_fujitsu = { ChassisPowerConsumption = {
        CurrentPowerConsumptionW = 150, MinimumPowerW = 150, PeakPowerW = 195,
        AveragePowerW = 156,
      } } } }))
    assert.equal(151, of("power", "fujitsu", { Oem = { Fsas = { ChassisPowerConsumption = {
      CurrentPowerConsumptionW = 151 } } } }).consumed_w)
    assert.same({ consumed_w = 412 }, of("power", "inspur", {
      PowerControl = {}, Oem = { Public = { TotalPower = 412 } },
    }))
    local supply = of("supplies", "huawei", { PowerSupplies = { { Name = "PS1",
      Oem = { Huawei = { PowerInputWatts = 120, PowerOutputWatts = 109 } } } } })
    assert.equal(120, supply.input_power_w)
    assert.equal(109, supply.power_output_w)
    assert.equal(131, of("supplies", "huawei", { PowerSupplies = { { Name = "PS1",
      Oem = { xFusion = { PowerInputWatts = 131 } } } } }).input_power_w)
    assert.is_nil(of("power", "ilo", { Oem = { Public = { TotalPower = 412 } } }))
  end)

  it("prefers the standard place to the one below Oem", function()
    assert.equal(7, kinds.power.old({
      PowerControl = { { PowerConsumedWatts = 7 } }, Oem = { Public = { TotalPower = 412 } },
    }, { rf = { target = { profile = registry:profile "inspur" } } })[1].consumed_w)
  end)
end)

describe("schema", function()
  it("has no field that nothing reads", function()
    local code = {}
    each_file(host.root .. "/lua/bmc", function(path, text)
      if not path:find("vendor_schema", 1, true) then
        code[#code + 1] = text
      end
    end, "vendor_schema")
    local all = table.concat(code, "\n")
    for part, node in pairs(PROFILE.fields) do
      for field in pairs(node.fields or {}) do
        assert.is_truthy(all:find("%f[%w_]" .. field .. "%f[^%w_]"), part .. "." .. field)
      end
    end
  end)
end)

-- ---- QUIRKS ----

local function ids_in(text, out)
  for id in text:gmatch("%f[%w]([TEPBVCFR]%d%d)%f[^%w]") do
    out[id] = true
  end
  return out
end

describe("QUIRKS", function()
  local path = support.shared("redfish/QUIRKS.md")

  -- The rows of sections 2 to 9; the rules of section 1 have no id.
  local function rows()
    local out = {}
    for id in read(path):gmatch("\n| ([TEPBVCFR]%d%d) |") do
      out[#out + 1] = id
    end
    return out
  end

  local doc = read(host.root .. "/doc/quirks-not-covered.md")

  local function listed()
    local out = {}
    for line in doc:gmatch("\n(| [^\n]*)") do
      ids_in(line:match("^| ([^|]*) |") or "", out)
    end
    return out
  end

  -- Ids in the client, its simulator apart: what is simulated is not yet absorbed.
  local function absorbed()
    local out = {}
    for _, name in ipairs(NAMES) do
      for _, quirk in ipairs(registry.state.about[name].quirks) do
        out[quirk.id] = true
      end
    end
    each_file(host.root .. "/lua/bmc", function(at, text)
      if not at:find("/vendor_schema", 1, true) then
        ids_in(text, out)
      end
    end, "sim")
    return out
  end

  it("has every row in a vendor file, in the client, or among those not covered", function()
    local here, apart, lost = absorbed(), listed(), {}
    for _, id in ipairs(rows()) do
      lost[#lost + 1] = not here[id] and not apart[id] and id or nil
    end
    assert.same({}, lost)
    assert.is_true(#rows() > 150)
  end)

  it("has no row both in a vendor file and among those not covered", function()
    local apart, both = listed(), {}
    for _, name in ipairs(NAMES) do
      for _, quirk in ipairs(registry.state.about[name].quirks) do
        both[#both + 1] = apart[quirk.id] and quirk.id or nil
      end
    end
    assert.same({}, both)
  end)

  it("has every row that doc/quirks-not-covered.md names, each with a reason", function()
    local known = {}
    for _, id in ipairs(rows()) do
      known[id] = true
    end
    for id in pairs(listed()) do
      assert.is_true(known[id], id)
    end
    for ids, what, why in doc:gmatch("\n| ([TEPBVCFR]%d%d[^|]*) | ([^|]*) | ([^|]*) |") do
      assert.is_true(#what > 5 and #why > 15, ids)
    end
  end)

  it("is quoted with ids that there are", function()
    local known = {}
    for _, id in ipairs(rows()) do
      known[id] = true
    end
    for _, name in ipairs(NAMES) do
      for _, quirk in ipairs(registry.state.about[name].quirks) do
        assert.is_true(known[quirk.id] or not quirk.id:find("^[TEPBVCFR]%d%d$"), quirk.id)
      end
    end
  end)
end)
