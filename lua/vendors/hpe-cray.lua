-- SPDX-License-Identifier: GPL-3.0-or-later
--- HPE Cray EX node and chassis controllers.
return {
  title = "HPE Cray EX controller",
  status = "recorded",
  alias = { "cray" },
  match = {
    system_model = { "^HPE CRAY EX", "^HPE Cray EX", "^CRAY" },
    system_manufacturer = { "^Cray" },
  },
}
