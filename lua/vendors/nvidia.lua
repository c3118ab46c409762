-- SPDX-License-Identifier: GPL-3.0-or-later
--- NVIDIA BMCs on OpenBMC: GH200, GB200, BlueField.
return {
  title = "NVIDIA BMC",
  status = "recorded",
  seen = { "GH200 (P3809), OpenBMC 24.05", "BlueField-3 DPU, OpenBMC 24.10" },
  extends = "openbmc",
  match = {
    root_vendor = { "^NVIDIA$", "^Nvidia$" },
    manager_oem = { "^Nvidia$" },
    ipmi_manufacturer = { 5703 },
  },
  redfish = {
    system_prefer = { "^System_0$", "^DGX$" },
  },
  quirks = {
    {
      id = "R31", field = "redfish.system_prefer", seen = "HGX and DGX trays, GH200",
      symptom = "HGX_Baseboard_0 is a system too, and may be listed first",
      source = "dsx-ai-factory/libredfish#124, NVIDIA/nv-redfish: bmc_quirks.rs; recorded",
    },
  },
}
