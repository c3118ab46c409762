-- SPDX-License-Identifier: GPL-3.0-or-later
--- Huawei and xFusion iBMC.
return {
  title = "Huawei iBMC",
  status = "recorded",
  alias = { "ibmc", "xfusion" },
  match = {
    root_vendor = { "^Huawei", "^xFusion", "^XFUSION" },
    root_oem = { "^Huawei$", "^xFusion$" },
    manager_model = { "^iBMC" },
    manager_oem = { "^Huawei$", "^xFusion$" },
    system_manufacturer = { "^Huawei", "^xFusion", "^XFUSION" },
  },
}
