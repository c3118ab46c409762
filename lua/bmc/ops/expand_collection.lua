-- SPDX-License-Identifier: GPL-3.0-or-later
-- expand_collection: the members of any collection, in as few requests as the BMC allows.

local err = require "bmc.err"
local redfish = require "bmc.redfish"

local function over_redfish(target, args, call)
  if type(args.uri) ~= "string" then
    return err.refuse("rejected", "the URI of a collection is wanted")
  end
  local bodies, problems = redfish.of(target):collection(args.uri)
  if not bodies then
    return nil, problems
  end
  for _, problem in ipairs(problems) do
    call.note(("not read: %s (%s)"):format(problem.uri, problem.err.status or problem.err.code))
  end
  return bodies
end

--- The bodies of all members of a collection, every page, in the BMC's order: by $expand where
--- the service offers that and keeps its word, else one by one. A member that cannot be read is
--- left out, and the notes name it.
--- Errors: those of the transport, missing (no such collection), rejected (no path).
---@type bmc.plan.Op
return {
  name = "expand_collection",
  list = true,
  params = { "uri" },
  record = {},
  ways = { redfish = over_redfish },
}
