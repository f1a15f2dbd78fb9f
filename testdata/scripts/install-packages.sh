#!/bin/bash
# Installs, on Debian and Ubuntu, what is missing of the packages named; says so and goes on elsewhere.
# usage: install-packages.sh PACKAGE...
set -euo pipefail
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "not Debian or Ubuntu: the equivalents of these packages are expected to be here: $*" >&2
    exit 0
fi
missing=()
for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
root=()
[ "$(id -u)" = 0 ] || root=(sudo)
echo "installing ${missing[*]}"
apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
# What this release of the distribution does not have is left out, and what needs it says so later.
install() { "${apt[@]}" install -y --no-install-recommends "$@" </dev/null >/dev/null; }
install "${missing[@]}" 2>/dev/null && exit 0
"${apt[@]}" update </dev/null >/dev/null
install "${missing[@]}" && exit 0
for package in "${missing[@]}"; do install "$package" || echo "$package: not installed" >&2; done
