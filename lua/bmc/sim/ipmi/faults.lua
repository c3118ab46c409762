-- SPDX-License-Identifier: GPL-3.0-or-later
-- The faults of the IPMI side, by name, as faults.lua has those of Redfish. A `network` fault
-- changes the network to a BMC: its value times scale becomes that field of bmc.rmcpd's network.
-- `command` gets the call, the value of the rule and a function that executes the command; it
-- returns completion code and data, or nil for no answer.

local function share(field, doc, default)
  return { doc = doc, default = default, most = 100, network = { field = field, scale = 0.01 } }
end

local function seconds(field, doc, default)
  return { doc = doc, default = default, network = { field = field, scale = 1 } }
end

return {
  ipmi_loss = share("loss", "VALUE % of all datagrams are lost, each way", 10),
  ipmi_dup = share("duplicate", "VALUE % of all datagrams come twice", 10),
  ipmi_reorder = share("reorder", "VALUE % of all datagrams are overtaken by later ones", 10),
  ipmi_delay = seconds("delay", "datagrams of the BMC come VALUE seconds later", 0.1),
  ipmi_jitter = seconds("jitter", "and up to VALUE seconds more, each by chance", 0.1),

  ipmi_busy = {
    doc = "a command is answered C0h, node busy; nothing is executed",
    command = function() return 0xC0 end,
  },
  ipmi_code = {
    doc = "a command is answered with the completion code VALUE; nothing is executed",
    default = 0xFF, whole = true, most = 0xFF,
    command = function(_, code) return code end,
  },
  ipmi_silent = {
    doc = "a command is neither executed nor answered",
    command = function() return nil end,
  },
  ipmi_drop = {
    doc = "a command is executed, but not answered",
    command = function(_, _, answer)
      answer()
      return nil
    end,
  },
  ipmi_forget = {
    doc = "the session is forgotten in place of a command",
    command = function(call)
      call.server:forget(call.bmc, call.session)
      return nil
    end,
  },
  ipmi_trail = {
    doc = "an answer has VALUE bytes too many", default = 4, whole = true, most = 200,
    command = function(_, n, answer)
      local code, data = answer()
      if code ~= 0 then return code, data end
      return code, (data or "") .. ("\xDE"):rep(n)
    end,
  },
}
