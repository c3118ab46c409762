-- SPDX-License-Identifier: GPL-3.0-or-later
-- ledger: the books about sessions that are open at BMCs, so that what a killed process has left
-- can be deleted. Owns their form; which sessions there are is bmc.redfish.session's, deleting
-- the stale ones bmc.redfish.reap's. No token is in them: a fresh login deletes as well.
--
-- Each process has a book of its own, state/sessions/PID-N.jsonl, and holds its lock as long as
-- sessions are open. A book whose lock can be had is one of a dead process: no process number has
-- to be believed, and no two processes wait for each other. A book is a file that lines are
-- appended to; it is removed when the last session has been closed, and written anew when most of
-- its lines say nothing any more. Nothing is synced: a machine that crashes loses a line or two,
-- and a sweep of thousands does not notice the rest.

local host = require "_bmcsh.host"
local http = require "bmc.http"
local json = require "bmc.json"
local state = require "bmc.state"
local tbl = require "bmc.tbl"

local FOLDER = "sessions"
local SLACK = 1000 -- lines that say nothing any more before a book is written anew
local NAMES = 1000 -- books that one process number may have left behind

---@class bmc.ledger.Entry
---@field url string   scheme, host and port
---@field uri string   of the session
---@field user string
---@field at number    epoch seconds when it was opened
---@field pid? string  of the process; when listed
---@field alive? boolean  whether that runs; when listed

local M = {}

-- The book of this process: file, path, open = { id = line }, count of those that may be closed
-- still, lost ones, lines written. nil while nothing is open.
local own
local last_id = 0

-- ---- reading ----

-- id -> entry of the sessions that are open after all these lines. A torn line, left by a process
-- that was killed while it wrote, says nothing.
local function parse(text)
  local open = {}
  for line in text:gmatch("([^\n]*)\n") do
    local fields = http.decode(line)
    if type(fields) == "table" and fields.gone then
      open[fields.gone] = nil
    elseif type(fields) == "table" and math.type(fields.id) == "integer" and fields.url
      and fields.uri then
      open[fields.id] = fields
    end
  end
  return open
end

-- ---- the own book ----

local function start()
  local folder, e = state.folder(FOLDER)
  if not folder then
    return nil, e
  end
  for n = 1, NAMES do
    local path = ("%s/%d-%d.jsonl"):format(folder, host.pid(), n)
    local file
    file, e = state.open(path, "new")
    if file then
      return { file = file, open = {}, live = 0, lost = 0, lines = 0 }
    elseif e.code ~= "busy" then
      break
    end
  end
  return nil, e
end

