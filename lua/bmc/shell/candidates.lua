-- SPDX-License-Identifier: GPL-3.0-or-later
-- shell.candidates: owns what the shell can complete a line with: names of Lua, commands and
-- their words, files, the machines and groups of an inventory, vendors. Which of them fit is
-- bmc.complete's. A command is loaded for its parser, and not run.
local host = require "_bmcsh.host"

local bmc = require "bmc"
local chunks = require "bmc.chunks"
local command_words = require "bmc.complete.command"
local complete = require "bmc.complete"
local line_of = require "bmc.shell.line"
local verbs = require "bmc.verbs"

local M = {}

-- ---- values ----

local function files(_, word)
  local folder, start = word:match("^(.*/)([^/]*)$")
  local there = (folder or "./"):gsub("^~/", (os.getenv("HOME") or "") .. "/")
  local out = {}
  for _, name in ipairs(host.listdir(there) or {}) do
    local wanted = not name:find("^%.") or (start or word):find("^%.")
    local stat = wanted and host.stat(there .. name)
    if stat then
      out[#out + 1] = (folder or "") .. name .. (stat.type == "directory" and "/" or "")
    end
  end
  return out
end

-- A field of the inventory that the line names, or that of the environment.
local function of_inventory(field)
  return function(given)
    local path = given["--inventory"] or os.getenv "BMCSH_INVENTORY" or ""
    local site <close> = path ~= "" and require("bmc.roster").load(path) or nil
    return site and site[field] or {}
  end
end

local function groups(given)
  local out = { "all" }
  for name in pairs(of_inventory "groups"(given)) do
    out[#out + 1] = name
  end
  return out
end

local function vendors()
  local registry, out = require("bmc.vendor").load {}, {}
  for _, name in ipairs(registry and registry:names() or {}) do
    out[#out + 1] = name
    local alias = registry:about(name).alias
    table.move(alias, 1, #alias, #out + 1, out)
  end
  return out
end

local function fields_of(vendor)
  local registry, out = require("bmc.vendor").load {}, {}
  local name = registry and registry:find(vendor or "")
  for i, row in ipairs(name and registry:explain(name).fields or {}) do
    out[i] = row.field
  end
  return out
end

-- PATH=VALUE: a vendor, then its fields.
local function settings(_, word)
  local vendor = word:match("^([%w_-]+)%.")
  local out = vendor and fields_of(vendor) or vendors()
  for i, name in ipairs(out) do
    out[i] = vendor and ("%s.%s="):format(vendor, name) or name .. "."
  end
  return out
end

local SOURCES = {
  FILE = files, ["--host"] = of_inventory "names", ["--group"] = groups, ["--vendor"] = vendors,
  ["--set"] = settings,
  VENDOR = function(given, word)
    return given[1] == "lint" and word:find("[/~.]") and files(given, word) or vendors()
  end,
  FIELD = function(given) return fields_of(given[2]) end,
}

-- ---- commands ----

-- The command of a verb; nil for a plain runbook, which does its work when it is loaded.
local function command_of(verb)
  local path = verbs.find(verb)
  local chunk = path and verbs.declares_command(path) and chunks.file(path)
  local ok, command = pcall(chunk or error)
  return ok and type(command) == "table" and command.parser and command or nil
end

local function command(verb, before, word)
  local found = command_of(verb)
  return found and command_words.words(found:parser(), line_of.words(before), word, SOURCES) or {}
end

--- The words that could replace the one before the cursor.
---@param line string
---@param point integer  bytes before the cursor
---@return string[]
function M.at(line, point)
  local known = {}
  for i, verb in ipairs(verbs.list()) do
    known[i] = verb.name
  end
  return complete.words(line, point, {
    globals = _G, verbs = known, command = command,
    methods = { ["bmc.machine"] = table.move(bmc.ops(), 1, 99, 2, { "close" }) },
  })
end

return M
