-- SPDX-License-Identifier: GPL-3.0-or-later
-- Entity tags as BMCs really treat them (QUIRKS E01 to E12, T17): how a tag is shown, which
-- If-Match fits it, and what is answered to a write with the wrong one, or none. What a BMC does
-- stands in its traits under `etags`.

local message = require "bmc.sim.message"

local M = {}

local function weak(tag)
  return tag:find('^W/') and tag or "W/" .. tag
end

-- How a tag is shown in the header: by the trait `show`.
local SHOWN = {
  plain = function(tag) return tag end,
  weak = weak,
  double = function(tag) return '"' .. tag .. '"' end,
  empty = function() return '""' end,
  none = function() return nil end,
  gzip = function(tag, headers)
    return (headers["accept-encoding"] or ""):find("identity", 1, true) and tag or weak(tag)
  end,
}

-- Whether an If-Match fits a tag: by the names in the trait `take`.
local FITS = {
  shown = function(sent, tag, shown) return shown ~= '""' and (sent == tag or sent == shown) end,
  strong = function(sent, tag) return sent == (tag:gsub("^W/", "")) end,
  bare = function(sent, tag) return sent == (tag:gsub("^W/", ""):gsub('"', "")) end,
  star = function(sent) return sent == "*" end,
  body = function() return false end,
}

--- The tag of a resource as a header shows it.
---@param bmc table
---@param key string
---@param headers table of the request
---@return string|nil
function M.shown(bmc, key, headers)
  local tag = bmc.store.tags[key]
  local show = bmc.traits.etags.show
  if not tag or show == "plain" then return tag end
  return SHOWN[show](tag, headers)
end

local function fits(bmc, key, headers)
  local tag, traits = bmc.store.tags[key], bmc.traits.etags
  if not tag then return true end
  local shown = SHOWN[traits.show](tag, headers)
  for _, form in ipairs(traits.take) do
    if FITS[form](headers["if-match"], tag, shown) then return true end
  end
  return false
end

local function applies(bmc, key)
  return key:find(bmc.traits.etags.paths) ~= nil
end

local function takes_body(traits)
  for _, form in ipairs(traits.take) do
    if form == "body" then return true end
  end
  return false
end

-- The tag inside the body of a PATCH, where the BMC looks for it (E02).
local function body_check(bmc, key, body)
  if body["@odata.etag"] == bmc.store.tags[key] then return nil end
  return message.fail(412, "PreconditionFailed")
end

--- Judges the If-Match of a PATCH.
---@param bmc table
---@param key string
---@param call table
---@param body table
---@return integer|nil status nil: it may go on
---@return table|nil headers
---@return string|nil answer
function M.check_patch(bmc, key, call, body)
  local traits, sent = bmc.traits.etags, call.headers["if-match"]
  local rules = applies(bmc, key)
  if sent then
    local ok = rules and fits(bmc, key, call.headers)
    if not rules then ok = sent == "*" or sent == bmc.store.tags[key] or not bmc.store.tags[key] end
    if not ok then return message.fail(412, "PreconditionFailed") end
  elseif rules and takes_body(traits) and body["@odata.etag"] then
    return body_check(bmc, key, body)
  elseif rules and traits.need then
    return message.fail(traits.need, traits.need == 428 and "PreconditionRequired"
      or "PreconditionFailed")
  end
  if traits.first_refused and not bmc.refused_once[key] then
    bmc.refused_once[key] = true
    return message.fail(412, "PreconditionFailed")
  end
end

--- Judges the If-Match of an action.
---@param bmc table
---@param owner string key of the resource with the action
---@param call table
---@return integer|nil status nil: it may go on
---@return table|nil headers
---@return string|nil answer
function M.check_action(bmc, owner, call)
  local rule, sent = bmc.traits.etags.actions, call.headers["if-match"]
  if rule == "ignored" or not applies(bmc, owner) then return nil end
  local refused = sent
  if rule == "needed" then
    bmc.store:text(owner) -- its tag is known once it was read
    refused = not sent or not fits(bmc, owner, call.headers)
  end
  if refused then return message.fail(412, "PreconditionFailed") end
end

return M
