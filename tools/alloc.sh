#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tools/alloc.sh PROGRAM: refuses each allocation in turn (make check-alloc builds the program):
# first every one of a start, each in a process of its own, then those of spec/alloc/.
set -u
program=$1
ASAN_OPTIONS=exitcode=99:detect_leaks=1:intercept_tls_get_addr=0 # see check-asan
LSAN_OPTIONS=suppressions=tools/lsan.supp:print_suppressions=0
UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS

n=0
code=1
while [ $code = 1 ]; do
	n=$((n + 1))
	said=$(BMCSH_ALLOC_FAIL=$n "$program" -e 'print(1)' 2>&1)
	code=$?
	case $code,$said in
	0,1 | 1,*"not enough memory"*) ;;
	*)
		printf 'FAILED start, allocation %d and all after: exit code %d\n%s\n' $n $code "$said"
		exit 1
		;;
	esac
done
echo "start: each of $((n - 1)) allocations refused gives a clean error"

# Tasks that nobody waits for die of it too, as the server's: they say so and make the exit code
# 1. That is of interest only when something else is wrong.
out=$(mktemp)
err=$(mktemp)
trap 'rm -f "$out" "$err"' EXIT
"$program" spec/alloc/run.lua >"$out" 2>"$err"
code=$?
cat "$out"
if [ $code -gt 1 ] || ! tail -n 1 "$out" | grep -q ' 0 problems$'; then
	tail -n 200 "$err" >&2
	exit 1
fi
