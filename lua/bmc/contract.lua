-- SPDX-License-Identifier: GPL-3.0-or-later
-- contract: owns what every Redfish resource has to keep to, whatever its schema (DSP0266): its
-- identity, its type, counts that count, states that exist, links that are links. Pure: it looks
-- at one body, read exactly (bmc.http), and reports; what lies below Oem is the vendor's own.
--
-- error: a client that believes the specification goes wrong on it. warning: it may.

local null = require("bmc.http").null
local reading = require "bmc.reading"
local tbl = require "bmc.tbl"

local function set(...)
  local out = {}
  for _, word in ipairs { ... } do
    out[word] = true
  end
  return out
end

local STATES = set("Absent", "Deferring", "Degraded", "Disabled", "Enabled", "InTest", "Qualified",
  "Quiesced", "StandbyOffline", "StandbySpare", "Starting", "UnavailableOffline", "Updating")
local HEALTHS = set("Critical", "OK", "Warning")
local POWER_STATES = set("Off", "On", "Paused", "PoweringOff", "PoweringOn")

---@class bmc.contract.Issue
---@field severity "error"|"warning"
---@field field string    where, as a path: "Status/Health", "Members/3"; "" for the whole
---@field message string

local M = {}

-- ---- reports ----

local function below(at, name)
  return at == "" and name or at .. "/" .. name
end

local function shown(v)
  if type(v) == "string" then
    return ("%q"):format(v)
  elseif v == null then
    return "null"
  end
  return type(v) == "table" and (M.is_list(v) and "a list" or "an object") or tostring(v)
end

--- Whether a table of an exact reading is a list.
---@param v any
---@return boolean
function M.is_list(v)
  local mt = type(v) == "table" and getmetatable(v)
  return mt and mt.__name == "bmcsh.json.list" or false
end

local function is_object(v)
  return type(v) == "table" and not M.is_list(v)
end

-- ---- parts ----

local function check_word(report, at, v, words)
  if v ~= nil and v ~= null and not words[v] then
    report("error", at, ("%s is none of %s"):format(shown(v),
      table.concat(tbl.sorted_keys(words), ", ")))
  end
end

