#!/bin/bash
# Makes the package for Debian and Ubuntu of the tree that dist.sh made.
# usage: deb.sh TREE VERSION DIRECTORY
set -euo pipefail
tree=${1:?} version=${2:?} dist=${3:?}
here=$(dirname "$(realpath "$0")")
case $(uname -m) in x86_64) architecture=amd64 ;; aarch64) architecture=arm64 ;; *) exit 1 ;; esac
root=$(mktemp -d); trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
documents=$root/usr/share/doc/amilint
mkdir -p "$root/DEBIAN" "$documents" "$root/usr/share/lintian/overrides" "$root/usr/share/zsh"
cp -a "$tree/usr" "$root"
# Debian's zsh looks there for what packages bring along.
mv "$root/usr/share/zsh/site-functions" "$root/usr/share/zsh/vendor-completions"
gzip -9n "$root"/usr/share/man/man1/*.1
install -m 644 "$here/lintian-overrides" "$root/usr/share/lintian/overrides/amilint"
{
    cat <<'END'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: amilint

Files: *
Copyright: the authors of amilint
License: Apache-2.0
 On Debian systems the text of the Apache License, version 2.0, is found in
 /usr/share/common-licenses/Apache-2.0.
Comment:
 The program is linked with the libraries below as archives; what follows is
 what their own packages say of them, one after the other.
END
    for file in "$tree"/licenses/*; do
        [ "$(basename "$file")" = amilint ] && continue
        printf ' .\n %s\n .\n' "$(basename "$file")"
        sed -e 's/[[:space:]]*$//' -e 's/^$/./' -e 's/^/ /' "$file"
    done
} >"$documents/copyright"
gzip -9n >"$documents/changelog.gz" <<END
amilint ($version) unstable; urgency=medium

  * What changed for users stands in CHANGELOG.md beside the sources.

 -- $AMILINT_MAINTAINER  $(date --utc --date="@$SOURCE_DATE_EPOCH" -R)
END
cat >"$root/DEBIAN/control" <<END
Package: amilint
Version: $version
Architecture: $architecture
Maintainer: $AMILINT_MAINTAINER
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f1)
Section: admin
Priority: optional
Description: judge machine images for AWS Batch without booting them
 amilint reads the root file system of a machine image, as a directory, an
 archive or a disk, and decides whether its instances will take jobs of
 AWS Batch: kernel, boot loader, ECS agent, Docker and their configuration.
END
(cd "$root" && find usr -type f | sort | xargs md5sum >DEBIAN/md5sums)
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --build --root-owner-group -Zxz "$root" "$dist/amilint_${version}_$architecture.deb" >/dev/null
