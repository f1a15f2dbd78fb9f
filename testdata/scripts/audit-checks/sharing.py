"""Several audits of the same images: at once, and as shards whose results are merged."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

from common import FORMATS, all_formats, expect, recorded, same
from stops import started, until
from watch import Watched, survivors

SHARDS = 8


def piece(stream):
    """What there is to read at this moment."""
    try:
        return os.read(stream.fileno(), 65536).decode()
    except BlockingIOError:
        return ""


def check_two_at_once(setting):
    """two audits with one state: the second waits; shards do not wait for each other"""
    opens = setting.opens()

    def held(*arguments):
        """An audit that has a record and is then held up."""
        state = setting.work / "together"
        shutil.rmtree(state, ignore_errors=True)
        process = started(setting, "--jobs", 1, "--state", state, "-o", "jsonl", *arguments)
        until(lambda: recorded(state), "a record")
        process.send_signal(signal.SIGSTOP)
        return state, process

    def waits(first, second):
        state, one = held(*first)
        two = started(setting, "--jobs", 1, "--state", state, "-o", "jsonl", *second)
        os.set_blocking(two.stderr.fileno(), False)
        said = []
        until(lambda: said.append(piece(two.stderr)) or "waiting" in "".join(said), "word of the wait")
        time.sleep(0.3)
        expect(two.poll() is None, "the second audit did not wait")
        one.send_signal(signal.SIGCONT)
        report, _ = one.communicate()
        os.set_blocking(two.stderr.fileno(), True)
        other, error = two.communicate()
        expect("another audit uses" in "".join(said), f"found: {said}")
        return report, other, error

    report, other, error = waits([], [])
    expect(report == other, "two reports of the same images differ")
    directories = len(setting.kinds) - len(setting.files)
    expect(f"amilint: {directories} of " in error, f"the second reads nothing again: {error}")
    waits(["--shard", "0/2"], [])
    waits([], ["--shard", "0/2"])
    waits(["--shard", "1/2"], ["--shard", "1/2"])

    state, one = held("--shard", "0/2")
    two = Watched(setting.command("--jobs", 1, "--state", state, "-o", "jsonl", "--shard", "1/2"))
    expect(two.status in (0, 1, 2) and "another audit" not in two.error, f"a shard waits for another: {two.error}")
    one.send_signal(signal.SIGCONT)
    one.communicate()
    opens.take()
    third = setting.audit("--jobs", 1, "--state", state, "-o", f"jsonl={setting.work}/third")
    expect(not opens.take(), "an image was read that a shard had read")
    expect(
        (setting.work / "third").read_bytes() == (setting.undisturbed.reports / "jsonl").read_bytes(),
        "the state that shards made gives another report")
    expect(not survivors(), "readers left")
    return f"whole, shard and whole, twice the same shard wait; shards 0/2 and 1/2 do not; then {third.error.strip()}"


def check_shards(setting):
    """shards, merged, are what one run writes"""
    parts = []
    for index in range(SHARDS):
        part = setting.work / f"shard-{index}.jsonl"
        setting.audit("--shard", f"{index}/{SHARDS}", "-o", f"jsonl={part}", statuses=(0, 1, 2, 65))
        parts.append(str(part))

    def report(files, *arguments):
        return Watched([setting.amilint, "report", *files, *arguments])

    whole = setting.undisturbed.reports
    for number, files in enumerate([parts, parts[::-1], [str(whole / "jsonl")]]):
        merged = setting.work / f"merged-{number}"
        run = report(files, *all_formats(merged))
        expect(run.status == setting.undisturbed.status, f"exit status {run.status}: {run.error}")
        expect(run.error == "", f"nothing to say of whole shards expected: {run.error}")
        same(whole, merged)

    run = report(parts[:3] + parts[4:], "-o", "jsonl")
    expect("1 of 8 shards is missing: 3" in run.error, f"a missing shard: {run.error}")
    expect(run.status in (1, 2), f"a missing shard: exit status {run.status}")
    run = report([*parts, parts[2]], "-o", "jsonl")
    expect("more than once" in run.error, f"a shard given twice: {run.error}")
    expect(run.output == (whole / "jsonl").read_text(), "a shard given twice changes the report")
    torn = setting.work / "torn.jsonl"
    body = pathlib.Path(parts[5]).read_bytes()
    lines = body.splitlines(keepends=True)
    for cut in (body[:-40], b"".join(lines[:-1])):
        torn.write_bytes(cut)
        run = report([*parts[:5], str(torn), *parts[6:]], "-o", "jsonl")
        expect(run.status == 65 and "torn.jsonl: " in run.error and "cut short" in run.error, f"a torn shard: {run.error}")
    counts = [len(pathlib.Path(part).read_bytes().splitlines()) - 1 for part in parts]
    return f"{SHARDS} shards of {counts} images, in {len(FORMATS)} formats; missing, doubled and torn ones are said"
