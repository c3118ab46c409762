-- SPDX-License-Identifier: GPL-3.0-or-later
std = "lua54"
max_line_length = 100
self = false -- a method need not use its object
-- A guard such as `local _ <close> = task.limit(5)` works by being there.
ignore = { "211/_.*" }

files["spec/**/*_spec.lua"] = { std = "lua54+busted" }
