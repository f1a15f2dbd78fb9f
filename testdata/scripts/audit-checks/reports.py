"""The reports: the same however many readers there are, right about what is broken, and nothing left behind."""

import collections
import json
import os
import re
import shutil

from common import FORMATS, MEMORY, all_formats, expect, rows, same

# What has to be said of images broken in these ways: the code of the error, or the rule that does not pass.
EXPECTED = {
    "torn": ("error", {"torn"}), "flipped": ("error", {"damaged", "torn"}), "wrong-crc": ("error", {"damaged"}),
    "empty": ("error", {"empty"}), "disk": ("error", {"noRoot"}), "docker-save": ("error", {"containerImage"}),
    "no-root": ("error", {"noRoot"}), "cut-database": ("rule", "docker-version"), "no-awslogs": ("rule", "awslogs-driver"),
    "masked": ("rule", "agent-at-boot"),
}


def check_jobs(setting):
    """the same reports for any number of jobs"""
    one = setting.audit("--jobs", 1, *all_formats(setting.work / "one"))
    two = setting.audit("--jobs", 2, *all_formats(setting.work / "two"))
    setting.audit("--jobs", 7, *all_formats(setting.work / "seven"))
    same(setting.work / "one", setting.work / "two")
    same(setting.work / "one", setting.work / "seven")
    names = [json.loads(line)["image"]["name"] for line in open(setting.work / "one/jsonl")]
    expect(names == sorted(setting.kinds, key=os.fsencode), f"{len(setting.kinds)} images in the order of their names expected")
    return f"{len(FORMATS)} formats, {len(names)} images; {one.seconds:.2f} s and {two.seconds:.2f} s"


def check_broken(setting):
    """what is broken is said"""
    counts = collections.Counter()
    found = rows(setting.undisturbed.reports / "jsonl")
    for name, kind in setting.kinds.items():
        row = found[name]
        counts[kind] += 1
        if kind == "plain":
            expect("error" not in row, f"{name}: {row.get('error')}")
            continue
        where, what = EXPECTED[kind]
        if where == "error":
            code = row.get("error", {}).get("code")
            expect(code in what, f"{name} ({kind}): {what} expected, {code} found")
        else:
            verdict = next((one["verdict"] for one in row.get("findings", []) if one["rule"] == what), None)
            expect(verdict in ("fail", "undetermined"), f"{name} ({kind}): {what} {verdict}")
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def check_nothing_left(setting):
    """no file, descriptor or process left behind, and memory"""
    places = {name: setting.work / "clean" / name for name in ("tmp", "cwd", "state")}
    for place in places.values():
        place.mkdir(parents=True)
    told = []
    for jobs in (1, 2):
        shutil.rmtree(places["state"])
        run = setting.audit(
            "--jobs", jobs, "--state", places["state"], "-o", "jsonl=report.jsonl", cwd=places["cwd"],
            env={**os.environ, "TMPDIR": str(places["tmp"])})
        expect(os.listdir(places["tmp"]) == [], f"left in TMPDIR: {os.listdir(places['tmp'])}")
        expect(os.listdir(places["cwd"]) == ["report.jsonl"], f"left here: {os.listdir(places['cwd'])}")
        odd = [str(path) for path in places["state"].rglob("*")
               if not re.fullmatch(r"lock|[0-9a-f]{2}|[0-9a-f]{2}/[0-9a-f]+\.json", str(path.relative_to(places["state"])))]
        expect(not odd, f"left in the state directory: {odd}")
        # Standard streams, the lock, a pipe a job and what is read at that moment.
        expect(run.descriptors <= 4 + 6 * jobs, f"{run.descriptors} descriptors open with {jobs} jobs")
        expect(not run.inherited, f"open in a reader: {run.inherited}")
        # At no moment can it have been more than the parent's peak and, for each job, that of the largest process.
        bound = run.parent + jobs * run.largest
        expect(bound <= jobs * MEMORY, f"{bound >> 10} MB with {jobs} jobs, {jobs * MEMORY >> 10} MB allowed")
        told.append(f"jobs {jobs}: at most {bound >> 10} MB in all ({run.together >> 10} MB seen at once, parent "
                    f"{run.parent >> 10}, largest {run.largest >> 10}), {run.descriptors} descriptors")
    return "; ".join(told)
