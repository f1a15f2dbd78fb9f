#!/bin/bash
# Builds a real Debian root with a kernel and Docker from Debian's own packages, as a directory and as tars.
# usage: make-debian-root.sh OUTDIR [SUITE]    (bookworm unless named; about 90 s and 2.5 GB)
# needs: mmdebstrap zstd. Does nothing where all of them stand already; a root half made is made again.
set -euo pipefail
out=${1:?usage: make-debian-root.sh OUTDIR [SUITE]}
suite=${2:-bookworm}
root=$out/debian-$suite
packages=linux-image-cloud-amd64,docker.io,iptables,git,procps,xz-utils,systemd-sysv,cloud-init
packages+=,grub-pc-bin,grub2-common,openssh-server
[ "$(dpkg --print-architecture)" = amd64 ] ||
    packages=${packages//cloud-amd64/cloud-$(dpkg --print-architecture)} packages=${packages/,grub-pc-bin/}

if [ -e "$root" ] && [ -e "$root.tar.zst" ] && [ -e "$root.tar.gz" ] && [ -e "$root.tar" ]; then
    echo "$root: there already"
    exit 0
fi
mkdir -p "$out"
if [ ! -e "$root" ]; then
    rm -rf "$root.part"
    mmdebstrap --quiet --variant=important --include="$packages" "$suite" "$root.part"
    mv "$root.part" "$root"
fi
tar -C "$root" --numeric-owner -cf "$root.tar.part" .
mv "$root.tar.part" "$root.tar"
# Both at once: each is busy on one processor.
gzip -6 -c "$root.tar" >"$root.tar.gz.part" &
zstd -q -3 -f "$root.tar" -o "$root.tar.zst.part"
wait $!
mv "$root.tar.gz.part" "$root.tar.gz"
mv "$root.tar.zst.part" "$root.tar.zst"
ls -sh "$root".tar*
