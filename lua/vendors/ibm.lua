-- SPDX-License-Identifier: GPL-3.0-or-later
--- IBM machines: OpenBMC, and the P9DSU built by Supermicro.
return {
  title = "IBM BMC",
  status = "recorded",
  extends = "openbmc",
  match = {
    root_vendor = { "^IBM" },
    manager_model = { "^P9DSU" },
    system_manufacturer = { "^IBM" },
  },
}
