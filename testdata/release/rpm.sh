#!/bin/bash
# Makes the package for Amazon Linux, Fedora, RHEL and SUSE of the tree that dist.sh made.
# usage: rpm.sh TREE VERSION DIRECTORY
set -euo pipefail
tree=${1:?} version=${2:?} dist=${3:?}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tree/usr/share/licenses/amilint"
cp -a "$tree/usr" "$work/tree"
cp "$tree"/licenses/* "$work/tree/usr/share/licenses/amilint"
gzip -9n "$work"/tree/usr/share/man/man1/*.1
cat >"$work/amilint.spec" <<END
Name: amilint
Version: $version
Release: 1
Summary: Judge machine images for AWS Batch without booting them
License: Apache-2.0
Group: Applications/System
Packager: $AMILINT_MAINTAINER
URL: $AMILINT_BASE_URL
BuildArch: $(uname -m)
AutoReqProv: no

%description
amilint reads the root file system of a machine image, as a directory, an
archive or a disk, and decides whether its instances will take jobs of
AWS Batch: kernel, boot loader, ECS agent, Docker and their configuration.

%install
cp -a $work/tree/. %{buildroot}

%files
%attr(755, root, root) /usr/bin/amilint
%attr(644, root, root) /usr/share/man/man1/*
%attr(644, root, root) /usr/share/bash-completion/completions/amilint
%attr(644, root, root) /usr/share/zsh/site-functions/_amilint
%attr(644, root, root) /usr/share/fish/vendor_completions.d/amilint.fish
%dir %attr(755, root, root) /usr/share/licenses/amilint
%license %attr(644, root, root) /usr/share/licenses/amilint/*

%changelog
* $(date --utc --date="@$SOURCE_DATE_EPOCH" '+%a %b %d %Y') $AMILINT_MAINTAINER - $version-1
- What changed for users stands in CHANGELOG.md beside the sources.
END
# Nothing is stripped or compiled again, and neither time nor name of this machine gets into it. A payload by xz is read
# by the rpm of Amazon Linux 2 too, which knows no zstd.
rpmbuild -bb --quiet --define "_topdir $work/build" --define "_rpmdir $work/out" --define "_tmppath $work" \
    --define '__os_install_post %{nil}' --define '_build_id_links none' --define '_buildhost localhost' \
    --define 'use_source_date_epoch_as_buildtime 1' --define 'clamp_mtime_to_source_date_epoch 1' \
    --define 'source_date_epoch_from_changelog 0' --define '_binary_payload w6.xzdio' --define 'debug_package %{nil}' \
    --define '_docdir_fmt %%{NAME}' "$work/amilint.spec" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
cp "$work"/out/*/amilint-*.rpm "$dist"
