-- SPDX-License-Identifier: GPL-3.0-or-later
-- The serial port of a simulated host: firmware that offers a boot menu, then an operating system
-- that echoes, asks for a login and knows a few commands. Knows no IPMI: it takes bytes and says
-- bytes; whoever looks calls tick().

local M = {}

local DEVICES = { "Disk", "Network", "Virtual CD", "Firmware setup" }
-- Of the shell; {name} and the like are facts of the machine.
local COMMANDS = {
  hostname = "{name}", whoami = "root", uname = "Linux", serial = "{serial}",
  help = "hostname whoami uname serial logout",
}

local methods = {}
local console_mt = { __index = methods, __name = "bmcsh.sim.console" }

console_mt.__tostring = function(self)
  return "sim.console: " .. self.stage
end

--- Makes the serial port of a BMC's machine.
---@param bmc table
---@return table console
function M.new(bmc)
  local self = setmetatable({
    bmc = bmc, line = "", said = "", stage = "off", resets = #bmc.resets,
    facts = bmc.store.machine or { name = "node", serial = "" },
  }, console_mt)
  if bmc:is_on() then self.stage = "login" end
  return self
end

local function say(self, text)
  self.said = self.said .. text
end

local function prompt(self)
  say(self, self.stage == "shell" and "# " or self.stage == "password" and "Password: "
    or ("%s login: "):format(self.facts.name))
end

-- ---- starting ----

local function offer_menu(self)
  local lines = { "", "Simulated firmware. Boot menu:" }
  for i, device in ipairs(DEVICES) do lines[#lines + 1] = ("  %d) %s"):format(i, device) end
  say(self, table.concat(lines, "\r\n") .. "\r\nPress a number: ")
  self.stage, self.until_ = "menu", self.bmc.clock() + self.bmc.traits.boot.seconds
end

local function boot_from(self, i)
  local booted = self.bmc.booted
  local device = i and DEVICES[i] or booted and booted.enabled ~= "Disabled" and booted.target
    or DEVICES[1]
  say(self, ("\r\nBooting from %s ...\r\n\r\n"):format(device))
  self.stage, self.line = "login", ""
  prompt(self)
end

-- Whether it has been restarted with its power on since somebody looked.
local function is_restarted(self)
  local list = self.bmc.resets
  local before, last = self.resets, list[#list]
  self.resets = #list
  return #list > before and last.type:find("Restart") ~= nil
end

--- Brings the host up to now: what its power does is seen on the line.
function methods:tick()
  local bmc = self.bmc
  local restarted = is_restarted(self)
  if not bmc:is_on() then
    self.stage, self.line = "off", ""
  elseif self.stage == "off" or restarted then
    offer_menu(self)
  elseif self.stage == "menu" and bmc.clock() >= self.until_ then
    boot_from(self)
  end
end

-- ---- typing ----

local function run(self, line)
  if line == "logout" or line == "exit" then
    self.stage = "login"
    return say(self, "\r\n")
  end
  local answer = COMMANDS[line]
  if answer then
    answer = answer:gsub("{(%l+)}", function(fact) return tostring(self.facts[fact]) end)
    say(self, answer .. "\r\n")
  elseif line ~= "" then
    say(self, line .. ": not found\r\n")
  end
end

local function enter(self)
  local line = self.line
  self.line = ""
  say(self, "\r\n")
  if self.stage == "login" then
    if line ~= "" then self.stage = "password" end
  elseif self.stage == "password" then
    self.stage = "shell"
  else
    run(self, line)
  end
  prompt(self)
end

local function take(self, c)
  if self.stage == "off" then return end
  if self.stage == "menu" then
    if DEVICES[tonumber(c)] then
      say(self, c)
      boot_from(self, tonumber(c))
    end
  elseif c == "\r" or c == "\n" then
    enter(self)
  elseif c == "\x7F" or c == "\b" then
    if self.line ~= "" then say(self, "\b \b") end
    self.line = self.line:sub(1, -2)
  else
    self.line = self.line .. c
    if self.stage ~= "password" then say(self, c) end
  end
end

--- Types into the port.
---@param bytes string
function methods:type(bytes)
  self:tick()
  for c in bytes:gmatch(".") do take(self, c) end
end

--- What a terminal that has just been plugged in is shown.
function methods:greet()
  self:tick()
  if self.stage ~= "off" and self.stage ~= "menu" then
    say(self, "\r\n")
    prompt(self)
  end
end

--- Takes what the host has said, at most so many bytes.
---@param most integer
---@return string
function methods:listen(most)
  local out = self.said:sub(1, most)
  self.said = self.said:sub(most + 1)
  return out
end

return M
