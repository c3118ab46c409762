-- SPDX-License-Identifier: GPL-3.0-or-later
--- Tyan (MiTAC) boards on MegaRAC.
return {
  title = "Tyan BMC",
  status = "documented",
  alias = { "mitac" },
  extends = "ami-megarac",
  match = {
    ipmi_manufacturer = { 3454, 6653 },
    system_manufacturer = { "^[Tt][Yy][Aa][Nn]", "^[Mm]i[Tt][Aa][Cc]" },
  },
  ipmi = {
    post_code = {
      netfn = 0x30, command = 0x10, manufacturer = 6653,
      source = "MCT-BMC/tyan_openbmc: mct-ipmi-oem",
    },
  },
  quirks = {
    {
      id = "post-code", field = "ipmi.post_code", seen = "S8030 and later, OpenBMC",
      symptom = "the last 20 codes",
      source = "MCT-BMC/tyan_openbmc: mct-ipmi-oem/files/oemcmd.cpp, ipmi_GetPostCode",
    },
  },
}
