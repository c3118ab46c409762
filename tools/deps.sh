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

echo "Installing from Debian:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get -qq update
$as_root apt-get -qq install --yes --no-install-recommends $missing
