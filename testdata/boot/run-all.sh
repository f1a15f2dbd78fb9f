#!/bin/bash
# Holds amilint's word against what boots did: every variant, then the units and the daemon.json of one boot each.
# usage: run-all.sh [VARIANT...]     AMILINT, BASES and RESULTS as variants.py has them; JOBS boots at a time (default 2)
# What a boot did is kept in RESULTS, so that it goes on where it stopped and a new amilint is judged without booting.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export here AMILINT=${AMILINT:-amilint} RESULTS=${RESULTS:-results}
mkdir -p "$RESULTS"
rm -f "$RESULTS/results.jsonl"
one() {
  "$here/variants.py" judge "$1" </dev/null 2>&1 || echo "$1: not judged"
}
export -f one
if [ $# -gt 0 ]; then printf '%s\n' "$@"; else "$here/variants.py" list | cut -d' ' -f1; fi |
  xargs -P "${JOBS:-2}" -I{} bash -c 'one {}' | tee "$RESULTS/judge.log"
"$here/variants.py" table || status=1
if [ $# -eq 0 ]; then
  "$here/batch.py" units --stall 70 --cap 600 || status=1
  "$here/batch.py" daemon || status=1
fi
exit "${status:-0}"
