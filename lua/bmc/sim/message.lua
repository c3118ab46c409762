-- SPDX-License-Identifier: GPL-3.0-or-later
-- Answers of the simulated Redfish service that carry a message: the error
-- body with extended information, and the plain success body. Owns the texts;
-- who answers what is in service.lua and actions.lua.

local json = require "bmc.json"

local M = {}

local JSON_HEADERS = {
  ["content-type"] = "application/json; charset=utf-8", ["odata-version"] = "4.0",
}

-- Message ids of the Base registry. %1 and %2 are the message arguments.
local TEXTS = {
  ActionNotSupported = "The action %1 is not one this resource offers.",
  ActionParameterMissing = "The action %1 needs the parameter %2.",
  ActionParameterUnknown = "The action %1 has no parameter %2.",
  ActionParameterValueTypeError = "%1 is not of the type of %2 of the action %3.",
  ActionParameterValueNotInList = "%1 is not among the allowed values of %2.",
  GeneralError = "The request failed: see the extended information.",
  HeaderInvalid = "The header %1 is not acceptable here.",
  InsufficientPrivilege = "The account has no right to do this.",
  InvalidOperationForSystemState = "The request does not fit the power state of the system.",
  MalformedJSON = "The request body is not valid JSON.",
  NoValidSession = "There is no valid session: log in first.",
  OperationSupportedInFutureStateURI = "This can be changed at %1 only.",
  OperationTransitionedToJob = "The operation goes on as the job %1.",
  OperationNotAllowed = "The method %1 is not allowed on this resource.",
  PreconditionFailed = "The entity tag is not the current one.",
  PreconditionRequired = "The request needs an If-Match header.",
  PropertyMissing = "The property %1 is required.",
  PropertyNotWritable = "The property %1 cannot be changed.",
  PropertyUnknown = "The resource has no property %1.",
  PropertyValueConflict = "The value of %1 does not go with that of %2.",
  PropertyValueTypeError = "%1 is not of the type that %2 has.",
  QueryNotSupportedOnResource = "%1 takes no query.",
  PropertyValueNotInList = "%1 is not among the allowed values of %2.",
  ResourceInUse = "The resource is busy with an earlier request.",
  ResourceMissingAtURI = "There is no resource at %1.",
  ServiceTemporarilyUnavailable = "The service is busy. Try again after %1 seconds.",
  SessionLimitExceeded = "The service has as many sessions as it can hold.",
  Success = "The request was carried out.",
}

local function info(id, ...)
  local args = { ... }
  for i, v in ipairs(args) do args[i] = type(v) == "string" and v or json.encode(v) end
  local text = TEXTS[id] or id
  return {
    ["@odata.type"] = "#Message.v1_1_1.Message",
    MessageId = id:find(".", 1, true) and id or "Base.1.8." .. id,
    Message = text:gsub("%%(%d)", function(n) return args[tonumber(n)] end),
    MessageArgs = args,
    Severity = id == "Success" and "OK" or "Warning",
  }
end

--- One message, as it stands among others.
---@param id string name in the Base registry, or a whole message id
---@param ... any message arguments
---@return table
M.entry = info

local function failure(status, entry)
  return status, JSON_HEADERS, json.encode {
    error = {
      code = "Base.1.8.GeneralError",
      message = TEXTS.GeneralError,
      ["@Message.ExtendedInfo"] = { entry },
    },
  }
end

--- An answer with an error body.
---@param status integer HTTP status
---@param id string name in the Base registry
---@param ... any message arguments
---@return integer status
---@return table headers shared, not to be changed
---@return string body
function M.fail(status, id, ...)
  return failure(status, info(id, ...))
end

--- The same with a message of a vendor's own registry.
---@param status integer
---@param id string full message id, as "IDRAC.2.8.RAC0218"
---@param text string
---@return integer status
---@return table headers
---@return string body
function M.vendor(status, id, text)
  local entry = info(id)
  entry.Message = text
  return failure(status, entry)
end

--- The answer to a login that finds no free session.
---@param full { status: integer, id: string, text: string|false } the trait sessions.full
---@return integer status
---@return table headers
---@return string body
function M.full(full)
  if full.text then return M.vendor(full.status, full.id, full.text) end
  return M.fail(full.status, full.id)
end

--- An answer that says that all is well, for actions with a body.
---@param status integer
---@return integer status
---@return table headers
---@return string body
function M.success(status)
  return status, JSON_HEADERS, json.encode { ["@Message.ExtendedInfo"] = { info("Success") } }
end

return M
