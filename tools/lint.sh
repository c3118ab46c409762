#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Everything that reads the sources and runs nothing: luacheck, the layer check, the C format.
# Each is run whatever the others find.
set -u
cd "$(dirname "$0")/.." || exit 1
failed=0

luacheck --quiet --codes lua scripts examples spec tools bench || failed=1
lua5.4 tools/layers.lua || failed=1
clang-format --dry-run -Werror src/*.[ch] || failed=1
exit $failed
