-- SPDX-License-Identifier: GPL-3.0-or-later
-- post_code: how far the machine has come in starting.

local postcode = require "bmc.ipmi.postcode"

--- The POST codes of the machine: code is the last one ("0x92"), codes all that the BMC keeps, the
--- newest last. What they mean is told by the maker of the firmware. A BMC may show an old one, or
--- 0x00, when the machine has started or is off.
--- Errors: unsupported (no command for them is known for this BMC: nothing is sent), missing (it
--- has none), and those of the transport.
---@type bmc.plan.Op
return {
  name = "post_code",
  record = { "code", "codes" },
  ways = { ipmi = postcode.read },
}
