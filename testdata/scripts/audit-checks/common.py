"""What all checks of an audit begin with: the images, the program, a place to work in, and what nobody disturbed says."""

import functools
import json
import os
import pathlib

from watch import Opens, Watched, survivors

FORMATS = ["jsonl", "json", "text", "csv", "sarif", "junit", "markdown", "html"]
TODAY = "2026-08-01"
MEMORY = 96 << 10  # kilobytes a job


class Failure(Exception):
    """Something is not as it must be."""


def expect(condition, what):
    if not condition:
        raise Failure(what)


class Setting:
    """The program and the images that it is tried on."""

    def __init__(self, amilint, images, work, rounds):
        self.amilint, self.images, self.work, self.rounds = amilint, images, work, rounds
        with open(images + ".tsv") as listing:
            self.kinds = dict(line.rstrip("\n").split("\t") for line in listing)
        self.files = sorted(name for name in self.kinds if os.path.isfile(os.path.join(images, name)))

    def opens(self):
        """Counts opens of the images that are files; those that are directories are read every time."""
        return Opens(self.images, {os.path.join(self.images, name) for name in self.kinds.keys() - set(self.files)})

    def command(self, *arguments, of=None):
        return [self.amilint, "audit", of or self.images, "--today", TODAY, *map(str, arguments)]

    def audit(self, *arguments, of=None, statuses=(0, 1, 2), **more):
        """Runs an audit to its end, after which nothing of it may be left running."""
        run = Watched(self.command(*arguments, of=of), **more)
        expect(run.status in statuses, f"exit status {run.status} of {arguments}: {run.error[-600:]}")
        left = survivors()
        expect(not left, f"{len(left)} processes are left after {arguments}")
        return run

    @functools.cached_property
    def undisturbed(self):
        """An audit that nothing disturbs: all its reports in `reports`, its state in `state`, and its time."""
        place = self.work / "undisturbed"
        place.mkdir()
        run = self.audit("--jobs", 2, "--state", place / "state", *all_formats(place / "reports"))
        run.reports, run.state = place / "reports", place / "state"
        return run


def all_formats(directory):
    directory.mkdir()
    return [word for format in FORMATS for word in ("-o", f"{format}={directory}/{format}")]


def same(one, other):
    for name in FORMATS:
        a, b = (pathlib.Path(place, name).read_bytes() for place in (one, other))
        expect(a == b, f"{name} differs: {one}/{name} ({len(a)} bytes), {other}/{name} ({len(b)} bytes)")


def rows(path):
    """The lines of a report, by the names of their images."""
    with open(path) as report:
        lines = [json.loads(line) for line in report]
    return {line["image"]["name"]: line for line in lines if "image" in line}


def recorded(state):
    """The paths of the files that have a whole record in a state directory."""
    found = set()
    for path in state.glob("??/*.json"):
        with open(path) as record:
            found.add(json.loads(record.readline())["path"])
    return found
