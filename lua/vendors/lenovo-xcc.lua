-- SPDX-License-Identifier: GPL-3.0-or-later
--- Lenovo XClarity Controller (XCC, XCC2, XCC3).
return {
  title = "Lenovo XClarity Controller",
  status = "recorded",
  alias = { "lenovo", "xcc" },
  seen = { "ThinkSystem SR670 V2, XCC 2.83", "ThinkSystem SR850, XCC 2.10 (parts)" },
  match = {
    root_vendor = { "^Lenovo" },
    root_oem = { "^Lenovo$" },
    manager_model = { "XClarity" },
    manager_oem = { "^Lenovo$" },
    ipmi_manufacturer = { 19046 },
    system_manufacturer = { "^Lenovo" },
  },
  redfish = { etag_fresh = "missing" },
  boot = {
    order_uri = "{system}/Oem/Lenovo/BootSettings/BootOrder.BootOrder",
    order_property = "BootOrderNext",
    order_current = "BootOrderCurrent",
  },
  media = { slot_skip = { "^RDOC", "^Remote" } },
  logs = {
    event = { "PlatformLog", "StandardLog", "ActiveLog", "SEL" },
  },
  when = {
    { model = "SR675 V3", set = { power = { cycle = { "off_on" } } } },
    { model = "SR650 V4", set = {
      power = { cycle_way = "ipmi" },
      ipmi = { power = { cycle = { "hard_reset", "power_cycle", "off_on" } } },
    } },
    { firmware = "<2.50", set = { media = { hint = "XCC has slots for images from 2.50 on" } } },
    { model = "SD665%-N V3", set = { led = { write = "system" } } },
  },
  quirks = {
    {
      id = "P10", field = "power.cycle", seen = "SR675 V3, UEFI 7.10, BMC 9.10",
      symptom = "the host can hang after ForceRestart",
      source = "NVIDIA/libredfish: src/lenovo.rs",
    },
    {
      id = "P11", field = "power.cycle_way", seen = "SR650 V4",
      symptom = "resets over Redfish cut the power of DPUs, the hard reset of IPMI does not",
      source = "NVIDIA/infra-controller-core: docs/development/new_hardware_support.md",
    },
    {
      id = "E01", field = "redfish.etag_fresh", seen = "XCC, TSM",
      symptom = "428 for a PATCH without If-Match", source = "ansible/ansible#56150",
    },
    {
      id = "E02", field = "redfish.etag", seen = "newer XCC, power of the chassis",
      symptom = "412 for the tag just read; the last rung puts it into the body",
      source = "ansible-collections/community.general#11261, #11270",
    },
    {
      id = "B20", field = "boot.order_uri", seen = "XCC",
      symptom = "the order is a list of classes below BootSettings",
      source = "NVIDIA/libredfish: src/lenovo.rs; recorded",
    },
    {
      id = "V04", field = "media.patch", seen = "XCC 2.50 and later, SR630 V2",
      symptom = "no InsertMedia: the slot is patched, and Inserted has to be there",
      source = "stmcginnis/gofish#529, #530; recorded",
    },
    {
      id = "V05", field = "media.slot_skip", seen = "XCC",
      symptom = "of ten slots only EXT1 to EXT4 take a URL",
      source = "lenovo/python-redfish-lenovo#21; recorded",
    },
    {
      id = "V06", field = "media.hint", seen = "XCC before 2.50",
      symptom = "no slots at all", source = "lenovo/python-redfish-lenovo#9",
    },
    {
      id = "R45", field = "led.write", seen = "SD665-N V3",
      symptom = "the LED of the chassis refuses every value, the system's works",
      source = "xcat2/confluent: aiohmi/redfish/command.py",
    },
    {
      id = "R14", field = "logs.event", seen = "XCC, all generations",
      symptom = "names vary, all logs hang on the system; SR670 V2's SEL offers no entries",
      source = "mrlhansen/idrac_exporter: client.go, bb-Ricardo/check_redfish: vendor.py; recorded",
    },
  },
  credentials = {
    { user = "userid", password = "PASSW0RD" },
    { user = "userid", password = "passw0rd" },
  },
}
