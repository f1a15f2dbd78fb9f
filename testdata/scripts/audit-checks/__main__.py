#!/usr/bin/env python3
"""Runs `amilint audit` on many images and holds it to account: the same report however it is run, stopped and shared,
nothing read twice, nothing left behind.

usage: python3 audit-checks AMILINT IMAGES [--rounds N] [--only CHECK,...] [--skip CHECK,...]

IMAGES is a directory as make-audit-images makes it, with its .tsv beside it. Prints a line a check with what was counted,
and ends with 1 where one fails.

needs: Linux, xz, zstd
"""

import argparse
import os
import pathlib
import sys
import tempfile
import time

import reports
import sharing
import state
import stops
from common import Failure, Setting
from watch import adopt_orphans

CHECKS = {
    name.removeprefix("check_").replace("_", "-"): check
    for module in (reports, state, sharing, stops) for name, check in vars(module).items() if name.startswith("check_")
}


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("amilint")
    parser.add_argument("images")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--only", default=",".join(CHECKS))
    parser.add_argument("--skip", default="")
    options = parser.parse_args()
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="audit-checks-") as work:
        setting = Setting(
            os.path.abspath(options.amilint), os.path.abspath(options.images), pathlib.Path(work), options.rounds)
        wanted = [name for name in options.only.split(",") if name not in options.skip.split(",")]
        failed = [name for name in wanted if not holds(name, setting)]
    sys.exit(1 if failed else 0)


def holds(name, setting):
    """Runs a check and says what came of it."""
    start = time.monotonic()
    try:
        word, told = "ok", CHECKS[name](setting)
    except Failure as failure:
        word, told = "FAILED", failure
    print(f"{word:6} {name} ({CHECKS[name].__doc__}), {time.monotonic() - start:.0f} s: {told}", flush=True)
    return word == "ok"


main()
