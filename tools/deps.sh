#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the Debian packages that are missing. Each argument is PATH=PACKAGE:
# the package is asked for only when the path is not there, so that the second
# run needs no network. Says what it does before it does it.
set -eu

missing=
for dep; do
	[ -e "${dep%%=*}" ] || missing="$missing ${dep#*=}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null 2>&1; then
	as_root=sudo
else
	echo "bmcsh needs these packages; install them as root, then try again:" >&2
	echo "  apt-get install$missing" >&2
	exit 1
fi

echo "Installing from Debian (this may take a minute):$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >"$log" 2>&1 && return
	cat "$log" >&2
	exit 1
}
quietly update
# shellcheck disable=SC2086 # one word a package
quietly install --yes --no-install-recommends $missing
