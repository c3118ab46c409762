-- SPDX-License-Identifier: GPL-3.0-or-later
-- Collections as services show them: in pages with a nextLink, expanded where $expand is asked
-- for, and the ways in which real ones fail at that (QUIRKS R03 to R07). Which of them a BMC has
-- stands in its traits: expand, page_size, page_query, bad_count.

local json = require "bmc.json"
local message = require "bmc.sim.message"
local splice = require "bmc.sim.splice"

local M = {}

local NOTHING = {}

-- $expand and the rest, out of a query.
local function parse(query)
  local out = {}
  for name, value in (query or ""):gmatch("([^&=]+)=?([^&]*)") do
    name = name:gsub("%%24", "$")
    out[name] = value
  end
  return out
end

-- A member in full, or its link where it cannot be read.
local function member_of(bmc, link)
  local path = link:match('"@odata.id"%s*:%s*"([^"]*)"')
  local key = path and bmc.store:find(path)
  if not key or (bmc.store:text(key) and bmc.store.statuses[key] or 200) ~= 200 then return link end
  return bmc:document(key) or link
end

-- How members come when they are to be expanded: by the trait `expand`.
local EXPAND = {
  honest = function(bmc, items)
    for i, item in ipairs(items) do items[i] = member_of(bmc, item) end
    return items
  end,
  drops = function(bmc, items)
    local out = {}
    for i, item in ipairs(items) do
      if i % 3 ~= 0 then out[#out + 1] = member_of(bmc, item) end
    end
    return out
  end,
  partial = function(bmc, items)
    for i, item in ipairs(items) do
      local whole = member_of(bmc, item)
      items[i] = ('{"@odata.id":%s,"Description":"a part"}'):format(splice.get(whole, "@odata.id"))
    end
    return items
  end,
  ignored = function(_, items) return items end,
}

-- What may be counted with; of anything else a query is taken as if it were not there.
local function whole(text)
  return text and text:find "^%d+$" and math.tointeger(tonumber(text)) or nil
end

-- The members of the page that is asked for, and the link to the next one.
local function page_of(traits, asked, items, path)
  local from = whole(asked[traits.page_query] or asked["$skip"] or asked.skip) or 0
  local size = traits.page_size > 0 and traits.page_size or #items
  size = math.min(size, whole(asked["$top"]) or size)
  local out = table.move(items, from + 1, math.min(from + size, #items), 1, {})
  local after = from + size
  if after >= #items or traits.page_size == 0 then return out end
  local link = ("%s?%s=%d"):format(path, traits.page_query, after)
  if asked["$expand"] then link = link .. "&$expand=" .. asked["$expand"] end
  return out, link
end

--- Whether a GET wants more than the text of a resource.
---@param bmc table
---@param call table
---@return boolean
function M.concerns(bmc, call)
  local traits = bmc.traits
  if traits.page_size > 0 then return true end
  return traits.expand ~= false and call.query ~= nil and call.query ~= ""
end

--- Turns the text of a resource into what the query wants.
---@param bmc table
---@param call table
---@param key string of the resource
---@param text string
---@return string|nil text
---@return integer|nil status of a refusal
---@return table|nil headers
---@return string|nil answer
function M.answer(bmc, call, key, text)
  local traits, asked = bmc.traits, call.query and parse(call.query) or NOTHING
  local expand = asked["$expand"] and traits.expand
  if expand == "refused" then
    return nil, message.fail(501, "QueryNotSupportedOnResource", call.path)
  end
  local members = text:find('"Members"', 1, true) and splice.get(text, "Members")
  if not members or not members:find("^%[") then return text end
  local items = splice.items(members)
  local page, link, all = items, nil, #items
  -- A page that is a resource of its own stays what it is.
  if not key:find("?", 1, true) and not splice.get(text, "Members@odata.nextLink") then
    page, link = page_of(traits, asked, items, key)
  end
  if expand then page = EXPAND[expand](bmc, page) end
  if not expand and #page == #items then return text end
  text = splice.set(text, "[" .. table.concat(page, ",") .. "]", "Members")
  if all ~= #page or not splice.get(text, "Members@odata.count") then
    local count = traits.bad_count and #page or all
    text = splice.set(text, tostring(count), "Members@odata.count")
  end
  return link and splice.set(text, json.encode(link), "Members@odata.nextLink") or text
end

return M
