#!/usr/bin/env python3
"""Many questions answered by one boot: units that differ in one thing each, and configurations of dockerd one after the other.

usage: batch.py units [OPTIONS of boot-here.sh]    every case's unit in one root, each held against amilint's word on a
                                                  root with that unit alone
       batch.py predict|predict-daemon             only what amilint says
       batch.py daemon [OPTIONS of boot-here.sh]   the user data of one boot starts docker.service with each daemon.json
Environment as of variants.py, and BATCH_BASE, a variant without changes (base or trixie-base); a line of JSON a case goes to RESULTS/units.jsonl or RESULTS/daemon.jsonl.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import variants
from variants import HERE, RESULTS, Root, UNITS, predict

RUN = "ExecStart=/usr/libexec/amazon-ecs-init start\n"
WANTS = UNITS + "/multi-user.target.wants/"
CASES = {}


def case(name, unit="", service="", run=RUN, kind="simple", files=None, link=True, text=None, at=None, expect=None):
    """A unit ecs-NAME.service with further lines; files: path -> text, (text, mode) or ->target."""
    file = f"ecs-{name}.service"
    body = text if text is not None else (
        f"[Unit]\nWants=docker.service\nAfter=docker.service\n{unit}\n[Service]\nType={kind}\n{service}{run}")
    entries = {}
    if body is not False:
        entries[at or f"/lib/systemd/system/{file}"] = body
    if link:
        entries[WANTS + file] = f"->/lib/systemd/system/{file}"
    for path, content in (files or {}).items():
        if isinstance(content, str):
            content = content.replace("NAME", file) if content.startswith("->") else content
        entries[path.replace("NAME", file)] = content
    CASES[name] = (expect or file, entries)


DROP = UNITS + "/NAME.d/10-case.conf"
case("plain")
# conditions
case("condition-false", unit="ConditionPathExists=/etc/ecs/never\n")
case("condition-not", unit="ConditionPathExists=!/etc/ecs/never\n")
case("condition-drop-in", files={DROP: "[Unit]\nConditionPathExists=/etc/ecs/never\n"})
case("condition-reset", unit="ConditionPathExists=/etc/ecs/never\n", files={DROP: "[Unit]\nConditionPathExists=\n"})
case("condition-either", unit="ConditionPathExists=|/etc/ecs/never\nConditionPathExists=|/etc/ecs/ecs.config\n")
case("condition-not-empty", unit="ConditionFileNotEmpty=/etc/ecs/ecs.config\n")
case("condition-directory", unit="ConditionPathIsDirectory=/var/lib/ecs/volumes\n")
case("condition-container", unit="ConditionVirtualization=container\n")
case("condition-vm", unit="ConditionVirtualization=vm\n")
case("condition-argument", unit="ConditionKernelCommandLine=ecs\n")
case("condition-argument-not", unit="ConditionKernelCommandLine=!ecs\n")
case("condition-first-boot", unit="ConditionFirstBoot=yes\n")
case("condition-architecture", unit="ConditionArchitecture=arm64\n")
case("condition-user", unit="ConditionUser=ecs\n")
case("condition-host", unit="ConditionHost=builder\n")
case("assert-false", unit="AssertPathExists=/etc/ecs/never\n")
case("exec-condition", service="ExecCondition=/bin/false\n")
# what it demands
case("requires-missing", unit="Requires=missing.service\n")
case("requires-missing-after", unit="Requires=missing.service\nAfter=missing.service\n")
case("wants-missing", unit="Wants=missing.service\nAfter=missing.service\n")
case("bindsto-missing", unit="BindsTo=missing.service\nAfter=missing.service\n")
case("requisite-missing", unit="Requisite=missing.service\n")
case("requires-masked", unit="Requires=helper-masked.service\n", files={UNITS + "/helper-masked.service": "->/dev/null"})
case("requires-false", unit="Requires=helper-false.service\nAfter=helper-false.service\n",
     files={"/lib/systemd/system/helper-false.service": "[Service]\nType=oneshot\nExecStart=/bin/false\n"})
case("wants-false", unit="Wants=helper-false2.service\nAfter=helper-false2.service\n",
     files={"/lib/systemd/system/helper-false2.service": "[Service]\nType=oneshot\nExecStart=/bin/false\n"})
case("requires-no-exec", unit="Requires=helper-gone.service\nAfter=helper-gone.service\n",
     files={"/lib/systemd/system/helper-gone.service": "[Service]\nType=oneshot\nExecStart=/usr/local/bin/gone\n"})
case("requires-condition", unit="Requires=helper-skipped.service\nAfter=helper-skipped.service\n",
     files={"/lib/systemd/system/helper-skipped.service":
            "[Unit]\nConditionPathExists=/etc/ecs/never\n[Service]\nType=oneshot\nExecStart=/bin/true\n"})
case("requires-mount", unit="RequiresMountsFor=/data/ecs\n")
# what it runs
case("pre-false", service="ExecStartPre=/bin/false\n")
case("pre-dash-false", service="ExecStartPre=-/bin/false\n")
case("pre-missing", service="ExecStartPre=/usr/local/bin/missing\n")
case("pre-dash-missing", service="ExecStartPre=-/usr/local/bin/missing\n")
case("post-false", service="ExecStartPost=/bin/false\n")
case("exec-missing", run="ExecStart=/opt/ecs/amazon-ecs-init start\n")
case("exec-not-executable", run="ExecStart=/opt/ecs1/amazon-ecs-init start\n",
     files={"/opt/ecs1/amazon-ecs-init": ("#!/bin/sh\nexec sleep infinity\n", 0o644)})
case("exec-interpreter", run="ExecStart=/opt/ecs2/amazon-ecs-init start\n",
     files={"/opt/ecs2/amazon-ecs-init": ("#!/usr/bin/missing\nexec sleep infinity\n", 0o755)})
case("script", run="ExecStart=/opt/ecs3/run.sh\n",
     files={"/opt/ecs3/run.sh": ("#!/bin/sh\nexec /usr/libexec/amazon-ecs-init start\n", 0o755)})
case("script-not-executable", run="ExecStart=/opt/ecs4/run.sh\n",
     files={"/opt/ecs4/run.sh": ("#!/bin/sh\nexec /usr/libexec/amazon-ecs-init start\n", 0o644)})
case("script-crlf", run="ExecStart=/opt/ecs5/run.sh\n",
     files={"/opt/ecs5/run.sh": ("#!/bin/sh\r\nexec /usr/libexec/amazon-ecs-init start\r\n", 0o755)})
case("script-no-shebang", run="ExecStart=/opt/ecs6/run.sh\n",
     files={"/opt/ecs6/run.sh": ("exec /usr/libexec/amazon-ecs-init start\n", 0o755)})
case("script-by-shell", run="ExecStart=/bin/sh /opt/ecs7/run.sh\n",
     files={"/opt/ecs7/run.sh": ("exec /usr/libexec/amazon-ecs-init start\n", 0o644)})
case("script-exits-first", run="ExecStart=/opt/ecs8/run.sh\n",
     files={"/opt/ecs8/run.sh": ("#!/bin/sh\n[ -e /etc/ecs/never ] || exit 0\nexec /usr/libexec/amazon-ecs-init start\n", 0o755)})
case("shell-c", run="ExecStart=/bin/sh -c 'exec /usr/libexec/amazon-ecs-init start'\n")
case("exec-relative", run="ExecStart=amazon-ecs-init start\n")
case("exec-plus", run="ExecStart=+/usr/libexec/amazon-ecs-init start\n")
case("exec-variable", service="Environment=AGENT=/usr/libexec/amazon-ecs-init\n", run="ExecStart=$AGENT start\n")
case("exec-quote", run='ExecStart=/usr/libexec/amazon-ecs-init "start\n')
case("two-exec", files={DROP: "[Service]\nExecStart=/usr/libexec/amazon-ecs-init start\n"})
case("two-exec-reset", files={DROP: "[Service]\nExecStart=\nExecStart=/usr/libexec/amazon-ecs-init start\n"})
case("two-exec-oneshot", kind="oneshot", files={DROP: "[Service]\nExecStart=/usr/libexec/amazon-ecs-init start\n"})
case("reset-only", files={DROP: "[Service]\nExecStart=\n"})
case("oneshot", kind="oneshot")
case("oneshot-restart-always", kind="oneshot", service="Restart=always\n")
case("type-unknown", kind="simpel")
case("notify", kind="notify", service="TimeoutStartSec=25\n")
case("forking", kind="forking", service="TimeoutStartSec=25\n")
case("dbus-no-name", kind="dbus")
# what it runs in
case("environment-missing", service="EnvironmentFile=/etc/ecs/missing.env\n")
case("environment-dash", service="EnvironmentFile=-/etc/ecs/missing.env\n")
case("environment-glob", service="EnvironmentFile=/etc/ecs/*.none\n")
case("user-missing", service="User=ecs\n")
case("group-missing", service="Group=ecsagents\n")
case("supplementary-missing", service="SupplementaryGroups=ecsagents\n")
case("directory-missing", service="WorkingDirectory=/srv/ecs\n")
case("directory-dash", service="WorkingDirectory=-/srv/ecs\n")
case("paths-missing", service="ReadWritePaths=/var/lib/ecs/missing\n")
case("paths-dash", service="ReadWritePaths=-/var/lib/ecs/missing\n")
case("root-missing", service="RootDirectory=/srv/ecsroot\n")
case("output-missing", service="StandardOutput=append:/var/log/ecs-missing/agent.log\n")
case("slice-missing", service="Slice=ecs-tasks.slice\n")
case("credential-missing", service="LoadCredential=token:/etc/ecs/token\n")
# how it is written
case("section-typo", text="[Unit]\nAfter=docker.service\n[Sevice]\n" + RUN)
case("key-typo", run="ExecStrat=/usr/libexec/amazon-ecs-init start\n")
case("header-broken", text="[Unit]\nWants=docker.service\n[Service\n" + RUN)
case("header-broken-install", text="[Unit]\nWants=docker.service\nAfter=docker.service\n[Service]\n" + RUN + "[Install\nWantedBy=multi-user.target\n")
case("no-assignment", unit="this line is none\n")
case("crlf", text="[Unit]\r\nWants=docker.service\r\nAfter=docker.service\r\n[Service]\r\n" + RUN.replace("\n", "\r\n"))
case("no-section", text="Wants=docker.service\n" + RUN)
case("nul", text="[Unit]\nWants=docker.service\n\x00\n[Service]\n" + RUN)
case("bom", text="\ufeff[Unit]\nWants=docker.service\n[Service]\n" + RUN)
case("continued-comment", text="[Unit]\nWants=docker.service\n[Service]\nExecStart=/usr/libexec/amazon-ecs-init \\\n# a word\n  start\n")
case("drop-in-broken", files={DROP: "[Service\nNice=5\n"})
case("drop-in-not-conf", files={UNITS + "/NAME.d/case": "[Service]\nExecStart=\nExecStart=/bin/false\n"})
case("prefixed-agent", files={UNITS + "/ecs-prefixed-.service.d/x.conf": "[Unit]\nConditionPathExists=/etc/ecs/never\n"})
# how it is linked
case("link-dangling", files={WANTS + "NAME": "->/lib/systemd/system/gone.service"})
case("link-other-name", link=False, files={WANTS + "ecs-another-name.service": "->/lib/systemd/system/ecs-link-other-name.service"})
case("link-copy", link=False, files={WANTS + "NAME": "[Service]\n" + RUN})
case("link-default-target", link=False, files={UNITS + "/default.target.wants/NAME": "->/lib/systemd/system/NAME"})
case("link-graphical", link=False, files={UNITS + "/graphical.target.wants/NAME": "->/lib/systemd/system/NAME"})
case("link-runlevel3", link=False, files={UNITS + "/runlevel3.target.wants/NAME": "->/lib/systemd/system/NAME"})
case("link-runlevel5", link=False, files={UNITS + "/runlevel5.target.wants/NAME": "->/lib/systemd/system/NAME"})
case("link-rescue", link=False, files={UNITS + "/rescue.target.wants/NAME": "->/lib/systemd/system/NAME"})
case("link-requires", link=False, files={UNITS + "/multi-user.target.requires/NAME": "->/lib/systemd/system/NAME"})
case("link-upholds", link=False, files={UNITS + "/multi-user.target.upholds/NAME": "->/lib/systemd/system/NAME"})
case("link-docker", link=False, files={UNITS + "/docker.service.wants/NAME": "->/lib/systemd/system/NAME"})
case("link-none", link=False)
case("target-drop-in", link=False, files={UNITS + "/multi-user.target.d/ecs.conf": "[Unit]\nWants=ecs-target-drop-in.service\n"})
case("template", link=False, text=False, expect="ecs-template@one.service", files={
    "/lib/systemd/system/ecs-template@.service": "[Unit]\nAfter=docker.service\n[Service]\n" + RUN,
    WANTS + "ecs-template@one.service": "->/lib/systemd/system/ecs-template@.service"})
case("template-bare", link=False, text=False, expect="ecs-bare@multi-user.service", files={
    "/lib/systemd/system/ecs-bare@.service": "[Unit]\nAfter=docker.service\n[Service]\n" + RUN,
    WANTS + "ecs-bare@.service": "->/lib/systemd/system/ecs-bare@.service"})
case("alias", link=False, files={UNITS + "/agent-by-alias.service": "->/lib/systemd/system/NAME",
                                 WANTS + "agent-by-alias.service": "->/lib/systemd/system/NAME"})
case("empty-in-etc", files={UNITS + "/NAME": ""})
case("etc-dangling", files={UNITS + "/NAME": "->/opt/gone/ecs.service"})
case("etc-outside", text=False, files={"/opt/units/NAME": "[Unit]\nAfter=docker.service\n[Service]\n" + RUN,
                                       UNITS + "/NAME": "->/opt/units/NAME"})
case("usr-local", at="/usr/local/lib/systemd/system/ecs-usr-local.service")
case("mode-000", files={"/lib/systemd/system/NAME": ("[Unit]\nAfter=docker.service\n[Service]\n" + RUN, 0o000)})
case("refuse-manual", unit="RefuseManualStart=yes\n")
case("parent-skipped", link=False, files={
    "/lib/systemd/system/parent-skipped.service": "[Unit]\nConditionPathExists=/etc/ecs/never\nWants=ecs-parent-skipped.service\n[Service]\nType=oneshot\nExecStart=/bin/true\n",
    WANTS + "parent-skipped.service": "->/lib/systemd/system/parent-skipped.service"})
case("parent-fails", link=False, files={
    "/lib/systemd/system/parent-fails.service": "[Unit]\nWants=ecs-parent-fails.service\n[Service]\nType=oneshot\nExecStart=/bin/false\n",
    WANTS + "parent-fails.service": "->/lib/systemd/system/parent-fails.service"})
case("parent-missing-requires", link=False, files={
    "/lib/systemd/system/parent-broken.service": "[Unit]\nRequires=gone.service\nWants=ecs-parent-missing-requires.service\n[Service]\nType=oneshot\nExecStart=/bin/true\n",
    WANTS + "parent-broken.service": "->/lib/systemd/system/parent-broken.service"})
case("sysv", link=False, text=False, expect="ecs-sysv.service", files={
    "/etc/init.d/ecs-sysv": ("#!/bin/sh\n### BEGIN INIT INFO\n# Provides: ecs-sysv\n# Required-Start: $all\n# Required-Stop:\n"
                             "# Default-Start: 2 3 4 5\n# Default-Stop:\n### END INIT INFO\n"
                             "[ \"$1\" = start ] && /usr/libexec/amazon-ecs-init start &\n", 0o755),
    "/etc/rc3.d/S50ecs-sysv": "->../init.d/ecs-sysv", "/etc/rc5.d/S50ecs-sysv": "->../init.d/ecs-sysv"})
case("socket", link=False, files={UNITS + "/ecs-socket.socket": "[Socket]\nListenStream=/run/ecs-case.sock\n",
                                  UNITS + "/sockets.target.wants/ecs-socket.socket": f"->{UNITS}/ecs-socket.socket"})
case("timer", link=False, files={UNITS + "/ecs-timer.timer": "[Timer]\nOnBootSec=1s\n",
                                 UNITS + "/timers.target.wants/ecs-timer.timer": f"->{UNITS}/ecs-timer.timer"})
case("path", link=False, files={UNITS + "/ecs-path.path": "[Path]\nPathExists=/etc/ecs/ecs.config\n",
                                WANTS + "ecs-path.path": f"->{UNITS}/ecs-path.path"})
case("path-never", link=False, files={UNITS + "/ecs-path-never.path": "[Path]\nPathExists=/etc/ecs/never\n",
                                      WANTS + "ecs-path-never.path": f"->{UNITS}/ecs-path-never.path"})
case("on-success", link=False, files={
    "/lib/systemd/system/before-success.service": "[Unit]\nOnSuccess=ecs-on-success.service\n[Service]\nType=oneshot\nExecStart=/bin/true\n",
    WANTS + "before-success.service": "->/lib/systemd/system/before-success.service"})
case("started-by-exec", link=False, files={
    "/lib/systemd/system/starter.service": "[Service]\nType=oneshot\nExecStart=/bin/systemctl start --no-block ecs-started-by-exec.service\n",
    WANTS + "starter.service": "->/lib/systemd/system/starter.service"})


def apply(root, entries):
    for path, content in entries.items():
        if isinstance(content, tuple):
            root.write(path, content[0], content[1])
        elif content.startswith("->"):
            root.link(path, content[2:])
        else:
            root.write(path, content)


BASE = os.environ.get("BATCH_BASE", "base")  # a variant without changes: base, or trixie-base
MARK = "" if BASE == "base" else "-" + BASE


def bare(out):
    """The base without its own ecs.service."""
    variants.make(BASE, out)
    root = Root(out)
    root.remove(variants.WANTED)
    root.remove(variants.ECS)
    return root


def boot(root, keep, words):
    """What a boot did; one whose facts are kept is not repeated."""
    kept = keep + ".facts.json"
    if os.path.exists(kept):
        with open(kept) as file:
            return json.load(file)
    done = subprocess.run([os.path.join(HERE, "boot-here.sh"), "--keep", keep, *words, root], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    with open(kept, "w") as file:
        file.write(done.stdout)
    return json.loads(done.stdout)


def units(words, scratch):
    predicted = {}
    for name, (_, entries) in CASES.items():
        out = os.path.join(scratch, "case")
        apply(bare(out), entries)
        predicted[name] = predict(out)["rules"]["agent-at-boot"]
        shutil.rmtree(out)
    out = os.path.join(scratch, "all")
    root = bare(out)
    root.write("/usr/libexec/amazon-ecs-init", "#!/bin/sh\nexec sleep infinity\n", 0o755)
    for _, entries in CASES.values():
        apply(root, entries)
    names = " ".join(unit for unit, _ in CASES.values())
    seen = boot(out, os.path.join(RESULTS, "units" + MARK), ["--units", names, *words])
    with open(os.path.join(RESULTS, f"units{MARK}.jsonl"), "w") as file:
        for name, (unit, entries) in CASES.items():
            shown = seen["units"].get(unit, {})
            running = shown.get("MainPID", "0") != "0" or unit == "ecs-sysv.service" and shown.get("ActiveState") == "active"
            verdict = predicted[name][0]
            expected = {"pass": True, "fail": False}.get(verdict)
            line = {"case": name, "said": verdict, "message": predicted[name][2], "runs": running,
                    "agree": "open" if expected is None else expected == running,
                    "state": " ".join(shown.get(key, "") for key in ("LoadState", "ActiveState", "SubState", "Result")),
                    "condition": shown.get("ConditionResult"), "entries": entries}
            file.write(json.dumps(line) + "\n")
            print(f"{name:26} {verdict:13} {'runs' if running else 'does not run':13} "
                  f"{ {True: 'agree', False: 'DIFFER', 'open': 'open'}[line['agree']]:7} {line['state']}")



DAEMON = {
    "none": None, "object": "{}", "level": '{"log-level": "debug"}',
    "comma": '{"log-level": "debug",}', "text-behind": '{} x', "bom": "\ufeff{}", "empty": "", "null": "null", "array": "[]",
    "unknown": '{"log-lvl": "info"}', "later-key": '{"proxies": {"http-proxy": "http://p:1"}}',
    "hosts": '{"hosts": ["unix:///run/x.sock"]}', "hosts-none": '{"hosts": []}',
    "containerd": '{"containerd": "/run/containerd/containerd.sock"}',
    "log-driver": '{"log-driver": "nosuch"}', "log-driver-awslogs": '{"log-driver": "awslogs"}',
    "log-opts-unknown": '{"log-driver": "json-file", "log-opts": {"max-sizes": "10m"}}',
    "log-opts-number": '{"log-opts": {"max-size": 10}}', "log-opts-size": '{"log-opts": {"max-size": "10x"}}',
    "storage-zfs": '{"storage-driver": "zfs"}', "storage-btrfs": '{"storage-driver": "btrfs"}',
    "storage-aufs": '{"storage-driver": "aufs"}', "storage-nosuch": '{"storage-driver": "overlay3"}',
    "storage-vfs": '{"storage-driver": "vfs"}',
    "storage-size": '{"storage-driver": "overlay2", "storage-opts": ["overlay2.size=10G"]}',
    "storage-opts-other": '{"storage-driver": "overlay2", "storage-opts": ["dm.basesize=10G"]}',
    "runtime-undefined": '{"default-runtime": "nvidia"}',
    "runtime-program-missing": '{"default-runtime": "nvidia", "runtimes": {"nvidia": {"path": "nvidia-container-runtime"}}}',
    "runtime-runc": '{"runtimes": {"runc": {"path": "/usr/sbin/runc"}}}',
    "data-root": '{"data-root": "/data/docker"}',
    "bip": '{"bip": "172.30.0.1/16"}', "bip-bad": '{"bip": "172.30.0.300/16"}', "bip-no-mask": '{"bip": "172.30.0.1"}',
    "pools": '{"default-address-pools": [{"base": "10.0.0.0/8", "size": 24}]}',
    "pools-size": '{"default-address-pools": [{"base": "10.0.0.0/16", "size": 8}]}',
    "pools-base": '{"default-address-pools": [{"base": "ten", "size": 24}]}',
    "dns-bad": '{"dns": ["resolver.local"]}', "mirror": '{"registry-mirrors": ["https://m.local"]}',
    "mirror-no-scheme": '{"registry-mirrors": ["m.local"]}', "mirror-path": '{"registry-mirrors": ["https://m.local/v2?x=1"]}',
    "insecure-scheme": '{"insecure-registries": ["http://r.local:5000"]}',
    "userns-nobody": '{"userns-remap": "nosuchuser"}', "mtu-text": '{"mtu": "1500"}',
    "exec-opts": '{"exec-opts": ["native.cgroupdriver=cgroupfs"]}', "exec-opts-bad": '{"exec-opts": ["native.cgroupdriver=bogus"]}',
    "exec-opts-unknown": '{"exec-opts": ["foo=bar"]}',
    "cgroup-parent": '{"cgroup-parent": "/docker"}', "cgroup-parent-slice": '{"cgroup-parent": "docker.slice"}',
    "tls-missing": '{"tlsverify": true}', "seccomp-missing": '{"seccomp-profile": "/etc/docker/seccomp.json"}',
    "downloads-zero": '{"max-concurrent-downloads": 0}', "downloads-negative": '{"max-concurrent-downloads": -1}',
    "attempts-zero": '{"max-download-attempts": 0}', "label-plain": '{"labels": ["gpu"]}',
    "label-twice": '{"labels": ["a=1", "a=2"]}', "features-text": '{"features": {"buildkit": "yes"}}',
    "shm": '{"default-shm-size": "64Q"}', "metrics": '{"metrics-addr": "127.0.0.1:9323"}',
    "ipc-mode": '{"default-ipc-mode": "bogus"}', "cgroupns-mode": '{"default-cgroupns-mode": "bogus"}',
    "bridge-missing": '{"bridge": "br-missing"}', "bridge-none": '{"bridge": "none"}',
    "generic-resource": '{"node-generic-resources": ["bad resource"]}', "gc-size": '{"builder": {"gc": {"defaultKeepStorage": "10Q"}}}',
    "selinux": '{"selinux-enabled": true}', "iptables-off": '{"iptables": false}', "live-restore": '{"live-restore": true}',
    "ulimits": '{"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 65536, "Soft": 1024}}}',
    "ulimits-order": '{"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 10, "Soft": 1024}}}',
    "pidfile-missing": '{"pidfile": "/var/run/none/docker.pid"}', "init-path": '{"init": true, "init-path": "/opt/missing"}',
}

LOOP = """Content-Type: multipart/mixed; boundary="==BATCH=="
MIME-Version: 1.0

