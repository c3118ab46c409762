-- SPDX-License-Identifier: GPL-3.0-or-later
-- Prints the outcome of a run: a line a file, each failure in full with its place, what was
-- skipped and why, and as the last line the numbers.

local report = {}
local report_mt = { __index = report }

-- "bmc.task deadline ends a wait", from the outer describe to the test.
local function full_name(busted, element)
  local names = {}
  while element and element.descriptor ~= "file" and element.descriptor ~= "suite" do
    table.insert(names, 1, tostring(element.name or element.descriptor))
    element = busted.context.parent(element)
  end
  return table.concat(names, " ")
end

function report:say(...)
  io.stdout:write(...)
  io.stdout:write("\n")
  io.stdout:flush()
end

-- In the row of dots; a long file still shows that something happens.
function report:mark(sign)
  if self.verbose then
    return
  end
  io.stdout:write(sign)
  io.stdout:flush()
  self.marks = true
end

function report:test_ended(element, status)
  local name = full_name(self.busted, element)
  if self.verbose then
    self:say(("  %-7s %6.2f s  %s"):format(status, element.duration or 0, name))
  end
  if status == "success" then
    self.passed = self.passed + 1
    self:mark(".")
  elseif status == "pending" then
    self:mark("-")
    self.skipped[#self.skipped + 1] = { name = name, why = element.why }
  else
    self.failed = self.failed + 1
    self:mark("F")
  end
end

-- Kept until the file has ended, so that it does not tear its row of dots.
function report:problem(element, message, trace)
  local name = full_name(self.busted, element)
  local text = { "FAILED " .. (name ~= "" and name or tostring(element.name)) }
  text[2] = tostring(message)
  if type(trace) == "table" and trace.traceback and self.verbose then
    text[#text + 1] = trace.traceback
  end
  self.problems[#self.problems + 1] = table.concat(text, "\n"):gsub("\n", "\n  ")
end

-- Errors outside of a test: a file that does not load, a setup that fails, a file that leaks.
function report:error_outside(element, message, trace)
  self.failed = self.failed + 1
  self:problem(element, message, trace)
  if not self.in_file then
    self:print_problems()
  end
end

function report:print_problems()
  for _, text in ipairs(self.problems) do
    self:say(text, "\n")
  end
  self.problems = {}
end

function report:file_ended(file)
  if self.marks then
    self:say()
  end
  self.marks, self.in_file = false, false
  self:print_problems()
  local so_far = self.passed + self.failed + #self.skipped
  if file and not self.filtered and so_far == self.before_file then
    self.failed = self.failed + 1
    self:say("FAILED ", tostring(file.name), ": the file has no test")
  end
end

--- Prints the end of the report.
---@return integer code 0, or 1 when a test failed or none ran
function report:close()
  self:file_ended()
  for _, test in ipairs(self.skipped) do
    self:say("skipped: ", test.name, test.why and " (" .. test.why .. ")" or "")
  end
  local skipped = #self.skipped > 0 and (", %d skipped"):format(#self.skipped) or ""
  self:say(("%d passed, %d failed%s"):format(self.passed, self.failed, skipped))
  return self.failed == 0 and self.passed > 0 and 0 or 1
end

-- Of a test, or of a describe or a file that skips itself.
local function on_pending(self, element, message)
  local why = message and tostring(message):gsub("^[^\n]-:%d+: ", "")
  if element.descriptor == "it" then
    element.why = why
    return
  end
  local name = full_name(self.busted, element)
  self.skipped[#self.skipped + 1] = { name = name ~= "" and name or element.name, why = why }
end

local function subscribe(self, busted)
  local function on(channel, f)
    busted.subscribe(channel, function(...)
      f(...)
      return nil, true
    end)
  end
  on({ "file", "start" }, function(file)
    self.before_file, self.in_file = self.passed + self.failed + #self.skipped, true
    self:say(file.name)
  end)
  on({ "file", "end" }, function(file)
    self:file_ended(file)
  end)
  on({ "test", "end" }, function(element, _, status)
    self:test_ended(element, tostring(status))
  end)
  on({ "pending" }, function(element, _, message)
    on_pending(self, element, message)
  end)
  on({ "failure" }, function(element, _, message, trace)
    self:problem(element, message, trace)
  end)
  on({ "error" }, function(element, _, message, trace)
    if element.descriptor == "it" then
      self:problem(element, message, trace)
    else
      self:error_outside(element, message, trace)
    end
  end)
end

--- A report of what busted runs.
---@param busted table
---@param options { verbose: boolean?, filter: string? }
return function(busted, options)
  local self = setmetatable({
    busted = busted, verbose = options.verbose, filtered = options.filter,
    passed = 0, failed = 0, before_file = 0, skipped = {}, problems = {}, marks = false,
  }, report_mt)
  subscribe(self, busted)
  return self
end
