#!/usr/bin/env python3
"""Measures amilint against the peers that read the same bytes, side by side, on the real Debian root and on real
rpm databases.

Every command runs once to warm the cache and then in turn, so that a slow minute of the machine hits all of them
alike; medians are compared. Peak memory is the kernel's own count for the process (getrusage, maximum resident set).

usage: bench.py AMILINT FIXTURES [ROUNDS]
needs: bsdtar, zstd, gzip, igzip, rpm; FIXTURES as `make fixtures` makes it
"""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

amilint, fixtures = os.path.abspath(sys.argv[1]), sys.argv[2]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 7
root = os.path.join(fixtures, "debian-bookworm")
memory_floor = 96 * 1024  # kilobytes

# set of packages, file of its database, floor in seconds; beside it `rpm -qa`, which it may not be slower than, where
# Debian's rpm reads the format; and the same inside a .tar.gz, which is to be read once
databases = [
    ("list-centos8", "rpmdb.sqlite", 0.030),
    ("list-centos7", "rpmdb.sqlite", 0.030),
    ("list-centos8", "Packages", 0.020),
    ("list-centos7", "Packages", 0.020),
    ("list-centos8", "Packages.db", 0.020),
]
database_memory = 64 * 1024  # kilobytes above the size of the database

# source, commands beside amilint, the peer that the floor is a multiple of, that multiple
cases = [
    ("directory", root, [], None, 0.030),
    (".tar", root + ".tar", [["bsdtar", "-tf"]], "bsdtar -tf", 1.2),
    (".tar.gz", root + ".tar.gz", [["bsdtar", "-tf"], ["gzip", "-dc"], ["igzip", "-dc"]], "bsdtar -tf", 0.6),
    (".tar.zst", root + ".tar.zst", [["bsdtar", "-tf"], ["zstd", "-dc"]], "zstd -dc", 1.15),
]

# The same root on a disk of 8 GB, below FIXTURES/disks; what its floor is a multiple of, and that multiple.
disks = [
    ("ext4 disk", "ext4.raw", {"directory": root}, 2.0),
    ("XFS disk", "xfs.raw", {"directory": root}, 2.0),
    ("VMDK", "ext4.vmdk", {"raw disk": os.path.join(fixtures, "disks", "ext4.raw")}, 2.0),
]
disk_reading = 32 << 20  # bytes


