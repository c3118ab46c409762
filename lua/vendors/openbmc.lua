-- SPDX-License-Identifier: GPL-3.0-or-later
--- OpenBMC with bmcweb, and what is built on it.
return {
  title = "OpenBMC",
  status = "recorded",
  seen = { "stock image 2.15.0-dev" },
  match = {
    root_oem = { "^OpenBmc$" },
    manager_model = { "^OpenBmc$" },
    manager_oem = { "^OpenBmc$" },
    ipmi_manufacturer = { 40092, 40981, 42817 },
  },
  redfish = {
    sensors_spread = true,
  },
  power = {
    budget = 180,
  },
  ipmi = {
    retry = 1,
    post_code = {
      netfn = 0x30, command = 0x49, manufacturer = 40981,
      source = "openbmc/fb-ipmi-oem: oemcommands.cpp",
    },
  },
  quirks = {
    {
      id = "R30", field = "redfish.sensors_spread", seen = "EthanolX, GB200, GH200",
      symptom = "the system links one of its chassis; each has sensors of its own",
      source = "openbmc/bmcweb#225, NVIDIA/libredfish: src/nvidia_gbx00.rs; recorded",
    },
    {
      id = "post-code", field = "ipmi.post_code", seen = "Facebook's OpenBMC",
      symptom = "up to 224 bytes of the present start; other builds have another command there",
      source = "openbmc/fb-ipmi-oem: oemcommands.cpp, ipmiOemGet80PortRecord",
    },
    {
      id = "P14", field = "power.budget", seen = "older builds",
      symptom = "on and off answer success long before it happens, 20 s to a minute",
      source = "chaos/powerman: etc/devices/openbmc.dev, chaos/powerman#67",
    },
    {
      id = "M20", field = "ipmi.retry", seen = "any, most of all right after power on",
      symptom = "the steps of a login take seconds; asking again too early spoils it",
      source = "openbmc/phosphor-net-ipmid#16",
    },
  },
}
