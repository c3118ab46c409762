-- SPDX-License-Identifier: GPL-3.0-or-later
-- Asks recorded trees everything: each is served by the simulator, every reading operation is
-- called, and every change with dry_run. What comes is put beside what lies in the files
-- (support.census). spec/matrix_spec.lua judges it, tools/matrix.lua prints it.

local host = require "_bmcsh.host"

local bmc = require "bmc"
local census = require "support.census"
local sim = require "bmc.sim"
local tbl = require "bmc.tbl"
local vendor = require "bmc.vendor"

local M = { KINDS = census.KINDS }

-- One record a machine.
M.SINGLE = {
  "heartbeat", "system_info", "power_state", "power_metrics", "chassis_health", "led_state",
  "boot_config", "network_info", "license_info", "event_service_sse_uri", "findings",
}

-- What a change is called in the matrix, the operation and its arguments.
M.WRITES = {
  { "power off", "power_action", { verb = "off" } },
  { "power cycle", "power_action", { verb = "cycle" } },
  { "next boot", "set_next_boot", { target = "Pxe" } },
  { "boot order", "set_boot_order" },
  { "insert media", "insert_virtual_media", { url = "http://192.0.2.1/boot.iso" } },
  { "LED", "indicator_led", { state = "lit" } },
  { "NMI", "nmi_trigger", {} },
  { "BMC reset", "reset_bmc", {} },
  { "clear log", "clear_sel", {} },
}

-- Rack PDUs, shelves, single answers: what has no system is counted apart.
M.NO_SYSTEM = "no system"

local function has(name)
  return bmc.op(name) ~= nil
end

-- A text that is the same in every run: no port, no time.
local function steady(text)
  return (text:gsub("127%.0%.0%.1:%d+", "the BMC"):gsub("[%d.]+ s%f[%W]", "some s")
    :gsub("\n.*", ""))
end

local function open(url, registry, dry)
  local sent = {}
  return bmc.open {
    host = url, user = "admin", password = "simulated", registry = registry, dry_run = dry,
    timeout = 60,
    trace = function(event)
      if event.kind == "dry-run" then
        sent[#sent + 1] = event
      end
    end,
  }, sent
end

local function notes_of(m)
  local trail = rawget(m, "trail") or {}
  local last, out = trail[#trail] or {}, {}
  for _, note in ipairs(last.notes or {}) do
    out[#out + 1] = not note:find("^system .- taken") and steady(note) or nil
  end
  table.sort(out)
  return out
end

-- ---- asking ----

-- What an operation has to be told to give all it has.
local LIST_ARGS = { sel_entries = { log = "all", limit = 0 } }

-- Kinds that an operation answers of one system at a time.
local OF_ONE = { temperatures = true, fans = true, power_supplies = true }

-- How many different records an operation gives, of all systems together.
local function ask_list(m, name, systems)
  local count, known, why, notes = 0, {}, nil, {}
  local asked = OF_ONE[name] and #systems > 1 and systems or { false }
  for _, system in ipairs(asked) do
    local args = { system = system or nil }
    for key, value in pairs(LIST_ARGS[name] or {}) do
      args[key] = value
    end
    local data, e = bmc.try(m[name], m, args)
    why = why or e and steady(e.text)
    for _, note in ipairs(data and notes_of(m) or {}) do
      if not known[note] then
        known[note], notes[#notes + 1] = true, note
      end
    end
    count = count + #(data or {})
  end
  return { count = count, why = count == 0 and why or nil, notes = notes }
end

-- Whether there is anything in an answer; whose it is, is known anyway.
local function says(data)
  if type(data) == "table" then
    local first = next(data)
    return first ~= nil and (first ~= "vendor" or next(data, first) ~= nil)
  end
  return data ~= nil
end

local function ask_one(m, name)
  local data, e = bmc.try(m[name], m)
  return { ok = not e, says = says(data), why = e and steady(e.text), notes = notes_of(m) }
end

-- What is last is to be first; without an order the question has no sense.
local function order_args(m)
  local ok, config = pcall(m.boot_config, m)
  local order = ok and config.boot_order
  if not order or not order[2] then
    return nil
  end
  return { devices = { order[#order] } }
end

-- Of several systems one has to be named: the first that can be told to.
local function ask_write(m, sent, write, systems)
  local args = write[3] and tbl.copy(write[3]) or order_args(m)
  if not args then
    return { why = "no boot order to be seen" }
  end
  local before, why = #sent, nil
  for i = 1, math.max(#systems, 1) do
    args.system = #systems > 1 and systems[i] or nil
    local _, e = bmc.try(m[write[2]], m, args)
    why = why or e and steady(e.text)
    if #sent > before then
      return { sends = true }
    end
  end
  return { sends = false, why = why }
end

-- ---- one tree ----

---@class support.survey.Row
---@field name string     of the folder
---@field vendor string   as detect_vendor says, or NO_SYSTEM
---@field systems string[]
---@field census table<string, { there: integer, unlinked: integer }>
---@field lists table<string, { count: integer, why: string?, notes: string[] }>
---@field single table<string, { ok: boolean, says: boolean, why: string?, notes: string[] }>
---@field writes table<string, { sends: boolean, why: string? }>

local function ask_tree(folder, name, registry)
  local farm <close> = sim.start { mockup = folder .. "/" .. name, tls = false }
  local row = { name = name, lists = {}, single = {}, writes = {} }
  row.census, row.systems = census.of(folder .. "/" .. name)
  local m <close> = open(farm.url(1), registry)
  row.vendor = row.systems[1] and bmc.try(m.detect_vendor, m) or M.NO_SYSTEM
  for _, kind in ipairs(census.KINDS) do
    row.lists[kind[1]] = has(kind[1]) and ask_list(m, kind[1], row.systems) or nil
  end
  for _, op in ipairs(M.SINGLE) do
    row.single[op] = has(op) and ask_one(m, op) or nil
  end
  local dry <close>, sent = open(farm.url(1), registry, true)
  for _, write in ipairs(M.WRITES) do
    row.writes[write[1]] = has(write[2]) and ask_write(dry, sent, write, row.systems) or nil
  end
  return row
end

--- Asks every tree below a folder.
---@param folder string
---@return support.survey.Row[] rows
---@return bmc.vendor.Registry registry  the shipped files alone
function M.run(folder)
  local registry, rows = assert(vendor.load { dirs = {} }), {}
  for _, name in ipairs(host.listdir(folder)) do
    if host.stat(("%s/%s/redfish/v1"):format(folder, name)) then
      rows[#rows + 1] = ask_tree(folder, name, registry)
    end
  end
  return rows, registry
end

return M
