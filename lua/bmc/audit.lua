-- SPDX-License-Identifier: GPL-3.0-or-later
-- audit: owns the log of writes (--audit FILE): what is said of each, and that it is on the disk
-- before the request leaves. What a write is, bmc.target.gate knows; the form of the lines and
-- their chain are bmc.audit.chain's, looking a file through is bmc.audit.verify's.
--
-- A write has two lines: the intent, synced before anything is sent, and the outcome, which names
-- the intent's number. One without an outcome is a process that died in between.
--
-- Any number of processes may append to a file. Each locks it for that, and reads its end when it
-- is not as long as this process has left it. Tasks that write at the same time share one lock and
-- one sync, so that a sweep of a thousand machines does not wait a thousand times for the disk.

local chain = require "bmc.audit.chain"
local err = require "bmc.err"
local hash = require "bmc.hash"
local host = require "_bmcsh.host"
local log = require "bmc.log"
local state = require "bmc.state"
local task = require "bmc.task"

local PATIENCE = 30  -- seconds to wait for a lock, and for the disk
local GRACE = 10     -- seconds that noting an outcome may take, whatever has stopped the task
local TAIL = 1 << 18 -- bytes that hold the last two lines
local LONGEST = 4096 -- bytes of a URI that are kept

-- These end this task's wait, and no other's.
local STOPS = { cancelled = true, timeout = true }

local M = {}

---@class bmc.audit.Log  a file as this process appends to it
---@field path string
---@field last? bmc.audit.Link  the end of the file when it was `size` bytes long
---@field size? integer
---@field queue table[]  lines to be appended: fields, sync; then n or err
local methods = {}
local log_mt = { __index = methods, __name = "bmc.audit" }

function log_mt:__tostring()
  return ("audit log %s"):format(self.path)
end

-- ---- appending ----

-- Where the file ends and in what, under its lock.
local function look(self, file)
  local size, e = file:size()
  if not size or size == self.size then
    return size, e
  end
  local from = math.max(0, size - TAIL)
  local text, unread = file:read(from)
  if not text then
    return nil, unread
  end
  local last, why = chain.tail(text, from == 0)
  if not last then
    return err.fail("rejected", ("%s is no whole audit log: %s; look at it with bmcsh audit "
      .. "verify, then move it away"):format(self.path, why))
  end
  self.last, self.size = last, size
  return size
end

local function append(self, file, batch)
  local size, e = look(self, file)
  if not size then
    return nil, e
  end
  local last, lines, sync = self.last, {}, false
  for i, line in ipairs(batch) do
    lines[i], last = chain.add(last, line.fields)
    line.number, sync = last.n, sync or line.sync
  end
  local text = table.concat(lines, "\n") .. "\n"
  local ok, failed = file:append(text)
  if ok and sync then
    ok, failed = file:sync()
  end
  if not ok then
    self.size = nil
    file:cut(size)
    return nil, failed
  end
  self.last, self.size = last, size + #text
  return true
end

-- Appends all that waits: what comes meanwhile waits for the next time. An error is that of all,
-- but for one that has stopped this task alone; once begun it is not stopped, for others count on
-- it too.
local function flush(self)
  local file <close>, e = state.wait(self.path, "any", PATIENCE)
  if not file and STOPS[e.code] then
    return e
  end
  local batch, ok = self.queue, nil
  self.queue = {}
  if file then
    ok, e = task.shield(PATIENCE, append, self, file, batch)
  end
  for _, line in ipairs(batch) do
    line.n, line.err = ok and line.number or nil, not ok and e or nil
  end
end

local function withdraw(self, line)
  for i, other in ipairs(self.queue) do
    if other == line then
      table.remove(self.queue, i)
      return
    end
  end
end

-- Appends a line, along with those of other tasks: its number; or nil, err.
local function commit(self, line)
  self.queue[#self.queue + 1] = line
  local turn <close>, stopped = self.turn:acquire()
  if turn and not line.n and not line.err then
    stopped = flush(self)
  end
  if not line.n and not line.err then
    withdraw(self, line)
  end
  return line.n, line.err or stopped
end

-- ---- what is said ----

local function now()
  local wall = host.wall()
  local whole = math.floor(wall)
  return ("%s.%03dZ"):format(os.date("!%Y-%m-%dT%H:%M:%S", whole), (wall - whole) * 1000 // 1)
end

local function clipped(text)
  return #text > LONGEST and text:sub(1, LONGEST) .. "…" or text
end

---@class bmc.audit.Write
---@field host string     as it is called, in an inventory too
---@field address string  what that means now
---@field way string
---@field user? string    at the BMC
---@field method string
---@field uri string
---@field bytes? string   what it carries, of which the digest is noted

--- Notes a write that is about to be sent. When this returns a number, that is on the disk.
---@param write bmc.audit.Write
---@return integer? n  of its line, for outcome()
---@return bmc.err.Value? err  rejected: the file cannot be written, or is no whole log; busy,
---  timeout, cancelled. Effect none
function methods:intent(write)
  local n, e = commit(self, { sync = true, fields = {
    { "event", "intent" }, { "at", now() }, { "uid", host.uid() },
    { "login", os.getenv "LOGNAME" or os.getenv "USER" }, { "sudo_user", os.getenv "SUDO_USER" },
    { "pid", host.pid() }, { "host", write.host }, { "address", write.address },
    { "way", write.way }, { "user", write.user }, { "method", write.method },
    { "uri", clipped(write.uri) }, { "sha256", write.bytes and hash.sha256(write.bytes) },
  } })
  if n then
    return n
  end
  local code = (STOPS[e.code] or e.code == "busy") and e.code or "rejected"
  return err.refuse(code, "nothing is sent without a line in the audit log: %s", e.text)
end

--- Notes what became of a write. It has happened, so that this fails with a warning only.
---@param n integer  of its intent
---@param e? bmc.err.Value    why it failed
---@param status? integer|string  what the BMC answered
function methods:outcome(n, e, status)
  local fields = { { "event", "outcome" }, { "at", now() }, { "of", n }, { "ok", e == nil },
    { "status", status }, { "code", e and e.code }, { "effect", e and e.effect } }
  local written, why = task.shield(GRACE, commit, self, { fields = fields })
  if not written then
    log.warning("the audit log lacks the outcome of its line %d: %s", n, why.text)
  end
end

-- One for a file: tasks share what is known of its end. Made once a run, by whoever names it.
local logs = {}

--- The log in a file. Opens nothing yet.
---@param path string
---@return bmc.audit.Log
function M.of(path)
  logs[path] = logs[path]
    or setmetatable({ path = path, queue = {}, turn = task.semaphore(1) }, log_mt)
  return logs[path]
end

return M
