-- SPDX-License-Identifier: GPL-3.0-or-later
-- report: owns what a command shows of the outcomes of a run: JSON lines as
-- they come, one table at the end, one machine in full, progress, the trail,
-- and the closing line. What the columns are is the command's.
--
-- A view says how a command's data looks:
--   columns  of the fleet's table, one row a machine
--   digest   function(data) -> the record of that row; the data itself by default
--   fields   of one machine whose data is a record
--   list     columns of one machine whose data is a list; a column that is
--            `sparse` is left out when no row has it
--   none     what to say of a list without items
--   one      function(out, data, outcome): one machine, drawn by the command
local json = require "bmc.json"
local out = require "bmc.out"
local progress = require "bmc.progress"
local text = require "bmc.text"

local methods = {}
local mt = { __index = methods }

local M = {}

--- A reporter for one run.
---@param opts table view=, hosts= names, json=, quiet=, verbose=, dry_run=, title= of the work
---@return table report
function M.new(opts)
  return setmetatable({
    view = opts.view or {}, hosts = opts.hosts, json = opts.json, quiet = opts.quiet,
    verbose = opts.verbose, title = opts.title, dry_run = opts.dry_run, out = out.new(),
    notes = out.new { stream = io.stderr }, progress = progress.new(), rows = {},
  }, mt)
end

-- Why it failed, without the name of the machine, which stands in the row.
local function words(e)
  local hint = e.effect == "unknown" and " (it may have happened)" or ""
  local first = e.text:match("[^\n]*")
  return (first == e.code and e.code or e.code .. ": " .. first) .. hint
end

--- An outcome as its JSON line (DESIGN 9).
---@param outcome table
---@return string
function M.json_line(outcome)
  local e = outcome.error
  return json.object {
    { "host", outcome.host },
    { "ok", outcome.ok },
    { "way", outcome.way or e and e.way },
    { "data", outcome.data },
    { "would_send", outcome.withheld },
    { "error", e and { code = e.code, text = e.text, effect = e.effect } },
  }
end

--- A line on standard error, around the progress line.
function methods:note(s)
  self.progress:clear()
  self.notes:line(s)
end

-- Ends the run when its trace has no reader any more. Not at once: in the middle of a login a
-- session would be left.
local function go_on(self)
  if self.broken then
    error(self.broken, 0)
  end
end

--- Takes an outcome when it is there.
function methods:outcome(outcome, summary)
  go_on(self)
  if self.json then
    self.progress:clear()
    self.out:line(M.json_line(outcome))
  else
    self.rows[outcome.index] = outcome
  end
  self.summary = summary
  if self.verbose and outcome.error and outcome.error.traceback then
    self:note(("%s: %s"):format(outcome.host, outcome.error.traceback))
  end
  self:tick()
end

