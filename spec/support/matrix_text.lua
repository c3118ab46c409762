-- SPDX-License-Identifier: GPL-3.0-or-later
-- The text of doc/supported-vendors.md, made of what support.survey has found. Pure.

local HEAD = [[
# Supported vendors

Made by `./bmcsh tools/matrix.lua ../shared/mockups > doc/supported-vendors.md`: do not edit. Every
recorded tree is served by the simulator and asked for every record; what comes is counted against
what lies in its files, which are counted by their types and not by following links. None of this
was tried on hardware here: a recording shows how a machine answers, not what it does when told to.

*recorded* means that answers of such machines were read so; *documented*, that only what others
write about them is known (`bmcsh vendor explain NAME` shows it, with sources). What is known and
not acted on is in [quirks-not-covered.md](quirks-not-covered.md).
]]

local RECORDS = [[
## Records

Records answered, of those in the files. "-": the trees hold none. Temperatures, fans and supplies
are those of all systems; log entries those of all logs. "no system": rack PDUs, a power shelf, a
chassis controller, and recordings of single answers, which no client can walk.
]]

local SINGLE = [[
## Facts of a machine

Trees that answer with something, of the vendor's trees. A tree may well have nothing to say: no
event stream, no licence. Why not stands below.
]]

local WRITES = [[
## Changes

Trees whose own data allow the request to be made (`--dry-run`), of the vendor's trees. A pruned
recording lacks links that the machine has; and what a machine is already, needs no request.
]]

local LACKS = [[
## What lacks, and why

Reasons as bmcsh gives them. Where it names no reason, the recording holds nothing of the kind.
]]

local TITLES = {
  power_supplies = "supplies", processor_inventory = "processors", memory_inventory = "memory",
  drive_inventory = "drives", volume_inventory = "volumes",
  network_adapter_inventory = "adapters", firmware_inventory = "firmware",
  sel_entries = "log entries", bmc_users = "users", event_service_sse_uri = "event stream",
  chassis_health = "health", led_state = "LED",
  virtual_media = "media slots", license_info = "licence", network_info = "network",
}
local REASON = 150 -- characters of a reason

local function title(name)
  return TITLES[name] or (name:gsub("_", " "))
end

local function row(cells)
  return "| " .. table.concat(cells, " | ") .. " |"
end

