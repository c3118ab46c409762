-- SPDX-License-Identifier: GPL-3.0-or-later
--- Gigabyte (Giga Computing) boards on MegaRAC.
return {
  title = "Gigabyte BMC",
  status = "recorded",
  extends = "ami-megarac",
  match = {
    system_manufacturer = { "^GIGABYTE", "^Giga ?[Cc]omputing" },
  },
}
