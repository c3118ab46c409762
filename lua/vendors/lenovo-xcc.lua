-- SPDX-License-Identifier: GPL-3.0-or-later
--- Lenovo XClarity Controller (XCC, XCC2, XCC3).
return {
  title = "Lenovo XClarity Controller",
  status = "recorded",
  alias = { "lenovo", "xcc" },
  match = {
    root_vendor = { "^Lenovo" },
    root_oem = { "^Lenovo$" },
    manager_model = { "XClarity" },
    manager_oem = { "^Lenovo$" },
    system_manufacturer = { "^Lenovo" },
  },
  when = {
    { model = "SR675 V3", set = { power = { cycle = { "off_on" } } } },
  },
  quirks = {
    {
      id = "P10", field = "power.cycle", seen = "SR675 V3, UEFI 7.10, BMC 9.10",
      symptom = "the host can hang after ForceRestart",
      source = "NVIDIA/libredfish: src/lenovo.rs",
    },
  },
  credentials = {
    { user = "userid", password = "PASSW0RD" },
    { user = "userid", password = "passw0rd" },
  },
}
