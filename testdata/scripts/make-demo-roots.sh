#!/bin/bash
# Makes two small roots in seconds, as directories and as tars: "good" meets every required rule, "bad" breaks some
# the way images in the field do. Their packages are built by dpkg-deb and installed by dpkg, so that the package
# database is a real one; every program in them is a copy of true, since nothing of an image is ever run.
# usage: make-demo-roots.sh OUTDIR
# needs: dpkg, tar, gzip, python3; and fakeroot where it is not run as root
set -euo pipefail
out=$(realpath -m "${1:?usage: make-demo-roots.sh OUTDIR}")
if [ "$(id -u)" != 0 ]; then exec fakeroot "$0" "$out"; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$out"
mkdir -p "$out"
architecture=$(dpkg --print-architecture)
kernel=6.1.0-42-cloud-$architecture

# file PATH [MODE]: standard input becomes a file of the package being made.
file() {
    mkdir -p "$work/tree/$(dirname "$1")"
    cat >"$work/tree/$1"
    chmod "${2:-644}" "$work/tree/$1"
}
program() { for path in "$@"; do file "$path" 755 <"$(type -P true)"; done; }
link() { mkdir -p "$work/tree/$(dirname "$2")" && ln -s "$1" "$work/tree/$2"; }

# package NAME VERSION [ARCHITECTURE]: what was made so far becomes a package and is installed into $root.
package() {
    mkdir -p "$work/tree/DEBIAN"
    printf 'Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: nobody <nobody@example.com>\nDescription: demo\n' \
        "$1" "$2" "${3:-$architecture}" >"$work/tree/DEBIAN/control"
    chmod -R go-w "$work/tree"
    dpkg-deb --root-owner-group -Znone --build "$work/tree" "$work/packages/$1.deb" >/dev/null
    rm -rf "$work/tree"
}

# A bzImage's first sectors: "HdrS" at 0x202 and the version text where 0x20E points to (Linux, Documentation/arch/x86/boot.rst).
kernel_image() {
    python3 -c '
import struct, sys
text = (sys.argv[1] + " (demo) #1 SMP Debian\0").encode()
image = bytearray(4096)
image[0x1FE:0x200] = b"\x55\xaa"
image[0x202:0x206] = b"HdrS"
image[0x206:0x208] = struct.pack("<H", 0x20F)
image[0x20E:0x210] = struct.pack("<H", 0x400)
image[0x600:0x600 + len(text)] = text
sys.stdout.buffer.write(image)' "$1"
}

mkdir -p "$work/packages"
file etc/os-release <<'END'
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
ID=debian
END
file etc/fstab <<<'/dev/nvme0n1p1 / ext4 rw,discard,errors=remount-ro 0 1'
mkdir -p "$work"/tree/{var/log,tmp,proc,sys,dev,run}
package base-files 12.4+deb12u12

link /lib/systemd/system/multi-user.target lib/systemd/system/default.target
file lib/systemd/system/multi-user.target <<<$'[Unit]\nDescription=Multi-User System\nRequires=basic.target\nAfter=basic.target'
file lib/systemd/system/basic.target <<<$'[Unit]\nDescription=Basic System\nRequires=sysinit.target\nWants=sockets.target'
file lib/systemd/system/sysinit.target <<<$'[Unit]\nDescription=System Initialization'
file lib/systemd/system/sockets.target <<<$'[Unit]\nDescription=Socket Units'
program lib/systemd/systemd
link /lib/systemd/systemd sbin/init
package systemd 252.39-1~deb12u1

kernel_image $kernel | file boot/vmlinuz-$kernel
for option in NAMESPACES NET_NS PID_NS IPC_NS UTS_NS CGROUPS CGROUP_CPUACCT CGROUP_DEVICE CGROUP_FREEZER CGROUP_SCHED \
    CPUSETS MEMCG KEYS VETH BRIDGE BRIDGE_NETFILTER IP_NF_FILTER IP_NF_MANGLE IP_NF_TARGET_MASQUERADE \
    NETFILTER_XT_MATCH_ADDRTYPE NETFILTER_XT_MATCH_CONNTRACK NETFILTER_XT_MATCH_IPVS NETFILTER_XT_MARK IP_NF_RAW \
    IP_NF_NAT NF_NAT POSIX_MQUEUE CGROUP_BPF OVERLAY_FS; do
    echo "CONFIG_$option=y"
done | file boot/config-$kernel
file boot/initrd.img-$kernel <<<initramfs
mkdir -p "$work/tree/lib/modules/$kernel"
package linux-image-$kernel 6.1.159-1

file boot/grub/grub.cfg <<END
set default="0"
menuentry 'Debian GNU/Linux' --class debian \$menuentry_id_option 'gnulinux-simple' {
	linux	/boot/vmlinuz-$kernel root=/dev/nvme0n1p1 ro console=ttyS0,115200n8
	initrd	/boot/initrd.img-$kernel
}
END
head -c 4096 /dev/zero | file boot/grub/i386-pc/core.img
package grub-pc 2.06-13+deb12u1

