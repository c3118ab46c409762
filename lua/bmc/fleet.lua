-- SPDX-License-Identifier: GPL-3.0-or-later
-- fleet: owns one piece of work done on many machines: how many at once, how
-- fast, in which batches, and what came of each. It prints nothing, and does
-- not know what the work is.
--
-- A machine that does not answer must not delay the others. Its place is lent
-- to the next one after `patience` seconds, so that dead machines time out on
-- the side; at most LENT places for each real one. Work that changes machines
-- lends nothing: there `concurrency` is a promise.
local bmc = require "bmc"
local err = require "bmc.err"
local task = require "bmc.task"
local tbl = require "bmc.tbl"

local CONCURRENCY = 100
local LENT = 3

-- A sweep leaves garbage, and to look for it costs as much as there is alive. With few machines
-- open at a time that is little memory: then it is looked for half as often (Lua's pause is 200).
local FEW, PAUSE = 500, 400

local M = {}

---@class bmc.fleet.Outcome
---@field host string      as given, without https:// or ipmi://; the name of one that has a name
---@field index integer    place in the list
---@field ok boolean
---@field data any         what the work returned
---@field way? string      by which way
---@field error? table     error value, when not ok
---@field seconds number

local methods = {}
local mt = { __index = methods }

-- What bmc.open is given, which keeps nothing of it: one table does for all machines that are
-- given by their address alone.
local function options_of(self, target, outcome)
  local options = self.options
  if type(target) == "table" then
    options = tbl.with(self.open, target)
  else
    options.host = target
    options.ipmi = self.ipmi and self.ipmi[outcome.index] or self.open.ipmi
  end
  if self.on_trace then
    options.trace = function(event)
      self.on_trace(outcome, event)
    end
  end
  return options
end

-- The work on one machine. Closing the machine is part of it: its session is
-- gone before the place is given to the next.
local function attempt(self, target, outcome)
  local m <close> = bmc.open(options_of(self, target, outcome))
  local data = self.work(m, outcome)
  return data, m.way
end

-- A mistake in the work itself; where it was made is gone once it is caught.
local function mistake(e)
  if err.is(e) then
    return e
  end
  return err.new("internal", tostring(e), { traceback = debug.traceback(nil, 2) })
end

local function perform(self, target, outcome)
  local began = task.now()
  local seconds = type(target) == "table" and target.timeout or self.timeout
  local ok, data, way = xpcall(task.deadline, mistake, seconds, attempt, self, target, outcome)
  outcome.ok, outcome.seconds = ok, task.now() - began
  if ok then
    outcome.data, outcome.way = data, way
  else
    outcome.error = err.wrap(data, { host = outcome.host, seconds = outcome.seconds })
  end
end

local function record(self, outcome)
  local sum = self.summary
  sum.done = sum.done + 1
  if outcome.ok then
    sum.ok = sum.ok + 1
  else
    local code = outcome.error.code
    sum.failed = sum.failed + 1
    sum.codes[code] = (sum.codes[code] or 0) + 1
  end
  if self.keep then
    sum.outcomes[outcome.index] = outcome
  end
  if self.on_result then
    self.on_result(outcome, sum)
  end
end

local function one(self, run)
  perform(self, run.target, run.outcome)
  run.ended = true
  if run.lent then
    self.lent = self.lent - 1
  else
    self.places:leave()
  end
  record(self, run.outcome)
end

-- The longest running machine that still holds a place of its own.
function methods:oldest()
  local first = self.first
  while self.running[first] and (self.running[first].ended or self.running[first].lent) do
    self.running[first] = nil
    first = first + 1
  end
  self.first = first
  return self.running[first]
end

function methods:patience_left()
  local run = self:oldest()
  if not run or self.lent >= self.concurrency * LENT then
    return math.huge
  end
  return math.max(run.began + self.patience - task.now(), 0)
end

-- Waits for a place. nil, err only when this task is to end.
function methods:wait_for_place()
  while true do
    local ok, e = task.deadline(self:patience_left(), self.places.enter, self.places)
    if ok then
      return true
    elseif task.cancelled() or task.left() <= 0 then
      return nil, e
    end
    local run = self:oldest()
    if run and self:patience_left() == 0 then
      run.lent = true
      self.lent = self.lent + 1
      self.places:leave()
    end
  end
end

-- Keeps the starts apart by 1/rate seconds.
function methods:wait_for_turn()
  local now = task.now()
  local turn = math.max(self.next_turn or now, now)
  self.next_turn = turn + 1 / self.rate
  return turn <= now or task.sleep(turn - now)
end

-- What is not the usual way to write a host stays: http:// is a warning.
local function shown(target)
  local name = type(target) == "table" and (target.name or target.host) or target
  return (name:gsub("^https://", ""):gsub("^ipmi://", ""))
end

local function start(self, scope, index)
  local run = {
    began = task.now(),
    target = self.hosts[index],
    outcome = { host = shown(self.hosts[index]), index = index },
  }
  self.last = self.last + 1
  self.running[self.last] = run
  self.summary.started = self.summary.started + 1
  scope:spawn(one, self, run)
end

-- Machines from..to; returns when the last of them has ended.
local function batch(self, from, to)
  self.places = task.semaphore(self.concurrency)
  self.running, self.first, self.last, self.lent = {}, 1, 0, 0
  task.scope(function(scope)
    for i = from, to do
      -- A place may be free without waiting: then nothing has said that we are to end.
      if not (self:wait_for_turn() and self:wait_for_place()) or task.cancelled() then
        return
      end
      start(self, scope, i)
    end
  end)
end

local function allowed(max_fail, size)
  local percent = type(max_fail) == "string" and tonumber(max_fail:match("^(%d+)%%$"))
  return percent and size * percent / 100 or tonumber(max_fail) or 0
end

local function batches(self)
  local from, n, sum = 1, 0, self.summary
  while from <= #self.hosts and not task.cancelled() do
    n = n + 1
    local size = M.batch_size(self.batch[math.min(n, #self.batch)], #self.hosts)
    local to = math.min(from + size - 1, #self.hosts)
    local failed = sum.failed
    batch(self, from, to)
    failed = sum.failed - failed
    if failed > allowed(self.max_fail, to - from + 1) and to < #self.hosts then
      sum.stopped = ("batch %d: %d of %d failed"):format(n, failed, to - from + 1)
      return
    end
    from = to + 1
  end
end

-- For as long as the result is not closed. Sweeps may run side by side.
local thrifty, usual = 0, nil
local thrifty_mt = {
  __close = function()
    thrifty = thrifty - 1
    if thrifty == 0 then
      collectgarbage("setpause", usual)
    end
  end,
}

local function collect_less(concurrency)
  if concurrency > FEW then
    return nil
  elseif thrifty == 0 then
    usual = collectgarbage("setpause", PAUSE)
  end
  thrifty = thrifty + 1
  return setmetatable({}, thrifty_mt)
end

--- How many machines a batch has: `size` is a count, or a share such as "25%".
---@param size string|integer
---@param total integer
---@return integer
function M.batch_size(size, total)
  local percent = tonumber(tostring(size):match("^(%d+)%%$"))
  local count = percent and math.ceil(total * percent / 100) or tonumber(size)
  return math.max(1, math.floor(count))
end

--- Does the work on every machine. Expected failures end up in the outcomes;
--- an error of on_result is raised. Cancelling the calling task cancels the
--- machines under way and starts no further one.
---@param hosts (string|bmc.roster.Machine)[]  addresses, or options of bmc.open over those for all
---@param opts table open= options of bmc.open for all; ipmi= a further address for each host;
---  concurrency= (100); rate= starts a second; batch= {1, 10, "100%"}; max_fail= failures a batch
---  may have (0), a count or "10%"; timeout= seconds a machine; patience= seconds before a place is
---  lent (none: never); keep= false: no outcomes; on_result=function(outcome, summary);
---  on_trace=function(outcome, event)
---@param work fun(m: table, outcome: bmc.fleet.Outcome): any
---@return table summary total, started, done, ok, failed, codes, seconds, outcomes, stopped,
---  interrupted
function M.run(hosts, opts, work)
  local began = task.now()
  local self = setmetatable({
    hosts = hosts, work = work, open = opts.open or {}, options = tbl.with(opts.open, {}),
    ipmi = opts.ipmi,
    concurrency = opts.concurrency or CONCURRENCY, rate = opts.rate or math.huge,
    batch = opts.batch or { "100%" }, max_fail = opts.max_fail or (opts.batch and 0 or "100%"),
    timeout = opts.timeout or math.huge, patience = opts.patience or math.huge,
    keep = opts.keep ~= false, on_result = opts.on_result, on_trace = opts.on_trace,
  }, mt)
  self.summary = {
    total = #hosts, started = 0, done = 0, ok = 0, failed = 0, codes = {}, outcomes = {},
  }
  local _ <close> = collect_less(self.concurrency)
  batches(self)
  self.summary.seconds = task.now() - began
  self.summary.interrupted = task.cancelled()
  return self.summary
end

return M
