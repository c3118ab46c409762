-- SPDX-License-Identifier: GPL-3.0-or-later
-- Small trees of parts for support.scripted: resources that know where they are.

local scripted = require "support.scripted"

local M = {}

--- A link.
function M.link(path)
  return { ["@odata.id"] = path }
end

--- Puts a collection and its members into a table of resources.
---@param resources table
---@param path string
---@param members table<string, table> or list of { id, body }; kept in the order of the list
---@return table link to the collection
function M.collect(resources, path, members)
  local paths = {}
  for i, member in ipairs(members) do
    paths[i] = M.put(resources, path .. "/" .. member[1], member[2])["@odata.id"]
  end
  resources[path] = scripted.collection(table.unpack(paths))
  return M.link(path)
end

--- Puts a resource where it says it is.
---@return table link to it
function M.put(resources, path, body)
  if type(body) == "table" then
    body["@odata.id"], body.Id = path, body.Id or path:match("[^/]+$")
  end
  resources[path] = body
  return M.link(path)
end

--- An answer that is an error.
function M.fault(status, id)
  return function()
    return status, { error = { code = "Base.1.8.GeneralError", message = "no",
      ["@Message.ExtendedInfo"] = { { MessageId = id or "Base.1.8.GeneralError" } } } }
  end
end

--- The notes of the last operation of a machine, as one text.
function M.notes(m)
  return table.concat(m.trail[#m.trail].notes or {}, "\n")
end

--- The values of a field, in a row.
function M.column(records, field)
  local out = {}
  for i, record in ipairs(records) do
    out[i] = tostring(record[field])
  end
  return table.concat(out, " ")
end

return M
