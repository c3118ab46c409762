#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bench/run.sh PROGRAM [ROUNDS]: builds the other side of the benchmarks and runs them all.
set -eu
program=$(realpath "$1")
cd "$(dirname "$0")"
# nginx listens at two ports of a thousand addresses.
ulimit -n "$(ulimit -Hn)"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
${CC:-cc} -O2 -o "$dir/heartbeat_loop" heartbeat_loop.c -lcurl -lev
${CC:-cc} -O2 -o "$dir/cost" cost.c
"$program" run.lua "$program" "$dir" "${2:-5}"
"$program" ipmi.lua "$program" "$dir" "${2:-5}"
