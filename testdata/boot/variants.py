#!/usr/bin/env python3
"""Variants of a bootable Debian root, each with one thing changed, to hold amilint's predictions against a real boot.

usage: variants.py prepare PRISTINE BASE   a Debian root (mmdebstrap) made bootable, with a stand-in for the ECS agent
       variants.py list
       variants.py make NAME OUT           one variant, as hard links of its base with what differs replaced
       variants.py judge [NAME...]         make, run amilint, boot, compare; a line of JSON each to results.jsonl. What a
                                           boot did is kept in RESULTS/NAME/facts.json and not asked again.
       variants.py table                   results.jsonl as a Markdown table
Environment: BASES (directory of the bases), AMILINT, RESULTS (a directory), TMPDIR, BOOT (further options of boot-here.sh).
"""
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BASES = os.environ.get("BASES", os.path.join(HERE, "bases"))
AMILINT = os.environ.get("AMILINT", "amilint")
RESULTS = os.environ.get("RESULTS", os.path.join(HERE, "results"))
UUID = "5b1d0f0e-6a63-4c54-9d2e-2f7ac0a1b001"


class Root:
    """A root directory that is edited by replacing files, never in place: they may be hard links of another root's."""

    def __init__(self, path):
        self.path = path

    def at(self, name):
        return os.path.join(self.path, name.lstrip("/"))

    def read(self, name):
        with open(self.at(name)) as file:
            return file.read()

    def exists(self, name):
        return os.path.lexists(self.at(name))

    def remove(self, name):
        path = self.at(name)
        if os.path.islink(path) or os.path.isfile(path):
            os.unlink(path)
        elif os.path.isdir(path):
            shutil.rmtree(path)

    def write(self, name, text, mode=0o644):
        path = self.at(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.lexists(path):
            os.unlink(path)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, mode)

    def append(self, name, text):
        mode = os.stat(self.at(name)).st_mode & 0o7777
        self.write(name, self.read(name) + text, mode)

    def sub(self, name, pattern, replacement, count=0):
        old = self.read(name)
        new = re.sub(pattern, replacement, old, count=count, flags=re.M)
        if new == old:
            raise SystemExit(f"{name}: nothing matches {pattern}")
        self.write(name, new, os.stat(self.at(name)).st_mode & 0o7777)

    def link(self, name, target):
        path = self.at(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.lexists(path):
            os.unlink(path)
        os.symlink(target, path)

    def move(self, name, other):
        os.rename(self.at(name), self.at(other))

    def copy(self, name, other):
        shutil.copy2(self.at(name), self.at(other))



AGENT = r"""#!/bin/bash
# Stand-in for amazon-ecs-init: refuses what the real one refuses, and writes down when and with what it was started.
d=/run/fake-ecs; mkdir -p $d
read -r up _ </proc/uptime
echo "$up $*" >>$d/calls
refuse() { echo "$up $1" >>$d/refused; exit 1; }
program() { local p; for p in /sbin /usr/sbin /bin /usr/bin; do [ -x $p/$1 ] && return; done; refuse "$1 not found"; }
case $1 in
pre-start) program sysctl; program iptables ;;
start)
  timeout 60 docker ps >/dev/null 2>&1 || refuse "docker does not answer"
  n=1; while [ -e $d/start.$n ]; do n=$((n + 1)); done
  { echo "uptime=$up"; for f in /var/lib/ecs/ecs.config /etc/ecs/ecs.config; do [ -e $f ] && sed "s|^|$f: |" $f; done
    env | sort | sed 's/^/env: /'; } >$d/start.$n
  exec sleep infinity ;;
esac
exit 0
"""

ECS_UNIT = """[Unit]
Description=ECS agent by ecs-init
Wants=docker.service
PartOf=docker.service
After=docker.service
After=cloud-final.service

[Service]
Type=simple
Restart=on-failure
RestartPreventExitStatus=5
RestartSec=10s
EnvironmentFile=-/etc/ecs/ecs.config
ExecStartPre=/bin/sh -c '[ "$(systemctl is-active docker)" = active ]'
ExecStartPre=/usr/libexec/amazon-ecs-init pre-start
ExecStart=/usr/libexec/amazon-ecs-init start
ExecStop=/usr/libexec/amazon-ecs-init stop
ExecStopPost=/usr/libexec/amazon-ecs-init post-stop

[Install]
WantedBy=cloud-init.target
"""

DEB_UNIT = """[Unit]
Description=ECS agent by ecs-init, as the deb has it
Wants=docker.service
PartOf=docker.service
After=docker.service

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
ExecStopPost=/usr/libexec/amazon-ecs-init post-stop

[Install]
WantedBy=multi-user.target
"""

PACKAGE = """
Package: amazon-ecs-init
Status: install ok installed
Priority: optional
Section: utils
Installed-Size: 120
Maintainer: nobody <nobody@example.org>
Architecture: amd64
Version: 1.106.1-1
Description: stand-in for the package of ecs-init

"""


PROBE = """#!/bin/sh
# Stand-in for grub-probe, which asks for a mounted disk: answers as for the disk that boot-here.sh makes.
case "$*" in
*partmap*) echo msdos ;;
*abstraction*) ;;
*compatibility_hint*) echo hd0,msdos1 ;;
*fs_uuid*) echo {uuid} ;;
*target=fs*) echo ext2 ;;
*target=device*) echo /dev/vda1 ;;
*hints_string*) echo "--hint-bios=hd0,msdos1 --hint-efi=hd0,msdos1" ;;
*) exit 1 ;;
esac
"""


def mkconfig(root):
    """The image's own grub-mkconfig, without a mounted disk."""
    probe, by_uuid = "/usr/sbin/grub-probe", "/dev/disk/by-uuid/" + UUID
    root.move(probe, probe + ".real")
    root.write(probe, PROBE.format(uuid=UUID), 0o755)
    root.write(by_uuid, "")
    done = subprocess.run(["chroot", root.path, "grub-mkconfig", "-o", "/boot/grub/grub.cfg"], capture_output=True, text=True)
    root.remove("/dev/disk")
    root.move(probe + ".real", probe)
    if done.returncode != 0 or f"root=UUID={UUID} ro" not in root.read("/boot/grub/grub.cfg"):
        raise SystemExit(f"grub-mkconfig: status {done.returncode}: {done.stderr}")


def kernels(root):
    names = [name[8:] for name in os.listdir(root.at("/boot")) if name.startswith("vmlinuz-")]
    return sorted(names, key=lambda name: [int(number) for number in re.findall(r"\d+", name)], reverse=True)


LIGHT = r"""#!/bin/sh
# Stand-in for cloud-init's program, whose Python takes an emulated machine 20 s: its units, its generator and
# ds-identify are the real ones. Runs the shell script of the user data in the last stage, as scripts-user does.
mkdir -p /run/cloud-init /run/cidata
case "$*" in
*--mode=final*)
  mount -o ro LABEL=CIDATA /run/cidata && sed -n '/^#!/,/^--==/p' /run/cidata/user-data | sed '$d' >/run/user-data.sh
  umount /run/cidata
  bash /run/user-data.sh
  echo '{"v1": {"modules-final": {}}}' >/run/cloud-init/status.json ;;
esac
exit 0
"""

IDLE = ["ssh.service", "cron.service", "e2scrub_reap.service", "apt-daily-upgrade.timer", "apt-daily.timer",
        "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer", "logrotate.timer", "systemd-pstore.service",
        "getty@tty1.service", "sshd.service"]

CLOUD = """# Short, so that an emulated machine gets through: what is left runs user data and runcmd.
datasource_list: [NoCloud, Ec2, None]
cloud_init_modules: [write-files]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts-per-once, scripts-per-boot, scripts-per-instance, scripts-user, final-message]
"""


def trim(root):
    """Takes out what costs an emulated machine time and decides nothing here."""
    for folder, _, names in os.walk(root.at("/etc/systemd/system")):
        for name in names:
            if name in IDLE:
                os.unlink(os.path.join(folder, name))
    root.link("/etc/systemd/system/getty.target", "/dev/null")
    root.link("/etc/systemd/system/console-getty.service", "/dev/null")
    root.write("/etc/cloud/cloud.cfg.d/20_short.cfg", CLOUD)
    root.write("/etc/containerd/config.toml", 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')


def prepare(pristine, base):
    if os.path.exists(base):
        raise SystemExit(f"{base} is there already")
    os.makedirs(os.path.dirname(os.path.abspath(base)), exist_ok=True)
    subprocess.run(["cp", "-a", "--reflink=auto", pristine, base], check=True)
    root = Root(base)
    # A small initramfs: the emulated machine unpacks it slowly.
    root.sub("/etc/initramfs-tools/initramfs.conf", r"^MODULES=most", "MODULES=list")
    root.append("/etc/initramfs-tools/modules", "virtio_pci\nvirtio_blk\next4\n")
    subprocess.run(["chroot", base, "update-initramfs", "-u", "-k", "all"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for form in ("i386-pc", "x86_64-efi"):
        source = root.at(f"/usr/lib/grub/{form}")
        if os.path.isdir(source):
            os.makedirs(root.at(f"/boot/grub/{form}"), exist_ok=True)
            for name in os.listdir(source):
                if name.endswith((".mod", ".lst")):
                    shutil.copy2(os.path.join(source, name), root.at(f"/boot/grub/{form}/{name}"))
    subprocess.run(["grub-mkimage", "-O", "i386-pc", "-d", root.at("/usr/lib/grub/i386-pc"), "-p",
                    "(hd0,msdos1)/boot/grub", "-o", root.at("/boot/grub/i386-pc/core.img"), "biosdisk", "part_msdos", "ext2"],
                   check=True)
    root.write("/boot/grub/grubenv", "# GRUB Environment Block\n".ljust(1024, "#"))
    root.write("/etc/default/grub", 'GRUB_DEFAULT=saved\nGRUB_TIMEOUT=1\nGRUB_DISTRIBUTOR=Debian\n'
               'GRUB_CMDLINE_LINUX_DEFAULT=""\nGRUB_CMDLINE_LINUX="console=ttyS0,115200n8 mitigations=off apparmor=0 audit=0 nokaslr"\nGRUB_TERMINAL=console\n')
    mkconfig(root)
    root.write("/etc/fstab", f"UUID={UUID} / ext4 rw,discard,errors=remount-ro 0 1\n")
    root.write("/etc/machine-id", "")
    root.remove("/var/lib/dbus/machine-id")
    root.link("/var/lib/dbus/machine-id", "/etc/machine-id")
    root.remove("/etc/hostname")
    trim(root)
    root.remove("/vmlinuz.old")
    root.remove("/initrd.img.old")
    root.write("/usr/libexec/amazon-ecs-init", AGENT, 0o755)
    root.write("/lib/systemd/system/ecs.service", ECS_UNIT)
    root.link("/etc/systemd/system/cloud-init.target.wants/ecs.service", "/lib/systemd/system/ecs.service")
    root.write("/etc/ecs/ecs.config", "")
    root.write("/var/cache/ecs/state", "2")
    root.write("/var/cache/ecs/ecs-agent-v1.106.1-1.tar", "no real image\n")
    root.link("/var/cache/ecs/ecs-agent.tar", "/var/cache/ecs/ecs-agent-v1.106.1-1.tar")
    os.makedirs(root.at("/var/lib/ecs/data"), exist_ok=True)
    root.append("/var/lib/dpkg/status", PACKAGE.lstrip("\n"))



VARIANTS = {}


def variant(about, base="bookworm", boot=(), seed=None, real=False, reads_seed=True):
    """real: with cloud-init's own program in place of the stand-in. reads_seed: whether it can mount the seed, a vfat."""
    def register(function):
        VARIANTS[function.__name__.replace("_", "-")] = dict(
            about=about, base=base, boot=list(boot), seed=seed, real=real, reads_seed=reads_seed, apply=function)
        return function
    return register


def make(name, out):
    chosen = VARIANTS[name]
    if os.path.exists(out):
        shutil.rmtree(out)
    subprocess.run(["cp", "-al", os.path.join(BASES, chosen["base"]), out], check=True)
    root = Root(out)
    if not chosen["real"]:
        root.write("/usr/bin/cloud-init", LIGHT, 0o755)
    chosen["apply"](root)
    return chosen


def kernels_of(base):
    """The two kernels of a base, the newer first; without it names that no boot will see."""
    path = os.path.join(BASES, base)
    return kernels(Root(path))[:2] if os.path.isdir(path) else ["NEW", "OLD"]


NEW, OLD = kernels_of("bookworm")
ADVANCED = f"gnulinux-advanced-{UUID}"
ENTRY = {version: f"gnulinux-{version}-advanced-{UUID}" for version in (NEW, OLD)}
CFG, FSTAB, UNITS = "/boot/grub/grub.cfg", "/etc/fstab", "/etc/systemd/system"
ECS = "/lib/systemd/system/ecs.service"
WANTED = UNITS + "/cloud-init.target.wants/ecs.service"
DAEMON = "/etc/docker/daemon.json"


def grubenv(root, **settings):
    text = "# GRUB Environment Block\n" + "".join(f"{key}={value}\n" for key, value in settings.items())
    root.write("/boot/grub/grubenv", text.ljust(1024, "#"))


def arguments(root, words):
    root.sub(CFG, r"^(\tlinux\t.*) ro ", rf"\1 ro {words} ", count=1)


def drop_in(root, text, unit="ecs.service", name="50-case.conf"):
    root.write(f"{UNITS}/{unit}.d/{name}", text)


def deb_unit(root):
    """The unit as the deb has it, wanted by multi-user.target."""
    root.write(ECS, DEB_UNIT)
    root.remove(WANTED)
    root.link(UNITS + "/multi-user.target.wants/ecs.service", ECS)


def disabled(root):
    root.remove(WANTED)


@variant("the base, with cloud-init's own program: ecs.service as on Amazon Linux, wanted by cloud-init.target", real=True)
def base_real(root):
    pass


@variant("the base, cloud-init's program replaced by a stand-in, as in all that follow")
def base(root):
    pass


@variant("the base by GRUB as an EFI program (OVMF)", boot=["--firmware", "uefi", "--quick"])
def uefi(root):
    pass


# -- which kernel

QUICK = ["--quick"]


@variant("grubenv: saved_entry=SUBMENU>OLD by id", boot=QUICK)
def grub_saved_entry(root):
    grubenv(root, saved_entry=f"{ADVANCED}>{ENTRY[OLD]}")


@variant("grubenv: next_entry=1>2 beside saved_entry=0", boot=QUICK)
def grub_next_entry(root):
    grubenv(root, saved_entry="0", next_entry="1>2")


@variant('grub.cfg: set default="1>2" in place of saved_entry', boot=QUICK)
def grub_default_number(root):
    root.sub(CFG, r'set default="\$\{saved_entry\}"', 'set default="1>2"')


@variant("grubenv: saved_entry=1, the submenu itself", boot=QUICK)
def grub_default_submenu(root):
    grubenv(root, saved_entry="1")


@variant("grubenv: saved_entry by titles, SUBMENU>OLD", boot=QUICK)
def grub_saved_title(root):
    grubenv(root, saved_entry=f"Advanced options for Debian GNU/Linux>Debian GNU/Linux, with Linux {OLD}")


@variant("grubenv: saved_entry=the OLD entry's id without its submenu's", boot=QUICK)
def grub_saved_without_submenu(root):
    grubenv(root, saved_entry=ENTRY[OLD])


@variant("grubenv: saved_entry of an entry that is no more", boot=QUICK)
def grub_saved_gone(root):
    grubenv(root, saved_entry=f"{ADVANCED}>gnulinux-5.10.0-1-amd64-advanced-{UUID}")


@variant("grubenv: saved_entry=99", boot=QUICK)
def grub_saved_beyond(root):
    grubenv(root, saved_entry="99")


@variant("custom.cfg with set default and an entry of its own, read at the end", boot=QUICK)
def grub_custom_cfg(root):
    root.write("/boot/grub/custom.cfg", f"""set default=mine
menuentry 'Mine' --id mine {{
	search --no-floppy --fs-uuid --set=root {UUID}
	linux /boot/vmlinuz-{OLD} root=UUID={UUID} ro console=ttyS0,115200n8 nokaslr
	initrd /boot/initrd.img-{OLD}
}}
""")


@variant("grub.cfg chooses by a test: if [ -f /boot/old ]; then set default=1>2", boot=QUICK)
def grub_test(root):
    root.write("/boot/old", "")
    root.sub(CFG, r"^export menuentry_id_option$", 'export menuentry_id_option\nsearch --no-floppy --fs-uuid --set=root '
             + UUID + '\nif [ -f /boot/old ]; then set default="1>2"; fi')


@variant("blscfg is not called: entries below /boot/loader/entries do not count", boot=QUICK)
def grub_bls_not_called(root):
    root.write(f"/boot/loader/entries/abc-{OLD}.conf", f"title x\nversion {OLD}\nlinux /boot/vmlinuz-{OLD}\n"
               f"initrd /boot/initrd.img-{OLD}\noptions root=UUID={UUID} ro\n")


@variant("saved_entry of the recovery entry (single)")
def grub_recovery(root):
    grubenv(root, saved_entry=f"{ADVANCED}>gnulinux-{NEW}-recovery-{UUID}")


@variant("the kernel of the default entry is not there (no /boot partition in fstab)")
def kernel_removed(root):
    root.remove(f"/boot/vmlinuz-{NEW}")


@variant("the kernel of the default entry is cut to 4 MB")
def kernel_truncated(root):
    with open(root.at(f"/boot/vmlinuz-{NEW}"), "rb") as file:
        data = file.read(4 << 20)
    root.write(f"/boot/vmlinuz-{NEW}", data)


@variant("the initramfs of the default entry is not there")
def initrd_removed(root):
    root.remove(f"/boot/initrd.img-{NEW}")


@variant("the initramfs of the default entry is empty (disk was full)")
def initrd_empty(root):
    root.write(f"/boot/initrd.img-{NEW}", "")


@variant("root=UUID= of another file system than fstab's /")
def root_uuid_other(root):
    root.write(FSTAB, f"UUID={UUID} / ext4 rw 0 1\n")
    root.sub(CFG, rf"root=UUID={UUID}", "root=UUID=11111111-2222-4333-8444-555555555555")
    # What the judge gives the file system is fstab's id.


@variant("/lib/modules of the kernel that boots is not there")
def modules_removed(root):
    shutil.rmtree(root.at(f"/lib/modules/{NEW}"))


@variant("no grub.cfg, GRUB installed")
def grub_cfg_removed(root):
    root.remove(CFG)


@variant("/sbin/init is not there")
def init_removed(root):
    root.remove("/sbin/init")


@variant("init=/bin/bash on the kernel command line")
def init_argument(root):
    arguments(root, "init=/bin/bash")


@variant("enforcing=1 security=selinux selinux=1 and no policy on the image")
def selinux_enforcing(root):
    arguments(root, "selinux=1 security=selinux enforcing=1")
    root.sub(CFG, "apparmor=0 ", "", count=1)


@variant("/etc/selinux/config says enforcing, selinux=1 security=selinux, no policy on the image")
def selinux_config(root):
    arguments(root, "selinux=1 security=selinux")
    root.sub(CFG, "apparmor=0 ", "", count=1)
    root.write("/etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n")


# -- what starts

@variant("ecs.service masked in /etc")
def ecs_masked(root):
    root.link(UNITS + "/ecs.service", "/dev/null")


@variant("systemd.mask=ecs.service on the kernel command line")
def argument_mask(root):
    arguments(root, "systemd.mask=ecs.service")


@variant("systemd.mask=docker.service on the kernel command line")
def argument_mask_docker(root):
    arguments(root, "systemd.mask=docker.service")


@variant("systemd.unit=rescue.target on the kernel command line")
def argument_rescue(root):
    arguments(root, "systemd.unit=rescue.target")


@variant("the word 3 on the kernel command line, default.target led to rescue.target")
def argument_runlevel(root):
    arguments(root, "3")
    root.link(UNITS + "/default.target", "/lib/systemd/system/rescue.target")


@variant("default.target leads to rescue.target")
def default_rescue(root):
    root.link(UNITS + "/default.target", "/lib/systemd/system/rescue.target")


@variant("default.target leads to multi-user.target")
def default_multi_user(root):
    root.link(UNITS + "/default.target", "/lib/systemd/system/multi-user.target")


@variant("default.target leads to a unit that is not there")
def default_dangling(root):
    root.link(UNITS + "/default.target", "/lib/systemd/system/batch.target")


@variant("docker.service masked")
def docker_masked(root):
    root.link(UNITS + "/docker.service", "/dev/null")


@variant("docker.socket masked")
def docker_socket_masked(root):
    root.link(UNITS + "/docker.socket", "/dev/null")


@variant("docker.service disabled, docker.socket enabled, ecs.service wants docker.service")
def docker_disabled(root):
    root.remove(UNITS + "/multi-user.target.wants/docker.service")


@variant("docker.service disabled, docker.socket enabled, and ecs.service does not want docker.service")
def docker_socket_only(root):
    root.remove(UNITS + "/multi-user.target.wants/docker.service")
    root.sub(ECS, r"^Wants=docker.service\n", "")


@variant("containerd.service masked, its program in place")
def containerd_masked(root):
    root.link(UNITS + "/containerd.service", "/dev/null")


@variant("first boot (no machine-id), ecs.service not linked, the presets of Debian, root mounted ro first as usual")
def preset_first_boot(root):
    disabled(root)
    root.remove("/etc/machine-id")


@variant("machine-id says uninitialized, ecs.service not linked, root mounted ro first as usual")
def preset_uninitialized(root):
    disabled(root)
    root.write("/etc/machine-id", "uninitialized\n")


@variant("first boot as above, with rw on the kernel command line", boot=["--stall", "200", "--cap", "600"])
def preset_first_boot_rw(root):
    preset_first_boot(root)
    root.sub(CFG, r"^(\tlinux\t.*) ro ", r"\1 rw ")


@variant("the same with rw, and a preset disable *", boot=["--stall", "200", "--cap", "600"])
def preset_disable_all(root):
    preset_first_boot_rw(root)
    root.write("/etc/systemd/system-preset/99-default.preset", "disable *\n")


@variant("machine-id says uninitialized, ecs.service not linked, rw", boot=["--stall", "200", "--cap", "600"])
def preset_uninitialized_rw(root):
    disabled(root)
    root.write("/etc/machine-id", "uninitialized\n")
    root.sub(CFG, r"^(\tlinux\t.*) ro ", r"\1 rw ")


@variant("machine-id empty, ecs.service not linked")
def ecs_disabled(root):
    disabled(root)


@variant("the deb's unit, wanted by multi-user.target: no word of cloud-final")
def deb(root):
    deb_unit(root)


@variant("Amazon Linux's unit wanted by multi-user.target, on Debian: an ordering cycle")
def cycle(root):
    root.remove(WANTED)
    root.sub(ECS, "WantedBy=cloud-init.target", "WantedBy=multi-user.target")
    root.link(UNITS + "/multi-user.target.wants/ecs.service", ECS)


def wanted_by(root, target):
    deb_unit(root)
    root.remove(UNITS + "/multi-user.target.wants/ecs.service")
    root.link(f"{UNITS}/{target}.wants/ecs.service", ECS)


@variant("the deb's unit wanted by network-online.target, which docker.service waits for: an ordering cycle")
def cycle_network_online(root):
    wanted_by(root, "network-online.target")


@variant("the deb's unit wanted by basic.target: no cycle, since systemd adds no order that would close one")
def cycle_basic(root):
    wanted_by(root, "basic.target")


@variant("the deb's unit with Before=docker.service added: an ordering cycle of two")
def cycle_before_docker(root):
    deb_unit(root)
    drop_in(root, "[Unit]\nBefore=docker.service\n")


@variant("Amazon Linux's unit and a drop-in of docker.service that says After=cloud-final.service: a cycle by multi-user.target")
def cycle_docker(root):
    drop_in(root, "[Unit]\nAfter=cloud-final.service\n", unit="docker.service")


@variant("the deb's unit as Type=oneshot: multi-user.target waits for it, and cloud-final for that")
def oneshot(root):
    deb_unit(root)
    root.sub(ECS, "^Type=simple", "Type=oneshot")


@variant("Conflicts=ecs.service in another unit that multi-user.target wants")
def conflicts(root):
    root.write(UNITS + "/ecs-legacy.service", "[Unit]\nConflicts=ecs.service\n[Service]\nExecStart=/bin/sleep infinity\n")
    root.link(UNITS + "/multi-user.target.wants/ecs-legacy.service", UNITS + "/ecs-legacy.service")


@variant("docker.service of a drop-in that adds ExecStart= without emptying it")
def docker_two_exec(root):
    drop_in(root, "[Service]\nExecStart=/usr/sbin/dockerd -H fd:// --log-level=warn\n", unit="docker.service")


@variant("docker.service with a drop-in for a proxy whose EnvironmentFile= is not there")
def docker_environment(root):
    drop_in(root, "[Service]\nEnvironmentFile=/etc/docker/proxy.env\n", unit="docker.service")


@variant("docker.service: ConditionPathExists=/data/docker by a drop-in")
def docker_condition(root):
    drop_in(root, "[Unit]\nConditionPathExists=/data/docker\n", unit="docker.service")


@variant("docker.service: RequiresMountsFor=/data of a nofail volume that is not there")
def docker_mount(root):
    root.append(FSTAB, "/dev/xvdf /data ext4 defaults,nofail 0 2\n")
    drop_in(root, "[Unit]\nRequiresMountsFor=/data\n", unit="docker.service")


@variant("docker.service: an unknown flag in DOCKER_OPTS of /etc/default/docker")
def docker_unknown_flag(root):
    root.write("/etc/default/docker", 'DOCKER_OPTS="--log-lvl=info"\n')


@variant("/var/lib/docker a link to a directory that is not there")
def docker_root_dangling(root):
    root.remove("/var/lib/docker")
    root.link("/var/lib/docker", "/data/docker")


@variant("/var/lib/docker is a file")
def docker_root_file(root):
    root.remove("/var/lib/docker")
    root.write("/var/lib/docker", "")


@variant("/etc/modprobe.d: install overlay /bin/false")
def overlay_blacklisted(root):
    root.write("/etc/modprobe.d/cis.conf", "install overlay /bin/false\n")


@variant("/etc/modprobe.d: install squashfs, udf and vfat /bin/false, as hardening guides have it", reads_seed=False)
def vfat_blacklisted(root):
    root.write("/etc/modprobe.d/cis.conf", "install squashfs /bin/true\ninstall udf /bin/true\ninstall vfat /bin/true\n")


@variant("/etc/sysctl.d: net.ipv4.ip_forward=0 and kernel.unprivileged_userns_clone=0")
def sysctl_forward(root):
    root.write("/etc/sysctl.d/99-cis.conf", "net.ipv4.ip_forward=0\nkernel.unprivileged_userns_clone=0\n")


@variant("cgroup v1 asked for: systemd.unified_cgroup_hierarchy=0")
def cgroup_v1(root):
    arguments(root, "systemd.unified_cgroup_hierarchy=0")


@variant("a generator of one's own masks ecs.service")
def generator_masks(root):
    root.write("/etc/systemd/system-generators/local-policy", '#!/bin/sh\nln -sf /dev/null "$2/ecs.service"\n', 0o755)


@variant("ecs.timer (OnBootSec=5s) starts ecs.service, which nothing else does")
def timer(root):
    disabled(root)
    root.write(UNITS + "/ecs.timer", "[Timer]\nOnBootSec=5s\n\n[Install]\nWantedBy=timers.target\n")
    root.link(UNITS + "/timers.target.wants/ecs.timer", UNITS + "/ecs.timer")


@variant("ecs.path (PathExists=/etc/ecs/ecs.config) starts ecs.service, which nothing else does")
def path(root):
    disabled(root)
    root.write(UNITS + "/ecs.path", "[Path]\nPathExists=/etc/ecs/ecs.config\n\n[Install]\nWantedBy=multi-user.target\n")
    root.link(UNITS + "/multi-user.target.wants/ecs.path", UNITS + "/ecs.path")


@variant("rc.local starts ecs.service, which nothing else does")
def rc_local(root):
    disabled(root)
    root.write("/etc/rc.local", "#!/bin/sh\nsystemctl start --no-block ecs\nexit 0\n", 0o755)


@variant("runcmd of cloud.cfg.d: systemctl start ecs", real=True, boot=["--stall", "60"])
def runcmd_start(root):
    root.write("/etc/cloud/cloud.cfg.d/30_ecs.cfg", "runcmd:\n  - systemctl start ecs\n")


@variant("runcmd of cloud.cfg.d: systemctl start --no-block ecs, which nothing else starts", real=True)
def runcmd_no_block(root):
    disabled(root)
    root.write("/etc/cloud/cloud.cfg.d/30_ecs.cfg", "runcmd:\n  - systemctl start --no-block ecs\n")


@variant("/etc/cloud/cloud-init.disabled", real=True)
def cloud_disabled(root):
    root.write("/etc/cloud/cloud-init.disabled", "")


@variant("cloud-init=disabled on the kernel command line, the deb's unit", real=True)
def cloud_disabled_argument(root):
    deb_unit(root)
    arguments(root, "cloud-init=disabled")


@variant("cloud-final.service masked", real=True)
def cloud_final_masked(root):
    root.link(UNITS + "/cloud-final.service", "/dev/null")


@variant("datasource_list: [None]", real=True)
def cloud_no_source(root):
    root.write("/etc/cloud/cloud.cfg.d/90_dpkg.cfg", "datasource_list: [None]\n")
    root.sub("/etc/cloud/cloud.cfg.d/20_short.cfg", r"^datasource_list.*\n", "")


# -- file systems

@variant("fstab: a device that is not there, without nofail")
def fstab_missing(root):
    root.append(FSTAB, "/dev/xvdf /data ext4 defaults 0 2\n")


@variant("fstab: the same with nofail")
def fstab_nofail(root):
    root.append(FSTAB, "/dev/xvdf /data ext4 defaults,nofail 0 2\n")


@variant("fstab: the same with noauto")
def fstab_noauto(root):
    root.append(FSTAB, "/dev/xvdf /data ext4 noauto 0 2\n")


@variant("fstab: /var/lib/docker on a device that is not there, with nofail")
def fstab_docker_nofail(root):
    root.append(FSTAB, "/dev/xvdb /var/lib/docker xfs defaults,nofail 0 2\n")


@variant("fstab: swap on a device that is not there")
def fstab_swap(root):
    root.append(FSTAB, "/dev/xvdb none swap sw 0 0\n")


@variant("fstab: a tmpfs with an option that it does not know")
def fstab_bad_option(root):
    root.append(FSTAB, "tmpfs /scratch tmpfs sizes=1g 0 0\n")


@variant("fstab: NFS of a host that is not there, without _netdev or nofail")
def fstab_nfs(root):
    root.append(FSTAB, "fs-0123.efs.us-east-1.amazonaws.com:/ /efs nfs4 defaults 0 0\n")


@variant("fstab: / ro")
def fstab_root_ro(root):
    root.write(FSTAB, f"UUID={UUID} / ext4 ro 0 1\n")


@variant("no fstab, ro on the kernel command line")
def fstab_removed(root):
    root.remove(FSTAB)


@variant("fstab: /var/lib/docker a tmpfs with noexec")
def docker_noexec(root):
    root.append(FSTAB, "tmpfs /var/lib/docker tmpfs noexec,size=200m 0 0\n")


@variant("fstab: /usr/libexec mounted noexec (a bind of itself)")
def libexec_noexec(root):
    root.append(FSTAB, "/usr/libexec /usr/libexec none bind,noexec 0 0\n")


@variant("the directories /proc, /sys, /dev and /run are not there")
def mount_points_removed(root):
    for name in ("proc", "sys", "dev", "run"):
        root.remove("/" + name)


# -- Docker

@variant("no iptables below sbin and bin")
def iptables_removed(root):
    for name in os.listdir(root.at("/usr/sbin")):
        if name.startswith(("iptables", "xtables", "ip6tables")):
            root.remove("/usr/sbin/" + name)
    root.remove("/sbin/iptables") if root.exists("/sbin/iptables") else None


@variant("no sysctl")
def sysctl_removed(root):
    root.remove("/usr/sbin/sysctl")


@variant("no runc")
def runc_removed(root):
    for name in ("/usr/sbin/runc", "/usr/bin/runc"):
        root.remove(name)


@variant("daemon.json: hosts beside -H fd://")
def daemon_hosts(root):
    root.write(DAEMON, '{"hosts": ["unix:///var/run/docker.sock"]}\n')


@variant("daemon.json: default-runtime nvidia, which no runtimes define")
def daemon_runtime(root):
    root.write(DAEMON, '{"default-runtime": "nvidia"}\n')


@variant("daemon.json: storage-driver zfs, on ext4")
def daemon_zfs(root):
    root.write(DAEMON, '{"storage-driver": "zfs"}\n')


@variant("the user and group docker are not there (SocketGroup=docker of docker.socket)")
def docker_group_removed(root):
    root.sub("/etc/group", r"^docker:.*\n", "")


@variant("daemon.json empty (20.10 refuses)")
def daemon_empty(root):
    root.write(DAEMON, "")



# -- Debian 13: systemd 257, Docker 26.1.5, cloud-init 25.1

TRIXIE = ["--stall", "220", "--cap", "900"]


@variant("Debian 13, the base", base="trixie", real=True, boot=TRIXIE)
def trixie_base(root):
    pass


@variant("Debian 13: first boot by uninitialized, ecs.service not linked, root ro first", base="trixie", real=True, boot=TRIXIE)
def trixie_preset(root):
    preset_uninitialized(root)


@variant("Debian 13: the same with rw", base="trixie", real=True, boot=TRIXIE)
def trixie_preset_rw(root):
    preset_uninitialized(root)
    root.sub(CFG, r"^(\tlinux\t.*) ro ", r"\1 rw ")


@variant("Debian 13: Amazon Linux's unit wanted by multi-user.target", base="trixie", real=True, boot=TRIXIE)
def trixie_cycle(root):
    cycle(root)


@variant("Debian 13: docker.service disabled, ecs.service does not want it, docker.socket enabled", base="trixie", real=True,
         boot=TRIXIE)
def trixie_socket_only(root):
    docker_socket_only(root)



def predict(root):
    def run(*words):
        done = subprocess.run([AMILINT, *words, "-o", "json", "--quiet"], capture_output=True, text=True)
        if done.returncode not in (0, 1, 2):
            raise SystemExit(f"amilint {words}: status {done.returncode}: {done.stderr}")
        return done.returncode, json.loads(done.stdout)

    status, report = run("check", root)
    kernel = report["facts"]["bootingKernel"]
    rules = {finding["rule"]: finding for finding in report["findings"]}
    return {
        "status": status,
        "kernel": (kernel.get("value") or {}).get("version"),
        "rules": {name: [finding["verdict"], finding["level"], finding["message"]] for name, finding in rules.items()},
        "failed": [name for name, finding in rules.items() if finding["level"] == "required" and finding["verdict"] == "fail"],
        "open": [name for name, finding in rules.items()
                 if finding["level"] == "required" and finding["verdict"] == "undetermined"],
    }


def observe(root, chosen, keep):
    seed = chosen["seed"] or os.path.join(HERE, "seed")
    done = subprocess.run([os.path.join(HERE, "boot-here.sh"), "--seed", seed, "--keep", keep, *chosen["boot"], *os.environ.get("BOOT", "").split(), root],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"boot-here: status {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


# Rules by which the boot itself ends, or its root stays read-only: nothing is said of what comes after.
BOOT = {"fstab-mounts", "init-and-initramfs", "architecture-match", "nitro-boot", "selinux"}


def compare(predicted, seen, chosen):
    """What agrees, what does not, what amilint left open: by subject."""
    said = {}
    if seen["kernel"] or predicted["kernel"]:
        said["kernel"] = (predicted["kernel"], seen["kernel"])
    answers = {"kernel": "agree" if predicted["kernel"] == seen["kernel"] else "DIFFER"}
    if not seen["kernel"] and (predicted["failed"] or predicted["open"]):
        del answers["kernel"]  # GRUB loaded none, and amilint passed none
    if "--quick" in chosen["boot"]:
        return answers, said
    ecs = seen["units"].get("ecs.service", {})
    running = seen["agent"]["started"] and ecs.get("MainPID", "0") != "0"
    against = [rule for rule in predicted["failed"] if rule != "cloud-init"]  # without user data the agent may run
    expected = "open" if predicted["open"] and not against else not against
    said["agent"] = (expected, running)
    answers["agent"] = "open" if expected == "open" else "agree" if expected == running else "DIFFER"
    if (predicted["failed"] or predicted["open"]) and seen["outcome"] not in ("booted", "stalled", "cap"):
        return answers, said  # no pass, and nothing was asked of Docker and cloud-init
    order = predicted["rules"]["agent-after-user-data"][0]
    if running and order in ("pass", "fail") and seen["cloud_init"]["user_data_ran"]:
        # By the clock, not by what the agent read: where both run at once, that is chance.
        started = min(float(call.split()[0]) for call in seen["agent"]["calls"] if call.endswith(" start"))
        after = started > float(seen["files"]["user-data-ran"][0].split()[0])
        said["after-user-data"] = (order, after)
        answers["after-user-data"] = "agree" if (order == "pass") == after else "DIFFER"
    cloud = predicted["rules"]["cloud-init"][0]
    state = predicted["rules"]["cloud-init-state"][0]
    ran = seen["cloud_init"]["user_data_ran"]
    if chosen["reads_seed"] and cloud in ("pass", "fail") and (ran or not BOOT.intersection(predicted["failed"])):
        said["user-data"] = (cloud if state != "fail" else "fail", ran)
        answers["user-data"] = "agree" if (cloud == "pass" and state != "fail") == ran else "DIFFER"
    docker = [predicted["rules"][name][0] for name in ("docker-config", "docker-runtime")]
    foretold = predicted["failed"] and docker == ["pass", "pass"] and not seen["docker_answers"]  # masked, say
    if all(answer in ("pass", "fail") for answer in docker) and not foretold:
        works = seen["docker_answers"] and (docker[1] == "pass" or running)  # docker-runtime: what the agent needs too
        said["docker"] = (docker == ["pass", "pass"], works)
        answers["docker"] = "agree" if (docker == ["pass", "pass"]) == works else "DIFFER"
    return answers, said


def judge(names):
    os.makedirs(RESULTS, exist_ok=True)
    out = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"boot-variant.{os.getpid()}")
    for name in names or list(VARIANTS):
        chosen = VARIANTS[name]
        kept = os.path.join(RESULTS, name, "facts.json")
        try:
            make(name, out)
            predicted = predict(out)
            if os.path.exists(kept):
                with open(kept) as file:
                    seen = json.load(file)
            else:
                seen = observe(out, chosen, os.path.join(RESULTS, name))
                with open(kept, "w") as file:
                    json.dump(seen, file, indent=1)
        finally:
            shutil.rmtree(out, ignore_errors=True)
        answers, said = compare(predicted, seen, chosen)
        line = {"variant": name, "about": chosen["about"], "answers": answers, "said": said, "predicted": predicted,
                "seen": {key: seen.get(key) for key in seen if key not in ("journal",)}}
        with open(os.path.join(RESULTS, "results.jsonl"), "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # others may judge beside this one
            file.write(json.dumps(line) + "\n")
        print(time.strftime("%H:%M:%S"), name, seen["outcome"], answers, said, f"{seen['seconds_boot']} s", flush=True)


def load():
    lines = {}
    with open(os.path.join(RESULTS, "results.jsonl")) as file:
        for line in file:
            line = json.loads(line)
            line["answers"], line["said"] = compare(line["predicted"], line["seen"], VARIANTS[line["variant"]])
            lines[line["variant"]] = line
    return lines


def table():
    print("| variant | amilint said | the boot did | agree? | boot s |")
    print("| --- | --- | --- | --- | --- |")
    counts = {False: 0, True: 0}
    for name, line in load().items():
        predicted, seen = line["predicted"], line["seen"]
        said = "fails " + ", ".join(predicted["failed"]) if predicted["failed"] else \
            "open: " + ", ".join(predicted["open"]) if predicted["open"] else "passes"
        advice = [rule for rule in ("agent-after-user-data", "cloud-init-state")
                  if predicted["rules"][rule][0] not in ("pass", "notApplicable")]
        said += f"; {predicted['kernel']}" + ("; advice: " + ", ".join(advice) if advice else "")
        did = seen["outcome"] + f"; {seen['kernel']}"
        if "agent" in line["said"]:
            did += "; agent " + ("runs" if line["said"]["agent"][1] else "does not run")
            did += f"; Docker {'answers' if seen['docker_answers'] else 'does not answer'}"
        differ = [key for key, answer in line["answers"].items() if answer == "DIFFER"]
        opened = [key for key, answer in line["answers"].items() if answer == "open"]
        verdict = "**no**: " + ", ".join(differ) if differ else "left open" if opened else "yes"
        print(f"| {name} | {said} | {did} | {verdict} | {seen['seconds_boot']} |")
        counts[bool(differ)] += 1
    print(f"\n{counts[False]} agree or are left open, {counts[True]} differ")
    return counts[True]



def main():
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command == "prepare":
        prepare(sys.argv[2], sys.argv[3])
    elif command == "list":
        for name, chosen in VARIANTS.items():
            print(f"{name:28} {chosen['about']}")
    elif command == "make":
        make(sys.argv[2], sys.argv[3])
    elif command == "judge":
        judge(sys.argv[2:])
    elif command == "table":
        sys.exit(1 if table() else 0)
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
