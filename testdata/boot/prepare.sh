#!/bin/bash
# Makes the bases that variants are made of: Debian 12 and Debian 13, from Debian's mirrors, bootable.
# usage: prepare.sh BASES     (as root; a base that is there already is left as it is)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bases=${1:?usage: prepare.sh BASES}
common=docker.io,iptables,git,procps,xz-utils,systemd-sysv,cloud-init,grub-pc-bin,grub-efi-amd64-bin,grub2-common,openssh-server
declare -A packages=(
  [bookworm]=linux-image-cloud-amd64,linux-image-6.12-cloud-amd64,$common
  [trixie]=linux-image-cloud-amd64,docker-cli,$common
)
mkdir -p "$bases"
for release in bookworm trixie; do
  if [ -d "$bases/$release" ]; then continue; fi
  pristine=$(mktemp -d "$bases/pristine.XXXXXX")
  mmdebstrap --quiet --variant=important --include="${packages[$release]}" "$release" "$pristine"
  rm -rf "$bases/$release.new"
  "$here/variants.py" prepare "$pristine" "$bases/$release.new"
  rm -rf "$pristine"
  mv "$bases/$release.new" "$bases/$release"
done
