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
  },
  power = {
    budget = 180,
  },
  quirks = {
    {
      id = "P14", field = "power.budget", seen = "older builds",
      symptom = "on and off answer success long before it happens, 20 s to a minute",
      source = "chaos/powerman: etc/devices/openbmc.dev, chaos/powerman#67",
    },
  },
}
