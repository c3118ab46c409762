-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh sensors: every reading of a machine, its state and its limits.
local cli = require "bmc.cli"
local digest = require "bmc.digest"
local text = require "bmc.text"

local SECONDS = 120 -- a slow BMC takes its time for the first look at hundreds of records
local RANK = { ok = 0, unavailable = 0, warning = 1, critical = 2 }

-- "CPU*" as the shell means it; without * and ? a part of the name is enough. Case is nothing.
local function pattern_of(words)
  local escaped = words:lower():gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0")
  local pattern, wild = escaped:gsub("[*?]", { ["*"] = ".*", ["?"] = "." })
  return wild > 0 and "^" .. pattern .. "$" or pattern
end

local function like(words, pattern)
  return pattern == nil or words ~= nil and words:lower():find(pattern) ~= nil
end

local function chosen(list, args)
  local name, kind = args.name and pattern_of(args.name), args.type and pattern_of(args.type)
  return digest.select(list, function(sensor)
    return like(sensor.name, name) and like(sensor.type, kind)
  end)
end

-- What there is to see of it: a number, words, or why there is neither.
local function reading(sensor)
  if sensor.value then
    return text.number(sensor.value) .. (sensor.units and " " .. sensor.units or "")
  elseif sensor.why then
    return sensor.why
  end
  local states = table.concat(sensor.states or {}, ", ")
  return states ~= "" and states or nil
end

-- A column of limits. Those of volts and of turns a minute stand in one: each has its own decimals.
local function limit(title, name)
  return {
    title = title, right = true, sparse = true, extra = true,
    value = function(sensor)
      local value = (sensor.thresholds or {})[name]
      return value and text.number(value)
    end,
  }
end

-- One row of a fleet: how many are not well, and the worst of them.
local function summary(list)
  local bad = digest.select(list, function(sensor)
    return (RANK[sensor.state] or 0) > 0
  end)
  local worst = digest.least(bad, function(sensor)
    return -RANK[sensor.state]
  end) or {}
  return {
    sensors = #list, unwell = #bad, name = worst.name, reading = reading(worst),
    state = worst.state or #list > 0 and "ok" or nil,
  }
end

return cli.command {
  name = "sensors",
  summary = "Every reading of a machine, its state and its limits.",
  examples = {
    { "bmcsh sensors -H ipmi://10.0.5.17 -u root", "every sensor of one machine" },
    { "bmcsh sensors -H ipmi://10.0.5.17 -u root --type fan --name 'FAN*'", "some of them" },
    { "bmcsh sensors -H 'ipmi://node[01-40].mgmt' -u root",
      "of each machine how many are not well, and the worst" },
  },
  options = function(parser)
    parser:option("--type", "only sensors of this type: temperature, voltage, fan"):argname "TYPE"
    parser:option("--name", "only sensors whose name has this in it, or fits 'CPU*'")
      :argname "PATTERN"
  end,
  seconds = SECONDS,
  view = {
    columns = {
      { "sensors", "SENSORS" }, { "unwell", "UNWELL" }, { "name", "WORST" },
      { "reading", "READING" }, { "state", "STATE" },
    },
    digest = summary,
    list = {
      { "name", "SENSOR", name = true }, { title = "READING", value = reading },
      { "state", "STATE" },
      limit("CRIT <", "lower_critical"), limit("WARN <", "lower_non_critical"),
      limit("WARN >", "upper_non_critical"), limit("CRIT >", "upper_critical"),
      { "type", "TYPE", extra = true },
    },
  },
  run = function(m, args)
    return chosen(m:sensors(), args)
  end,
}
