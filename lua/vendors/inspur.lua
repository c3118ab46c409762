-- SPDX-License-Identifier: GPL-3.0-or-later
--- Inspur (IEIT) machines.
return {
  title = "Inspur BMC",
  status = "documented",
  extends = "ami-megarac",
  match = {
    root_vendor = { "^[Ii]nspur", "^INSPUR" },
    root_oem = { "^[Ii]nspur" },
    system_manufacturer = { "^[Ii]nspur", "^INSPUR", "^IEIT" },
  },
}
