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
    sensors_spread = true,
  },
  quirks = {
    {
      id = "R30", field = "redfish.sensors_spread", seen = "GB200, GH200",
      symptom = "temperatures are spread over many chassis, of which the system links one",
      source = "NVIDIA/libredfish: src/nvidia_gbx00.rs; recorded",
    },
    {
      id = "R31", field = "redfish.system_prefer", seen = "HGX and DGX trays, GH200",
      symptom = "HGX_Baseboard_0 is a system too, and may be listed first",
      source = "dsx-ai-factory/libredfish#124, NVIDIA/nv-redfish: bmc_quirks.rs; recorded",
    },
  },
}
