-- SPDX-License-Identifier: GPL-3.0-or-later
--- Tyan (MiTAC) boards on MegaRAC.
return {
  title = "Tyan BMC",
  status = "documented",
  alias = { "mitac" },
  extends = "ami-megarac",
  match = {
    system_manufacturer = { "^[Tt][Yy][Aa][Nn]", "^[Mm]i[Tt][Aa][Cc]" },
  },
}
