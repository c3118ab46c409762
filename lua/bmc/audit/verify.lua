-- SPDX-License-Identifier: GPL-3.0-or-later
-- audit.verify: owns looking an audit log through from its first line to its last: where the chain
-- is first broken, and which writes have no outcome. Reads the file and changes nothing.

local chain = require "bmc.audit.chain"
local err = require "bmc.err"
local host = require "_bmcsh.host"
local tbl = require "bmc.tbl"

local M = {}

---@class bmc.audit.Report
---@field lines integer       looked at
---@field writes integer
---@field failed integer      writes whose outcome is an error
---@field unknown table[]     intents without an outcome
---@field first_at? string
---@field last_at? string
---@field head? string        SHA-256 of the last line of the whole part
---@field broken? { line: integer, why: string }  where the chain ends before the file does

-- What an entry says about writes; a text where it cannot stand here.
local function count(report, open, entry)
  if entry.event == "intent" then
    report.writes = report.writes + 1
    open[entry.n] = entry
  elseif entry.event == "outcome" and open[entry.of] then
    open[entry.of] = nil
    report.failed = report.failed + (entry.ok and 0 or 1)
  else
    return "it is the outcome of no write that is under way"
  end
  report.first_at, report.last_at = report.first_at or entry.at, entry.at
end

-- The next link, or nil and why the chain is broken here.
local function step(report, open, last, line)
  if line:sub(-1) ~= "\n" then
    return nil, "the last line is only half there: whoever wrote it was cut off, or it was"
  end
  local link, entry = chain.follow(last, line:sub(1, -2))
  local why = not link and entry or count(report, open, entry)
  return not why and link or nil, why
end

-- A file that can be read: a folder can be opened, too.
local function open_file(path)
  local file, problem = io.open(path, "rb")
  if file and host.stat(path).type == "directory" then
    file:close()
    problem = path .. ": a folder"
  end
  if problem then
    return err.fail("rejected", problem)
  end
  return file
end

-- Follows the chain from line to line: nil, or why it ends before the file does. `head` must be
-- the hash of one of the links.
local function follow(report, file, open, head)
  local last = chain.begin()
  for line in file:lines "L" do
    report.lines = report.lines + 1
    local link, why = step(report, open, last, line)
    if not link then
      return why
    end
    last, report.head = link, link.hash
    head = link.hash ~= head and head or nil
  end
  if head then
    report.lines = report.lines + 1
    return "what has been the last line is not there: the end was cut off, or all was replaced"
  end
end

--- Looks a file through.
---@param path string
---@param head? string  SHA-256 of a line that has been its last one and must be in it still
---@return bmc.audit.Report?
---@return bmc.err.Value? err  rejected: it cannot be read
function M.file(path, head)
  local file <close>, e = open_file(path)
  if not file then
    return nil, e
  end
  local report, open = { lines = 0, writes = 0, failed = 0 }, {}
  local why = follow(report, file, open, head)
  report.broken = why and { line = report.lines, why = why } or nil
  report.unknown = tbl.by(open, "n")
  return report
end

return M
