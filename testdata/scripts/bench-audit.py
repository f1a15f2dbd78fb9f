#!/usr/bin/env python3
"""Measures `amilint audit` on many images, and `amilint report` on the lines of a hundred thousand.

Runs with one and with two jobs alternate, after one that warms the cache, so that a slow minute of the machine hits both
alike; medians are compared. Memory is what the parent and, for each job, the largest process occupied at their peaks.

With BASE, the program of an earlier version, both merge the same lines in turn, and the parts of its time are held
against a floor.

usage: bench-audit.py AMILINT IMAGES [ROUNDS] [BASE]
needs: two processors; IMAGES as make-audit-images makes it
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "audit-checks"))
from watch import Watched

amilint, images = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
base = os.path.abspath(sys.argv[4]) if len(sys.argv) > 4 else None
LINES = 100_000
# Floors: times faster with two jobs, part of the first run's time, megabytes a job; of merging, megabytes and part of
# the time of BASE.
SPEED_UP, SECOND, MEMORY = 1.75, 0.05, 96
MERGING, PART = 200, 0.35
over = 0
disk = []  # bytes that runs read from the disk: where the cache is too small, it is the disk that is measured


def seconds(*arguments):
    start = time.perf_counter()
    process = subprocess.Popen([amilint, *map(str, arguments)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1, 2):
        sys.exit(f"{arguments}: exit status {process.returncode}")
    disk.append(usage.ru_inblock * 512)
    return time.perf_counter() - start


def row(what, value, floor="", good=True):
    global over
    over += not good
    print(f"| {what:42} | {value:>28} | {floor:>14} | {'' if not floor else 'ok' if good else 'OVER'} |", flush=True)


with tempfile.TemporaryDirectory() as work:
    work = pathlib.Path(work)
    audit = ["audit", images, "--quiet", "-o", f"jsonl={work}/lines"]
    seconds(*audit)
    lines = (work / "lines").read_bytes().splitlines()
    size = sum(path.stat().st_size for path in pathlib.Path(images).rglob("*") if path.is_file() and not path.is_symlink())
    print(f"{len(lines)} images, {size / 1e9:.1f} GB, {os.cpu_count()} processors, warm cache, medians of {rounds} rounds")
    print(f"| {'audit':42} | {'':>28} | {'floor':>14} | |\n| --- | ---: | ---: | --- |")
    times = {1: [], 2: []}
    for _ in range(rounds):
        for jobs, found in times.items():
            found.append(seconds(*audit, "--jobs", jobs))
    one, two = statistics.median(times[1]), statistics.median(times[2])
    row("--jobs 1", f"{one:.2f} s")
    row("--jobs 2", f"{two:.2f} s")
    row("times faster with two jobs", f"{one / two:.2f}", f"{SPEED_UP}", one / two >= SPEED_UP)
    row("most that a run read from the disk", f"{max(disk[1:]) / 1e6:.0f} of {size / 1e6:.0f} MB")
    row("an image, on one processor", f"{one / len(lines) * 1000:.1f} ms, {size / 1e6 / one:.0f} MB/s")

    first, second = [], []
    written = [word for format in ("text", "json", "csv", "sarif", "junit", "markdown", "html")
               for word in ("-o", f"{format}={work}/written.{format}")]
    for number in range(3):
        state = ["--jobs", 2, "--state", work / f"state-{number}", *written]
        first.append(seconds(*audit, *state))
        second.append(seconds(*audit, *state))
    ratio = statistics.median(second) / statistics.median(first)
    row("first run with --state", f"{statistics.median(first):.2f} s")
    row("second run, nothing changed", f"{statistics.median(second):.3f} s, {ratio:.1%}", f"{SECOND:.0%}", ratio <= SECOND)
    kept = sum(path.stat().st_size for path in (work / "state-0").rglob("*.json"))
    row("state, an image", f"{kept / len(lines) / 1000:.1f} kB")

    for jobs in (1, 2):
        run = Watched([amilint, *map(str, audit), "--jobs", str(jobs)])
        peak = (run.parent + jobs * run.largest) / 1024
        row(f"memory, --jobs {jobs}", f"{peak:.0f} MB", f"{jobs * MEMORY} MB", peak <= jobs * MEMORY)

    # The lines of real images again and again, under other names.
    shards = [work / f"shard-{number}.jsonl" for number in range(8)]
    outputs = [open(shard, "wb") for shard in shards]
    for number in range(LINES):
        line = json.loads(lines[number % len(lines)])
        line["image"]["name"] = f"{number // len(lines):03}/{line['image']['name']}"
        outputs[number % 8].write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    for output in outputs:
        output.close()
    total = sum(shard.stat().st_size for shard in shards)
    print(f"\n`amilint report` of {LINES} lines in 8 files, {total / 1e6:.0f} MB")
    print(f"| {'report':42} | {'':>28} | {'floor':>14} | |\n| --- | ---: | ---: | --- |")
    for format in ("jsonl", "csv", "text", "html", "html/"):
        output = f"html={work}/pages/" if format == "html/" else f"{format}={work}/merged"
        run = Watched([amilint, "report", *map(str, shards), "-o", output])
        if run.status not in (0, 1, 2):
            sys.exit(f"report -o {format}: exit status {run.status}: {run.error}")
        paths = [work / "merged"] if format != "html/" else (work / "pages").iterdir()
        made = sum(path.stat().st_size for path in paths) / 1e6
        peak = run.largest / 1024
        row(f"-o {format}", f"{run.seconds:.1f} s, {peak:.0f} MB, writes {made:.0f} MB", f"{MERGING} MB", peak <= MERGING)
        if base and format in ("jsonl", "csv"):
            before = Watched([base, "report", *map(str, shards), "-o", output])
            part = run.seconds / before.seconds
            row(f"-o {format}, part of the time of BASE", f"{before.seconds:.1f} s, {part:.2f}", f"{PART}", part <= PART)
print(f"over: {over}")
