-- SPDX-License-Identifier: GPL-3.0-or-later
--- Gigabyte (Giga Computing) boards on MegaRAC.
return {
  title = "Gigabyte BMC",
  status = "recorded",
  seen = { "H262-Z63-00, MegaRAC 12.84.13" },
  extends = "ami-megarac",
  match = {
    ipmi_manufacturer = { 15370 },
    system_manufacturer = { "^GIGABYTE", "^Giga ?[Cc]omputing" },
  },
  quirks = {
    {
      id = "E05", field = "redfish.etag", seen = "firmware before 2023",
      symptom = "the weak tag of Bios/SD is refused, with W/ and without; an update mends it",
      source = "ansible-collections/community.general#6434",
    },
  },
  -- Vertiv's firmware, older than the MegaRAC on the same boards, which counts from 12.
  when = {
    {
      firmware = "<1.84",
      set = {
        advisories = {
          BMC_FIRMWARE_PANTSDOWN_WINDOW = {
            severity = "high", cve = { "CVE-2019-6260" },
            detail = "the host can read and write all memory of the BMC (AST2500, Pantsdown); "
              .. "1.84 closes it",
            source = "gigabyte.com/Support/Security/1705",
          },
        },
      },
    },
    {
      firmware = ">=8 <8.83",
      set = {
        advisories = {
          BMC_FIRMWARE_PANTSDOWN_WINDOW = {
            severity = "high", cve = { "CVE-2019-6260" },
            detail = "the host can read and write all memory of the BMC (AST2400, Pantsdown); "
              .. "8.83 closes it",
            source = "gigabyte.com/Support/Security/1705",
          },
        },
      },
    },
  },
}
