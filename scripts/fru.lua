-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh fru: what a machine and its parts are, as it stands in their FRU memories.
local cli = require "bmc.cli"
local text = require "bmc.text"

local SECONDS = 60
local MOST = 255 -- a FRU device id is a byte

-- Fields of a record by area, in the order in which they are shown.
local AREAS = {
  { "chassis", "type", "part_number", "serial", "custom" },
  { "board", "manufacturer", "product_name", "serial", "part_number", "made", "file_id", "custom" },
  { "product", "manufacturer", "name", "part_number", "version", "serial", "asset_tag", "file_id",
    "custom" },
}
-- What a multirecord has beside its values.
local ABOUT = { type = true, type_code = true, checksum_ok = true, data = true }
-- Records whose values say little without their bytes.
local RAW = { OEM = true, unknown = true, ["NVM Express"] = true }

-- How the units at the end of a name are written.
local UNITS = { w = "W", va = "VA", v = "V", mv = "mV", a = "A", ms = "ms", s = "s", hz = "Hz" }

-- ---- as rows: a label and a value, or a heading alone ----

local function add(rows, name, value)
  for _, one in ipairs(type(value) == "table" and value or { value }) do
    rows[#rows + 1] = { "  " .. name:gsub("_", " "), tostring(one) }
  end
end

-- "capacity_w", 800 as "capacity", "800 W".
local function add_value(rows, name, value)
  local what, unit = name:match("^(.+)_(%l+)$")
  if UNITS[unit] then
    name, value = what, ("%g %s"):format(value, UNITS[unit])
  elseif type(value) == "boolean" then
    value = value and "yes" or "no"
  end
  add(rows, name, value)
end

local function heading(name, is_sound)
  return { is_sound == false and name .. " (checksum wrong)" or name }
end

local function add_area(rows, record, area)
  local name, head = area[1], #rows + 1
  for i = 2, #area do
    local value = record[name .. "_" .. area[i]]
    if value ~= nil then
      add(rows, area[i], value)
    end
  end
  if #rows >= head then
    table.insert(rows, head, heading(name, record.checksums[name]))
  end
end

local function add_multirecord(rows, record)
  rows[#rows + 1] = heading(record.type, record.checksum_ok)
  local names = {}
  for name in pairs(record) do
    names[#names + 1] = not ABOUT[name] and name or nil
  end
  table.sort(names)
  for _, name in ipairs(names) do
    add_value(rows, name, record[name])
  end
  if RAW[record.type] or #names == 0 then
    add(rows, "data", record.data)
  end
end

local function rows_of(record)
  local rows = {}
  for _, area in ipairs(AREAS) do
    add_area(rows, record, area)
  end
  for _, multirecord in ipairs(record.records or {}) do
    add_multirecord(rows, multirecord)
  end
  if record.problems[1] then
    rows[#rows + 1] = { "problems" }
    for _, problem in ipairs(record.problems) do
      rows[#rows + 1] = { "  " .. problem }
    end
  end
  return rows
end

-- ---- shown ----

local function show_device(out, record)
  local rows, wide = rows_of(record), 0
  for _, row in ipairs(rows) do
    wide = math.max(wide, row[2] and text.width(row[1]) or 0)
  end
  for _, row in ipairs(rows) do
    out:line(row[2] and text.pad(row[1], wide) .. "  " .. text.clean(row[2]) or row[1])
  end
  if not rows[1] then
    out:line("nothing in it")
  end
end

local function show(out, data)
  local devices = table.move(data.others or {}, 1, #(data.others or {}), 2, { data })
  for i, record in ipairs(devices) do
    if devices[2] then
      local name = record.name and ", " .. text.clean(record.name) or ""
      out:line(("%sFRU %d%s"):format(i > 1 and "\n" or "", record.device_id, name))
    end
    show_device(out, record)
  end
end

local function number(word)
  local n = word:find("^%d+$") and math.tointeger(tonumber(word))
  if not n or n > MOST then
    return nil, ("%q is no number of a FRU device: 0 to %d"):format(word, MOST)
  end
  return n
end

return cli.command {
  name = "fru",
  summary = "What the machine and its parts are: makers, part and serial numbers (over IPMI).",
  examples = {
    { "bmcsh fru -H ipmi://10.0.5.17 -u ADMIN", "chassis, board and product of one machine" },
    { "bmcsh fru -H ipmi://10.0.5.17 -u ADMIN --all", "those of its power supplies and so on too" },
    { "bmcsh fru -H 'ipmi://node[01-40].mgmt' -u ADMIN", "one row a machine" },
  },
  options = function(parser)
    parser:flag("--all", "every FRU device that the BMC names")
    parser:option("--device", "this FRU device, instead of the machine's own, 0"):argname("N")
      :convert(number)
  end,
  check = function(args)
    if args.all and args.device then
      return nil, "--all and --device: one of them"
    end
    return true
  end,
  seconds = SECONDS,
  view = {
    columns = {
      { "product_manufacturer", "MANUFACTURER", extra = true }, { "product_name", "PRODUCT" },
      { "product_serial", "SERIAL", whole = true },
      { "board_serial", "BOARD SERIAL", extra = true, whole = true },
      { "chassis_serial", "CHASSIS SERIAL", extra = true, whole = true },
      { "product_asset_tag", "ASSET TAG", extra = true },
    },
    one = show,
  },
  run = function(m, args)
    return m:fru { device = args.device, all = args.all }
  end,
}