program usr/sbin/iptables sbin/sysctl usr/bin/ps usr/bin/git usr/bin/xz
package iptables 1.8.9-2
program usr/bin/cloud-init
for unit in cloud-init-local cloud-init cloud-config cloud-final; do
    file lib/systemd/system/$unit.service <<<$'[Unit]\nDescription='$unit$'\n[Service]\nType=oneshot\nExecStart=/usr/bin/cloud-init\n[Install]\nWantedBy=cloud-init.target'
    link /lib/systemd/system/$unit.service etc/systemd/system/cloud-init.target.wants/$unit.service
done
file lib/systemd/system/cloud-init.target <<<$'[Unit]\nDescription=Cloud-init target\nAfter=multi-user.target\n[Install]\nWantedBy=multi-user.target'
link /lib/systemd/system/cloud-init.target etc/systemd/system/multi-user.target.wants/cloud-init.target
program lib/systemd/system-generators/cloud-init-generator
file etc/cloud/cloud.cfg <<'END'
datasource_list: [ Ec2, None ]
cloud_final_modules:
 - scripts-per-boot
 - scripts-user
END
package cloud-init 22.4.2-1+deb12u2 all

program usr/bin/containerd usr/bin/containerd-shim-runc-v2 usr/bin/runc
file lib/systemd/system/containerd.service <<'END'
[Unit]
Description=containerd container runtime
After=network.target local-fs.target

[Service]
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/bin/containerd
Type=notify
Restart=always

[Install]
WantedBy=multi-user.target
END
package containerd.io 1.7.24-1
program usr/bin/dockerd usr/bin/docker
file lib/systemd/system/docker.socket <<<$'[Socket]\nListenStream=/run/docker.sock\n[Install]\nWantedBy=sockets.target'
file lib/systemd/system/docker.service <<'END'
[Unit]
Description=Docker Application Container Engine
After=network-online.target docker.socket containerd.service
Wants=network-online.target containerd.service
Requires=docker.socket

[Service]
Type=notify
ExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock
Restart=always

[Install]
WantedBy=multi-user.target
END
link /lib/systemd/system/docker.service etc/systemd/system/multi-user.target.wants/docker.service
link /lib/systemd/system/docker.socket etc/systemd/system/sockets.target.wants/docker.socket
package docker-ce 5:25.0.5-1~debian.12~bookworm

program usr/libexec/amazon-ecs-init
file etc/ecs/ecs.config </dev/null
file etc/ecs/ecs.config.json </dev/null
file var/cache/ecs/ecs-agent-v1.106.1-1.tar <<<"the agent's image"
link /var/cache/ecs/ecs-agent-v1.106.1-1.tar var/cache/ecs/ecs-agent.tar
file var/cache/ecs/state <<<2
file lib/systemd/system/ecs.service <<'END'
[Unit]
Description=Amazon Elastic Container Service - container agent
Wants=docker.service
After=docker.service
After=cloud-final.service

[Service]
Type=simple
Restart=on-failure
RestartPreventExitStatus=5
RestartSec=10s
EnvironmentFile=-/var/lib/ecs/ecs.config
EnvironmentFile=-/etc/ecs/ecs.config
ExecStartPre=/usr/libexec/amazon-ecs-init pre-start
ExecStart=/usr/libexec/amazon-ecs-init start
ExecStop=/usr/libexec/amazon-ecs-init stop

[Install]
WantedBy=cloud-init.target
END
package amazon-ecs-init 1.106.1-1

root=$out/good
mkdir -p "$root"/var/lib/dpkg/{info,updates,triggers}
: >"$root/var/lib/dpkg/status"
: >"$root/var/lib/dpkg/available"
dpkg --root="$root" --force-depends --force-unsafe-io --log=/dev/null -i "$work"/packages/*.deb >"$work/log" 2>&1 ||
    { tail -5 "$work/log" >&2; exit 1; }
: >"$root/etc/machine-id"
# What the installation guide asks for: the agent enabled (the package does not do it).
mkdir -p "$root/etc/systemd/system/cloud-init.target.wants"
ln -s /lib/systemd/system/ecs.service "$root/etc/systemd/system/cloud-init.target.wants/ecs.service"

# The bad one: log drivers without awslogs, a unit masked by hand, state of an agent that ran while it was built.
cp -a "$root" "$out/bad"
cat >"$out/bad/etc/ecs/ecs.config" <<'END'
# set by the build
ECS_CLUSTER=builders
ECS_AVAILABLE_LOGGING_DRIVERS=["json-file","syslog"]
END
mkdir -p "$out/bad/var/lib/ecs/data"
echo '{}' >"$out/bad/var/lib/ecs/data/ecs_agent_data.json"
mkdir -p "$out/bad/etc/docker"
echo '{"log-driver": "json-file",}' >"$out/bad/etc/docker/daemon.json"

for name in good bad; do tar -C "$out/$name" --numeric-owner -czf "$out/$name.tar.gz" .; done
ls -d "$out"/*