-- Deeper down, a property of that name may be something else (a vendor's yes or no).
local function wrong_kind(report, at, name, v)
  if v ~= null and at == name then
    report("error", at, ("%s is an object, not %s"):format(name, shown(v)))
  end
end

local function check_status(report, at, status)
  if not is_object(status) then
    return wrong_kind(report, at, "Status", status)
  end
  check_word(report, below(at, "State"), status.State, STATES)
  check_word(report, below(at, "Health"), status.Health, HEALTHS)
  check_word(report, below(at, "HealthRollup"), status.HealthRollup, HEALTHS)
end

-- "#Chassis.v1_10_0.Chassis", "#ChassisCollection.ChassisCollection"
local function check_type(report, severity, at, v)
  if type(v) ~= "string" then
    report(severity, at, "a type is a string, not " .. shown(v))
  elseif not v:find("^#[%w_]+%.v%d+_%d+_%d+%.[%w_]+$") and not v:find("^#[%w_]+%.[%w_]+$") then
    report(severity, at, ("%s is not well formed: #Name.v1_0_0.Name or #Name.Name expected")
      :format(shown(v)))
  end
end

local function check_id(report, at, v)
  if type(v) ~= "string" then
    report("error", at, "a link is a string, not " .. shown(v))
  elseif not v:find("^/") and not v:find("^https?://") then
    report("error", at, shown(v) .. " is no path")
  end
end

-- X@odata.count counts X; a page of a longer list may hold fewer.
local function check_count(report, at, node, name, count)
  local list = node[name]
  if math.type(count) ~= "integer" or count < 0 then
    report("error", at, "a count is a whole number, not " .. shown(count))
  elseif M.is_list(list) and count ~= #list then
    local paged = node[name .. "@odata.nextLink"] or node["@odata.nextLink"]
    if not paged or count < #list then
      report("error", at, ("says %d, but %s has %d"):format(count, name, #list))
    end
  end
end

local function is_link(v)
  return is_object(v) and v["@odata.id"] ~= nil
end

local function check_link(report, at, v)
  if M.is_list(v) then
    for i, item in ipairs(v) do
      check_link(report, below(at, i - 1), item)
    end
  elseif v ~= null and not is_link(v) then
    report("error", at, "a link is an object with @odata.id, not " .. shown(v))
  end
end

local function check_links(report, at, links)
  if not is_object(links) then
    return wrong_kind(report, at, "Links", links)
  end
  for _, name in ipairs(tbl.sorted_keys(links)) do
    if name ~= "Oem" and not name:find("@", 1, true) then
      check_link(report, below(at, name), links[name])
    end
  end
end

-- What properties of these names have to be, wherever they stand.
local CHECKS = {
  Status = check_status,
  Links = check_links,
  PowerState = function(report, at, v) check_word(report, at, v, POWER_STATES) end,
  ["@odata.id"] = check_id,
}

local function visit(report, at, node)
  if M.is_list(node) then
    for i, item in ipairs(node) do
      if type(item) == "table" then
        visit(report, below(at, i - 1), item)
      end
    end
    return
  end
  for _, name in ipairs(tbl.sorted_keys(node)) do
    local v, here = node[name], below(at, name)
    local counted = name:match("^(.+)@odata%.count$")
    if CHECKS[name] then
      CHECKS[name](report, here, v)
    elseif counted then
      check_count(report, here, node, counted, v)
    elseif name == "@odata.type" and at ~= "" then
      check_type(report, "warning", here, v)
    end
    if type(v) == "table" and name ~= "Oem" then
      visit(report, here, v)
    end
  end
end

-- ---- the whole ----

local function check_identity(report, body, uri)
  local id = body["@odata.id"]
  if id == nil then
    report("error", "@odata.id", "missing required @odata.id")
  elseif uri and type(id) == "string" and reading.same(id) ~= reading.same(uri) then
    report("warning", "@odata.id", ("it was asked for as %s and calls itself %s"):format(uri, id))
  end
  if body["@odata.type"] == nil then
    report("error", "@odata.type", "missing required @odata.type")
  else
    check_type(report, "error", "@odata.type", body["@odata.type"])
  end
  if type(body.Name) ~= "string" then
    report("warning", "Name", "missing required Name")
  end
end

local function check_members(report, body)
  local members = body.Members
  if not M.is_list(members) then
    return report("error", "Members", members == nil and "missing required Members"
      or "Members is a list, not " .. shown(members))
  end
  for i, member in ipairs(members) do
    if not is_link(member) then
      report("error", "Members/" .. i - 1, "a member is an object with @odata.id, not "
        .. shown(member))
    end
  end
  if body["Members@odata.count"] == nil then
    report("error", "Members@odata.count", "missing required Members@odata.count")
  end
end

local function is_collection(body)
  local kind = body["@odata.type"]
  return body.Members ~= nil or type(kind) == "string" and kind:find("Collection$") ~= nil
end

--- What is wrong with a resource; the list is empty when nothing is. Never raises.
---@param body any  read with bmc.http's decode(text, { exact = true })
---@param uri? string  where it was read
---@return bmc.contract.Issue[]
function M.check(body, uri)
  local issues = {}
  local function report(severity, field, message)
    issues[#issues + 1] = { severity = severity, field = field, message = message }
  end
  if not is_object(body) then
    report("error", "", "a resource is an object, not " .. shown(body))
    return issues
  end
  check_identity(report, body, uri)
  if is_collection(body) then
    check_members(report, body)
  elseif type(body.Id) ~= "string" then
    report("warning", "Id", "missing required Id")
  end
  visit(report, "", body)
  return issues
end

return M
