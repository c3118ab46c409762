-- SPDX-License-Identifier: GPL-3.0-or-later
-- verbs: owns where the commands are: one script a verb, the operator's folder
-- before the site's before the shipped one. Nothing is looked up in the
-- working directory. It runs nothing.
local host = require "_bmcsh.host"

local err = require "bmc.err"
local suggest = require "bmc.suggest"
local trusted = require "bmc.trusted"

local HEAD = 65536 -- bytes in which a script says what it does

local M = {}

-- First match wins: the operator's, the site's, the shipped ones.
local function folders()
  local out = { host.root .. "/scripts" }
  for _, folder in ipairs(trusted.folders("scripts")) do
    table.insert(out, 1, folder)
  end
  return out
end

local function check(path, folder)
  local why = trusted.objection(folder) or trusted.objection(path)
  if why then
    return err.fail("rejected", ("%s is not run: %s"):format(path, why))
  end
  return path
end

local function names()
  local out = {}
  for _, verb in ipairs(M.list()) do
    out[#out + 1] = verb.name
  end
  return out
end

--- The script of a verb.
---@param name string
---@return string? path
---@return table? err `missing` with a suggestion, or `rejected` for a file others can write
function M.find(name)
  if name:find("^%w[%w_-]*$") then
    local shipped = host.root .. "/scripts"
    for _, folder in ipairs(folders()) do
      local path = ("%s/%s.lua"):format(folder, name)
      if host.stat(path) then
        if folder == shipped then
          return path
        end
        return check(path, folder)
      end
    end
  end
  return err.fail("missing", ("no command %q%s; bmcsh --help lists them"):format(name,
    suggest.hint(name, names())))
end

-- The text of a script. Read, not run: a list must have no effect.
local function text_of(path)
  local file <close> = io.open(path, "r")
  return file and (file:read(HEAD) or "")
end

-- What a script says about itself: the summary of its command, else its first
-- comment that is not the licence.
local function summary(path)
  local text = text_of(path)
  if not text then
    return "(cannot be read)"
  end
  local said = text:match('\n%s*summary%s*=%s*"([^"\n]*)"')
  if said then
    return said
  end
  for line in text:gmatch("%-%-+%s*([^\n]+)") do
    if not line:find("^SPDX") then
      return line
    end
  end
  return ""
end

--- Whether a script is nothing but a command of bmc.cli, so that loading it has no effect; a plain
--- runbook does its work when it is loaded.
---@param path string
---@return boolean
function M.declares_command(path)
  return (text_of(path) or ""):find("\nreturn [^\n]*%.command%s*{") ~= nil
end

--- All verbs, by name.
---@return table[] verbs with name, path, summary
function M.list()
  local found, out = {}, {}
  for _, folder in ipairs(folders()) do
    for _, file in ipairs(host.listdir(folder) or {}) do
      local name = file:match("^(%w[%w_-]*)%.lua$")
      if name and not found[name] then
        found[name] = true
        local path = folder .. "/" .. file
        out[#out + 1] = { name = name, path = path, summary = summary(path) }
      end
    end
  end
  table.sort(out, function(a, b)
    return a.name < b.name
  end)
  return out
end

return M
