#!/usr/bin/env python3
"""Measures amilint against the peers that read the same bytes, side by side, on the real Debian root.

Every command runs once to warm the cache and then in turn, so that a slow minute of the machine hits all of them
alike; medians are compared. Peak memory is the kernel's own count for the process (getrusage, maximum resident set).

usage: bench.py AMILINT FIXTURES [ROUNDS]
needs: bsdtar, zstd, gzip, igzip; FIXTURES as `make fixtures` makes it
"""
import os
import shutil
import statistics
import sys
import time

amilint, fixtures = os.path.abspath(sys.argv[1]), sys.argv[2]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 7
root = os.path.join(fixtures, "debian-bookworm")
memory_floor = 96 * 1024  # kilobytes

# source, commands beside amilint, the peer that the floor is a multiple of, that multiple
cases = [
    ("directory", root, [], None, 0.030),
    (".tar", root + ".tar", [["bsdtar", "-tf"]], "bsdtar -tf", 1.2),
    (".tar.gz", root + ".tar.gz", [["bsdtar", "-tf"], ["gzip", "-dc"], ["igzip", "-dc"]], "bsdtar -tf", 0.6),
    (".tar.zst", root + ".tar.zst", [["bsdtar", "-tf"], ["zstd", "-dc"]], "zstd -dc", 1.15),
]


def run(command):
    """Seconds and peak kilobytes of a command whose output goes nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    start = time.perf_counter()
    actions = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1)]
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


print(f"medians of {rounds} rounds, {os.cpu_count()} processors, warm cache, root of {fixtures}")
print(f"| {'source':9} | {'command':14} | {'median':>9} | {'ratio':>6} | {'floor':>16} | {'peak':>6} | |")
print("| --- | --- | ---: | ---: | ---: | ---: | --- |")
over = 0
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
    for command in commands.values():
        run(command)
    times = {name: [] for name in commands}
    peak = 0
    for _ in range(rounds):
        for name, command in commands.items():
            seconds, kilobytes = run(command)
            times[name].append(seconds)
            if name == "amilint check":
                peak = max(peak, kilobytes)
    median = {name: statistics.median(values) for name, values in times.items()}
    mine = median["amilint check"]
    if against is None:
        limit, shown = floor, milliseconds(floor)
    elif against in median:
        limit, shown = floor * median[against], f"{floor} x {against}"
    else:
        limit, shown = None, "not measured"
    for name, value in median.items():
        ratio = "" if name == "amilint check" else f"{mine / value:.2f}"
        if name != "amilint check":
            print(f"| {source:9} | {name:14} | {milliseconds(value):>9} | {ratio:>6} | {'':16} | {'':6} | |")
            continue
        good = limit is not None and mine <= limit and peak <= memory_floor
        over += not good
        ratio = f"{mine / median[against]:.2f}" if against in median else ""
        word = "ok" if good else "OVER"
        print(f"| {source:9} | {name:14} | {milliseconds(value):>9} | {ratio:>6} | {shown:>16} | {peak // 1024:3} MB | {word} |")
print(f"ratio: amilint's time by the peer's. Floor of memory: {memory_floor // 1024} MB. Over: {over}")