def run(command):
    """Seconds, peak kilobytes and bytes read of a command whose output goes nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    start = time.perf_counter()
    # What rpm says of the other files of a Berkeley DB is not of interest.
    silent = (0, 1) if command[0] == amilint else (0, 1, 2)
    actions = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in silent]
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    seconds = time.perf_counter() - start
    with open(f"/proc/{child}/io") as counts:
        read = int(counts.readline().split()[1])
    _, status, usage = os.wait4(child, 0)
    os.close(null)
    code = os.waitstatus_to_exitcode(status)
    if code not in ((0, 1, 2) if command[0] == amilint else (0,)):
        sys.exit(f"{' '.join(command)}: exit status {code}")
    return seconds, usage.ru_maxrss, read


def milliseconds(seconds):
    return f"{seconds * 1000:,.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


over = 0


def measure(source, mine, commands, floors, memory, once=None, reading=None):
    """Prints a row for each command; `mine` is the one held to all of `floors`, each a time or a multiple of a peer's,
    to `memory` in kilobytes, to reading the file `once` no more often than that, and to reading `reading` bytes."""
    global over
    for command in commands.values():
        run(command)
    times = {name: [] for name in commands}
    peak = most = 0
    for _ in range(rounds):
        for name, command in commands.items():
            seconds, kilobytes, read = run(command)
            times[name].append(seconds)
            if name == mine:
                peak = max(peak, kilobytes)
                most = max(most, read)
    median = {name: statistics.median(values) for name, values in times.items()}
    good = peak <= memory
    shown = []
    against = None
    for floor in floors:
        if isinstance(floor, tuple):
            multiple, against = floor
            good = good and against in median and median[mine] <= multiple * median[against]
            shown.append(f"{multiple} x {against}" if against in median else f"{against} not measured")
        else:
            good = good and median[mine] <= floor
            shown.append(milliseconds(floor))
    if once:
        # Beside it, the program's libraries are read.
        good = good and most < 1.5 * os.path.getsize(once)
        shown.append(f"read {most / os.path.getsize(once):.2f} x")
    if reading:
        good = good and most <= reading
        shown.append(f"read {most / 2**20:.1f} of {reading >> 20} MB")
    for name, value in median.items():
        if name != mine:
            ratio = f"{median[mine] / value:.2f}"
            print(f"| {source:9} | {name:14} | {milliseconds(value):>9} | {ratio:>6} | {'':22} | {'':6} | |")
            continue
        over += not good
        ratio = f"{value / median[against]:.2f}" if against in median else ""
        word = "ok" if good else "OVER"
        floor = ", ".join(shown)
        print(f"| {source:9} | {name:14} | {milliseconds(value):>9} | {ratio:>6} | {floor:>22} | {peak // 1024:3} MB | {word} |")


def heading(what):
    print(f"| {what:9} | {'command':14} | {'median':>9} | {'ratio':>6} | {'floor':>22} | {'peak':>6} | |")
    print("| --- | --- | ---: | ---: | ---: | ---: | --- |")


print(f"medians of {rounds} rounds, {os.cpu_count()} processors, warm cache, root of {fixtures}")
heading("source")
for source, path, peers, against, floor in cases:
    if not os.path.exists(path):
        print(f"{path}: not there, run 'make fixtures'", file=sys.stderr)
        continue
    commands = {"amilint check": [amilint, "check", path, "--quiet"]}
    for peer in peers:
        if shutil.which(peer[0]):
            commands[" ".join(peer)] = [*peer, path]
        else:
            print(f"{peer[0]}: not installed, run 'make tools'", file=sys.stderr)
    measure(source, "amilint check", commands, [floor if against is None else (floor, against)], memory_floor)

print()
heading("disk of 8 GB")
for source, name, peers, multiple in disks:
    path = os.path.join(fixtures, "disks", name)
    if not os.path.exists(path):
        print(f"{path}: not there, run 'make disks' as root", file=sys.stderr)
        continue
    commands = {"amilint check": [amilint, "check", path, "--quiet"]}
    floors = []
    for peer, other in peers.items():
        commands[peer] = [amilint, "check", other, "--quiet"]
        floors.append((multiple, peer))
    measure(source, "amilint check", commands, floors, memory_floor, reading=disk_reading)

print()
heading("packages of an rpm database")
for packages, name, floor in databases:
    database = os.path.join(fixtures, "rpm-databases", packages, name)
    if not os.path.exists(database):
        print(f"{database}: not there, run 'make fixtures'", file=sys.stderr)
        continue
    with tempfile.TemporaryDirectory() as work:
        # A copy for each: rpm writes into what it reads.
        roots = [os.path.join(work, reader) for reader in ["amilint", "rpm"]]
        for root in roots:
            os.makedirs(os.path.join(root, "var/lib/rpm"))
            os.makedirs(os.path.join(root, "etc"))
            with open(os.path.join(root, "etc/os-release"), "w") as release:
                release.write("ID=centos\n")
            shutil.copy(database, os.path.join(root, "var/lib/rpm"))
        mine, others = roots
        commands = {"amilint inspect": [amilint, "inspect", "--packages", mine]}
        floors = [floor]
        backend = {"rpmdb.sqlite": "sqlite", "Packages": "bdb_ro"}.get(name)
        if backend:
            floors.append((1, "rpm -qa"))
            if shutil.which("rpm"):
                # As root with --root, whose change of root is not allowed to others.
                place = ["--root", others, "--dbpath", "/var/lib/rpm"] if os.geteuid() == 0 else [
                    "--dbpath", os.path.join(others, "var/lib/rpm")]
                commands["rpm -qa"] = ["rpm", *place, "--define", f"_db_backend {backend}", "-qa"]
            else:
                print("rpm: not installed, run 'make tools'", file=sys.stderr)
        memory = database_memory + os.path.getsize(database) // 1024
        measure(f"{packages} {name}", "amilint inspect", commands, floors, memory)
        archive = os.path.join(work, "root.tar.gz")
        subprocess.run(["tar", "-C", mine, "-czf", archive, "."], check=True)
        commands = {"amilint inspect": [amilint, "inspect", "--packages", archive]}
        measure(f"{packages} {name} in .tar.gz", "amilint inspect", commands, [], memory, once=archive)
print(f"ratio: amilint's time by the peer's. Floor of memory: {memory_floor // 1024} MB, for a database its size and "
      f"{database_memory // 1024} MB. Over: {over}")