local function table_of(head, rows)
  local rule = {}
  for i = 1, #head do
    rule[i] = "---"
  end
  local lines = { row(head), row(rule) }
  for _, cells in ipairs(rows) do
    lines[#lines + 1] = row(cells)
  end
  return table.concat(lines, "\n") .. "\n"
end

-- ---- vendors ----

-- The trees of each vendor; and the names of vendors that have one, in order.
local function by_vendor(d)
  local trees, names = {}, {}
  for _, r in ipairs(d.rows) do
    if not trees[r.vendor] then
      trees[r.vendor], names[#names + 1] = {}, r.vendor
    end
    table.insert(trees[r.vendor], r)
  end
  table.sort(names)
  return trees, names
end

local function vendors(d, trees)
  local names, rows = d.registry:names(), {}
  names[#names + 1] = "redfish-generic"
  for i, name in ipairs(names) do
    local about, ids = d.registry:about(name), {}
    for _, quirk in ipairs(d.registry:explain(name).quirks) do
      ids[quirk.id] = true
    end
    local n = 0
    for _ in pairs(ids) do
      n = n + 1
    end
    local models = #about.seen > 0 and table.concat(about.seen, "; ") or "-"
    rows[i] = { name, about.status, models, tostring(#(trees[name] or {})), tostring(n) }
  end
  return table_of({ "vendor", "status", "models", "trees", "quirks" }, rows)
end

-- ---- numbers ----

local function add(sum, list, counted)
  sum.count, sum.there = sum.count + list.count, sum.there + counted.there
  sum.unlinked = sum.unlinked + counted.unlinked
end

local function cell_of(sum)
  if sum.there == 0 and sum.count == 0 then
    return "-"
  elseif sum.count == sum.there then
    return tostring(sum.count)
  end
  return ("%d of %d"):format(sum.count, sum.there)
end

local function share(count, there)
  return there == 0 and "-" or ("%.1f %%"):format(100 * count / there)
end

local function records(d, trees, names)
  local kinds, head, rows, totals = {}, { "vendor" }, {}, {}
  for _, kind in ipairs(d.kinds) do
    if d.rows[1] and d.rows[1].lists[kind[1]] then
      kinds[#kinds + 1] = kind[1]
      head[#head + 1] = title(kind[1])
      totals[#totals + 1] = { count = 0, there = 0, unlinked = 0 }
    end
  end
  for _, name in ipairs(names) do
    local cells = { name }
    for i, kind in ipairs(kinds) do
      local sum = { count = 0, there = 0, unlinked = 0 }
      for _, r in ipairs(trees[name]) do
        add(sum, r.lists[kind], r.census[kind])
        add(totals[i], r.lists[kind], r.census[kind])
      end
      cells[#cells + 1] = cell_of(sum)
    end
    rows[#rows + 1] = cells
  end
  local all, linked = { "**all**" }, { "**of those that some list names**" }
  for _, sum in ipairs(totals) do
    all[#all + 1] = share(sum.count, sum.there)
    linked[#linked + 1] = share(sum.count, sum.there - sum.unlinked)
  end
  rows[#rows + 1], rows[#rows + 2] = all, linked
  return table_of(head, rows)
end

-- Columns that were asked at all, and in each cell how many trees gave a yes.
local function counts(d, trees, names, columns, yes)
  local head, asked, rows = { "vendor" }, {}, {}
  for _, column in ipairs(columns) do
    if d.rows[1] and yes(d.rows[1], column) ~= nil then
      asked[#asked + 1], head[#head + 1] = column, title(column)
    end
  end
  for i, name in ipairs(names) do
    rows[i] = { name }
    for _, column in ipairs(asked) do
      local n = 0
      for _, r in ipairs(trees[name]) do
        n = n + (yes(r, column) and 1 or 0)
      end
      table.insert(rows[i], n == 0 and "-" or ("%d of %d"):format(n, #trees[name]))
    end
  end
  return table_of(head, rows)
end

-- ---- reasons ----

local function add_reason(reasons, what, why)
  why = why and why ~= "" and why or "nothing of the kind"
  if #why > REASON then
    why = why:sub(1, REASON):gsub("%s+%S*$", "") .. " …"
  end
  if not reasons[why] then
    reasons[why] = {}
    reasons[#reasons + 1] = why
  end
  table.insert(reasons[why], what)
end

local function list_reason(list, counted)
  local parts = { list.why }
  if counted.unlinked > 0 then
    parts[#parts + 1] = ("%d in the folder that no list names"):format(counted.unlinked)
  end
  for _, note in ipairs(list.why and {} or list.notes) do
    parts[#parts + 1] = note
  end
  return table.concat(parts, "; ")
end

local function reasons_of(d, r)
  local reasons = {}
  for _, kind in ipairs(d.kinds) do
    local list, counted = r.lists[kind[1]], r.census[kind[1]]
    if list and list.count ~= counted.there then
      add_reason(reasons, ("%s %d of %d"):format(title(kind[1]), list.count, counted.there),
        list_reason(list, counted))
    elseif list and list.count == 0 then
      add_reason(reasons, title(kind[1]), list_reason(list, counted))
    end
  end
  for _, op in ipairs(d.single) do
    local one = r.single[op]
    if one and not one.says then
      add_reason(reasons, title(op), one.why or table.concat(one.notes, "; "))
    end
  end
  for _, write in ipairs(d.writes) do
    local one = r.writes[write[1]]
    if one and not one.sends then
      add_reason(reasons, write[1], one.why or "it is so already: nothing to send")
    end
  end
  return reasons
end

local function lacks(d)
  local lines = {}
  for _, r in ipairs(d.rows) do
    lines[#lines + 1] = ("**%s** (%s)\n"):format(r.name, r.vendor)
    local reasons = reasons_of(d, r)
    for _, why in ipairs(reasons) do
      lines[#lines + 1] = ("- %s: %s"):format(table.concat(reasons[why], ", "), why)
    end
    lines[#lines + 1] = #reasons == 0 and "- nothing lacks\n" or ""
  end
  return table.concat(lines, "\n")
end

--- The whole text.
---@param d table  rows, registry, kinds, single, writes: as of support.survey
---@return string
return function(d)
  local trees, names = by_vendor(d)
  local labels = {}
  for i, write in ipairs(d.writes) do
    labels[i] = write[1]
  end
  return table.concat({
    HEAD, vendors(d, trees), RECORDS, records(d, trees, names),
    SINGLE, counts(d, trees, names, d.single, function(r, op)
      return r.single[op] and r.single[op].says
    end),
    WRITES, counts(d, trees, names, labels, function(r, label)
      return r.writes[label] and (r.writes[label].sends or false)
    end),
    LACKS, lacks(d),
  }, "\n")
end