--==BATCH==
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
mkdir -p /run/fake-ecs; cd /opt/daemon-cases
for case in *; do
  echo "@@case $case" >/dev/ttyS1
  systemctl stop docker.service; systemctl reset-failed docker.service docker.socket; systemctl start docker.socket
  rm -f /etc/docker/daemon.json; [ "$case" = none ] || cp "$case" /etc/docker/daemon.json
  since=$(date '+%F %T'); sleep 1
  if timeout 300 systemctl start docker.service; then word=ready; else word=failed; fi
  { echo "$word"; journalctl -u docker.service --since "$since" -o cat --no-pager | grep -avE 'level=(info|debug)|^(Start|Stop)' | tail -n 4 | cut -c1-300
  } >"/run/fake-ecs/daemon.$case"
done

--==BATCH==--
"""


def daemon(words, scratch):
    predicted = {}
    chosen = {name: text for name, text in DAEMON.items()}
    for name, text in chosen.items():
        out = os.path.join(scratch, "case")
        variants.make(BASE, out)
        if text is not None:
            Root(out).write(variants.DAEMON, text)
        predicted[name] = predict(out)["rules"]["docker-config"]
        shutil.rmtree(out)
    out = os.path.join(scratch, "all")
    root = bare(out)
    root.remove(UNITS + "/multi-user.target.wants/docker.service")
    root.write(UNITS + "/docker.service.d/once.conf", "[Service]\nRestart=no\n")
    for name, text in chosen.items():
        root.write("/opt/daemon-cases/" + name, text or "")
    seed = os.path.join(scratch, "seed")
    os.makedirs(seed)
    shutil.copy(os.path.join(HERE, "seed", "meta-data"), seed)
    with open(os.path.join(seed, "user-data"), "w") as file:
        file.write(LOOP)
    seen = boot(out, os.path.join(RESULTS, "daemon" + MARK),
                ["--seed", seed, "--stall", "100000", "--cap", "100000", "--timeout", "10800", "--idle", "900", *words])
    with open(os.path.join(RESULTS, f"daemon{MARK}.jsonl"), "w") as file:
        for name, text in chosen.items():
            lines = seen["files"].get("daemon." + name, ["not asked"])
            starts = {"ready": True, "failed": False}.get(lines[0])
            verdict = predicted[name][0]
            expected = {"pass": True, "fail": False}.get(verdict)
            agree = "open" if expected is None or starts is None else expected == starts
            file.write(json.dumps({"case": name, "text": text, "said": verdict, "message": predicted[name][2],
                                   "starts": starts, "agree": agree, "words": lines[1:]}) + "\n")
            print(f"{name:26} {verdict:13} {lines[0]:9} { {True: 'agree', False: 'DIFFER', 'open': 'open'}[agree]:7} "
                  f"{' '.join(lines[1:])[-200:]}")


def main():
    command, words = (sys.argv[1] if len(sys.argv) > 1 else ""), sys.argv[2:]
    os.makedirs(RESULTS, exist_ok=True)
    scratch = tempfile.mkdtemp(prefix="boot-batch.")
    try:
        if command == "units":
            units(words, scratch)
        elif command == "daemon":
            daemon(words, scratch)
        elif command == "predict-daemon":
            for name, text in DAEMON.items():
                out = os.path.join(scratch, "case")
                variants.make(BASE, out)
                if text is not None:
                    Root(out).write(variants.DAEMON, text)
                print(f"{name:26}", *predict(out)["rules"]["docker-config"][::2], flush=True)
                shutil.rmtree(out)
        elif command == "predict":
            for name, (_, entries) in CASES.items():
                if words and name not in words:
                    continue
                out = os.path.join(scratch, "case")
                apply(bare(out), entries)
                print(f"{name:26}", *predict(out)["rules"]["agent-at-boot"][::2], flush=True)
                shutil.rmtree(out)
        else:
            raise SystemExit(__doc__)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
