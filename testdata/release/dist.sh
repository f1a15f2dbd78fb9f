#!/bin/bash
# Makes all that a release is, of the program that `make release` built: archive, packages, wheel, container images, the
# list of what is linked in, and their checksums.
#
#   dist.sh AMILINT MAP DIRECTORY          MAP: what the linker wrote of it
#
# What comes out depends on the program and the commit alone: every time in it is SOURCE_DATE_EPOCH, the commit's own
# where that is not set.
set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC
umask 022
amilint=$(realpath "${1:?usage: dist.sh AMILINT MAP DIRECTORY}") map=$(realpath "${2:?}") dist=${3:?}
here=$(dirname "$(realpath "$0")")
top=$(realpath "$here/../..")
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct)}
AMILINT_BASE_URL=$(<"$here/base-url")
AMILINT_MAINTAINER="amilint <amilint@$(sed -E 's|https?://([^/]*).*|\1|' "$here/base-url")>"
export SOURCE_DATE_EPOCH AMILINT_BASE_URL AMILINT_MAINTAINER
version=$("$amilint" --version); version=${version#amilint }
name=amilint-$version-linux-$(uname -m)
rm -rf "$dist"; mkdir -p "$dist"; dist=$(realpath "$dist")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# The tree that every package takes its files from: what is installed, licences, README and changes.
cd "$tree"
cp "$amilint" linked
objcopy --only-keep-debug linked amilint.debug
strip -o amilint linked
objcopy --add-gnu-debuglink=amilint.debug amilint
"$here/../scripts/install.sh" ./amilint usr
"$here/components.py" "$map" amilint "$top" "$version" "$dist/$name.cdx.json" licenses
cp "$top/LICENSE" licenses/amilint
cp "$top/README.md" "$top/.github/CHANGELOG.md" .

pack() { gzip -9n >"$dist/$1"; }
install -m 755 amilint "$dist/$name"
pack "$name.debug.gz" <amilint.debug
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --transform='s|^|amilint/|' -cf - \
    amilint licenses README.md CHANGELOG.md usr/share | pack "$name.tar.gz"
git -C "$top" archive --format=tar --prefix="amilint-$version/" HEAD | pack "amilint-$version-source.tar.gz"
"$here/deb.sh" "$tree" "$version" "$dist"
"$here/rpm.sh" "$tree" "$version" "$dist"
"$here/wheel.py" "$tree" "$version" "$(uname -m)" "$dist"
"$here/container.py" "$tree" "$version" "$(uname -m)" "$dist"
sed "s/@VERSION@/$version/g; s/@NAME@/$name/g" "$here/publish.md" >"$dist/PUBLISH.md"
# The action of this version knows the checksum of the program.
mkdir "$dist/action"
sum=$(sha256sum <"$dist/$name"); sum=${sum%% *}
cp "$top/.github/actions/amilint/check.sh" "$dist/action"
sed "/^  sha256:/,/default:/s/default: \"\"/default: $sum/" "$top/.github/actions/amilint/action.yml" >"$dist/action/action.yml"
grep -q "default: $sum" "$dist/action/action.yml"
cd "$dist"
find . -type f -printf '%P\n' | sort | xargs -d '\n' sha256sum >"$tree/sums"
mv "$tree/sums" SHA256SUMS
find . -type f -printf '%11s  %P\n' | sort -k2
