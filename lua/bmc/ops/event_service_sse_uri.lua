-- SPDX-License-Identifier: GPL-3.0-or-later
-- event_service_sse_uri: where a BMC streams its events.

local events = require "bmc.events"
local redfish = require "bmc.redfish"

local function over_redfish(target, _, call)
  local uri, e = events.uri(redfish.of(target), call)
  if not uri and not e then
    call.note("the BMC offers no event stream")
  end
  return uri, e
end

--- The URI of the stream of server-sent events; nil where the BMC has none.
--- Errors: those of the transport.
---@type bmc.plan.Op
return {
  name = "event_service_sse_uri",
  optional = true,
  record = {},
  ways = { redfish = over_redfish },
}
