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
import sys
import tempfile
import time

amilint, fixtures = os.path.abspath(sys.argv[1]), sys.argv[2]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 7
root = os.path.join(fixtures, "debian-bookworm")
memory_floor = 96 * 1024  # kilobytes

# set of packages, file of its database, floor in seconds; where Debian's rpm reads the format, no slower than `rpm -qa`
databases = [
    ("list-centos8", "rpmdb.sqlite", 0.030),
    ("list-centos7", "rpmdb.sqlite", 0.030),
    ("list-centos8", "Packages", 0.020),
    ("list-centos7", "Packages", 0.020),
    ("list-centos8", "Packages.db", 0.020),
]
database_memory = 64 * 1024  # kilobytes above the size of the database

# source, path, commands beside amilint, the peer that the floor is a multiple of (None: a time), that multiple
cases = [
    ("directory", root, [], None, 0.030),
    (".tar", root + ".tar", [["bsdtar", "-tf"]], "bsdtar -tf", 1.2),
    (".tar.gz", root + ".tar.gz", [["bsdtar", "-tf"], ["gzip", "-dc"], ["igzip", "-dc"]], "bsdtar -tf", 0.6),
    (".tar.zst", root + ".tar.zst", [["bsdtar", "-tf"], ["zstd", "-dc"]], "zstd -dc", 1.15),
]


def run(command):
    """Seconds and peak kilobytes of a command whose output goes nowhere, and a peer's warnings neither: rpm has one for
    every index that is not beside a lone database."""
    null = os.open(os.devnull, os.O_RDWR)
    start = time.perf_counter()
    actions = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in ((0, 1) if command[0] == amilint else (0, 1, 2))]
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    os.close(null)
    code = os.waitstatus_to_exitcode(status)
    if code not in ((0, 1, 2) if command[0] == amilint else (0,)):
        sys.exit(f"{' '.join(command)}: exit status {code}")
    return seconds, usage.ru_maxrss


def milliseconds(seconds):
    return f"{seconds * 1000:,.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


over = 0


def measure(source, mine, commands, floors, memory):
    """Prints a row for each command; `mine` is held to each of `floors`, multiples of a peer's time, of a second where the
    peer is None."""
    global over
    for command in commands.values():
        run(command)
    times = {name: [] for name in commands}
    peak = 0
    for _ in range(rounds):
        for name, command in commands.items():
            seconds, kilobytes = run(command)
            times[name].append(seconds)
            if name == mine:
                peak = max(peak, kilobytes)
    median = {name: statistics.median(values) for name, values in times.items()}
    units = {None: 1.0, **median}  # seconds
    measured = all(peer in units for peer in floors)
    shown = ", ".join(milliseconds(floor) if peer is None else f"{floor} x {peer}" for peer, floor in floors.items())
    ratios = [f"{median[mine] / median[peer]:.2f}" for peer in floors if peer in median]
    for name, value in median.items():
        if name != mine:
            ratio = f"{median[mine] / value:.2f}"
            print(f"| {source:9} | {name:15} | {milliseconds(value):>9} | {ratio:>6} | {'':22} | {'':6} | |")
            continue
        good = measured and all(value <= floor * units[peer] for peer, floor in floors.items()) and peak <= memory
        over += not good
        word = "ok" if good else "OVER" if measured else "not measured"
        ratio = ratios[0] if ratios else ""
        row = f"| {source:9} | {name:15} | {milliseconds(value):>9} | {ratio:>6} | {shown:>22} |"
        print(f"{row} {peak // 1024:3} MB | {word} |")


def heading(what):
    print(f"| {what:9} | {'command':15} | {'median':>9} | {'ratio':>6} | {'floor':>22} | {'peak':>6} | |")
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
    measure(source, "amilint check", commands, {against: floor}, memory_floor)

print()
heading("packages of an rpm database")
for packages, name, floor in databases:
    database = os.path.join(fixtures, "rpm-databases", packages, name)
    if not os.path.exists(database):
        print(f"{database}: not there, run 'make fixtures'", file=sys.stderr)
        continue
    # A copy: rpm writes into what it reads.
    with tempfile.TemporaryDirectory() as copy:
        os.makedirs(os.path.join(copy, "var/lib/rpm"))
        os.makedirs(os.path.join(copy, "etc"))
        with open(os.path.join(copy, "etc/os-release"), "w") as release:
            release.write("ID=centos\n")
        shutil.copy(database, os.path.join(copy, "var/lib/rpm"))
        commands = {"amilint inspect": [amilint, "inspect", "--packages", copy]}
        floors = {None: floor}
        backend = {"rpmdb.sqlite": "sqlite", "Packages": "bdb_ro"}.get(name)
        if backend:
            floors["rpm -qa"] = 1.0
            directory = ["--dbpath", os.path.join(copy, "var/lib/rpm"), "--define", f"_db_backend {backend}"]
            if shutil.which("rpm"):
                commands["rpm -qa"] = ["rpm", *directory, "-qa"]
            else:
                print("rpm: not installed, run 'make tools'", file=sys.stderr)
        memory = database_memory + os.path.getsize(database) // 1024
        measure(f"{packages} {name}", "amilint inspect", commands, floors, memory)
print(f"ratio: amilint's time by the peer's. Floor of memory: {memory_floor // 1024} MB, for a database its size and "
      f"{database_memory // 1024} MB. Over: {over}")
