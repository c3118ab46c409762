-- SPDX-License-Identifier: GPL-3.0-or-later
-- audit.chain: owns the form of an audit log: its lines, how each is linked to the one before, and
-- what breaks that. Opens nothing.
--
-- A line is an object of JSON. `n` is its number in the file, `prev` the SHA-256 of the line before
-- (of all its bytes, without the line feed), `sum` that of the line itself as far as its `sum`:
-- so a line that was changed is found by itself, and the last one too. Nothing in it is a secret
-- of the writer's: who may write the file can forge a chain from any line on, or cut lines off its
-- end. Against that helps a `head`, the SHA-256 of a last line, noted where they cannot write.

local hash = require "bmc.hash"
local http = require "bmc.http"
local json = require "bmc.json"

local FIRST = ("0"):rep(64) -- `prev` of a file's first line
local SUM = '^(.*),"sum":"(%x+)"}$'

local M = {}

---@class bmc.audit.Link  the end of a chain
---@field n integer      lines so far
---@field hash string    of the last one

--- The end of an empty file.
---@return bmc.audit.Link
function M.begin()
  return { n = 0, hash = FIRST }
end

--- The line that comes next, and what the next but one is linked to.
---@param last bmc.audit.Link
---@param fields table[]  {name, value} pairs in their order
---@return string line  without its line feed
---@return bmc.audit.Link link
function M.add(last, fields)
  local all = { { "n", last.n + 1 } }
  table.move(fields, 1, #fields, 2, all)
  all[#all + 1] = { "prev", last.hash }
  local body = json.object(all):sub(1, -2)
  local line = ('%s,"sum":"%s"}'):format(body, hash.sha256(body))
  return line, { n = last.n + 1, hash = hash.sha256(line) }
end

--- What a line says, if it is one and as it was written.
---@param line string
---@return table? entry
---@return string? why not
function M.read(line)
  local entry = http.decode(line)
  if type(entry) ~= "table" or math.type(entry.n) ~= "integer" or type(entry.prev) ~= "string" then
    return nil, "it is no line of an audit log"
  end
  local body, sum = line:match(SUM)
  if not body or hash.sha256(body) ~= sum then
    return nil, "it is not as it was written: its sum does not fit"
  end
  return entry
end

--- Whether a line follows a link, as the link that it is.
---@param last bmc.audit.Link
---@param line string
---@return bmc.audit.Link? link
---@return table|string entry  or why it does not
function M.follow(last, line)
  local entry, why = M.read(line)
  if not entry then
    return nil, why
  elseif entry.n ~= last.n + 1 then
    return nil, ("it is number %d where %d is expected: lines were removed, added or swapped")
      :format(entry.n, last.n + 1)
  elseif entry.prev ~= last.hash then
    return nil, "the line before is not the one that it was written after"
  end
  return { n = entry.n, hash = hash.sha256(line) }, entry
end

-- The link that a line is whatever was before it.
local function anchor(line)
  local entry, why = M.read(line)
  return entry and { n = entry.n, hash = hash.sha256(line) }, why
end

--- The end of a chain, from the last bytes of its file. Its last two lines are looked at.
---@param text string
---@param whole boolean  whether that is all of the file
---@return bmc.audit.Link? link
---@return string? why  it cannot be gone on with
function M.tail(text, whole)
  if whole and text == "" then
    return M.begin()
  elseif text:sub(-1) ~= "\n" then
    return nil, "its last line is only half there"
  end
  local before, last = ("\n" .. text):match("\n([^\n]*)\n([^\n]*)\n$")
  if not before then
    last, before = text:sub(1, -2), nil
  end
  if whole and not before then
    return M.follow(M.begin(), last)
  end
  local link, why = anchor(before or "")
  if not link then
    return nil, "of its last line but one: " .. why
  end
  link, why = M.follow(link, last)
  return link, not link and "of its last line: " .. why or nil
end

return M
