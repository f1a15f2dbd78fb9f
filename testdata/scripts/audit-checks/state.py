"""What is kept: nothing is lost by a kill but what was in work, and nothing is read twice."""

import collections
import os
import random
import shutil
import signal
import statistics
import subprocess

from common import all_formats, expect, recorded, same
from watch import Watched, survivors


def check_killed(setting):
    """SIGKILL at random moments costs only what was in work"""
    rng = random.Random(6)
    report, state, opens = setting.work / "killed.jsonl", setting.work / "killed", setting.opens()
    expected = setting.undisturbed.reports / "jsonl"
    finished = killed = lost = again = 0
    in_work = collections.Counter()
    # In seconds, so that an audit is killed several times before it ends.
    longest = min(setting.undisturbed.seconds / 4, 3)
    while killed < setting.rounds:
        before = recorded(state)
        opens.take()
        process = subprocess.Popen(
            setting.command("--jobs", 2, "--state", state, "-o", f"jsonl={report}"), stderr=subprocess.DEVNULL)
        try:
            process.wait(rng.uniform(0.002, longest))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        left = survivors(1)
        expect(not left, f"{len(left)} readers outlive an audit that was killed")
        opened, after = set(opens.take()), recorded(state)
        expect(before <= after, f"records were lost: {sorted(before - after)[:3]}")
        wrong = {path for path in opened & before}
        expect(not wrong, f"read again though it was kept: {sorted(wrong)[:3]}")
        unfinished = opened - after
        if process.returncode == -signal.SIGKILL:
            killed += 1
            lost += len(unfinished)
            expect(len(unfinished) <= 2, f"{len(unfinished)} images lost by a kill with 2 jobs")
            in_work.update(unfinished)
            continue
        finished += 1
        expect(report.read_bytes() == expected.read_bytes(), "another report after kills")
        shutil.rmtree(state)
        report.unlink()
    before = recorded(state)
    opens.take()
    setting.audit("--jobs", 2, "--state", state, "-o", f"jsonl={report}")
    opened = set(opens.take())
    expect(not opened & before, f"read again though it was kept: {sorted(opened & before)[:3]}")
    expect(report.read_bytes() == expected.read_bytes(), "another report after kills")
    left = [path.name for path in state.rglob(".amilint-*")]
    expect(not left, f"half-written records left after the finishing run: {left[:3]}")
    again = sum(in_work.values())
    return (f"{killed} kills in {finished + 1} audits, each with the same report; {again} images in work were read again, "
            f"0 of those kept")


def check_second_run(setting):
    """what did not change is not read again"""
    place, state = setting.undisturbed.reports, setting.undisturbed.state
    opens = setting.opens()
    directories = len(setting.kinds) - len(setting.files)
    expect(recorded(state) >= {os.path.join(setting.images, name) for name in setting.files}, "a record of every file expected")
    opens.take()
    second = setting.work / "second"
    setting.audit("--jobs", 2, "--state", state, *all_formats(second))
    same(place, second)
    expect(not opens.take(), "a file was opened though nothing changed")
    # With the one report that people ask for; each more is written anew, whatever was kept.
    times = []
    for _ in range(5):
        times.append(setting.audit("--jobs", 2, "--state", state, "-o", f"text={setting.work}/other").seconds)
        expect((setting.work / "other").read_bytes() == (place / "text").read_bytes(), "another report of the same")
        expect(not opens.take(), "a file was opened though nothing changed")
    policy = setting.work / "policy.yml"
    policy.write_text("rules:\n  docker-version: {level: recommended}\n")
    for more in (["--today", "2031-01-01"], ["--policy", policy]):
        run = Watched(
            [setting.amilint, "audit", setting.images, *map(str, more), "--state", str(state), "-o", f"jsonl={setting.work}/other"])
        expect(run.status in (0, 1, 2), run.error)
        expect((setting.work / "other").read_bytes() != (place / "jsonl").read_bytes(), f"{more[0]} changes nothing")
        expect(not opens.take(), f"a file was opened for {more[0]}")
    ratio = statistics.median(times) / setting.undisturbed.seconds
    told = (f"{statistics.median(times):.3f} s after {setting.undisturbed.seconds:.2f} s: {ratio:.1%}; no file opened, nor with "
            f"another date or policy ({directories} directories are read each time)")
    # Where images are tiny there is no time to save.
    expect(ratio < 0.05 or sum(os.path.getsize(os.path.join(setting.images, name)) for name in setting.files) < 1 << 30, told)
    touched = os.path.join(setting.images, setting.files[0])
    status = os.stat(touched)
    opens.take()
    os.utime(touched, (status.st_atime, status.st_mtime))
    setting.audit("--jobs", 2, "--state", state, "-o", "jsonl=" + str(setting.work / "other"))
    opened = set(opens.take())
    expect(opened == {touched}, f"the file that was touched expected to be read again, {sorted(opened)[:3]} were")
    return told
