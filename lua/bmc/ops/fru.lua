-- SPDX-License-Identifier: GPL-3.0-or-later
-- fru: what stands in the FRU memories of a machine: who made it, part and serial numbers.

local fru = require "bmc.ipmi.fru"

--- The inventory of the machine itself, or of one of its parts.
---
--- Arguments: device (0, which is the machine), all (true: the further devices that the SDR
--- repository names are read too, into `others`, a list of such records with their name).
---
--- Fields are absent where the memory has none. chassis_custom, board_custom and product_custom
--- are lists of the fields that makers add; board_made is UTC. checksums tells of header, chassis,
--- board and product whether theirs is right: what stands in an area with a wrong one is given all
--- the same. records is a list of the multirecords, each with type, type_code, checksum_ok, data
--- (hexadecimal) and the values of its type, the unit in their names. problems is a list of what
--- is wrong with the memory, in words; empty when nothing is. raw is what was read, hexadecimal.
---
--- Errors: missing (no such device), unsupported (no FRU commands), those of the transport.
---@type bmc.plan.Op
return {
  name = "fru",
  record = {
    "device_id", "name",
    "chassis_type", "chassis_part_number", "chassis_serial", "chassis_custom",
    "board_manufacturer", "board_product_name", "board_serial", "board_part_number",
    "board_made", "board_file_id", "board_language", "board_custom",
    "product_manufacturer", "product_name", "product_part_number", "product_version",
    "product_serial", "product_asset_tag", "product_file_id", "product_language",
    "product_custom", "records", "checksums", "problems", "raw", "others",
  },
  params = { "device" },
  ways = { ipmi = fru.inventory },
}