--- Redraws the progress line; called now and then, so that it shows the time.
function methods:tick()
  go_on(self)
  local now = require("bmc.task").now()
  self.began = self.began or now
  local seconds, sum = now - self.began, self.summary
  if self.quiet or seconds < 0.5 or now - (self.drawn or 0) < 0.1 then
    return
  end
  self.drawn = now
  if #self.hosts == 1 then
    self.progress:show(("%s: %s, %s%.0f s"):format(self.hosts[1], self.title,
      self.doing and self.doing .. ", " or "", seconds))
  else
    self.progress:show(("%s: %d of %d machines, %d failed, %.0f s"):format(self.title,
      sum and sum.done or 0, #self.hosts, sum and sum.failed or 0, seconds))
  end
end

-- A write that --dry-run did not send.
local function withheld(outcome, event)
  outcome.withheld = outcome.withheld or {}
  table.insert(outcome.withheld, { method = event.method, uri = event.uri, body = event.body })
end

--- Takes an event of a machine's trace: a request, a decision, how far a task is, a withheld
--- write.
function methods:trace(outcome, event)
  if event.kind == "dry-run" then
    withheld(outcome, event)
    return
  elseif event.kind == "progress" then
    self.doing = event.text
  end
  if self.verbose and not self.broken then
    local ok, e = pcall(self.note, self, ("%s: %s"):format(outcome.host, M.event_line(event)))
    self.broken = not ok and e
  end
end

--- A trace event in one line.
---@param event table of bmc.redfish or bmc.plan
---@return string
function M.event_line(event)
  if event.kind ~= "request" then
    return event.text or event.kind
  end
  local took = event.seconds and (", %.3f s"):format(event.seconds) or ""
  return ("%s %s: %s%s"):format(event.method, event.uri, event.status or event.error, took)
end

-- The columns without those that are `sparse` and empty in all rows.
local function filled(columns, rows)
  local kept = {}
  for _, column in ipairs(columns) do
    local keep = not column.sparse
    for i = 1, keep and 0 or #rows do
      keep = keep or (column.value or function(row) return row[column[1]] end)(rows[i]) ~= nil
    end
    kept[#kept + 1] = keep and column or nil
  end
  return kept
end

local function one(self, outcome)
  local view = self.view
  if not outcome then
    return
  elseif not outcome.ok then
    self:note("bmcsh: " .. tostring(outcome.error))
  elseif view.one then
    view.one(self.out, outcome.data, outcome)
  elseif view.list and #outcome.data == 0 then
    self:note(("%s: %s"):format(outcome.host, view.none or "the BMC lists none"))
  elseif view.list then
    self.out:table(filled(view.list, outcome.data), outcome.data)
  elseif view.fields or view.columns then
    self.out:fields(view.fields or view.columns, outcome.data)
  elseif outcome.data ~= nil then
    self.out:line(require("bmc.print").value(outcome.data))
  end
end

local function row_of(view, outcome)
  if not outcome.ok then
    return { outcome.host, span = words(outcome.error) }
  end
  local row = { outcome.host }
  for k, v in pairs(view.digest and view.digest(outcome.data) or outcome.data or {}) do
    row[k] = v
  end
  return row
end

local function fleet(self)
  local rows = {}
  for i = 1, #self.hosts do
    if self.rows[i] then
      rows[#rows + 1] = row_of(self.view, self.rows[i])
    end
  end
  if #rows > 0 then
    local columns = { { 1, "HOST", name = true }, table.unpack(self.view.columns or {}) }
    self.out:table(columns, rows)
  end
end

-- After --dry-run the data says nothing: what would be sent does.
local function dry(self)
  for i = 1, #self.hosts do
    local outcome = self.rows[i]
    for _, w in ipairs(outcome and outcome.withheld or {}) do
      self.out:line(("%s: would send %s %s %s"):format(outcome.host, w.method, w.uri,
        w.body and json.encode(w.body) or ""))
    end
    if outcome and not outcome.ok then
      self:note("bmcsh: " .. tostring(outcome.error))
    elseif outcome and not outcome.withheld then
      self.out:line(outcome.host .. ": nothing to send")
    end
  end
end

local function plural(n)
  return n == 1 and "1 machine" or n .. " machines"
end

-- "8 ok, 3 failed (timeout 2, auth 1)"
local function tally(sum)
  local codes = {}
  for code, n in pairs(sum.codes) do
    codes[#codes + 1] = { code, n }
  end
  table.sort(codes, function(a, b)
    return a[2] > b[2] or a[2] == b[2] and a[1] < b[1]
  end)
  for i, c in ipairs(codes) do
    codes[i] = ("%s %d"):format(c[1], c[2])
  end
  local why = #codes > 0 and (" (%s)"):format(table.concat(codes, ", ")) or ""
  return ("%d ok, %d failed%s"):format(sum.ok, sum.failed, why)
end

--- The closing line of a run.
---@param sum table summary of bmc.fleet
---@return string
function M.closing(sum)
  local left = sum.total - sum.started
  if sum.interrupted then
    return ("interrupted: %s of %d; %d not started"):format(tally(sum), sum.total, left)
  elseif sum.stopped then
    return ("stopped after %s: %s; %s left alone"):format(sum.stopped, tally(sum), plural(left))
  end
  local seconds = sum.seconds < 0.1 and "%.3f s" or sum.seconds < 10 and "%.2f s" or "%.0f s"
  return ("%s in %s: %s"):format(plural(sum.total), seconds:format(sum.seconds), tally(sum))
end

--- Shows what is still to be shown when the run has ended.
function methods:finish(sum)
  self.progress:clear()
  if not self.json then
    if self.dry_run then
      dry(self)
    elseif #self.hosts == 1 then
      one(self, self.rows[1])
    else
      fleet(self)
    end
  end
  local unusual = sum.interrupted or sum.stopped
  if unusual or not self.quiet and not self.json and #self.hosts > 1 then
    self:note(table.concat(text.wrap(M.closing(sum), self.notes:width()), "\n"))
  end
end

return M