local function text_of(book)
  local lines = {}
  for _, line in pairs(book.open) do
    lines[#lines + 1] = line
  end
  book.lines = #lines
  return table.concat(lines)
end

local function note(book, line)
  book.lines = book.lines + 1
  if book.lines > SLACK + 2 * (book.live + book.lost) then
    return book.file:replace(text_of(book))
  end
  return book.file:append(line)
end

-- With nothing left to close the book is given up; sessions that could not be deleted stay in it,
-- as those of a dead process do.
local function finish(book)
  if book.live > 0 then
    return
  end
  if book.lost > 0 then
    book.file:replace(text_of(book))
  else
    book.file:remove()
  end
  book.file:close()
  own = nil
end

local function line_of(id, url, uri, user)
  return ('{"id":%d,"url":%s,"uri":%s,"user":%s,"at":%d}\n'):format(id, json.quoted(url),
    json.quoted(uri), json.quoted(user), math.floor(host.wall()))
end

--- Enters a session that has just been made.
---@param url string
---@param uri string
---@param user string
---@return integer? id  for closed() or lost(); nil when there is no place to write to
---@return bmc.err.Value? err
function M.opened(url, uri, user)
  local e
  if not own then
    own, e = start()
    if not own then
      return nil, e
    end
  end
  last_id = last_id + 1
  local line = line_of(last_id, url, uri, user)
  own.open[last_id], own.live = line, own.live + 1
  local ok
  ok, e = note(own, line)
  return ok and last_id, e
end

--- Strikes out a session that has been deleted.
---@param id integer
function M.closed(id)
  if own and own.open[id] then
    own.open[id], own.live = nil, own.live - 1
    note(own, ('{"gone":%d}\n'):format(id))
    finish(own)
  end
end

--- Gives up a session that could not be deleted: it stays in the book for whoever reaps it.
---@param id integer
function M.lost(id)
  if own and own.open[id] then
    own.live, own.lost = own.live - 1, own.lost + 1
    finish(own)
  end
end

-- ---- all books ----

local function books()
  local folder, e = state.folder(FOLDER)
  if not folder then
    return nil, e
  end
  local paths = {}
  for _, name in ipairs(host.listdir(folder) or {}) do
    if name:find("^%d+%-%d+%.jsonl$") then
      paths[#paths + 1] = folder .. "/" .. name
    end
  end
  return paths
end

local function slurp(path)
  local file <close> = io.open(path, "rb")
  return file and file:read("a")
end

--- Every session in the books, of all processes.
---@return bmc.ledger.Entry[]? entries
---@return bmc.err.Value? err
function M.list()
  local paths, e = books()
  if not paths then
    return nil, e
  end
  local out = {}
  for _, path in ipairs(paths) do
    local file <close>, why = state.open(path, "old")
    local alive = not file and why.code == "busy"
    for _, entry in ipairs(tbl.by(parse(slurp(path) or ""), "id")) do
      entry.pid, entry.alive = path:match("(%d+)%-%d+%.jsonl$"), alive
      out[#out + 1] = entry
    end
  end
  return out
end

-- Books of dead processes that this one has locked, by path: the sessions in one may be of many
-- BMCs, and their tasks share it.
local held = {}

---@class bmc.ledger.Book  of a dead process, locked
---@field entries bmc.ledger.Entry[]
local book = {}
local book_mt = { __index = book, __name = "bmc.ledger.book" }

function book_mt:__tostring()
  return ("book of a dead process: %d sessions"):format(#self.entries)
end

--- Strikes out an entry.
---@param entry bmc.ledger.Entry
function book:strike(entry)
  self.file:append(('{"gone":%d}\n'):format(entry.id))
  for i, other in ipairs(self.entries) do
    if other == entry then
      table.remove(self.entries, i)
      break
    end
  end
end

--- Gives the lock back, and removes a book that has no entries; the last of its holders does.
function book:close()
  self.holders = self.holders - 1
  if self.holders > 0 then
    return
  elseif #self.entries == 0 then
    self.file:remove()
  end
  self.file:close()
  held[self.path] = nil
end

book_mt.__close = book.close

-- A book of a dead process, for one more holder.
local function hold(path)
  local file = not held[path] and state.open(path, "old")
  if file then
    held[path] = setmetatable({
      path = path, file = file, holders = 0, entries = tbl.by(parse(file:read() or ""), "id"),
    }, book_mt)
  end
  if held[path] then
    held[path].holders = held[path].holders + 1
  end
  return held[path]
end

local function has(entries, wanted)
  if #entries == 0 or not wanted then
    return true
  end
  for _, entry in ipairs(entries) do
    if wanted(entry) then
      return true
    end
  end
  return false
end

--- The books of dead processes. No other process gets them until they are closed.
---@param wanted? fun(entry: bmc.ledger.Entry): boolean  only books with such an entry
---@return bmc.ledger.Book[]? dead
---@return bmc.err.Value? err
function M.dead(wanted)
  local paths, e = books()
  if not paths then
    return nil, e
  end
  local out = {}
  for _, path in ipairs(paths) do
    local found = hold(path)
    if found and has(found.entries, wanted) then
      out[#out + 1] = found
    elseif found then
      found:close()
    end
  end
  return out
end

return M
